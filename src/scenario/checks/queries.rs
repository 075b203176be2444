//! Query templates: their pool, and one example for each parameter.

use crate::scenario::diagnostic::Findings;

use super::Subject;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let pools: Vec<&str> =
        subject.scenario.components.pooler.pools.iter().map(|pool| pool.name.as_str()).collect();
    let place = subject.root.field("workload").field("queries");
    for (index, query) in subject.scenario.workload.queries.iter().enumerate() {
        let here = place.item(index);
        findings.unknown(here.field("pool"), "pool", &query.pool, pools.iter().copied());
        let (parameters, examples) = (highest_parameter(&query.sql), query.examples.len());
        if parameters != examples {
            let message = format!("`{}` has {parameters} parameters and {examples} examples", query.name);
            findings.add(here.field("examples"), message);
        }
    }
}

/// The highest n of `$n` in a statement, outside its string literals.
fn highest_parameter(sql: &str) -> usize {
    let outside = sql.split('\'').step_by(2);
    outside
        .flat_map(|text| text.split('$').skip(1))
        .filter_map(|text| {
            let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            text[..digits].parse().ok()
        })
        .max()
        .unwrap_or(0)
}
