//! Registered statements: the workload's SQL with its plan, its work, and the few figures that the hot path needs.

use std::sync::Arc;

use super::horizon::Isolation;
use super::run::{SHORT_CPU_NS, SHORT_PAGES};
use super::utility::substituted;
use crate::postgres::error::SqlError;
use crate::postgres::locks::{LockManager, LockMode, LockTag};
use crate::postgres::plan::Plan;
use crate::postgres::work::Work;

/// A registered statement. What every execution needs comes first, so that it lies together.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub struct Template {
    pub(crate) hot: HotFigures,
    pub(crate) work: Arc<Work>,
    /// Its row of `pg_stat_statements`.
    pub(crate) statement: usize,
    /// Executions begun since the cache was last settled.
    pub(crate) begun: u32,
    /// What it does beside running a plan.
    pub kind: TemplateKind,
    pub(crate) concern: LockConcern,
    /// The catalog version that the plan was made for.
    pub version: u64,
    /// Why there is no plan.
    pub error: Option<SqlError>,
    /// The plan in force; `None` for transaction control, or when planning failed.
    pub plan: Option<Arc<Plan>>,
    /// Its text, with `$1`…
    pub sql: String,
    /// The text with the example parameters in place: what the planner sees.
    pub example: String,
}

impl Template {
    /// What one execution does, on average.
    pub fn work(&self) -> &Work {
        &self.work
    }
}

/// Whether a strong lock is held or awaited on any of the relations that a statement locks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LockConcern {
    /// The lock table's version when that was found out, plus one; 0 before it ever was.
    found: u64,
    concerned: bool,
}

impl LockConcern {
    /// Whether it is, on these relations.
    #[inline]
    pub(crate) fn look(&mut self, table: &LockManager, locks: &[(LockTag, LockMode)]) -> bool {
        if self.found != table.version() + 1 {
            let concerned = locks.iter().any(|(tag, _)| table.concerns(*tag));
            *self = LockConcern { found: table.version() + 1, concerned };
        }
        self.concerned
    }
}

/// The kinds of registered statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateKind {
    /// Has a plan.
    Planned,
    /// Its work was given: load of which no SQL is modelled.
    Given,
    /// `BEGIN`.
    Begin {
        /// The level, if one is named.
        level: Option<Isolation>,
    },
    /// `COMMIT`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
}

/// What an execution of short work needs to know.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HotFigures {
    /// Runs in one piece.
    pub(crate) short: bool,
    pub(crate) writes: bool,
    pub(crate) cpu_ns: f64,
    pub(crate) rows: f64,
    /// Expected reads from disk.
    pub(crate) reads: f64,
    /// Probability of none.
    pub(crate) no_reads: f64,
}

impl HotFigures {
    /// The figures of some work with a cache that never misses.
    pub(crate) fn of(work: &Work) -> HotFigures {
        HotFigures {
            short: work.cpu_ns < SHORT_CPU_NS && work.pages() < SHORT_PAGES && work.workers == 0,
            writes: work.writes(),
            cpu_ns: work.cpu_ns,
            rows: work.rows,
            reads: 0.0,
            no_reads: 1.0,
        }
    }

    /// Reads of one execution: Poisson by inversion with one uniform draw.
    #[inline]
    pub(crate) fn draw_reads(&self, uniform: f64) -> u64 {
        if uniform < self.no_reads {
            return 0;
        }
        let (mut probability, mut sum, mut reads) = (self.no_reads, self.no_reads, 0);
        while sum <= uniform && reads < MAX_DRAWN_READS {
            reads += 1;
            probability *= self.reads / reads as f64;
            sum += probability;
        }
        reads
    }
}

/// Where the search for a number of reads ends: beyond it the tail's probability is below one in 10^15.
const MAX_DRAWN_READS: u64 = 2_000;

impl TemplateKind {
    /// Tells transaction control from statements with plans.
    pub(crate) fn of(sql: &str) -> TemplateKind {
        let word = sql.trim().trim_end_matches(';').split_whitespace().next().unwrap_or("");
        match word.to_ascii_uppercase().as_str() {
            "BEGIN" | "START" => {
                let upper: Vec<String> = sql.split_whitespace().map(str::to_ascii_uppercase).collect();
                TemplateKind::Begin { level: Isolation::asked(&upper) }
            }
            "COMMIT" | "END" => TemplateKind::Commit,
            "ROLLBACK" | "ABORT" => TemplateKind::Rollback,
            _ => TemplateKind::Planned,
        }
    }
}

/// Puts literals in the place of `$1`…: what a driver's bind message does for a custom plan. Text inside quotes is
/// left alone.
pub(crate) fn substitute(sql: &str, literals: &[&str]) -> String {
    substituted(sql, &mut |n| {
        n.checked_sub(1).and_then(|i| literals.get(i)).map_or_else(|| format!("${n}"), ToString::to_string)
    })
}
