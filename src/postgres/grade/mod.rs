//! Agreement with a real PostgreSQL: plans that one made, planned again and compared (`firedrill plan --grade`).
//!
//! Reads texts, never files: the caller opens and decompresses. The folder's format is described beside the data.

mod configuration;
mod signature;

pub use signature::signature;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Value, json};

use self::configuration::{Facts, Prepared};
use super::catalog::Catalog;
use super::datum::Datum;
use super::error::SqlError;
use super::plan::Plan;
use super::planner::{Params, plan};
use super::settings::Settings;
use super::sql::{Query, StatementTime, bind, parse_datum, parse_one};
use super::types::TypeId;

/// A root cost within this share of the real one agrees.
const COST_TOLERANCE: f64 = 0.05;
/// A row estimate within this factor of the real one agrees.
const ROWS_FACTOR: f64 = 1.1;
/// Costs this close are a tie between two plans.
const TIE: f64 = 0.0001;

/// The texts of a folder of real plans.
#[derive(Debug, Clone, Copy)]
pub struct GradeInput<'t> {
    /// `schema.sql`
    pub schema: &'t str,
    /// `statistics.sql`
    pub statistics: &'t str,
    /// `sizes.tsv`
    pub sizes: Option<&'t str>,
    /// `stats.json`, decompressed.
    pub facts: &'t str,
    /// `truth.jsonl`, decompressed.
    pub truth: &'t str,
}

/// One line of the truth.
#[derive(Debug, Deserialize)]
struct TruthLine {
    config: String,
    profile: String,
    mode: String,
    query_id: String,
    sql: String,
    signature: String,
    total_cost: f64,
    plan: Value,
    #[serde(default)]
    alternatives: Option<Vec<Alternative>>,
    /// What `now()` gave to the real plan, for lines where it matters.
    #[serde(default)]
    now: Option<String>,
}

impl TruthLine {
    fn time(&self) -> Option<StatementTime> {
        match parse_datum(self.now.as_deref()?, TypeId::TIMESTAMPTZ) {
            Ok(Datum::Int(micros)) => Some(StatementTime::from_micros(micros)),
            _ => None,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Alternative {
    total_cost: f64,
    signature: String,
}

/// Agreement of one profile and mode.
#[derive(Debug, Clone, PartialEq)]
pub struct GradeRow {
    /// Profile.
    pub profile: String,
    /// `custom` or `generic`.
    pub mode: String,
    /// Lines compared.
    pub lines: usize,
    /// Lines with the same plan, or one of the same cost.
    pub signature: usize,
    /// Lines with the root's cost within 5 %.
    pub cost: usize,
    /// Lines with the root's rows within a factor of 1.1.
    pub rows: usize,
}

/// One line that disagrees.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreement {
    /// Configuration, profile, mode, query.
    pub line: [String; 4],
    /// The real plan's signature.
    pub expected: String,
    /// Ours, or the error.
    pub got: String,
    /// The real root cost.
    pub expected_cost: f64,
    /// Ours.
    pub cost: f64,
    /// The real root rows.
    pub expected_rows: f64,
    /// Ours.
    pub rows: f64,
    /// The plan's shape agrees.
    pub same_plan: bool,
}

/// The whole result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grade {
    /// By profile and mode, in the order met.
    pub rows: Vec<GradeRow>,
    /// Disagreements in plan or cost, the largest cost ratio first.
    pub worst: Vec<Disagreement>,
}

/// How many disagreements the JSON lists.
const WORST_LISTED: usize = 50;

/// Plans every line again and compares.
///
/// # Errors
/// A text that can't be read: the message names which and where.
pub fn grade(input: &GradeInput<'_>) -> Result<Grade, String> {
    grade_where(input, &|_, _, _| true)
}

/// As [`grade`], for the lines whose (configuration, profile, mode) pass.
///
/// # Errors
/// As [`grade`].
pub fn grade_where(
    input: &GradeInput<'_>,
    wanted: &dyn Fn(&str, &str, &str) -> bool,
) -> Result<Grade, String> {
    let facts: Facts = serde_json::from_str(input.facts).map_err(|e| format!("stats.json: {e}"))?;
    let prepared = Prepared::new(input, &facts)?;
    let mut grade = Grade::default();
    let mut catalog = None;
    let mut current = String::new();
    let lines = truth_lines(input, wanted)?;
    let mut known: BTreeMap<&str, Settings> = BTreeMap::new();
    for line in &lines {
        if catalog.is_none() || current != line.config {
            catalog = Some(prepared.catalog(&line.config)?);
            current.clone_from(&line.config);
        }
        let Some(catalog) = &catalog else { continue };
        let settings = match known.entry(&line.profile) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(prepared.settings(&line.profile)?),
        };
        compare(catalog, settings, line, &mut grade);
    }
    grade.worst.sort_by(|a, b| ratio(b).partial_cmp(&ratio(a)).unwrap_or(std::cmp::Ordering::Equal));
    grade.rows.sort_by(|a, b| (&a.profile, &a.mode).cmp(&(&b.profile, &b.mode)));
    Ok(grade)
}

