//! The report: everything a debrief says, as values; `document` puts it into reading order, renderers into a format.

use super::cause::Cause;
use super::hypotheses::{self, Hypothesis};
use super::learning;
use super::outcome::Outcome;
use super::runs::{Run, Runs};
use super::score::{self, Basis, Grade, Yardsticks};
use super::series::MinuteRow;
use super::still::Still;
use super::worth::{Worth, weigh};
use crate::drill::views::{View, ViewKind};
use crate::drill::{Input, ghost};
use crate::kernel::{Calendar, SimTime, Span};
use crate::scenario::{Ghost, Milestone, Provenance, Scenario};
use crate::stack::view::Impact;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A finished drill, graded and explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The seed.
    pub seed: u64,
    /// Practice or exam.
    pub mode: crate::drill::Mode,
    /// Whose times yours are compared with.
    pub ghost: Ghost,
    /// The harmful changes that were drawn.
    pub variant: Vec<String>,
    /// The one sentence that matters.
    pub sentence: String,
    /// What happened, a paragraph each.
    pub story: Vec<String>,
    /// What made it possible, or harder to end.
    pub factors: Vec<String>,
    /// What went well.
    pub went_well: Vec<String>,
    /// The grade.
    pub grade: Grade,
    /// While the counterfactual runs are under way: the share that is done, and what is being run.
    #[serde(skip)]
    pub pending: Option<(f64, String)>,
    /// Milestones beside the real ones, time to diagnosis first.
    pub milestones: Vec<MilestonePair>,
    /// Between which clock times visitors and money are counted.
    pub counted: (String, String),
    /// The harm in each run: yours, nobody's, the real team's, the ideal.
    pub impact: Vec<ImpactRow>,
    /// What each action was worth, the best first.
    pub worth: Vec<Worth>,
    /// Hypotheses that led nowhere and how long each was held: yours, then the real team's in the simulation.
    pub wrong_turns: Vec<WrongTurn>,
    /// Everything that was believed, right or wrong, yours and the real team's, for a chart.
    #[serde(skip)]
    pub beliefs: Vec<Belief>,
    /// What had been on screen of each cause, and when.
    pub seen: Vec<SeenRow>,
    /// What was looked at, by kind; kinds that never were too.
    pub looks: Vec<LookRow>,
    /// The affected share of page views in the other runs, minute by minute, 0–1: whose, and the values.
    #[serde(skip)]
    pub others: Vec<(&'static str, Vec<Option<f64>>)>,
    /// What was on the trainee's screen, minute by minute; empty until the drill has been run again.
    #[serde(skip)]
    pub stills: Arc<[Still]>,
    /// The hidden truth.
    pub causes: Vec<Cause>,
    /// Things that misled and were not the cause.
    pub red_herrings: Vec<(String, String)>,
    /// What to practise next.
    pub practise: Vec<String>,
    /// Both time-lines, in order of time.
    pub timeline: Vec<TimelineRow>,
    /// The golden signals, minute by minute.
    pub series: Vec<MinuteRow>,
    /// Every input, numbered as the parts of the score point at them.
    pub journal: Vec<JournalRow>,
    /// Where the real timeline comes from.
    pub source: String,
    /// The objective's threshold for a page, milliseconds.
    pub slo_ms: f64,
}

/// A milestone, the trainee's beside the real team's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MilestonePair {
    /// Its name.
    pub name: &'static str,
    /// When the trainee reached it, `15:04:30`.
    pub at: Option<String>,
    /// When the real team did.
    pub real: Option<String>,
    /// Minutes earlier than the real team; negative when later.
    pub ahead_min: Option<i64>,
}

/// The harm in one run, within the scenario's impact window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImpactRow {
    /// Whose.
    pub who: &'static str,
    /// Share of visitors affected, 0–100.
    pub users_affected_pct: f64,
    /// Visitors affected.
    pub affected: u64,
    /// Requests that failed.
    pub failed_requests: u64,
    /// Orders lost.
    pub lost_orders: u64,
    /// Their value, in whole units of the currency.
    pub lost_revenue: u64,
}

/// Something believed that led nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WrongTurn {
    /// Whether the real team's (or the trainee's).
    pub real: bool,
    /// The incident's clock.
    pub at: String,
    /// What it was.
    pub what: String,
    /// How long until something else was believed, or the end.
    pub held: String,
    /// Index of its input in the journal's entries.
    pub entry: Option<usize>,
}

