//! The weights of a grade.

use crate::scenario::diagnostic::Findings;

use super::Subject;

/// What the parts of a grade sum to.
const WHOLE: u32 = 100;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let sum: u32 = subject.scenario.grading.parts().iter().map(|(_, weight)| weight).sum();
    if sum != WHOLE {
        let message = format!("the parts of the grade sum to {sum}");
        findings.add_expected(subject.root.field("grading"), message, "100");
    }
    let severity = subject.scenario.grading.severity;
    if !(1..=4).contains(&severity) {
        let message = format!("there is no severity {severity}");
        findings.add_expected(subject.root.field("grading").field("severity"), message, "1 to 4");
    }
}
