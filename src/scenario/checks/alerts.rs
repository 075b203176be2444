//! Alert rules.

use crate::scenario::{Condition, Severity, Signal, diagnostic::Findings};

use super::Subject;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let scenario = subject.scenario;
    let exports: Vec<&str> = scenario.exports.iter().map(|export| export.name.as_str()).collect();
    let runbooks: Vec<&str> = scenario.runbooks.iter().map(|runbook| runbook.id.as_str()).collect();
    for (index, alert) in scenario.alerts.iter().enumerate() {
        let place = subject.root.field("alerts").item(index);
        let (Condition::Above(signal, _) | Condition::Below(signal, _)) = &alert.when;
        if let Signal::Export(name) = signal {
            findings.unknown(place.field("when").word(name), "export", name, exports.iter().copied());
        }
        if let Some(runbook) = &alert.runbook {
            findings.unknown(place.field("runbook"), "runbook", runbook, runbooks.iter().copied());
        }
    }
    if !scenario.alerts.iter().any(|alert| alert.severity == Severity::Page) {
        findings.add(subject.root.field("alerts"), "no alert has the severity `Page`: nobody is called");
    }
}
