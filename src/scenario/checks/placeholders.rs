//! Placeholders in braces, in hints and in what people say.

use crate::scenario::{diagnostic::Findings, source::Place};

use super::Subject;

/// What a hint may have filled in, apart from numbered ones.
const HINT: [&str; 3] = ["wrong", "harmful", "harmful.0"];
/// What a line of the script may have filled in, apart from numbered ones.
const SCRIPT: [&str; 6] = ["wrong", "harmful", "harmful.0", "component", "object", "mechanism"];
/// What people's words may have filled in.
const SPOKEN: [&str; 3] = ["affected_pct", "lost_revenue", "clock"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (index, hint) in subject.scenario.hints.iter().enumerate() {
        let place = subject.root.field("hints").item(index).field("text");
        for word in braced(&hint.text).filter(|word| !is_numbered(word)) {
            findings.unknown(place.piece(&format!("{{{word}}}")), "placeholder", word, HINT);
        }
    }
    for (index, person) in subject.scenario.people.iter().enumerate() {
        for (at, line) in person.says.iter().enumerate() {
            let place = subject.root.field("people").item(index).field("says").item(at).field("text");
            for word in braced(&line.text) {
                findings.unknown(place.piece(&format!("{{{word}}}")), "placeholder", word, SPOKEN);
            }
        }
    }
}

/// Reports a placeholder that a line of the script cannot have.
pub(super) fn in_script(findings: &mut Findings, place: Place<'_>, word: &str) {
    if !is_numbered(word) {
        findings.unknown(place, "placeholder", word, SCRIPT);
    }
}

/// The words in braces of a text.
pub(super) fn braced(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(word, _)| word)
}

/// `harmful.1`, `harmless.3` and the like.
fn is_numbered(word: &str) -> bool {
    word.split_once('.').is_some_and(|(name, number)| {
        ["harmful", "harmless"].contains(&name)
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && !number.is_empty()
    })
}
