//! Cursors: DECLARE, FETCH, MOVE and CLOSE (`portalcmds.c`, `pquery.c`).
//!
//! A cursor over system views is answered as they are at the first FETCH, and rows come from that answer. One over tables does
//! the share of its work that the rows fetched are, and shows none of them, as every query on tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlparser::ast;

use super::Server;
use super::compile::Steps;
use super::effects::Effect;
use super::program::{Step, small_work};
use super::session::Reply;
use crate::kernel::SimTime;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::{self, ResultSet};
use crate::postgres::sql;
use crate::postgres::work::{Work, rates};

/// Cursors that one session may have open; further ones are refused.
const MAX_CURSORS: usize = 100;

/// `DECLARE name [options] CURSOR [WITH HOLD] FOR query`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declare {
    pub(crate) name: String,
    pub(crate) scroll: bool,
    pub(crate) hold: bool,
    pub(crate) binary: bool,
    pub(crate) body: String,
}

/// `FETCH` or `MOVE`: where to, and whether rows are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fetch {
    pub(crate) cursor: String,
    pub(crate) direction: Direction,
    pub(crate) shows: bool,
}

/// Where a FETCH goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// So many rows on (back, if negative); `i64::MAX` is all.
    By(i64),
    /// The row with this number, from the end if negative.
    Absolute(i64),
    /// The row so far from here.
    Relative(i64),
}

/// An open cursor.
#[derive(Debug, Clone)]
pub struct Cursor {
    /// The statement as the client sent it.
    pub text: Arc<str>,
    /// WITH HOLD.
    pub hold: bool,
    /// SCROLL.
    pub scroll: bool,
    /// BINARY.
    pub binary: bool,
    /// When it was declared.
    pub since: SimTime,
    source: Source,
    /// The row it is on, from 1; 0 is before the first.
    at: u64,
}

#[derive(Debug, Clone)]
enum Source {
    /// A query over system views, not yet answered.
    Query(Box<ast::Query>),
    Rows(Box<ResultSet>),
    /// A query over tables: all its work, and its rows.
    Tables(Arc<Work>, u64),
}

impl Server {
    /// A session's open cursors by name: `pg_cursors`.
    pub fn cursors(&self, pid: u32) -> impl Iterator<Item = (&String, &Cursor)> {
        let backend = self.activity().find(|(_, b)| b.pid == pid);
        backend.and_then(|(_, b)| b.conversation.as_ref()).into_iter().flat_map(|c| &c.cursors)
    }

    fn cursor(&mut self, slot: u32, name: &str) -> Result<&mut Cursor, SqlError> {
        let conversation = self.backends[slot as usize].conversation.as_mut();
        conversation
            .and_then(|c| c.cursors.get_mut(name))
            .ok_or_else(|| SqlError::new(SqlState("34000"), format!("cursor \"{name}\" does not exist")))
    }

    /// `DECLARE`
    pub(super) fn compile_declare(&mut self, now: SimTime, slot: u32, text: &str, declare: Declare) -> Steps {
        let Declare { name, scroll, hold, binary, body } = declare;
        if !hold && !self.backends[slot as usize].in_block {
            let message = "DECLARE CURSOR can only be used in transaction blocks";
            return Err(SqlError::new(SqlState::NO_ACTIVE_SQL_TRANSACTION, message));
        }
        static NONE: BTreeMap<String, Cursor> = BTreeMap::new();
        let open = self.backends[slot as usize].conversation.as_ref().map_or(&NONE, |c| &c.cursors);
        if open.contains_key(&name) {
            return Err(SqlError::new(SqlState("42P03"), format!("cursor \"{name}\" already exists")));
        }
        if open.len() >= MAX_CURSORS {
            let message = format!("too many cursors: a session keeps {MAX_CURSORS} open at most");
            return Err(SqlError::new(SqlState::PROGRAM_LIMIT_EXCEEDED, message));
        }
        let statement = sql::parse_one(&body)?;
        let ast::Statement::Query(query) = &statement else {
            let word = body.split_whitespace().next().unwrap_or_default();
            let message = format!("syntax error at or near \"{word}\"");
            return Err(SqlError::new(SqlState::SYNTAX_ERROR, message));
        };
        let mut steps = Vec::from([Step::Work(small_work(rates::STATEMENT))]);
        let source = if self.reads_tables(&statement) {
            let settings = self.settings_of(&self.backends[slot as usize]);
            let (plan, work) = self.plan_statement(&statement, &settings)?;
            self.need_rights(slot, &plan)?;
            steps.extend(work.locks.iter().map(|l| Step::Lock(l.0, l.1)));
            let rows = (work.rows + 0.5) as u64;
            Source::Tables(Arc::new(work), rows)
        } else {
            Source::Query(query.clone())
        };
        let cursor = Cursor { text: Arc::from(text), hold, scroll, binary, since: now, source, at: 0 };
        steps.push(Step::Effect(Effect::Declare(name, Box::new(cursor))));
        Ok(steps.into())
    }

