//! The page flow.

use crate::scenario::diagnostic::Findings;

use super::{Subject, is_probability};

/// How far probabilities may sum above 1: they are written in decimals.
const ROUNDING: f64 = 1e-9;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let workload = &subject.scenario.workload;
    let pages = subject.root.field("workload").field("pages");
    let names: Vec<&str> = workload.pages.iter().map(|page| page.name.as_str()).collect();
    let endpoints: Vec<&str> = workload.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
    for (index, page) in workload.pages.iter().enumerate() {
        let place = pages.item(index);
        if page.requests.is_empty() {
            findings.add(place.field("requests"), format!("the page `{}` asks for nothing", page.name));
        }
        for (at, request) in page.requests.iter().enumerate() {
            findings.unknown(
                place.field("requests").item(at),
                "endpoint",
                request,
                endpoints.iter().copied(),
            );
        }
        let next = place.field("next");
        for (at, (name, share)) in page.next.iter().enumerate() {
            findings.unknown(next.item(at).item(0), "page", name, names.iter().copied());
            if !is_probability(*share) {
                findings.add_expected(next.item(at).item(1), format!("{share} is no probability"), "0 to 1");
            }
        }
        let sum: f64 = page.next.iter().map(|(_, share)| share).sum();
        if sum > 1.0 + ROUNDING {
            findings.add(next, format!("what comes after `{}` sums to {sum:.3}, more than 1", page.name));
        }
        if !page.entry.is_finite() || page.entry < 0.0 {
            findings.add_expected(
                place.field("entry"),
                format!("{} is no weight", page.entry),
                "zero or more",
            );
        }
    }
    if workload.pages.iter().map(|page| page.entry).sum::<f64>() <= 0.0 {
        findings.add(pages, "no page has an `entry` weight: nobody can arrive");
    }
    if !workload.pages.iter().any(|page| page.completes_order) {
        findings.add(pages, "no page has `completes_order: true`: nothing can be sold");
    }
}