/// The lines that are wanted, by configuration.
fn truth_lines(
    input: &GradeInput<'_>,
    wanted: &dyn Fn(&str, &str, &str) -> bool,
) -> Result<Vec<TruthLine>, String> {
    let mut lines: Vec<TruthLine> = Vec::new();
    for (number, line) in input.truth.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let line: TruthLine =
            serde_json::from_str(line).map_err(|e| format!("truth.jsonl line {}: {e}", number + 1))?;
        if wanted(&line.config, &line.profile, &line.mode) {
            lines.push(line);
        }
    }
    lines.sort_by(|a, b| a.config.cmp(&b.config));
    Ok(lines)
}

/// A bound query with the catalog and settings that it is planned under: what remains to be timed is the planning.
#[derive(Debug)]
pub struct Gradable {
    catalog: Rc<Catalog>,
    settings: Rc<Settings>,
    query: Query,
}

impl Gradable {
    /// Plans it.
    ///
    /// # Errors
    /// As [`plan`].
    pub fn plan(&self) -> Result<Plan, SqlError> {
        plan(&self.catalog, &self.settings, &self.query, Params::Generic, None)
    }
}

/// The lines whose (configuration, profile, mode) pass, bound and ready to be planned.
///
/// # Errors
/// As [`grade`]; lines that can't be bound are left out.
pub fn gradable(
    input: &GradeInput<'_>,
    wanted: &dyn Fn(&str, &str, &str) -> bool,
) -> Result<Vec<Gradable>, String> {
    let facts: Facts = serde_json::from_str(input.facts).map_err(|e| format!("stats.json: {e}"))?;
    let prepared = Prepared::new(input, &facts)?;
    let mut out: Vec<Gradable> = Vec::new();
    let mut known: Option<(String, String, Rc<Catalog>, Rc<Settings>)> = None;
    for line in truth_lines(input, wanted)? {
        let (catalog, settings) = match &known {
            Some((config, profile, catalog, settings))
                if (config, profile) == (&line.config, &line.profile) =>
            {
                (Rc::clone(catalog), Rc::clone(settings))
            }
            _ => {
                let catalog = Rc::new(prepared.catalog(&line.config)?);
                let settings = Rc::new(prepared.settings(&line.profile)?);
                (catalog, settings)
            }
        };
        known = Some((line.config.clone(), line.profile.clone(), Rc::clone(&catalog), Rc::clone(&settings)));
        if let Ok(query) = parse_one(&line.sql).and_then(|ast| bind(&catalog, &ast)) {
            out.push(Gradable { catalog, settings, query });
        }
    }
    Ok(out)
}

fn ratio(d: &Disagreement) -> f64 {
    let (a, b) = (d.cost.max(0.01), d.expected_cost.max(0.01));
    (a / b).max(b / a)
}

