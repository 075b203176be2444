//! What was on the trainee's screen at one minute, kept from the replay so that a debrief can show it again.

use crate::drill::{Drill, Panel, Snapshot};

/// Most lines of the console, log lines and messages kept of one minute: more than a screen shows.
const LINES: usize = 80;
/// Most traces kept of one minute.
const TRACES: usize = 20;

/// The screen of one minute.
#[derive(Clone, Debug, PartialEq)]
pub struct Still {
    /// What could be seen; lists are cut to what a screen shows.
    pub snapshot: Snapshot,
    /// The panel that was open.
    pub panel: Option<Panel>,
}

impl Still {
    /// The screen as it is now.
    pub fn of(drill: &Drill) -> Still {
        let mut snapshot = drill.snapshot();
        keep_last(&mut snapshot.console.lines);
        keep_last(&mut snapshot.logs);
        keep_last(&mut snapshot.channel);
        snapshot.traces.truncate(TRACES);
        snapshot.console.history.clear();
        snapshot.drill.briefing.clear();
        Still { snapshot, panel: drill.panel() }
    }
}

fn keep_last<T>(list: &mut Vec<T>) {
    list.drain(..list.len().saturating_sub(LINES));
}