/// Something believed, for a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belief {
    /// Whether the real team's (or the trainee's).
    pub real: bool,
    /// What, from when, until when, and whether it was true.
    pub hypothesis: Hypothesis,
}

/// The evidence of one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenRow {
    /// The change.
    pub change: String,
    /// When one of the queries that it hurts was first on screen.
    pub effect: Option<String>,
    /// When its object was.
    pub definition: Option<String>,
    /// When it was named.
    pub named: Option<String>,
}

/// How often one kind of thing was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LookRow {
    /// The kind.
    pub kind: crate::drill::views::ViewKind,
    /// How often.
    pub times: usize,
    /// The first time.
    pub first: Option<String>,
    /// What it was about, the names most often on screen first.
    pub about: Vec<String>,
}

/// One line of the two time-lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineRow {
    /// The incident's clock.
    pub at: String,
    /// Whether the real team's (or the trainee's).
    pub real: bool,
    /// What.
    pub text: String,
    /// A few words on it, for the axis of a chart.
    #[serde(skip)]
    pub short: String,
    /// For the real team's: how well founded the stamp is.
    pub provenance: Option<&'static str>,
    /// When, in simulated time.
    #[serde(skip)]
    pub instant: SimTime,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JournalRow {
    /// The incident's clock.
    pub at: String,
    /// What was entered.
    pub input: String,
}

/// Makes the report of a drill from its outcome and those of the counterfactual runs that have been made.
pub fn compose(scenario: &Scenario, trainee: &Outcome, runs: &Runs) -> Report {
    let variant = scenario.variant(trainee.seed);
    let calendar = scenario.calendar();
    let minute = |at| calendar.minute(scenario.instant(at));
    let weighed: Vec<Option<Worth>> = trainee
        .actions
        .iter()
        .map(|action| {
            let branch = runs.branches.iter().find(|branch| branch.entry == action.entry)?;
            let difference = branch.against(trainee.base.as_ref()?);
            Some(weigh(trainee, &difference, action, calendar.clock(action.at)))
        })
        .collect();
    let affected = |run| runs.yardstick(run).map(|yardstick| yardstick.impact.affected);
    let basis = Basis {
        scenario,
        variant: &variant,
        yardsticks: Yardsticks { nobody: affected(Run::Nobody), ideal: affected(Run::Ideal) },
        verdicts: weighed.iter().map(|worth| worth.as_ref().map(Worth::judged)).collect(),
    };
    let grade = score::grade(trainee, &basis);
    let mut worth: Vec<Worth> = weighed.into_iter().flatten().collect();
    worth.sort_by_key(|worth| std::cmp::Reverse(worth.visitors));
    let of = |run| runs.yardstick(run).map(|yardstick| &yardstick.impact);
    let impact = [
        ("you", Some(&trainee.impact)),
        ("nobody acts", of(Run::Nobody)),
        (scenario.source.ghost().name(), of(Run::Real)),
        ("ideal response", of(Run::Ideal)),
    ];
    let hypotheses = hypotheses::of(trainee);
    Report {
        scenario: scenario.id.clone(),
        title: scenario.title.clone(),
        seed: trainee.seed,
        mode: trainee.mode,
        ghost: scenario.source.ghost(),
        variant: trainee.harmful.clone(),
        sentence: sentence(scenario, trainee, &worth),
        story: learning::story(scenario, &variant, trainee),
        factors: learning::factors(scenario, &variant, trainee),
        went_well: learning::went_well(scenario, trainee, &grade, &worth),
        pending: None,
        counted: (minute(scenario.impact_window.0), minute(scenario.impact_window.1)),
        milestones: milestones(scenario, trainee),
        impact: impact.into_iter().filter_map(|(who, impact)| Some(impact_row(who, impact?))).collect(),
        wrong_turns: wrong_turns(&hypotheses, &calendar, false)
            .chain(wrong_turns(
                runs.yardstick(Run::Real).map_or(&[], |real| &real.hypotheses),
                &calendar,
                true,
            ))
            .collect(),
        beliefs: beliefs(&hypotheses, false)
            .chain(beliefs(runs.yardstick(Run::Real).map_or(&[], |real| &real.hypotheses), true))
            .collect(),
        seen: seen(trainee, &calendar),
        looks: looks(trainee, &calendar),
        others: others(scenario.source.ghost(), runs),
        stills: Arc::clone(&trainee.stills),
        causes: super::cause::explain(scenario, &variant, trainee),
        red_herrings: scenario
            .red_herrings
            .iter()
            .map(|red| (red.title.clone(), red.explanation.clone()))
            .collect(),
        practise: super::practise::advice(&grade, trainee),
        timeline: timeline(scenario, trainee),
        series: trainee.series.clone(),
        journal: journal(trainee, &calendar),
        source: source(scenario),
        slo_ms: scenario.slo.page_threshold.as_millis_f64(),
        worth,
        grade,
    }
}

