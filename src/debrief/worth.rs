//! What each action was worth: the drill against the same drill without it.

use super::outcome::Outcome;
use super::score::Verdict;
use crate::drill::actions::Action;
use crate::scenario::Milestone;
use serde::Serialize;

/// Share of the visitors within which a difference counts as none.
const NOISE: f64 = 0.002;

/// An action and the difference that it made; positive figures are good.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Worth {
    /// Index of the action's input in the journal's entries.
    pub entry: usize,
    /// The incident's clock.
    pub at: String,
    /// The line.
    pub line: String,
    /// Minutes by which it brought mitigation forward; missing when the drill without it, or with it, never got there.
    pub minutes: Option<f64>,
    /// Visitors it spared.
    pub visitors: i64,
    /// Money it saved, in cents.
    pub cents: i64,
    /// `useful`, `useless` or `harmful`.
    pub verdict: &'static str,
}

/// Weighs an action by the run without it.
pub fn weigh(with: &Outcome, without: &Outcome, action: &Action, clock: String) -> Worth {
    let visitors = difference(without.impact.affected, with.impact.affected);
    let cents = difference(without.impact.lost_revenue_cents, with.impact.lost_revenue_cents);
    let mitigated = |outcome: &Outcome| outcome.milestones.at(Milestone::Mitigated);
    let minutes = mitigated(with).zip(mitigated(without)).map(|(with, without)| {
        let seconds = without.as_secs_f64() - with.as_secs_f64();
        (seconds / 6.0).round() / 10.0
    });
    let verdict = verdict(with, visitors, mitigated(with).is_some() && mitigated(without).is_none());
    Worth {
        entry: action.entry,
        at: clock,
        line: action.line.clone(),
        minutes,
        visitors,
        cents,
        verdict: word(verdict),
    }
}

impl Worth {
    /// The verdict as a value.
    pub fn judged(&self) -> Verdict {
        match self.verdict {
            "useful" => Verdict::Useful,
            "harmful" => Verdict::Harmful,
            _ => Verdict::Useless,
        }
    }
}

fn verdict(with: &Outcome, visitors: i64, decisive: bool) -> Verdict {
    let threshold = (with.impact.visitors as f64 * NOISE) as i64;
    if decisive || visitors > threshold {
        Verdict::Useful
    } else if visitors < -threshold {
        Verdict::Harmful
    } else {
        Verdict::Useless
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Useful => "useful",
        Verdict::Useless => "useless",
        Verdict::Harmful => "harmful",
    }
}

fn difference(without: u64, with: u64) -> i64 {
    without as i64 - with as i64
}
