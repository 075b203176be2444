//! The incident's record: what was acknowledged, declared, said, noted, diagnosed and resolved, and when.
//!
//! Tools write it, the drill reads milestones from it and adds what people answer. It is a plain record, not a state
//! machine: that a trainee may resolve before declaring is for the debrief to judge, not for the tool to forbid.

use crate::kernel::SimTime;

/// Most messages the channel keeps; the oldest leave first.
pub const MAX_MESSAGES: usize = 2_000;
/// Most entries of each other kind (acknowledgements, pages, notes, statements, declarations, hints).
pub const MAX_ENTRIES: usize = 500;
/// Longest text of one entry, in characters; the rest is cut.
pub const MAX_TEXT: usize = 2_000;

/// How bad the responders say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The business is down or losing money by the minute.
    Sev1,
    /// A major feature is broken or many users are slow.
    Sev2,
    /// Some users notice; there is a workaround.
    Sev3,
    /// Nobody notices yet.
    Sev4,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Severity; 4] = [Severity::Sev1, Severity::Sev2, Severity::Sev3, Severity::Sev4];

    /// The word responders use: `SEV1` … `SEV4`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Sev1 => "SEV1",
            Severity::Sev2 => "SEV2",
            Severity::Sev3 => "SEV3",
            Severity::Sev4 => "SEV4",
        }
    }

    /// Its number: 1 is the worst.
    pub fn number(self) -> u8 {
        match self {
            Severity::Sev1 => 1,
            Severity::Sev2 => 2,
            Severity::Sev3 => 3,
            Severity::Sev4 => 4,
        }
    }

    /// Reads `sev1`, `SEV-1`, `1` and the like.
    pub fn parse(text: &str) -> Option<Severity> {
        let lower = text.to_ascii_lowercase();
        let digits = lower.trim_start_matches("sev").trim_start_matches(['-', ' ']);
        match digits {
            "1" => Some(Severity::Sev1),
            "2" => Some(Severity::Sev2),
            "3" => Some(Severity::Sev3),
            "4" => Some(Severity::Sev4),
            _ => None,
        }
    }
}

/// Who or what a channel message comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// The trainee's own words.
    Trainee,
    /// A colleague.
    Person,
    /// A monitor: an alert that fired or recovered.
    Alert,
    /// The incident tool itself: declarations, pages sent, operations started and ended.
    Tool,
}

/// One line in the incident channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// When it was sent.
    pub at: SimTime,
    /// Shown name of the sender.
    pub author: String,
    /// What kind of sender.
    pub kind: MessageKind,
    /// The text, one paragraph.
    pub text: String,
}

/// An alert that somebody took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// When it was taken.
    pub at: SimTime,
    /// The alert rule's name.
    pub alert: String,
}

/// A call for help to a team or person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageSent {
    /// When it was sent.
    pub at: SimTime,
    /// Team or person, as in the scenario.
    pub whom: String,
    /// What they were told.
    pub text: String,
}

/// An alert that is to notify nobody for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// When it was set.
    pub at: SimTime,
    /// The alert rule's name.
    pub alert: String,
    /// When it ends.
    pub until: SimTime,
    /// Why, possibly empty.
    pub comment: String,
}

/// A severity declared or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// When it was declared.
    pub at: SimTime,
    /// How bad.
    pub severity: Severity,
    /// One line of why, possibly empty.
    pub title: String,
}

/// A text with its time: a note for the post-mortem, or the words a resolution was declared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was written.
    pub at: SimTime,
    /// The words.
    pub text: String,
}

/// A cause, named in full: which component, which object in it, broken by which mechanism.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// When it was stated.
    pub at: SimTime,
    /// The component (`postgres-primary`, `web`, …).
    pub component: String,
    /// The object in it (an index, a table, a pod, a setting, a change).
    pub object: String,
    /// The mechanism's word, from `scenario::mechanism`.
    pub mechanism: String,
}

/// A hint taken, which costs points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintUsed {
    /// When it was taken.
    pub at: SimTime,
    /// Its number, from 1.
    pub number: usize,
    /// What it said.
    pub text: String,
}

