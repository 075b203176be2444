//! Tests of the `scenario` room.

mod any_text;
mod documentation;
mod findings;
mod june_4;
mod reading;
mod sql;
mod variants;

use firedrill::scenario::{Loaded, load};

/// The folder of the smallest whole scenario.
const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/scenarios/tiny");

/// A file of the smallest scenario.
fn tiny_file(name: &str) -> Option<String> {
    std::fs::read_to_string(format!("{TINY}/{name}")).ok()
}

/// The smallest scenario with pieces of its `scenario.ron` replaced; each piece must be there once.
fn tiny_with(edits: &[(&str, &str)]) -> Loaded {
    let mut text = tiny_file("scenario.ron").expect("the fixture is there");
    for (old, new) in edits {
        assert_eq!(text.matches(old).count(), 1, "`{old}` must be in the fixture once");
        text = text.replace(old, new);
    }
    load("tiny", |name| if name == "scenario.ron" { Some(text.clone()) } else { tiny_file(name) })
}
