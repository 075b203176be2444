//! Whether grades measure what they should: every scripted responder over many seeds, and the order that their scores must
//! keep.
//!
//! Differences are taken seed by seed, because a seed's incident is the same for everybody who sits at its console; what
//! is uncertain is then how seeds differ, and that is what the intervals say.

use super::document::{Block, Document, Section, Table};
use super::outcome::Outcome;
use super::report::{Report, compose};
use super::runs::{self, Game, Runs};
use super::yardstick::Yardstick;
use crate::drill::responders::{self, Making, RESPONDERS};
use crate::drill::{Drill, Mode};
use crate::scenario::{Diagnostic, Milestone, Scenario};
use serde::Serialize;
use std::sync::Arc;

/// How one responder did on one seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The responder's name.
    pub responder: &'static str,
    /// The seed.
    pub seed: u64,
    /// 0–100.
    pub score: f64,
    /// The points of each part of the score, in its order.
    pub parts: Vec<(&'static str, f64)>,
    /// Minutes from the first page until every cause was named.
    pub diagnosed_min: Option<f64>,
    /// Minutes from the first page until the objective was met for good.
    pub mitigated_min: Option<f64>,
    /// Share of the visitors affected, 0–100.
    pub affected_pct: f64,
    /// Digest of the event stream.
    pub digest: String,
}

/// Lets every scripted responder play one seed, and grades them. With `weigh`, each of their actions is weighed by a run
/// without it, as in a drill's own debrief; otherwise a change taken back that was no cause counts as needless.
/// `watch` hears the share that is done and stops the work by returning false; nothing comes of it then.
///
/// # Errors
/// What is wrong with the scenario, so that its stack cannot be built.
pub fn play(
    scenario: &Arc<Scenario>,
    seed: u64,
    weigh: bool,
    watch: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Vec<Trial>>, Vec<Diagnostic>> {
    let mut shift = Drill::new(Arc::clone(scenario), seed, Mode::Practice)?;
    let pieces = RESPONDERS.len() as f64;
    if !runs::open(&mut shift, &mut |share| watch(share / pieces)) {
        return Ok(None);
    }
    let variant = scenario.variant(seed);
    let (mut outcomes, mut yardsticks) = (Vec::new(), Vec::<Yardstick>::new());
    for (index, row) in RESPONDERS.iter().enumerate() {
        let making = Making { scenario, variant: &variant, seed };
        let Some(mut responder) = responders::by_name(row.name, making) else { continue };
        let mut look = |share: f64| watch((index as f64 + share) / pieces);
        match runs::play(shift.clone(), row.name, &mut *responder, &mut look) {
            Some(played) => {
                yardsticks.extend(played.yardstick);
                outcomes.push((row.name, played.outcome));
            }
            None => return Ok(None),
        }
    }
    let mut trials = Vec::new();
    for (name, outcome) in &outcomes {
        let game = Game {
            scenario: Arc::clone(scenario),
            seed,
            mode: outcome.mode,
            entries: outcome.entries.clone(),
        };
        let own = game.all_runs().into_iter().filter(|run| run.responder().is_none()).collect();
        let known = yardsticks.clone();
        let known = if weigh {
            runs::all(&game, Some(shift.clone()), own, known)?
        } else {
            Runs { yardsticks: known, ..Runs::default() }
        };
        let report = compose(scenario, known.trainee.as_ref().unwrap_or(outcome), &known);
        trials.push(trial(name, outcome, &report));
    }
    Ok(Some(trials))
}

fn trial(responder: &'static str, outcome: &Outcome, report: &Report) -> Trial {
    let minutes = |milestone| {
        let after = outcome.since_detection(outcome.milestones.at(milestone))?;
        Some((after.as_secs_f64() / 6.0).round() / 10.0)
    };
    Trial {
        responder,
        seed: outcome.seed,
        score: report.grade.score,
        parts: report.grade.parts.iter().map(|part| (part.name, part.points.unwrap_or(0.0))).collect(),
        diagnosed_min: minutes(Milestone::Diagnosed),
        mitigated_min: minutes(Milestone::Mitigated),
        affected_pct: (outcome.impact.affected_ratio() * 10_000.0).round() / 100.0,
        digest: format!("{:016x}", outcome.digest),
    }
}

/// A mean over seeds, with what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Half the width of the 95 % confidence interval of the mean (Student's t); 0 for a single value.
    pub half_width: f64,
    /// The least value.
    pub least: f64,
    /// The greatest.
    pub most: f64,
}

