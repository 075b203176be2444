//! The page about the format names what the format has.

use std::collections::BTreeSet;

/// The names in front of a colon in RON text, strings and comments left out.
fn field_names(ron: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in ron.lines().filter(|line| !line.trim_start().starts_with("//")) {
        // Every second piece is inside quotes; an escaped quote is none.
        let outside: Vec<String> =
            line.replace("\\\"", "").split('"').step_by(2).map(str::to_owned).collect();
        for piece in outside {
            for before in piece.split(':').rev().skip(1) {
                let name = before
                    .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or_default();
                if !name.is_empty() {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    names
}

#[test]
fn every_field_that_a_scenario_uses_is_explained() {
    let root = env!("CARGO_MANIFEST_DIR");
    let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).expect("the file is there");
    let page = read("docs/scenario-format.md");
    let mut names = field_names(&read("scenarios/june-4/scenario.ron"));
    names.extend(field_names(&read("tests/fixtures/scenarios/tiny/scenario.ron")));
    assert!(names.len() > 100, "the reader of field names finds {} of them", names.len());
    let unexplained: Vec<&String> =
        names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert_eq!(unexplained, Vec::<&String>::new());
}

#[test]
fn the_binary_holds_every_file_of_the_folders() {
    use firedrill::scenario::{embedded, load};
    let root = env!("CARGO_MANIFEST_DIR");
    let mut folders: Vec<String> = std::fs::read_dir(format!("{root}/scenarios"))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let mut ids: Vec<&str> = embedded::ids().collect();
    ids.sort_unstable();
    assert_eq!(folders, ids);
    for id in ids {
        let on_disk = load(id, |name| std::fs::read_to_string(format!("{root}/scenarios/{id}/{name}")).ok());
        let embedded =
            embedded::load_embedded(id).and_then(|loaded| loaded.scenario).expect("it is embedded");
        let on_disk = on_disk.scenario.expect("it is on disk");
        assert_eq!(embedded.content_hash, on_disk.content_hash, "{id}");
        assert_eq!(embedded.runbooks.len(), on_disk.runbooks.len());
    }
}
