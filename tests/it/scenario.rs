//! Tests of the `scenario` room.

use firedrill::scenario::embedded;

#[test]
fn the_scenarios_inside_the_binary_have_no_findings() {
    for id in embedded::ids() {
        let loaded = embedded::load_embedded(id).expect("an id of the list is in the list");
        let findings: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(findings, Vec::<String>::new(), "{id}");
        assert_eq!(loaded.scenario.expect("no finding means that it was read").id, id);
    }
}
