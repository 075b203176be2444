//! Which queries take the database's time: running statements sampled once a second, as a database dashboard does it.
//!
//! Samples, not `pg_stat_statements`: that counts a statement when it has ended well, so it is blind to those that run now
//! and those that are cancelled, which in an incident is most of them.

use super::TopQuery;
use crate::kernel::{SimTime, Span};
use crate::postgres::server::{QueryText, Server};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, VecDeque};

/// How far back samples count.
const WINDOW: Span = Span::MINUTE;
/// Most queries told.
const MAX_TOLD: usize = 6;
/// Length of the text by which an unnamed statement is told.
const MAX_NAME: usize = 40;

/// Samples of the last minute.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples {
    taken: VecDeque<Sample>,
    /// The names of the workload's queries by their text.
    names: BTreeMap<String, String>,
}

/// What ran at one instant.
#[derive(Clone, Debug)]
struct Sample {
    at: SimTime,
    /// Backends that run each query.
    running: BTreeMap<String, u32>,
    /// Executions of each query that have ended well since the start, and their milliseconds.
    ended: BTreeMap<String, (u64, f64)>,
}

impl Samples {
    pub(crate) fn new(scenario: &Scenario) -> Samples {
        let names = scenario.workload.queries.iter().map(|query| (squeeze(&query.sql), query.name.clone()));
        Samples { taken: VecDeque::new(), names: names.collect() }
    }

    /// Looks at what runs now.
    pub(crate) fn take(&mut self, now: SimTime, server: &Server) {
        let mut running: BTreeMap<String, u32> = BTreeMap::new();
        for (_, backend) in server.activity().filter(|(_, backend)| backend.is_active()) {
            if matches!(backend.query, QueryText::None) {
                continue;
            }
            *running.entry(self.name(server.query_text(backend))).or_default() += 1;
        }
        let ended = server.statement_statistics().iter();
        let ended = ended.map(|row| (self.name(&row.query), (row.calls, row.total_ms))).collect();
        self.taken.push_back(Sample { at: now, running, ended });
        while self.taken.front().is_some_and(|sample| sample.at + WINDOW <= now) {
            self.taken.pop_front();
        }
    }

    fn name(&self, sql: &str) -> String {
        let text = squeeze(sql);
        match self.names.get(&text) {
            Some(name) => name.clone(),
            None => text.chars().take(MAX_NAME).collect(),
        }
    }

    /// Queries by their share of the database's time in the last minute, largest first.
    pub(crate) fn top(&self) -> Vec<TopQuery> {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, count) in self.taken.iter().flat_map(|sample| &sample.running) {
            *sums.entry(name).or_default() += u64::from(*count);
        }
        let all: u64 = sums.values().sum();
        let told = |(name, sum): (&str, u64)| {
            let (calls_per_s, mean_ms) = self.ended(name);
            let share = sum as f64 / all.max(1) as f64;
            TopQuery { name: name.to_owned(), share, mean_ms, calls_per_s }
        };
        let mut top: Vec<TopQuery> = sums.into_iter().map(told).collect();
        top.sort_by(|a, b| b.share.total_cmp(&a.share));
        top.truncate(MAX_TOLD);
        top
    }
}

impl Samples {
    /// Executions a second that ended well within the window, and their mean time in milliseconds.
    fn ended(&self, name: &str) -> (f64, f64) {
        let (Some(first), Some(last)) = (self.taken.front(), self.taken.back()) else { return (0.0, 0.0) };
        let of = |sample: &Sample| sample.ended.get(name).copied().unwrap_or((0, 0.0));
        let ((calls_before, ms_before), (calls, ms)) = (of(first), of(last));
        let ended = calls.saturating_sub(calls_before) as f64;
        let seconds = last.at.since(first.at).as_secs_f64().max(1.0);
        (ended / seconds, if ended > 0.0 { (ms - ms_before) / ended } else { 0.0 })
    }
}

/// One blank for any white space.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
