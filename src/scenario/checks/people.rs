//! Teams, people, and what makes them speak.

use crate::scenario::{Trigger, diagnostic::Findings, source::Place};

use super::{Subject, is_probability, times::inside};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let scenario = subject.scenario;
    let people: Vec<&str> = scenario.people.iter().map(|person| person.id.as_str()).collect();
    for (index, team) in scenario.teams.iter().enumerate() {
        let place = subject.root.field("teams").item(index).field("on_call");
        findings.unknown(place, "person", &team.on_call, people.iter().copied());
    }
    for (index, person) in scenario.people.iter().enumerate() {
        let says = subject.root.field("people").item(index).field("says");
        for (at, line) in person.says.iter().enumerate() {
            check_trigger(subject, &line.on, says.item(at).field("on"), findings);
        }
    }
}

fn check_trigger(subject: &Subject<'_>, trigger: &Trigger, place: Place<'_>, findings: &mut Findings) {
    let scenario = subject.scenario;
    match trigger {
        Trigger::At(clock) | Trigger::AtWhileDown(clock) => inside(subject, findings, place.item(0), *clock),
        Trigger::AlertFired(name) => {
            let alerts = scenario.alerts.iter().map(|alert| alert.name.as_str());
            findings.unknown(place.item(0), "alert", name, alerts);
        }
        Trigger::Paged(name) => {
            let teams = scenario.teams.iter().map(|team| team.id.as_str());
            findings.unknown(place.item(0), "team", name, teams);
        }
        Trigger::AffectedAbove(share) => {
            if !is_probability(*share) {
                findings.add_expected(place.item(0), format!("{share} is no share"), "0 to 1");
            }
        }
        Trigger::Asked(words) => {
            if words.is_empty() {
                findings.add(place, "a question without words is never asked");
            }
        }
        Trigger::Declared
        | Trigger::RollbackDidNotHelp
        | Trigger::RollbackStarted
        | Trigger::Recovered
        | Trigger::Resolved => {}
    }
}
