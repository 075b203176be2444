//! The programs of endpoints and jobs.

use crate::scenario::{Step, diagnostic::Findings, source::Place};

use super::{Subject, is_probability};

/// How deep steps may be nested.
const MAX_NESTING: usize = 8;

/// The names that steps can use.
struct Names<'a> {
    queries: Vec<&'a str>,
    externals: Vec<&'a str>,
    spaces: Vec<&'a str>,
}

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let workload = &subject.scenario.workload;
    let components = &subject.scenario.components;
    let names = Names {
        queries: workload.queries.iter().map(|query| query.name.as_str()).collect(),
        externals: components.externals.iter().map(|external| external.name.as_str()).collect(),
        spaces: components.cache.spaces.iter().map(|space| space.name.as_str()).collect(),
    };
    for (list, programs) in [
        ("endpoints", workload.endpoints.iter().map(|endpoint| &endpoint.steps).collect::<Vec<_>>()),
        ("jobs", workload.jobs.iter().map(|job| &job.steps).collect()),
    ] {
        let place = subject.root.field("workload").field(list);
        for (index, steps) in programs.into_iter().enumerate() {
            walk(steps, place.item(index).field("steps"), &names, findings, 0);
        }
    }
}

fn walk(steps: &[Step], place: Place<'_>, names: &Names<'_>, findings: &mut Findings, depth: usize) {
    if depth > MAX_NESTING {
        findings.add(place, format!("steps are nested deeper than {MAX_NESTING}"));
        return;
    }
    for (index, step) in steps.iter().enumerate() {
        let here = place.item(index);
        match step {
            Step::Cpu(milliseconds) => {
                if !milliseconds.is_finite() || *milliseconds < 0.0 {
                    findings.add_expected(
                        here.item(0),
                        format!("{milliseconds} ms of CPU cannot be"),
                        "zero or more",
                    );
                }
            }
            Step::Query(name) => findings.unknown(here.item(0), "query", name, names.queries.iter().copied()),
            Step::External(name) => {
                findings.unknown(here.item(0), "external", name, names.externals.iter().copied())
            }
            Step::Cached { space, miss } => {
                findings.unknown(here.field("space"), "key space", space, names.spaces.iter().copied());
                walk(miss, here.field("miss"), names, findings, depth + 1);
            }
            Step::Sometimes(share, inner) => {
                if !is_probability(*share) {
                    findings.add_expected(here.item(0), format!("{share} is no probability"), "0 to 1");
                }
                walk(inner, here.item(1), names, findings, depth + 1);
            }
            Step::Member(inner) => walk(inner, here.item(0), names, findings, depth + 1),
            Step::Repeat(times, inner) => {
                if *times == 0 {
                    findings.add_expected(
                        here.item(0),
                        "a step repeated zero times does nothing",
                        "1 or more",
                    );
                }
                walk(inner, here.item(1), names, findings, depth + 1);
            }
        }
    }
}
