//! What colleagues say in the incident channel: each line of the scenario once, when its trigger has come.
//!
//! They react to what anyone in the company could see (alerts, the clock, the channel, how many visitors suffer), never to
//! what was drawn: a colleague who knew the cause would be a hint in disguise.

use crate::console::incident::{Incident, MessageKind};
use crate::kernel::{SimTime, Span};
use crate::scenario::{Line, Scenario, Trigger};

/// What the colleagues can notice at one tick.
pub(crate) struct Moment<'a> {
    /// The instant.
    pub(crate) now: SimTime,
    /// Names of the alerts that fire.
    pub(crate) firing: &'a [String],
    /// Whether the objective is met, over the last minute.
    pub(crate) slo_met: bool,
    /// Whether it was missed at some time before.
    pub(crate) was_down: bool,
    /// Share of visitors affected so far, 0–1.
    pub(crate) affected_ratio: f64,
    /// Value of the orders lost so far, cents.
    pub(crate) lost_cents: u64,
    /// Rollbacks begun so far.
    pub(crate) rollbacks_started: usize,
    /// When the newest rollback finished, if all that began have.
    pub(crate) rollback_finished: Option<SimTime>,
}

/// How long after a rollback people look whether it helped.
const PATIENCE: Span = Span::from_mins(3);

/// The colleagues, and what each has yet to say.
#[derive(Clone)]
pub(crate) struct People {
    lines: Vec<Waiting>,
    /// Answers to questions put to one person, that no line of theirs gives by itself.
    replies: Vec<Reply>,
    /// Messages of the trainee already looked at, as a count of all messages ever.
    read: u64,
}

/// Something that a person is going to say.
#[derive(Clone)]
struct Reply {
    due: SimTime,
    author: String,
    text: String,
}

/// A message of the trainee's in lower case, and whom it is for when it is for one person.
struct Question {
    whom: Option<String>,
    text: String,
}

/// How long somebody takes to say again what they said before.
const REPEAT_AFTER: Span = Span::from_secs(15);
/// How long somebody takes to say that they don't know.
const SHRUG_AFTER: Span = Span::from_secs(30);
/// Most answers waiting to be given.
const MAX_REPLIES: usize = 50;

#[derive(Clone)]
struct Waiting {
    author: String,
    line: Line,
    due: Option<SimTime>,
    said: bool,
}

impl People {
    /// Everyone in the scenario, silent so far.
    pub(crate) fn new(scenario: &Scenario) -> People {
        let lines = scenario.people.iter().flat_map(|person| {
            person.says.iter().map(|line| Waiting {
                author: person.id.clone(),
                line: line.clone(),
                due: None,
                said: false,
            })
        });
        People { lines: lines.collect(), replies: Vec::new(), read: 0 }
    }

    /// Notices what happened and says what is due, into the incident's channel.
    pub(crate) fn tick(&mut self, scenario: &Scenario, moment: &Moment<'_>, incident: &mut Incident) {
        let asked = self.unread(scenario, incident);
        self.answer(scenario, moment, &asked);
        for waiting in self.lines.iter_mut().filter(|waiting| !waiting.said) {
            let heard: Vec<&Question> = asked
                .iter()
                .filter(|question| question.whom.as_ref().is_none_or(|whom| *whom == waiting.author))
                .collect();
            if waiting.due.is_none() && triggered(&waiting.line.on, scenario, moment, incident, &heard) {
                waiting.due = Some(moment.now + waiting.line.after.0);
            }
            if waiting.due.is_some_and(|due| due <= moment.now) {
                waiting.said = true;
                let text = fill(&waiting.line.text, scenario, moment);
                incident.say(moment.now, &waiting.author, MessageKind::Person, &text);
            }
        }
        let (due, later): (Vec<Reply>, Vec<Reply>) =
            std::mem::take(&mut self.replies).into_iter().partition(|reply| reply.due <= moment.now);
        self.replies = later;
        for reply in due {
            incident.say(moment.now, &reply.author, MessageKind::Person, &reply.text);
        }
        self.read = incident.messages_total;
    }

