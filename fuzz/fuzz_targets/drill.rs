//! Any line that a trainee types into a drill is answered, and the drill goes on: `cargo fuzz run drill`.
#![no_main]

use std::sync::{Arc, LazyLock};

use firedrill::drill::{Drill, Input, Mode};
use firedrill::kernel::Span;
use firedrill::scenario::embedded;
use libfuzzer_sys::fuzz_target;

/// The tour, as it is when its shift begins.
static OPENED: LazyLock<Drill> = LazyLock::new(|| {
    let scenario = embedded::load_embedded("tour").and_then(|loaded| loaded.scenario).expect("the tour is built in");
    let mut drill = Drill::new(Arc::new(scenario), 1, Mode::Practice).expect("the tour opens");
    drill.advance_to(drill.opens());
    drill
});

fuzz_target!(|line: &str| {
    let mut drill = OPENED.clone();
    drill.input(Input::Line(line.to_owned()));
    drill.advance_to(drill.now() + Span::from_secs(3));
});
