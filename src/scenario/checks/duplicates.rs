//! Names that must be unique in their list.

use crate::scenario::diagnostic::Findings;

use super::Subject;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (path, field, names) in lists(subject) {
        let place = path.iter().fold(subject.root, |place, name| place.field(name));
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                let what = path.last().copied().unwrap_or_default();
                findings.add(place.item(index).field(field), format!("`{name}` is there twice in `{what}`"));
            }
        }
    }
}

/// A list of the format: where it is, the field that names its elements, and the names.
type Names<'a> = (&'static [&'static str], &'static str, Vec<&'a str>);

/// Every list whose elements have names.
fn lists<'a>(subject: &Subject<'a>) -> Vec<Names<'a>> {
    let scenario = subject.scenario;
    let workload = &scenario.workload;
    let components = &scenario.components;
    vec![
        (&["workload", "pages"], "name", workload.pages.iter().map(|page| page.name.as_str()).collect()),
        (&["workload", "endpoints"], "name", workload.endpoints.iter().map(|it| it.name.as_str()).collect()),
        (&["workload", "queries"], "name", workload.queries.iter().map(|it| it.name.as_str()).collect()),
        (&["workload", "jobs"], "name", workload.jobs.iter().map(|job| job.name.as_str()).collect()),
        (
            &["components", "cache", "spaces"],
            "name",
            components.cache.spaces.iter().map(|it| it.name.as_str()).collect(),
        ),
        (
            &["components", "pooler", "pools"],
            "name",
            components.pooler.pools.iter().map(|it| it.name.as_str()).collect(),
        ),
        (
            &["components", "databases"],
            "name",
            components.databases.iter().map(|it| it.name.as_str()).collect(),
        ),
        (
            &["components", "externals"],
            "name",
            components.externals.iter().map(|it| it.name.as_str()).collect(),
        ),
        (&["changes"], "id", scenario.changes.iter().map(|change| change.id.as_str()).collect()),
        (&["alerts"], "name", scenario.alerts.iter().map(|alert| alert.name.as_str()).collect()),
        (&["exports"], "name", scenario.exports.iter().map(|export| export.name.as_str()).collect()),
        (&["teams"], "id", scenario.teams.iter().map(|team| team.id.as_str()).collect()),
        (&["people"], "id", scenario.people.iter().map(|person| person.id.as_str()).collect()),
        (&["red_herrings"], "id", scenario.red_herrings.iter().map(|it| it.id.as_str()).collect()),
        (&["runbooks"], "id", scenario.runbooks.iter().map(|runbook| runbook.id.as_str()).collect()),
    ]
}