    /// Prepares answers to questions put to one person that no line still to come answers: what they said before, else who
    /// may know, else that they don't.
    fn answer(&mut self, scenario: &Scenario, moment: &Moment<'_>, asked: &[Question]) {
        for question in asked {
            let Some(whom) = &question.whom else { continue };
            let knows = |waiting: &&Waiting| match &waiting.line.on {
                Trigger::Asked(words) => mentions(&question.text, words),
                _ => false,
            };
            if question.text.contains("handing over:") {
                let reply = Reply {
                    due: moment.now + SHRUG_AFTER,
                    author: whom.clone(),
                    text: "Read it. I have it from here.".to_owned(),
                };
                self.replies.push(reply);
                continue;
            }
            let mut own = self.lines.iter().filter(|waiting| waiting.author == *whom).filter(knows);
            if own.clone().any(|waiting| !waiting.said) || self.replies.len() >= MAX_REPLIES {
                continue;
            }
            let (after, text) = match own.next() {
                Some(said) => {
                    let text = fill(&said.line.text, scenario, moment);
                    (REPEAT_AFTER, format!("As I said: {text}"))
                }
                None => {
                    let other = self.lines.iter().filter(|waiting| waiting.author != *whom).find(knows);
                    let other =
                        other.and_then(|other| scenario.people.iter().find(|it| it.id == other.author));
                    let text = match other {
                        Some(other) => format!("I can't tell. {} may know.", other.name),
                        None => "Sorry, I know nothing about that.".to_owned(),
                    };
                    (SHRUG_AFTER, text)
                }
            };
            self.replies.push(Reply { due: moment.now + after, author: whom.clone(), text });
        }
    }

    /// What the trainee wrote since the last tick, in lower case.
    fn unread(&self, scenario: &Scenario, incident: &Incident) -> Vec<Question> {
        let fresh = incident.messages_total.saturating_sub(self.read) as usize;
        let from = incident.channel.len().saturating_sub(fresh);
        incident.channel[from..]
            .iter()
            .filter(|message| message.kind == MessageKind::Trainee)
            .map(|message| {
                let text = message.text.to_lowercase();
                let whom = text.strip_prefix('@').and_then(|rest| rest.split_whitespace().next());
                let whom = whom.and_then(|whom| scenario.people.iter().find(|person| person.id == whom));
                Question { whom: whom.map(|person| person.id.clone()), text }
            })
            .collect()
    }
}

fn triggered(
    on: &Trigger,
    scenario: &Scenario,
    moment: &Moment<'_>,
    incident: &Incident,
    asked: &[&Question],
) -> bool {
    match on {
        Trigger::At(clock) => scenario.instant(*clock) <= moment.now,
        Trigger::AtWhileDown(clock) => {
            // Whoever wanted to complain at that time holds their peace when it works by then.
            scenario.instant(*clock).floor(Span::SECOND) == moment.now.floor(Span::SECOND) && !moment.slo_met
        }
        Trigger::AlertFired(name) => moment.firing.contains(name),
        Trigger::Paged(team) => incident.pages.iter().any(|page| calls(scenario, team, &page.whom)),
        Trigger::Declared => !incident.declarations.is_empty(),
        Trigger::RollbackDidNotHelp => {
            !moment.slo_met && moment.rollback_finished.is_some_and(|at| at + PATIENCE <= moment.now)
        }
        Trigger::RollbackStarted => moment.rollbacks_started > 0,
        Trigger::Asked(words) => asked.iter().any(|question| mentions(&question.text, words)),
        Trigger::Recovered => moment.slo_met && moment.was_down,
        Trigger::Resolved => incident.resolution.is_some(),
        Trigger::AffectedAbove(share) => moment.affected_ratio > *share,
    }
}

/// Whether a text in lower case has one of these words.
fn mentions(text: &str, words: &[String]) -> bool {
    words.iter().any(|word| text.contains(&word.to_lowercase()))
}

/// Whether a page to `whom` reaches a team: by its name, or by the person on call for it.
fn calls(scenario: &Scenario, team: &str, whom: &str) -> bool {
    whom == team || scenario.teams.iter().any(|it| it.id == team && it.on_call == whom)
}

fn fill(text: &str, scenario: &Scenario, moment: &Moment<'_>) -> String {
    text.replace("{affected_pct}", &format!("{:.0}", moment.affected_ratio * 100.0))
        .replace("{lost_revenue}", &super::money(moment.lost_cents))
        .replace("{clock}", &scenario.calendar().minute(moment.now))
}