fn compare(catalog: &super::catalog::Catalog, settings: &Settings, line: &TruthLine, grade: &mut Grade) {
    let planned = parse_one(&line.sql)
        .and_then(|ast| bind(catalog, &ast))
        .and_then(|query| plan(catalog, settings, &query, Params::Generic, line.time()));
    let number = |key: &str| line.plan.get(key).and_then(Value::as_f64).unwrap_or(0.0);
    let expected_rows = number("Plan Rows");
    let (got, cost, rows) = match &planned {
        Ok(plan) => (signature(catalog, plan), plan.root.total_cost, plan.root.rows),
        Err(SqlError { message, .. }) => (format!("ERROR: {message}"), 0.0, 0.0),
    };
    let close = |a: f64, b: f64| (a - b).abs() <= COST_TOLERANCE * b.abs().max(0.01);
    let cost_ok = planned.is_ok() && close(cost, line.total_cost);
    let rows_ok = planned.is_ok()
        && (rows == expected_rows
            || (rows.max(1.0) / expected_rows.max(1.0)).max(expected_rows.max(1.0) / rows.max(1.0))
                <= ROWS_FACTOR);
    let tied = |other: f64| (other - line.total_cost).abs() <= TIE * line.total_cost.abs() + 0.0101;
    // A plan that PostgreSQL found as cheap as the one it took is as good.
    let tie = planned.is_ok()
        && (tied(cost)
            || line.alternatives.iter().flatten().any(|a| a.signature == got && tied(a.total_cost)));
    let same_plan = got == line.signature || tie;
    let at = match grade.rows.iter().position(|r| r.profile == line.profile && r.mode == line.mode) {
        Some(at) => at,
        None => {
            let (profile, mode) = (line.profile.clone(), line.mode.clone());
            grade.rows.push(GradeRow { profile, mode, lines: 0, signature: 0, cost: 0, rows: 0 });
            grade.rows.len() - 1
        }
    };
    let row = &mut grade.rows[at];
    row.lines += 1;
    row.signature += usize::from(same_plan);
    row.cost += usize::from(cost_ok);
    row.rows += usize::from(rows_ok);
    if !(same_plan && cost_ok && rows_ok) {
        grade.worst.push(Disagreement {
            line: [line.config.clone(), line.profile.clone(), line.mode.clone(), line.query_id.clone()],
            expected: line.signature.clone(),
            got,
            expected_cost: line.total_cost,
            cost,
            expected_rows,
            rows,
            same_plan,
        });
    }
}

impl Grade {
    /// The table for people.
    pub fn text(&self) -> String {
        let mut out = format!(
            "{:<26} {:<8} {:>6} {:>10} {:>8} {:>8}\n",
            "profile", "mode", "lines", "signature", "cost", "rows"
        );
        let share = |n: usize, of: usize| 100.0 * n as f64 / of.max(1) as f64;
        for row in &self.rows {
            out.push_str(&format!(
                "{:<26} {:<8} {:>6} {:>9.1}% {:>7.1}% {:>7.1}%\n",
                row.profile,
                row.mode,
                row.lines,
                share(row.signature, row.lines),
                share(row.cost, row.lines),
                share(row.rows, row.lines)
            ));
        }
        if !self.worst.is_empty() {
            out.push_str("\nworst:\n");
        }
        for d in self.worst.iter().take(WORST_LISTED) {
            out.push_str(&format!(
                "{}\n  real {:.2} ({:.0} rows) {}\n  ours {:.2} ({:.0} rows) {}\n",
                d.line.join(" "),
                d.expected_cost,
                d.expected_rows,
                d.expected,
                d.cost,
                d.rows,
                d.got
            ));
        }
        out
    }

    /// The document of `--json`: shares between 0 and 1.
    pub fn json(&self) -> Value {
        let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|r| {
                json!({
                    "profile": r.profile,
                    "mode": r.mode,
                    "lines": r.lines,
                    "signature": share(r.signature, r.lines),
                    "cost": share(r.cost, r.lines),
                    "rows": share(r.rows, r.lines),
                })
            })
            .collect();
        let worst: Vec<Value> = self
            .worst
            .iter()
            .take(WORST_LISTED)
            .map(|d| {
                json!({
                    "config": d.line[0], "profile": d.line[1], "mode": d.line[2], "query_id": d.line[3],
                    "expected": d.expected, "got": d.got,
                    "expected_cost": d.expected_cost, "cost": d.cost,
                    "expected_rows": d.expected_rows, "rows": d.rows,
                })
            })
            .collect();
        json!({ "rows": rows, "worst": worst })
    }
}