fn milestones(scenario: &Scenario, trainee: &Outcome) -> Vec<MilestonePair> {
    let calendar = scenario.calendar();
    let pair = |milestone: Milestone| {
        let at = trainee.milestones.at(milestone);
        let real = ghost::milestone(scenario, milestone);
        MilestonePair {
            name: milestone.word(),
            at: at.map(|at| calendar.clock(at)),
            real: real.map(|real| calendar.clock(real)),
            ahead_min: at.zip(real).map(|(at, real)| minutes(at, real)),
        }
    };
    let mut order = Milestone::ALL.to_vec();
    // The time to diagnosis is what the drill is about, so it leads.
    order.sort_by_key(|milestone| *milestone != Milestone::Diagnosed);
    order.into_iter().map(pair).collect()
}

/// Whole minutes by which `at` is earlier than `real`.
fn minutes(at: SimTime, real: SimTime) -> i64 {
    let seconds = real.as_secs() as i64 - at.as_secs() as i64;
    (seconds as f64 / 60.0).round() as i64
}

fn in_minutes(minutes: i64) -> String {
    if minutes == 1 { "1 minute".to_owned() } else { format!("{minutes} minutes") }
}

fn sentence(scenario: &Scenario, trainee: &Outcome, worth: &[Worth]) -> String {
    let ghost = scenario.source.ghost().name();
    let diagnosed = trainee.milestones.at(Milestone::Diagnosed);
    let real = ghost::milestone(scenario, Milestone::Diagnosed);
    let named = trainee.harmful.iter().filter(|id| trainee.named(id).is_some()).count();
    let mut text = match (diagnosed, real) {
        (Some(at), Some(real)) if at <= real => {
            format!("You named the cause in full {} before {ghost}.", in_minutes(minutes(at, real)))
        }
        (Some(at), Some(real)) => {
            format!("You named the cause in full, {} after {ghost}.", in_minutes(-minutes(at, real)))
        }
        (Some(_), None) => "You named the cause in full.".to_owned(),
        (None, _) if named > 0 => format!("You named {named} of {} causes.", trainee.harmful.len()),
        (None, _) => "The cause was never named.".to_owned(),
    };
    match trainee.milestones.at(Milestone::Mitigated) {
        Some(at) => {
            let since = trainee.since_detection(Some(at)).unwrap_or(Span::ZERO);
            text.push_str(&format!(" The shop was well again {since} after the first page."));
        }
        None => text.push_str(" The shop was still down at the end."),
    }
    if let Some(worst) = worth.last().filter(|worst| worst.verdict == "harmful") {
        text.push_str(&format!(
            " `{}` at {} cost {} visitors.",
            worst.line,
            worst.at,
            crate::drill::thousands(worst.visitors.unsigned_abs())
        ));
    }
    text
}

fn impact_row(who: &'static str, impact: &Impact) -> ImpactRow {
    ImpactRow {
        who,
        users_affected_pct: (impact.affected_ratio() * 1_000.0).round() / 10.0,
        affected: impact.affected,
        failed_requests: impact.failed,
        lost_orders: impact.lost_orders,
        lost_revenue: impact.lost_revenue_cents / 100,
    }
}

fn wrong_turns<'a>(
    hypotheses: &'a [Hypothesis],
    calendar: &'a Calendar,
    real: bool,
) -> impl Iterator<Item = WrongTurn> + 'a {
    hypotheses.iter().filter(|hypothesis| !hypothesis.right).map(move |hypothesis| WrongTurn {
        real,
        at: calendar.clock(hypothesis.from),
        what: hypothesis.what.clone(),
        held: hypothesis.held().to_string(),
        entry: if real { None } else { hypothesis.entry },
    })
}

fn beliefs(hypotheses: &[Hypothesis], real: bool) -> impl Iterator<Item = Belief> {
    hypotheses.iter().map(move |hypothesis| Belief { real, hypothesis: hypothesis.clone() })
}

