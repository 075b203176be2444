//! The responder who knows the truth: looks at what there is to see, names each cause, takes each back, and says so.
//!
//! It is the upper end of the scale, so it also does what a good responder does for others: acknowledges, declares, writes
//! to the channel, and resolves only when the objective has held.

use super::{Making, Responder, Sight};
use crate::drill::milestones::harms;
use crate::kernel::{SimTime, Span};
use std::collections::VecDeque;

/// From the first page to the first key.
const REACTION: Span = Span::from_secs(30);
/// Between two lines: reading and typing.
const PACE: Span = Span::from_secs(8);
/// How often the channel hears from it while the site is down.
const UPDATE_EVERY: Span = Span::from_mins(10);
/// How long a colleague waits for an answer.
const ANSWER_AFTER: Span = Span::from_mins(1);
/// How long the objective has to hold before it is declared over.
const HOLD: Span = Span::from_mins(6);

pub(super) struct Ideal {
    lines: VecDeque<String>,
    next_at: Option<SimTime>,
    acknowledged: Vec<String>,
    update_at: Option<SimTime>,
    /// Its last words.
    closing: String,
    resolved: bool,
}

impl Ideal {
    pub(super) fn new(making: Making<'_>) -> Ideal {
        let Making { scenario, variant, .. } = making;
        let mut lines = VecDeque::from(vec![
            "declare sev1 'pages are slow or fail for most visitors'".to_owned(),
            "post 'SEV1: pages are slow or fail for most visitors. I am on it, next update in 10 minutes.'"
                .to_owned(),
            SLOWEST.to_owned(),
            "changes list".to_owned(),
        ]);
        for (change, harm) in harms(scenario, variant) {
            lines.push_back(format!("changes show {}", change.id));
            for query in harm.queries.iter().filter_map(|name| explain(scenario, name)).take(1) {
                lines.push_back(query);
            }
            lines.push_back(format!("diagnose {} {} {}", harm.component, harm.object, harm.mechanism));
            // In the background: each has its own table to build on, and the next one need not wait.
            lines.push_back(format!("rollback {} &", change.id));
        }
        lines.push_back(format!(
            "post 'Cause found: {} changes leave queries without a usable index. Rolling back {}.'",
            variant.harmful.len(),
            variant.harmful.join(", ")
        ));
        let closing = format!(
            "resolve '{} taken back, objective met again for five minutes'",
            variant.harmful.join(", ")
        );
        Ideal { lines, next_at: None, acknowledged: Vec::new(), update_at: None, closing, resolved: false }
    }
}

const SLOWEST: &str = "psql -c \"select pid, state, wait_event, now() - query_start as age, left(query, 60) as query \
     from pg_stat_activity where state = 'active' order by query_start limit 15\"";

/// An `EXPLAIN` of a query of the workload with its example values.
fn explain(scenario: &crate::scenario::Scenario, name: &str) -> Option<String> {
    let query = scenario.workload.queries.iter().find(|query| query.name == name)?;
    let sql = crate::drill::with_examples(&query.sql, &query.examples);
    Some(format!("psql -c \"EXPLAIN {}\"", sql.replace('"', "\\\"")))
}

impl Responder for Ideal {
    fn next(&mut self, sight: &Sight<'_>) -> Option<String> {
        if self.next_at.is_none() && !sight.pages.is_empty() {
            self.next_at = Some(sight.now + REACTION);
        }
        if sight.busy || self.resolved || self.next_at? > sight.now {
            return None;
        }
        let line = self.choose(sight)?;
        self.next_at = Some(sight.now + PACE);
        Some(line)
    }
}

impl Ideal {
    fn choose(&mut self, sight: &Sight<'_>) -> Option<String> {
        if let Some(alert) = sight.pages.iter().find(|alert| !self.acknowledged.contains(alert)) {
            self.acknowledged.push(alert.clone());
            return Some(format!("ack {alert}"));
        }
        if let Some(line) = self.lines.pop_front() {
            if line.starts_with("post") {
                self.update_at = Some(sight.now + UPDATE_EVERY);
            }
            return Some(line);
        }
        if sight.healthy_since.is_some_and(|since| since + HOLD <= sight.now) {
            self.resolved = true;
            return Some(self.closing.clone());
        }
        if self.update_at.is_some_and(|at| at <= sight.now) || sight.is_asked(ANSWER_AFTER) {
            self.update_at = Some(sight.now + UPDATE_EVERY);
            return Some(
                "post 'Update: rollbacks are running or done. Watching response times and errors.'"
                    .to_owned(),
            );
        }
        None
    }
}
