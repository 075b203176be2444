//! The journal: what is written reads back, and what is damaged is told.

use firedrill::drill::journal::{Entry, Header, Journal, JournalError, write_line};
use firedrill::drill::{Input, Mode, Panel};
use firedrill::kernel::SimTime;
use proptest::prelude::*;

const CONTENT: u64 = 0x1234_5678_9abc_def0;

fn header() -> Header {
    Header::new("june-4", CONTENT, 7, Mode::Practice)
}

fn text(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_line(&mut bytes, &header()).unwrap();
    for entry in entries {
        write_line(&mut bytes, entry).unwrap();
    }
    bytes
}

fn ms(at: u64) -> SimTime {
    SimTime(at * 1_000_000)
}

#[test]
fn lines_have_the_documented_form() {
    let entries = [
        Entry::input(ms(1_800_100), Input::Line("psql -c \"select 1\"".to_owned())),
        Entry::input(ms(1_800_200), Input::Interrupt),
        Entry::input(ms(1_800_200), Input::Panel(Panel::Database)),
        Entry::heartbeat(ms(1_810_000)),
    ];
    let bytes = text(&entries);
    let lines: Vec<&str> = std::str::from_utf8(&bytes).unwrap().lines().collect();
    assert_eq!(
        lines[0],
        format!(
            r#"{{"firedrill":"journal","format":1,"scenario":"june-4","content":"123456789abcdef0","seed":7,"mode":"practice","version":"{}"}}"#,
            env!("CARGO_PKG_VERSION")
        )
    );
    assert_eq!(lines[1], r#"{"t":1800100,"input":{"line":"psql -c \"select 1\""}}"#);
    assert_eq!(lines[2], r#"{"t":1800200,"input":"interrupt"}"#);
    assert_eq!(lines[3], r#"{"t":1800200,"input":{"panel":"database"}}"#);
    assert_eq!(lines[4], r#"{"t":1810000}"#);
}

#[test]
fn a_last_line_that_was_cut_short_is_reported_and_dropped() {
    let whole = text(&[Entry::heartbeat(ms(100)), Entry::input(ms(200), Input::Line("alerts".to_owned()))]);
    let cut = &whole[..whole.len() - 8];
    let journal = Journal::read(cut).unwrap();
    assert_eq!(journal.entries, [Entry::heartbeat(ms(100))]);
    let dropped = journal.dropped.unwrap();
    assert_eq!(dropped.line, 3);
    assert_eq!(
        dropped.to_string(),
        "line 3 was cut short (28 bytes) and is left out: the program was stopped while writing it"
    );
}

#[test]
fn a_damaged_line_in_the_middle_is_refused() {
    let mut bytes = text(&[]);
    bytes.extend_from_slice(b"{\"t\":1\n{\"t\":2}\n");
    let problem = Journal::read(&bytes).unwrap_err();
    assert!(matches!(problem, JournalError::Damaged { line: 2, .. }), "{problem}");
}

#[test]
fn time_that_runs_backwards_is_refused() {
    let bytes = text(&[Entry::heartbeat(ms(200)), Entry::heartbeat(ms(100))]);
    assert_eq!(Journal::read(&bytes).unwrap_err().to_string(), "line 3 is earlier than the line before it");
}

#[test]
fn what_is_no_journal_is_refused_with_words() {
    assert_eq!(Journal::read(b"").unwrap_err().to_string(), "the journal is empty");
    let problem = Journal::read(b"PK\x03\x04 not this\n").unwrap_err().to_string();
    assert!(problem.starts_with("line 1 is not the header of a Firedrill journal ("), "{problem}");
}

#[test]
fn a_later_format_is_refused_with_words() {
    let later = Header { format: 2, ..header() };
    let mut bytes = Vec::new();
    write_line(&mut bytes, &later).unwrap();
    let problem = Journal::read(&bytes).unwrap_err().to_string();
    assert_eq!(problem, "the journal has format 2, and this program reads format 1");
}

#[test]
fn the_journal_of_another_scenario_or_version_is_refused_with_words() {
    let header = header();
    assert_eq!(header.accept("june-4", CONTENT), Ok(()));
    assert_eq!(
        header.accept("july-5", CONTENT).unwrap_err().to_string(),
        "the journal is of the scenario june-4, not july-5"
    );
    let problem = header.accept("june-4", 1).unwrap_err().to_string();
    assert!(problem.starts_with("the journal was played on another version of june-4"), "{problem}");
    assert!(problem.contains("123456789abcdef0") && problem.contains("0000000000000001"), "{problem}");
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        any::<String>().prop_map(Input::Line),
        Just(Input::Interrupt),
        Just(Input::EndOfInput),
        any::<u16>().prop_map(Input::Width),
        Just(Input::Panel(Panel::Logs)),
        "[A-Z0-9-]{0,8}".prop_map(Input::Change),
        Just(Input::Leave),
    ]
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let step = (0_u64..1_000_000, proptest::option::of(input()));
    proptest::collection::vec(step, 0..40).prop_map(|steps| {
        let mut at_ms = 0;
        steps
            .into_iter()
            .map(|(later, input)| {
                at_ms += later;
                Entry { at_ms, input }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back(entries in entries()) {
        let journal = Journal::read(&text(&entries)).unwrap();
        prop_assert_eq!(&journal.entries, &entries);
        prop_assert_eq!(journal.text().into_bytes(), text(&entries));
        prop_assert_eq!(journal.dropped, None);
    }

    #[test]
    fn cut_anywhere_it_keeps_every_whole_line(entries in entries(), cut in 0.0_f64..1.0) {
        let whole = text(&entries);
        let kept = (whole.len() as f64 * cut) as usize;
        let head = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let read = Journal::read(&whole[..kept.max(head)]).unwrap();
        let lines = whole[head..kept.max(head)].iter().filter(|byte| **byte == b'\n').count();
        prop_assert!(read.entries.len() == lines || read.entries.len() == lines + 1);
        prop_assert_eq!(&read.entries[..], &entries[..read.entries.len()]);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut with_header = text(&[]);
        with_header.extend_from_slice(&bytes);
        let _ = Journal::read(&bytes);
        let _ = Journal::read(&with_header);
    }
}
