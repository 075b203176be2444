//! Makes the [`Snapshot`] of a drill: copies out of the rooms below what a screen may show.

use super::ghost;
use super::running::Drill;
use super::snapshot::*;
use crate::console::incident::{Message, MessageKind, Severity};
use crate::console::transcript::LineKind;
use crate::scenario::Milestone;

/// Most messages of the channel in one snapshot.
const MAX_CHANNEL: usize = 300;
/// Most lines of the transcript in one snapshot.
const MAX_CONSOLE: usize = 2_000;

impl Drill {
    /// What may be seen now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            drill: self.card(),
            now: self.now(),
            clock: self.scenario.calendar().clock(self.now()),
            phase: self.phase(),
            severity: self
                .incident
                .severity()
                .map(|(severity, since)| SeverityView { level: level(severity), since }),
            impact: self.impact_view(),
            signals: self.signals(),
            marks: self.marks(),
            database: self.database_summary(),
            alerts: self.alerts(),
            topology: self.topology(),
            changes: self.changes(),
            logs: self.logs(),
            traces: self.traces(),
            ghost: ghost::view(&self.scenario, self.now()),
            channel: self.channel(),
            console: self.console_view(),
            timeline: self.timeline(),
            milestones: self.milestone_rows(),
            hints_used: self.incident.hints.len() as u32,
            notes: self.notes(),
        }
    }

    fn notes(&self) -> Vec<NoteLine> {
        let line = |note: &crate::console::incident::Entry| NoteLine {
            clock: self.scenario.calendar().minute(note.at),
            text: note.text.clone(),
        };
        self.incident.notes.iter().map(line).collect()
    }

    fn card(&self) -> DrillCard {
        let scenario = &self.scenario;
        let month_and_day: String = scenario.date.split('-').skip(1).collect();
        DrillCard {
            scenario: scenario.id.clone(),
            title: scenario.title.clone(),
            company: scenario.company.clone(),
            seed: self.seed,
            mode: self.mode,
            starts: crate::kernel::SimTime::ZERO,
            opens: self.opens(),
            ends: self.ends(),
            date: scenario.date.clone(),
            channel: format!("#inc-{month_and_day}"),
            briefing: scenario.briefing.clone(),
        }
    }

    fn channel(&self) -> Vec<ChannelMessage> {
        let messages = &self.incident.channel;
        let newest = &messages[messages.len().saturating_sub(MAX_CHANNEL)..];
        newest.iter().map(|message| self.channel_message(message)).collect()
    }

    fn channel_message(&self, message: &Message) -> ChannelMessage {
        ChannelMessage {
            at: message.at,
            clock: self.scenario.calendar().minute(message.at),
            author: message.author.clone(),
            voice: match message.kind {
                MessageKind::Alert => Voice::Page,
                MessageKind::Trainee => Voice::You,
                MessageKind::Person => Voice::Person,
                MessageKind::Tool => Voice::Tool,
            },
            text: message.text.clone(),
        }
    }

    fn console_view(&self) -> ConsoleView {
        let lines = self.transcript().lines();
        let skip = lines.len().saturating_sub(MAX_CONSOLE);
        let lines = lines.skip(skip).map(|line| ConsoleLine {
            at: line.at,
            style: match line.kind {
                LineKind::Prompt => LineStyle::Prompt,
                LineKind::Output => LineStyle::Output,
                LineKind::Error => LineStyle::Error,
                LineKind::Notice => LineStyle::Notice,
            },
            text: line.text.clone(),
        });
        ConsoleView {
            lines: lines.collect(),
            prompt: self.console.prompt(),
            busy: self.is_busy(),
            history: self.console.history().lines().to_vec(),
        }
    }

    fn milestone_rows(&self) -> Vec<MilestoneRow> {
        let row = |milestone: Milestone| MilestoneRow {
            name: milestone.word().to_owned(),
            at: self.milestones().at(milestone),
            real: ghost::milestone(&self.scenario, milestone),
        };
        Milestone::ALL.into_iter().map(row).collect()
    }

    fn timeline(&self) -> Vec<TimelineRow> {
        let calendar = self.scenario.calendar();
        let mut rows: Vec<TimelineRow> = Vec::new();
        let mut push = |at, kind, text| rows.push(TimelineRow { at, clock: calendar.minute(at), kind, text });
        for entry in &self.scenario.timeline {
            push(self.scenario.instant(entry.at), MarkKind::Ghost, entry.short.clone());
        }
        for taken in &self.incident.acknowledgements {
            push(taken.at, MarkKind::Trainee, format!("acknowledged {}", taken.alert));
        }
        for declared in &self.incident.declarations {
            push(declared.at, MarkKind::Trainee, format!("declared {}", declared.severity.name()));
        }
        for said in &self.incident.statements {
            push(
                said.at,
                MarkKind::Trainee,
                format!("diagnosed {} {} {}", said.component, said.object, said.mechanism),
            );
        }
        if let Some(resolution) = &self.incident.resolution {
            push(resolution.at, MarkKind::Trainee, "resolved".to_owned());
        }
        rows.retain(|row| row.at <= self.now());
        rows.sort_by_key(|row| row.at);
        rows
    }
}

fn level(severity: Severity) -> u8 {
    match severity {
        Severity::Sev1 => 1,
        Severity::Sev2 => 2,
        Severity::Sev3 => 3,
        Severity::Sev4 => 4,
    }
}
