//! Any file is read as a journal, or refused in words, and what is read is written as it was: `cargo fuzz run journal`.
#![no_main]

use firedrill::drill::journal::Journal;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    if let Ok(journal) = Journal::read(file) {
        let again = Journal::read(journal.text().as_bytes()).expect("what was written can be read");
        assert_eq!(journal.text(), again.text());
    }
});
