//! The scenario's own name, date and difficulty.

use crate::scenario::diagnostic::Findings;

use super::{Subject, is_probability};

/// The highest difficulty.
const HARDEST: u8 = 5;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let scenario = subject.scenario;
    if scenario.id != subject.folder.name {
        let message = format!("the id `{}` is not the folder's name", scenario.id);
        findings.add_expected(subject.root.field("id"), message, &format!("`{}`", subject.folder.name));
    }
    if !is_date(&scenario.date) {
        let message = format!("\"{}\" is not a date", scenario.date);
        findings.add_expected(subject.root.field("date"), message, "\"YYYY-MM-DD\"");
    }
    for (index, runbook) in scenario.runbooks.iter().enumerate() {
        if !is_date(&runbook.updated) {
            let place = subject.root.field("runbooks").item(index).field("updated");
            findings.add_expected(place, format!("\"{}\" is not a date", runbook.updated), "\"YYYY-MM-DD\"");
        }
    }
    if !(1..=HARDEST).contains(&scenario.difficulty) {
        let message = format!("a difficulty of {} is not on the scale", scenario.difficulty);
        findings.add_expected(subject.root.field("difficulty"), message, "1 to 5");
    }
    if !is_probability(scenario.slo.objective) {
        let message = format!("the objective {} is not a share", scenario.slo.objective);
        findings.add_expected(subject.root.field("slo").field("objective"), message, "0 to 1");
    }
}

/// Whether the text is a date of the Gregorian calendar, `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |text: &str, digits: usize| {
        let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}