impl Estimate {
    /// The mean of some values, none of which may be missing.
    ///
    /// # Panics
    /// When there are no values.
    pub fn of(values: &[f64]) -> Estimate {
        assert!(!values.is_empty(), "a mean of nothing");
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let half_width = if values.len() < 2 {
            0.0
        } else {
            student_t_975(values.len() - 1) * (spread / (count - 1.0) / count).sqrt()
        };
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Estimate { mean, half_width, least, most }
    }
}

/// The 97.5 % quantile of Student's t, within 0.01 from 3 degrees of freedom on (Abramowitz & Stegun 26.7.5); the first two
/// from tables.
pub fn student_t_975(degrees: usize) -> f64 {
    match degrees {
        0 => f64::INFINITY,
        1 => 12.706,
        2 => 4.303,
        _ => {
            let (x, n) = (1.959_964_f64, degrees as f64);
            let terms = [
                x.powi(3) + x,
                5.0 * x.powi(5) + 16.0 * x.powi(3) + 3.0 * x,
                3.0 * x.powi(7) + 19.0 * x.powi(5) + 17.0 * x.powi(3) - 15.0 * x,
                79.0 * x.powi(9) + 776.0 * x.powi(7) + 1_482.0 * x.powi(5) - 1_920.0 * x.powi(3) - 945.0 * x,
            ];
            let scale = [4.0 * n, 96.0 * n.powi(2), 384.0 * n.powi(3), 92_160.0 * n.powi(4)];
            x + terms.iter().zip(scale).map(|(term, scale)| term / scale).sum::<f64>()
        }
    }
}

/// What the difference between two responders' scores must be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    AtLeast(f64),
    MoreThan(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, difference: f64) -> bool {
        match self {
            Bound::AtLeast(least) => difference >= least,
            Bound::MoreThan(least) => difference > least,
            Bound::AtMost(most) => difference <= most,
        }
    }

    fn told(self) -> String {
        match self {
            Bound::AtLeast(least) => format!("≥ {least:.0}"),
            Bound::MoreThan(least) => format!("> {least:.0}"),
            Bound::AtMost(most) => format!("≤ {most:.0}"),
        }
    }
}

/// The order that scores must keep: who, over whom, by how much.
const ORDER: [(&str, &str, Bound); 7] = [
    ("ideal", "methodical", Bound::AtLeast(0.0)),
    ("methodical", "real", Bound::MoreThan(0.0)),
    ("real", "rollback-all", Bound::MoreThan(0.0)),
    ("rollback-all", "random", Bound::MoreThan(0.0)),
    ("random", "none", Bound::AtLeast(0.0)),
    ("ideal", "methodical", Bound::AtMost(15.0)),
    ("methodical", "rollback-all", Bound::AtLeast(20.0)),
];

/// One responder's scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// The responder.
    pub responder: &'static str,
    /// The whole score.
    pub score: Estimate,
    /// The mean of each part's points.
    pub parts: Vec<(&'static str, f64)>,
    /// Share of the visitors affected, 0–100.
    pub affected_pct: Estimate,
    /// Drills in which every cause was named.
    pub diagnosed: usize,
    /// Drills in which the objective was met for good.
    pub mitigated: usize,
}

/// One part of the order, as it came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// Who must be ahead.
    pub higher: &'static str,
    /// Of whom.
    pub lower: &'static str,
    /// What the difference must be, as written: `≥ 20`.
    pub bound: String,
    /// The difference, seed by seed.
    pub difference: Estimate,
    /// Seeds on which it is as it must be.
    pub seeds: usize,
    /// Whether the mean is as it must be.
    pub holds: bool,
}

/// What a validity run came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Validity {
    /// The scenario.
    pub scenario: String,
    /// How many seeds were played.
    pub seeds: usize,
    /// Whether each action was weighed by a run without it.
    pub weighed: bool,
    /// Every responder's scores.
    pub scores: Vec<Scores>,
    /// The order, claim by claim.
    pub order: Vec<Claim>,
    /// Every drill.
    pub trials: Vec<Trial>,
}

impl Validity {
    /// Sums up trials, which are put into the order of seeds and responders first. Nothing when there are none.
    pub fn of(scenario: &str, weighed: bool, mut trials: Vec<Trial>) -> Option<Validity> {
        let rank = |name: &str| RESPONDERS.iter().position(|row| row.name == name);
        trials.sort_by_key(|trial| (trial.seed, rank(trial.responder)));
        let of = |name: &str| trials.iter().filter(|trial| trial.responder == name).collect::<Vec<_>>();
        let scores: Vec<Scores> = ORDERED.iter().filter_map(|name| Scores::of(name, &of(name))).collect();
        let order: Vec<Claim> =
            ORDER.iter().filter_map(|claim| Claim::of(*claim, &of(claim.0), &of(claim.1))).collect();
        let seeds = of("none").len();
        (seeds > 0).then(|| Validity { scenario: scenario.to_owned(), seeds, weighed, scores, order, trials })
    }