fn seen(trainee: &Outcome, calendar: &Calendar) -> Vec<SeenRow> {
    let clock = |at: Option<SimTime>| at.map(|at| calendar.clock(at));
    let row = |seen: &crate::drill::evidence::Seen| SeenRow {
        change: seen.change.clone(),
        effect: clock(seen.effect),
        definition: clock(seen.definition),
        named: clock(trainee.named(&seen.change).map(|judged| judged.statement.at)),
    };
    trainee.evidence.iter().map(row).collect()
}

/// Most names told of one kind of look.
const MAX_NAMES: usize = 8;

fn looks(trainee: &Outcome, calendar: &Calendar) -> Vec<LookRow> {
    let row = |kind: ViewKind| {
        let views: Vec<&View> = trainee.views.iter().filter(|view| view.kind == kind).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in views.iter().flat_map(|view| &view.about) {
            *counts.entry(name).or_default() += 1;
        }
        let mut names: Vec<(&str, usize)> = counts.into_iter().collect();
        names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        LookRow {
            kind,
            times: views.len(),
            first: views.first().map(|view| calendar.clock(view.at)),
            about: names.into_iter().take(MAX_NAMES).map(|(name, _)| name.to_owned()).collect(),
        }
    };
    ViewKind::ALL.into_iter().map(row).collect()
}

fn others(ghost: Ghost, runs: &Runs) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let names = [(Run::Nobody, "nobody acts"), (Run::Real, ghost.name()), (Run::Ideal, "ideal response")];
    let of = |(run, name): (Run, &'static str)| Some((name, runs.yardstick(run)?.affected.clone()));
    names.into_iter().filter_map(of).collect()
}

fn timeline(scenario: &Scenario, trainee: &Outcome) -> Vec<TimelineRow> {
    let calendar = scenario.calendar();
    let mut rows: Vec<TimelineRow> = Vec::new();
    for entry in &scenario.timeline {
        let instant = scenario.instant(entry.at);
        rows.push(TimelineRow {
            at: calendar.clock(instant),
            real: true,
            text: entry.text.clone(),
            short: entry.short.clone(),
            provenance: Some(Provenance::word(entry.provenance)),
            instant,
        });
    }
    let mut push = |instant: SimTime, text: String, short: String| {
        let at = calendar.clock(instant);
        rows.push(TimelineRow { at, real: false, text, short, provenance: None, instant });
    };
    for milestone in Milestone::ALL {
        if let Some(at) = trainee.milestones.at(milestone) {
            push(at, milestone.word().to_owned(), milestone.word().to_owned());
        }
    }
    for action in &trainee.actions {
        push(action.at, format!("`{}`", action.line), action.line.clone());
    }
    for rollback in &trainee.rollbacks {
        if let Some(at) = rollback.finished {
            let text = format!("{} is rolled back", rollback.change);
            push(at, text, format!("{} undone", rollback.change));
        }
    }
    for judged in &trainee.statements {
        let said = &judged.statement;
        let text = format!("diagnosed {} {} {}", said.component, said.object, said.mechanism);
        push(said.at, text, format!("names {}", said.object));
    }
    rows.sort_by_key(|row| row.instant);
    rows
}

fn journal(trainee: &Outcome, calendar: &Calendar) -> Vec<JournalRow> {
    let words = |input: &Option<Input>| match input {
        Some(Input::Line(line) | Input::Aside(line)) => line.clone(),
        Some(Input::Interrupt) => "^C".to_owned(),
        Some(Input::EndOfInput) => "^D".to_owned(),
        Some(Input::Width(width)) => format!("(console {width} columns wide)"),
        Some(Input::Panel(panel)) => format!("(looked at {panel:?})").to_lowercase(),
        Some(Input::Change(id)) => format!("(looked at {id})"),
        Some(Input::Leave) => "(left)".to_owned(),
        None => String::new(),
    };
    let row = |entry: &crate::drill::journal::Entry| JournalRow {
        at: calendar.clock(entry.at()),
        input: words(&entry.input),
    };
    trainee.entries.iter().map(row).collect()
}

fn source(scenario: &Scenario) -> String {
    let url = scenario.source.url.as_ref().map_or(String::new(), |url| format!(" <{url}>"));
    format!(
        "{}{url} ({}). {}",
        scenario.source.title,
        scenario.source.provenance.word(),
        scenario.source.note
    )
}
