//! Any scenario file is loaded, or its faults are told with their places: `cargo fuzz run scenario`.
#![no_main]

use firedrill::scenario::load;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &str| {
    let loaded = load("fuzzed", |name| (name == "scenario.ron").then(|| file.to_owned()));
    assert!(loaded.scenario.is_some() || !loaded.diagnostics.is_empty(), "a broken file says what is wrong with it");
});
