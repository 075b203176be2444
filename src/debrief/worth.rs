//! What each action was worth: the drill against the same drill without it.

use super::branch::Difference;
use super::outcome::Outcome;
use super::score::Verdict;
use crate::drill::actions::Action;
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
    /// Whether the objective was met again only because of it.
    pub decisive: bool,
    /// `useful`, `useless`, `harmful` or `without effect`.
    pub verdict: &'static str,
}

/// Weighs an action by the run without it.
pub fn weigh(with: &Outcome, difference: &Difference, action: &Action, clock: String) -> Worth {
    let (without_it, with_it) = difference.mitigated;
    let minutes = with_it.zip(without_it).map(|(with, without)| {
        let seconds = without.as_secs_f64() - with.as_secs_f64();
        (seconds / 6.0).round() / 10.0
    });
    let decisive = with_it.is_some() && without_it.is_none();
    Worth {
        entry: action.entry,
        at: clock,
        line: action.line.clone(),
        minutes,
        visitors: difference.visitors,
        cents: difference.cents,
        decisive,
        verdict: word(verdict(with, difference, decisive)),
    }
}

impl Worth {
    /// The verdict as a value.
    pub fn judged(&self) -> Verdict {
        match self.verdict {
            "useful" => Verdict::Useful,
            "harmful" => Verdict::Harmful,
            "without effect" => Verdict::NoEffect,
            _ => Verdict::Useless,
        }
    }
}

fn verdict(with: &Outcome, difference: &Difference, decisive: bool) -> Verdict {
    let threshold = (with.impact.visitors as f64 * NOISE) as i64;
    let lost = difference.mitigated.0.is_some() && difference.mitigated.1.is_none();
    if difference.none {
        Verdict::NoEffect
    } else if lost || difference.visitors < -threshold {
        Verdict::Harmful
    } else if decisive || difference.visitors > threshold {
        Verdict::Useful
    } else {
        Verdict::Useless
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Useful => "useful",
        Verdict::Useless => "useless",
        Verdict::Harmful => "harmful",
        Verdict::NoEffect => "without effect",
    }
}
