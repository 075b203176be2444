//! Changes: their times, their way back, and what they are said to harm.

use crate::scenario::{
    change::{Harm, Migration},
    diagnostic::Findings,
    mechanism::MECHANISMS,
    source::Place,
};

use super::{Subject, times::inside};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (index, change) in subject.scenario.changes.iter().enumerate() {
        let place = subject.root.field("changes").item(index);
        inside(subject, findings, place.field("at"), change.at);
        if let Some(migration) = change.migration() {
            let body = place.field("kind").item(0);
            check_migration(migration, body, findings);
            if migration.contract_at < change.at {
                let message = format!(
                    "the contract phase ({}) is before the change ({})",
                    migration.contract_at, change.at
                );
                findings.add(body.field("contract_at"), message);
            }
            inside(subject, findings, body.field("contract_at"), migration.contract_at);
        }
        if let Some(harm) = change.harm() {
            check_harm(subject, harm, place.field("role").item(0), findings);
        }
    }
}

fn check_migration(migration: &Migration, place: Place<'_>, findings: &mut Findings) {
    if migration.expand.trim().is_empty() && migration.contract.trim().is_empty() {
        findings.add(place, "the migration has neither `expand` nor `contract`");
    }
    if migration.down.trim().is_empty() {
        findings.add(place.field("down"), "the migration has no way back");
    }
    for (field, sql) in
        [("expand", &migration.expand), ("contract", &migration.contract), ("down", &migration.down)]
    {
        if !sql.trim().is_empty() && !sql.trim_end().ends_with(';') {
            findings.add_expected(place.field(field), "the last statement is not ended", "`;`");
        }
    }
    if migration.attempts == 0 {
        findings.add_expected(
            place.field("attempts"),
            "a migration tried zero times does nothing",
            "1 or more",
        );
    }
}

fn check_harm(subject: &Subject<'_>, harm: &Harm, place: Place<'_>, findings: &mut Findings) {
    let mechanisms = || MECHANISMS.iter().map(|mechanism| mechanism.id);
    let components = subject.scenario.components.names();
    let queries: Vec<&str> =
        subject.scenario.workload.queries.iter().map(|query| query.name.as_str()).collect();
    findings.unknown(place.field("component"), "component", &harm.component, components);
    findings.unknown(place.field("mechanism"), "mechanism", &harm.mechanism, mechanisms());
    for (index, mechanism) in harm.accepts_mechanisms.iter().enumerate() {
        findings.unknown(place.field("accepts_mechanisms").item(index), "mechanism", mechanism, mechanisms());
    }
    for (index, query) in harm.queries.iter().enumerate() {
        findings.unknown(place.field("queries").item(index), "query", query, queries.iter().copied());
    }
    if harm.queries.is_empty() {
        findings.add(place.field("queries"), "a harmful change that no query suffers from is not harmful");
    }
    inside(subject, findings, place.field("real_rollback_at"), harm.real_rollback_at);
}