/// Everything the incident tool knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incident {
    /// Alerts taken, in order.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Alerts silenced, in order; the last one of an alert holds.
    pub silences: Vec<Silence>,
    /// Teams and people called.
    pub pages: Vec<PageSent>,
    /// Severities, in the order declared; the last one holds.
    pub declarations: Vec<Declaration>,
    /// The incident channel.
    pub channel: Vec<Message>,
    /// What the trainee changed in production, in order.
    pub audit: Vec<Entry>,
    /// The trainee's notes.
    pub notes: Vec<Entry>,
    /// Causes stated with `diagnose`.
    pub statements: Vec<Statement>,
    /// Set once, when the responder declares the incident over.
    pub resolution: Option<Entry>,
    /// Hints taken.
    pub hints: Vec<HintUsed>,
    /// Messages ever sent, those dropped included: message `n` of all is `channel[n - dropped]`.
    pub messages_total: u64,
}

impl Incident {
    /// An empty record.
    pub fn new() -> Incident {
        Incident::default()
    }

    /// Adds a message to the channel.
    pub fn say(&mut self, at: SimTime, author: &str, kind: MessageKind, text: &str) {
        self.messages_total += 1;
        push_bounded(
            &mut self.channel,
            Message { at, author: cut(author), kind, text: cut(text) },
            MAX_MESSAGES,
        );
    }

    /// Takes an alert; false when it had been taken already.
    pub fn acknowledge(&mut self, at: SimTime, alert: &str) -> bool {
        if self.is_acknowledged(alert) {
            return false;
        }
        push_bounded(&mut self.acknowledgements, Acknowledgement { at, alert: cut(alert) }, MAX_ENTRIES);
        true
    }

    /// Whether the alert of this name has been taken.
    pub fn is_acknowledged(&self, alert: &str) -> bool {
        self.acknowledgements.iter().any(|taken| taken.alert == alert)
    }

    /// Silences an alert until a time; one that is past ends a silence.
    pub fn silence(&mut self, at: SimTime, alert: &str, until: SimTime, comment: &str) {
        let silence = Silence { at, alert: cut(alert), until, comment: cut(comment) };
        push_bounded(&mut self.silences, silence, MAX_ENTRIES);
    }

    /// Until when an alert is silenced, if it is.
    pub fn silenced_until(&self, alert: &str, now: SimTime) -> Option<SimTime> {
        let last = self.silences.iter().rev().find(|silence| silence.alert == alert)?;
        (last.until > now).then_some(last.until)
    }

    /// Calls a team or person.
    pub fn page(&mut self, at: SimTime, whom: &str, text: &str) {
        push_bounded(&mut self.pages, PageSent { at, whom: cut(whom), text: cut(text) }, MAX_ENTRIES);
    }

    /// Declares or changes the severity.
    pub fn declare(&mut self, at: SimTime, severity: Severity, title: &str) {
        push_bounded(&mut self.declarations, Declaration { at, severity, title: cut(title) }, MAX_ENTRIES);
    }

    /// The severity that holds, with when the incident was first declared.
    pub fn severity(&self) -> Option<(Severity, SimTime)> {
        Some((self.declarations.last()?.severity, self.declarations.first()?.at))
    }

    /// Records a change to production.
    pub fn acted(&mut self, at: SimTime, text: &str) {
        push_bounded(&mut self.audit, Entry { at, text: cut(text) }, MAX_ENTRIES);
    }

    /// Writes a note.
    pub fn note(&mut self, at: SimTime, text: &str) {
        push_bounded(&mut self.notes, Entry { at, text: cut(text) }, MAX_ENTRIES);
    }

    /// States a cause; false when the same had been stated already.
    pub fn diagnose(&mut self, at: SimTime, component: &str, object: &str, mechanism: &str) -> bool {
        let statement =
            Statement { at, component: cut(component), object: cut(object), mechanism: cut(mechanism) };
        let same = |known: &Statement| {
            known.component == statement.component
                && known.object == statement.object
                && known.mechanism == statement.mechanism
        };
        if self.statements.iter().any(same) {
            return false;
        }
        push_bounded(&mut self.statements, statement, MAX_ENTRIES);
        true
    }

    /// Declares the incident over; false when it was over already.
    pub fn resolve(&mut self, at: SimTime, text: &str) -> bool {
        if self.resolution.is_some() {
            return false;
        }
        self.resolution = Some(Entry { at, text: cut(text) });
        true
    }

    /// Records a hint taken and returns its number, from 1.
    pub fn take_hint(&mut self, at: SimTime, text: &str) -> usize {
        let number = self.hints.last().map_or(1, |hint| hint.number + 1);
        push_bounded(&mut self.hints, HintUsed { at, number, text: cut(text) }, MAX_ENTRIES);
        number
    }
}

fn push_bounded<T>(list: &mut Vec<T>, item: T, most: usize) {
    if list.len() >= most {
        list.remove(0);
    }
    list.push(item);
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}
