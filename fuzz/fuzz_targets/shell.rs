//! Any line is read, or refused in words: `cargo fuzz run shell`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &str| {
    let _ = firedrill::console::filter(line, "one two\nthree\n");
});
