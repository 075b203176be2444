//! The real responders' script.

use crate::scenario::diagnostic::Findings;

use super::{
    Subject,
    placeholders::{braced, in_script},
    times::inside,
};

/// Console words that take a change's id.
const TAKE_A_CHANGE: [&str; 2] = ["rollback", "changes show"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let script = &subject.scenario.real_script;
    let ids: Vec<&str> = subject.scenario.changes.iter().map(|change| change.id.as_str()).collect();
    for (index, entry) in script.iter().enumerate() {
        let place = subject.root.field("real_script").item(index);
        inside(subject, findings, place.field("at"), entry.at);
        if index > 0 && script[index - 1].at > entry.at {
            findings.add(place.field("at"), format!("{} is before the line above it", entry.at));
        }
        for word in braced(&entry.run) {
            in_script(findings, place.field("run").piece(&format!("{{{word}}}")), word);
        }
        let argument =
            TAKE_A_CHANGE.iter().find_map(|words| entry.run.strip_prefix(words)?.strip_prefix(' '));
        if let Some(id) = argument.map(str::trim).filter(|id| !id.starts_with('{')) {
            findings.unknown(place.field("run").piece(id), "change", id, ids.iter().copied());
        }
    }
}
