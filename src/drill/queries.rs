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
    /// The workload's queries: their text and name.
    workload: BTreeMap<String, String>,
    /// Names of all statements met, each once.
    names: Vec<String>,
    /// The name of each registered statement, by its number.
    registered: Vec<Option<usize>>,
    /// The name of each row of the statement statistics, by its query id.
    rows: BTreeMap<i64, usize>,
}

/// What ran at one instant, by name.
#[derive(Clone, Debug)]
struct Sample {
    at: SimTime,
    /// Backends that run each query.
    running: Vec<(usize, u32)>,
    /// Executions of each query that have ended well since the start, and their milliseconds.
    ended: Vec<(usize, u64, f64)>,
}

impl Samples {
    pub(crate) fn new(scenario: &Scenario) -> Samples {
        let workload =
            scenario.workload.queries.iter().map(|query| (squeeze(&query.sql), query.name.clone()));
        Samples { workload: workload.collect(), ..Samples::default() }
    }

    /// Looks at what runs now.
    pub(crate) fn take(&mut self, now: SimTime, server: &Server) {
        let mut running: Vec<(usize, u32)> = Vec::new();
        for (_, backend) in server.activity().filter(|(_, backend)| backend.is_active()) {
            let name = match &backend.query {
                QueryText::None => continue,
                QueryText::Registered(query) => self.registered(query.0 as usize, server.query_sql(*query)),
                QueryText::Typed(text) => self.name(text),
            };
            match running.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => running.push((name, 1)),
            }
        }
        let mut ended = Vec::new();
        for row in server.statement_statistics() {
            let name = match self.rows.get(&row.query_id) {
                Some(name) => *name,
                None => {
                    let name = self.name(&row.query);
                    self.rows.insert(row.query_id, name);
                    name
                }
            };
            ended.push((name, row.calls, row.total_ms));
        }
        self.taken.push_back(Sample { at: now, running, ended });
        while self.taken.front().is_some_and(|sample| sample.at + WINDOW <= now) {
            self.taken.pop_front();
        }
    }

    fn registered(&mut self, query: usize, sql: &str) -> usize {
        if self.registered.len() <= query {
            self.registered.resize(query + 1, None);
        }
        match self.registered[query] {
            Some(name) => name,
            None => {
                let name = self.name(sql);
                self.registered[query] = Some(name);
                name
            }
        }
    }

    /// The number of a statement's name: the workload's own, or the start of its text.
    fn name(&mut self, sql: &str) -> usize {
        let text = squeeze(sql);
        let name = match self.workload.get(&text) {
            Some(name) => name.clone(),
            None => text.chars().take(MAX_NAME).collect(),
        };
        match self.names.iter().position(|known| *known == name) {
            Some(known) => known,
            None => {
                self.names.push(name);
                self.names.len() - 1
            }
        }
    }

    /// Queries by their share of the database's time in the last minute, largest first.
    pub(crate) fn top(&self) -> Vec<TopQuery> {
        let mut sums = vec![0_u64; self.names.len()];
        for (name, count) in self.taken.iter().flat_map(|sample| &sample.running) {
            sums[*name] += u64::from(*count);
        }
        let all: u64 = sums.iter().sum();
        let told = |(name, sum): (usize, &u64)| {
            let (calls_per_s, mean_ms) = self.ended(name);
            let share = *sum as f64 / all.max(1) as f64;
            TopQuery { name: self.names[name].clone(), share, mean_ms, calls_per_s }
        };
        let mut top: Vec<TopQuery> = sums.iter().enumerate().filter(|(_, sum)| **sum > 0).map(told).collect();
        top.sort_by(|a, b| b.share.total_cmp(&a.share));
        top.truncate(MAX_TOLD);
        top
    }

    /// Executions a second that ended well within the window, and their mean time in milliseconds.
    fn ended(&self, name: usize) -> (f64, f64) {
        let (Some(first), Some(last)) = (self.taken.front(), self.taken.back()) else { return (0.0, 0.0) };
        let of = |sample: &Sample| {
            let rows = sample.ended.iter().filter(|(row, ..)| *row == name);
            rows.fold((0, 0.0), |sum, (_, calls, ms)| (sum.0 + calls, sum.1 + ms))
        };
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
