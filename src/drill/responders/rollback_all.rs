//! The responder who takes back every change, newest first, without looking at anything.
//!
//! It restores the site in the end, and pays for it: index builds that nobody needed, on a database that is already down.

use super::{Responder, Sight};
use crate::kernel::{SimTime, Span};
use std::collections::VecDeque;

const REACTION: Span = Span::from_mins(5);
const PACE: Span = Span::from_secs(30);
const HOLD: Span = Span::from_mins(6);

pub(super) struct RollbackAll {
    stage: Stage,
    next_at: Option<SimTime>,
}

enum Stage {
    Acknowledge,
    List,
    /// The list is asked for; its lines start at this number of the transcript.
    Read(u64),
    RollBack(VecDeque<String>),
    Done,
}

impl RollbackAll {
    pub(super) fn new() -> RollbackAll {
        RollbackAll { stage: Stage::Acknowledge, next_at: None }
    }
}

impl Responder for RollbackAll {
    fn next(&mut self, sight: &Sight<'_>) -> Option<String> {
        if self.next_at.is_none() && !sight.pages.is_empty() {
            self.next_at = Some(sight.now + REACTION);
        }
        if sight.busy || self.next_at? > sight.now {
            return None;
        }
        self.next_at = Some(sight.now + PACE);
        self.choose(sight)
    }
}

impl RollbackAll {
    fn choose(&mut self, sight: &Sight<'_>) -> Option<String> {
        match &mut self.stage {
            Stage::Acknowledge => {
                self.stage = Stage::List;
                sight.pages.first().map(|alert| format!("ack {alert}"))
            }
            Stage::List => {
                self.stage = Stage::Read(sight.transcript.total());
                Some("changes list".to_owned())
            }
            Stage::Read(from) => {
                let lines = sight.transcript.since(*from).map(|line| line.text.as_str());
                let mut ids = change_ids(lines);
                self.stage = Stage::RollBack(ids.drain(..).collect());
                self.choose(sight)
            }
            Stage::RollBack(ids) => match ids.pop_front() {
                Some(id) => Some(format!("rollback {id}")),
                None => {
                    self.stage = Stage::Done;
                    None
                }
            },
            Stage::Done => {
                let over = sight.healthy_since.is_some_and(|since| since + HOLD <= sight.now);
                (over && sight.incident.resolution.is_none())
                    .then(|| "resolve 'everything rolled back'".to_owned())
            }
        }
    }
}

/// The change numbers in the order in which they stand, each once.
pub(super) fn change_ids<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for word in lines.flat_map(str::split_whitespace) {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_id = word.strip_prefix("CHG-").is_some_and(|n| n.bytes().all(|byte| byte.is_ascii_digit()));
        if is_id && !ids.iter().any(|id| id == word) {
            ids.push(word.to_owned());
        }
    }
    ids
}
