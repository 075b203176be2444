//! The June 4 drill's content.

use std::collections::BTreeSet;

use firedrill::scenario::{Role, Scenario, embedded};

fn june_4() -> Scenario {
    embedded::load_embedded("june-4")
        .and_then(|loaded| loaded.scenario)
        .expect("the drill is inside the binary")
}

#[test]
fn the_scenarios_inside_the_binary_have_no_findings() {
    for id in embedded::ids() {
        let loaded = embedded::load_embedded(id).expect("an id of the list is in the list");
        let findings: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(findings, Vec::<String>::new(), "{id}");
        assert_eq!(loaded.scenario.expect("no finding means that it was read").id, id);
    }
}

#[test]
fn there_are_at_least_seven_harmful_migrations_each_of_another_kind() {
    let scenario = june_4();
    let migrations = scenario.changes.iter().filter(|change| change.migration().is_some()).count();
    assert!(migrations >= 12, "{migrations} migrations");
    let mechanisms: Vec<&str> =
        scenario.changes.iter().filter_map(|change| Some(change.harm()?.mechanism.as_str())).collect();
    let kinds: BTreeSet<&str> = mechanisms.iter().copied().collect();
    assert_eq!(kinds.len(), mechanisms.len(), "two harmful changes of one kind: {mechanisms:?}");
    assert!(kinds.len() >= 7, "{kinds:?}");
}

/// A giveaway would be an author, a reviewer or a word that only harmful (or only harmless) changes have.
#[test]
fn no_name_tells_which_changes_are_harmful() {
    let scenario = june_4();
    let by_role = |harmful: bool, name: fn(&firedrill::scenario::Change) -> &str| -> BTreeSet<String> {
        let of_role = scenario.changes.iter().filter(|change| !matches!(change.role, Role::Always));
        of_role
            .filter(|change| change.harm().is_some() == harmful)
            .map(|change| name(change).to_owned())
            .collect()
    };
    assert_eq!(by_role(true, |change| &change.author), by_role(false, |change| &change.author));
    assert_eq!(by_role(true, |change| &change.reviewer), by_role(false, |change| &change.reviewer));
}

#[test]
fn a_visit_makes_as_many_requests_as_the_traffic_curve_assumes() {
    let scenario = june_4();
    let pages = &scenario.workload.pages;
    let entries: f64 = pages.iter().map(|page| page.entry).sum();
    let mut views: Vec<f64> = pages.iter().map(|page| page.entry / entries).collect();
    // The expected number of views of each page is the fixed point of the flow.
    for _ in 0..200 {
        let mut next: Vec<f64> = pages.iter().map(|page| page.entry / entries).collect();
        for (from, page) in pages.iter().enumerate() {
            for (name, share) in &page.next {
                let to = pages.iter().position(|page| page.name == *name).expect("checked");
                next[to] += views[from] * share;
            }
        }
        views = next;
    }
    let requests: f64 =
        pages.iter().zip(&views).map(|(page, views)| page.requests.len() as f64 * views).sum();
    let rate = |clock: f64| scenario.workload.traffic.rate(clock * 3600.0) * requests;
    assert!((850.0..950.0).contains(&rate(14.6)), "{} requests/s before the incident", rate(14.6));
    let peak = scenario.workload.traffic.peak() * requests;
    assert!((1450.0..1550.0).contains(&peak), "{peak} requests/s at the peak");
}

#[test]
fn the_real_script_follows_the_post_mortem() {
    let scenario = june_4();
    for seed in 0..50 {
        let variant = scenario.variant(seed);
        let lines = variant.real_lines(&scenario);
        let first_at = |clock: &str, words: &str| {
            lines.iter().any(|line| line.at.to_string() == clock && line.run.starts_with(words))
        };
        assert!(first_at("15:05:00", "ack"));
        assert!(first_at("15:20:30", "page database"));
        assert!(first_at("15:30:00", "psql"));
        assert!(first_at("16:00:00", &format!("rollback {}", variant.wrong)));
        assert!(first_at("17:30:00", "resolve"));
        let rolled_back: BTreeSet<&str> =
            lines.iter().filter_map(|line| line.run.strip_prefix("rollback ")).collect();
        for id in &variant.harmful {
            assert!(rolled_back.contains(id.as_str()), "seed {seed}: {id} is never rolled back");
        }
        assert!(lines.iter().all(|line| !line.run.contains('{')), "seed {seed}: a placeholder is left");
        assert!(lines.is_sorted_by_key(|line| line.at), "seed {seed}");
    }
}