    /// Whether the whole order holds in the mean.
    pub fn holds(&self) -> bool {
        self.order.iter().all(|claim| claim.holds)
    }

    /// The tables, for a terminal or a page.
    pub fn document(&self) -> Document {
        let title = format!("{}, {} seeds", self.scenario, self.seeds);
        let mut section = Section::new("Scores");
        section.say(
            "Means over the seeds with the 95 % confidence interval of the mean (Student's t), the least and the greatest \
             score, the mean points of each part, and in how many drills every cause was named and the objective met.",
        );
        section.add(Block::Table(self.score_table()));
        let mut order = Section::new("Order");
        order.say("Differences are taken seed by seed.");
        order.add(Block::Table(self.order_table()));
        Document { title, sections: vec![section, order] }
    }

    fn score_table(&self) -> Table {
        let parts = ["#diagnosis", "#impact", "#precision", "#evidence", "#communication"];
        let mut columns = vec!["responder", "#score", "#least", "#most"];
        columns.extend(parts);
        columns.extend(["#affected, %", "#diagnosed", "#mitigated"]);
        let mut table = Table::new(&columns);
        for scores in &self.scores {
            let mut cells = vec![scores.responder.to_owned(), interval(scores.score)];
            cells.extend([scores.score.least, scores.score.most].map(tenth));
            cells.extend(parts.map(|part| {
                let points = scores.parts.iter().find(|(name, _)| *name == part.trim_start_matches('#'));
                points.map_or_else(|| "–".to_owned(), |(_, points)| tenth(*points))
            }));
            cells.extend([
                interval(scores.affected_pct),
                scores.diagnosed.to_string(),
                scores.mitigated.to_string(),
            ]);
            table.row(cells);
        }
        table
    }

    fn order_table(&self) -> Table {
        let mut table = Table::new(&["claim", "#difference", "#least", "#most", "#seeds", "holds"]);
        for claim in &self.order {
            table.row([
                format!("{} − {} {}", claim.higher, claim.lower, claim.bound),
                interval(claim.difference),
                tenth(claim.difference.least),
                tenth(claim.difference.most),
                format!("{} of {}", claim.seeds, self.seeds),
                if claim.holds { "yes" } else { "NO" }.to_owned(),
            ]);
        }
        table
    }
}

/// Responders from the best to the worst, as they should come out.
const ORDERED: [&str; 6] = ["ideal", "methodical", "real", "rollback-all", "random", "none"];

impl Scores {
    fn of(responder: &'static str, trials: &[&Trial]) -> Option<Scores> {
        let first = trials.first()?;
        let all = |of: &dyn Fn(&Trial) -> f64| trials.iter().map(|trial| of(trial)).collect::<Vec<_>>();
        let part = |index: usize| Estimate::of(&all(&|trial| trial.parts[index].1)).mean;
        Some(Scores {
            responder,
            score: Estimate::of(&all(&|trial| trial.score)),
            parts: first.parts.iter().enumerate().map(|(index, (name, _))| (*name, part(index))).collect(),
            affected_pct: Estimate::of(&all(&|trial| trial.affected_pct)),
            diagnosed: trials.iter().filter(|trial| trial.diagnosed_min.is_some()).count(),
            mitigated: trials.iter().filter(|trial| trial.mitigated_min.is_some()).count(),
        })
    }
}

impl Claim {
    fn of(claim: (&'static str, &'static str, Bound), higher: &[&Trial], lower: &[&Trial]) -> Option<Claim> {
        let (name, other, bound) = claim;
        let paired = higher.iter().filter_map(|trial| {
            let beside = lower.iter().find(|beside| beside.seed == trial.seed)?;
            // Scores have one decimal; their difference must not have the noise of a sixteenth.
            Some(((trial.score - beside.score) * 10.0).round() / 10.0)
        });
        let differences: Vec<f64> = paired.collect();
        (!differences.is_empty()).then(|| {
            let difference = Estimate::of(&differences);
            Claim {
                higher: name,
                lower: other,
                bound: bound.told(),
                difference,
                seeds: differences.iter().filter(|difference| bound.holds(**difference)).count(),
                holds: bound.holds(difference.mean),
            }
        })
    }
}

fn tenth(value: f64) -> String {
    format!("{value:.1}")
}

fn interval(estimate: Estimate) -> String {
    format!("{:.1} ± {:.1}", estimate.mean, estimate.half_width)
}
