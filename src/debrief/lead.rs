//! The rest of a drill whose shop is well again: taken from the ideal response, which served the same visitors with the same
//! shop.
//!
//! A drill that was resolved early has hours of a healthy shop before it, and a healthy shop is the dearest to simulate.
//! From the minute on at which the trainee's run and the ideal one are the same (see [`super::course`]), what comes is known.

use super::course::{Course, Minute};
use super::outcome::Outcome;
use super::series::MinuteRow;
use crate::kernel::SimTime;
use crate::stack::view::Impact;
use serde::{Deserialize, Serialize};

/// The ideal response's run, for the trainee's to go on as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    course: Course,
    series: Vec<MinuteRow>,
    /// The harm at the end.
    impact: Impact,
    ended: SimTime,
}

impl Lead {
    /// The minutes of a run and what came of it. Nobody can join it before it has settled for good.
    pub(crate) fn new(minutes: Vec<Minute>, outcome: &Outcome) -> Lead {
        let unsettled =
            minutes.iter().rev().find(|minute| !minute.settled).map_or(SimTime::ZERO, |last| last.at);
        Lead {
            course: Course::new(minutes, unsettled.max(outcome.finished)),
            series: outcome.series.clone(),
            impact: outcome.impact,
            ended: outcome.ended,
        }
    }

    /// Whether a finished drill that stands like this goes on as this run.
    pub(crate) fn is_met_by(&self, minute: &Minute) -> bool {
        self.course.is_met_by(minute)
    }

    /// Completes what came of a run that has been simulated up to the last of its minutes, where it met this one: minutes,
    /// signals, harm. Events and digest stay those of what was simulated.
    pub(crate) fn complete(&self, outcome: &mut Outcome, minutes: &mut Vec<Minute>) {
        let Some((rest, impact)) = minutes.last().and_then(|own| self.rest(own)) else { return };
        minutes.extend(rest);
        outcome.series.extend(self.series.iter().skip(outcome.series.len()).cloned());
        outcome.impact = impact;
        outcome.ended = self.ended;
    }

    /// The minutes after one at which a run met this one, and its harm at the end.
    fn rest(&self, own: &Minute) -> Option<(Vec<Minute>, Impact)> {
        let met = self.course.at(own.at)?;
        let harm = |later: &Impact| own.impact.plus(&later.since(&met.impact));
        let later = self.course.after(own.at).iter();
        Some((
            later.map(|later| Minute { impact: harm(&later.impact), ..*later }).collect(),
            harm(&self.impact),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(at: u64, affected: u64, settled: bool, standing: u64) -> Minute {
        let impact = Impact { affected, visitors: at * 100, ..Impact::default() };
        Minute { at: SimTime::from_secs(at * 60), impact, settled, requests: 10_000, standing, digest: at }
    }

    fn lead() -> Lead {
        let minutes =
            vec![minute(1, 0, true, 7), minute(2, 5, false, 7), minute(3, 6, true, 8), minute(4, 9, true, 8)];
        Lead {
            course: Course::new(minutes, SimTime::from_secs(120)),
            series: Vec::new(),
            impact: Impact { affected: 10, visitors: 450, ..Impact::default() },
            ended: SimTime::from_secs(270),
        }
    }

    #[test]
    fn a_run_meets_another_that_has_settled_for_good_with_the_same_standing() {
        assert!(lead().is_met_by(&minute(3, 50, true, 8)));
        assert!(!lead().is_met_by(&minute(1, 0, true, 7)), "something is still to come");
        assert!(!lead().is_met_by(&minute(3, 50, false, 8)), "the run has not settled");
        assert!(!lead().is_met_by(&minute(3, 50, true, 9)), "something else stands in production");
        let busier = |requests| Minute { requests, ..minute(3, 50, true, 8) };
        assert!(lead().is_met_by(&busier(10_400)), "a difference that chance makes");
        assert!(!lead().is_met_by(&busier(10_401)), "visitors are still coming back");
    }

    #[test]
    fn harm_from_there_on_is_added_to_the_harm_so_far() {
        let Some((rest, impact)) = lead().rest(&minute(3, 50, true, 8)) else {
            unreachable!("there is such a minute")
        };
        assert_eq!(rest.iter().map(|later| later.impact.affected).collect::<Vec<_>>(), [50 + 9 - 6]);
        assert_eq!((impact.affected, impact.visitors), (50 + 10 - 6, 450));
        assert_eq!(lead().rest(&minute(9, 50, true, 8)), None);
    }
}