    /// `FETCH` and `MOVE`
    pub(super) fn compile_fetch(&mut self, slot: u32, fetch: Fetch) -> Steps {
        let cursor = self.cursor(slot, &fetch.cursor)?;
        let work = match &cursor.source {
            Source::Tables(work, rows) => {
                let step = step_of(fetch.direction, cursor.at, *rows);
                let seen = step.to.max(1).abs_diff(cursor.at.max(1)) + u64::from(cursor.at == 0);
                Arc::new(work.part((seen as f64 / (*rows).max(1) as f64).min(1.0)))
            }
            Source::Query(_) => small_work(rates::CATALOG_QUERY),
            Source::Rows(_) => small_work(rates::STATEMENT),
        };
        Ok([Step::Work(work), Step::Effect(Effect::Fetch(fetch))].into())
    }

    /// Moves a cursor and answers with what it passed.
    pub(super) fn fetch(&mut self, now: SimTime, slot: u32, fetch: &Fetch) -> Result<(), SqlError> {
        if let Source::Query(query) = &self.cursor(slot, &fetch.cursor)?.source {
            let query = query.clone();
            let backend = &self.backends[slot as usize];
            let settings = self.settings_of(backend);
            let role = backend.login.role.clone();
            let session = query::Session { server: self, now, pid: backend.pid, role: &role, settings };
            let text = self.backends[slot as usize].conversation.as_ref().and_then(|c| c.text.clone());
            let mut result = query::select(&session, &text.unwrap_or_default(), &query)?;
            result.effects.clear();
            self.cursor(slot, &fetch.cursor)?.source = Source::Rows(Box::new(result));
        }
        let cursor = self.cursor(slot, &fetch.cursor)?;
        let total = match &cursor.source {
            Source::Rows(result) => result.rows.len() as u64,
            Source::Tables(_, rows) => *rows,
            Source::Query(_) => 0,
        };
        let step = step_of(fetch.direction, cursor.at, total);
        if step.backward && !cursor.scroll {
            return Err(SqlError::new(SqlState("55000"), "cursor can only scan forward")
                .hint("Declare it with SCROLL option to enable backward scan."));
        }
        cursor.at = step.to;
        let passed = step.rows.clone();
        let count = passed.clone().count();
        let shown = match &cursor.source {
            Source::Rows(result) if fetch.shows => {
                let rows = passed.filter_map(|n| result.rows.get(n as usize - 1).cloned()).collect();
                Some(ResultSet { rows, ..(**result).clone() })
            }
            _ => None,
        };
        let word = if fetch.shows { "FETCH" } else { "MOVE" };
        self.reply(
            slot,
            match shown {
                Some(result) => Reply::Rows(result),
                None => Reply::Command(format!("{word} {count}")),
            },
        );
        Ok(())
    }

    /// `CLOSE`; without a name, all.
    pub(super) fn close_cursor(&mut self, slot: u32, name: Option<&str>) -> Result<(), SqlError> {
        if let Some(name) = name {
            self.cursor(slot, name)?;
        }
        if let Some(conversation) = &mut self.backends[slot as usize].conversation {
            match name {
                Some(name) => drop(conversation.cursors.remove(name)),
                None => conversation.cursors.clear(),
            }
        }
        Ok(())
    }

    /// A transaction's end closes its cursors, but for those WITH HOLD of one that is committed.
    pub(super) fn close_cursors_at_end(&mut self, slot: u32, began: SimTime, commit: bool) {
        if let Some(conversation) = &mut self.backends[slot as usize].conversation
            && !conversation.cursors.is_empty()
        {
            conversation.cursors.retain(|_, c| c.hold && (commit || c.since < began));
        }
    }
}

/// What a FETCH passes.
struct Passed {
    /// Rows by number, in the order in which they come.
    rows: Rows,
    /// Where the cursor is then.
    to: u64,
    backward: bool,
}

#[derive(Clone)]
struct Rows {
    next: i64,
    step: i64,
    left: u64,
}

impl Iterator for Rows {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let at = self.next;
        self.next += self.step;
        Some(at.max(1) as u64)
    }
}

/// `PortalRunFetch`: from row `at` of `total` (0 before the first, `total` + 1 behind the last).
fn step_of(direction: Direction, at: u64, total: u64) -> Passed {
    let (here, last) = (at as i64, total as i64);
    let single = |row: i64| {
        let there = (1..=last).contains(&row);
        Passed {
            rows: Rows { next: row, step: 1, left: u64::from(there) },
            to: row.clamp(0, last + 1) as u64,
            backward: row < here || (row == here && here > 0),
        }
    };
    match direction {
        Direction::Absolute(n) if n < 0 => single(last + 1 + n),
        Direction::Absolute(n) => single(n),
        Direction::Relative(n) => single(here + n),
        // The current row again.
        Direction::By(0) => Passed { backward: false, ..single(here) },
        Direction::By(n) if n > 0 => {
            let left = (last - here).max(0).min(n);
            let to = if n > last - here { last + 1 } else { here + n };
            Passed {
                rows: Rows { next: here + 1, step: 1, left: left as u64 },
                to: to.max(0) as u64,
                backward: false,
            }
        }
        Direction::By(n) => {
            let left = (here - 1).max(0).min(n.saturating_neg());
            let to = if n.saturating_neg() > here - 1 { 0 } else { here + n };
            Passed {
                rows: Rows { next: here - 1, step: -1, left: left as u64 },
                to: to.max(0) as u64,
                backward: true,
            }
        }
    }
}
