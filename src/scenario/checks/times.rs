//! The scenario's own times: start, shift, end, and the window over which impact is counted.

use crate::scenario::{Clock, diagnostic::Findings};

use super::Subject;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let scenario = subject.scenario;
    let window = subject.root.field("impact_window");
    let (from, to) = scenario.impact_window;
    let order = [
        ("shift_starts_at", "starts_at", scenario.shift_starts_at, scenario.starts_at),
        ("ends_at", "shift_starts_at", scenario.ends_at, scenario.shift_starts_at),
    ];
    for (late, early, late_at, early_at) in order {
        if late_at <= early_at {
            findings.add(
                subject.root.field(late),
                format!("`{late}` ({late_at}) is not after `{early}` ({early_at})"),
            );
        }
    }
    if to <= from {
        findings.add(window.item(1), format!("the impact window ends ({to}) before it begins ({from})"));
    }
    for (index, at) in [from, to].into_iter().enumerate() {
        inside(subject, findings, window.item(index), at);
    }
}

/// Reports a time that the simulation never reaches.
pub(super) fn inside(
    subject: &Subject<'_>,
    findings: &mut Findings,
    place: crate::scenario::source::Place<'_>,
    at: Clock,
) {
    let (start, end) = (subject.scenario.starts_at, subject.scenario.ends_at);
    if at < start || at > end {
        findings.add_expected(place, format!("{at} is outside the scenario"), &format!("{start} to {end}"));
    }
}
