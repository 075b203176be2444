//! The files beside `scenario.ron`.

use crate::scenario::diagnostic::Findings;

use super::Subject;

/// The files that every scenario has.
const NEEDED: [&str; 3] = ["schema.sql", "statistics.sql", "briefing.md"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for name in NEEDED {
        if !(subject.folder.has)(name) {
            findings.add(subject.root, format!("there is no file `{name}` beside scenario.ron"));
        }
    }
    for (index, runbook) in subject.scenario.runbooks.iter().enumerate() {
        let name = format!("runbooks/{}.md", runbook.id);
        if !(subject.folder.has)(&name) {
            let place = subject.root.field("runbooks").item(index).field("id");
            findings.add(place, format!("there is no file `{name}` beside scenario.ron"));
        }
    }
}
