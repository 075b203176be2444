//! The draw: enough candidates, whatever is drawn first.

use crate::scenario::{Role, diagnostic::Findings};

use super::Subject;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let scenario = subject.scenario;
    let place = subject.root.field("draw");
    let ids: Vec<&str> = scenario.changes.iter().map(|change| change.id.as_str()).collect();
    for (field, groups) in [
        ("at_most_one_of", &scenario.draw.at_most_one_of),
        ("at_least_one_of", &scenario.draw.at_least_one_of),
    ] {
        for (index, group) in groups.iter().enumerate() {
            for (at, id) in group.iter().enumerate() {
                let here = place.field(field).item(index).item(at);
                findings.unknown(here, "change", id, ids.iter().copied());
            }
        }
    }
    let harmful: fn(&Role) -> bool = |role| matches!(role, Role::Harmful(_));
    let harmless: fn(&Role) -> bool = |role| matches!(role, Role::Harmless);
    let counts = [
        ("harmful", scenario.draw.harmful, candidates(subject, harmful), 1),
        ("harmless", scenario.draw.harmless, candidates(subject, harmless), 0),
    ];
    for (field, (least, most), candidates, lowest) in counts {
        let here = place.field(field);
        if least > most {
            findings.add(here, format!("at least {least} and at most {most} cannot be"));
        }
        if least < lowest {
            findings.add_expected(here.item(0), format!("a draw of {least} {field} changes"), "1 or more");
        }
        let groups = required_groups(subject, if field == "harmful" { harmful } else { harmless });
        if least < groups && least >= lowest {
            let message =
                format!("a draw of {least} {field} changes cannot have one of each of {groups} groups");
            findings.add_expected(here.item(0), message, &format!("{groups} or more"));
        }
        if most > candidates {
            let message =
                format!("{most} {field} changes cannot always be drawn from {candidates} that go together");
            findings.add(here.item(1), message);
        }
    }
}

/// How many groups of `at_least_one_of` reach into a role.
fn required_groups(subject: &Subject<'_>, role: fn(&Role) -> bool) -> u32 {
    let scenario = subject.scenario;
    let reaches = |group: &&Vec<String>| {
        group.iter().filter_map(|id| scenario.change(id)).any(|change| role(&change.role))
    };
    scenario.draw.at_least_one_of.iter().filter(reaches).count() as u32
}

/// How many changes of a role are left when every group takes all it can away: each group that reaches into the role
/// leaves at most one, and none if a change of another role may come first.
fn candidates(subject: &Subject<'_>, role: impl Fn(&Role) -> bool) -> u32 {
    let scenario = subject.scenario;
    let of_role = scenario.changes.iter().filter(|change| role(&change.role));
    let mut free = 0;
    let mut groups_with_one = Vec::new();
    for change in of_role {
        let group = scenario.draw.at_most_one_of.iter().position(|group| group.contains(&change.id));
        match group {
            None => free += 1,
            Some(group) if is_within(subject, group, &role) => {
                if !groups_with_one.contains(&group) {
                    groups_with_one.push(group);
                    free += 1;
                }
            }
            Some(_) => {}
        }
    }
    free
}

/// Whether all changes of a group have the role.
fn is_within(subject: &Subject<'_>, group: usize, role: impl Fn(&Role) -> bool) -> bool {
    let scenario = subject.scenario;
    scenario.draw.at_most_one_of[group]
        .iter()
        .filter_map(|id| scenario.change(id))
        .all(|change| role(&change.role))
}
