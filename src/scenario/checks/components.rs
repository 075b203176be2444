//! Pools and database servers.

use crate::scenario::{components::DatabaseRole, diagnostic::Findings};

use super::{Subject, is_probability};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let components = &subject.scenario.components;
    let root = subject.root.field("components");
    let names: Vec<&str> = components.databases.iter().map(|database| database.name.as_str()).collect();
    for (index, pool) in components.pooler.pools.iter().enumerate() {
        let place = root.field("pooler").field("pools").item(index).field("database");
        findings.unknown(place, "database", &pool.database, names.iter().copied());
    }
    let primaries =
        components.databases.iter().filter(|database| database.role == DatabaseRole::Primary).count();
    if primaries != 1 {
        findings.add_expected(
            root.field("databases"),
            format!("{primaries} databases are primaries"),
            "exactly one",
        );
    }
    for (index, database) in components.databases.iter().enumerate() {
        let place = root.field("databases").item(index);
        let pooled: u32 = components
            .pooler
            .pools
            .iter()
            .filter(|pool| pool.database == database.name)
            .map(|pool| pool.size)
            .sum();
        let available = database.max_connections.saturating_sub(database.reserved_connections);
        if pooled > available {
            let message =
                format!("the pools of `{}` want {pooled} connections of {available}", database.name);
            findings.add(place.field("max_connections"), message);
        }
        if database.shared_buffers_gib > database.memory_gib {
            findings.add(place.field("shared_buffers_gib"), "shared buffers are larger than the memory");
        }
        for (field, value) in [
            ("cores", database.cores),
            ("disk_iops", database.disk_iops),
            ("disk_mib_s", database.disk_mib_s),
        ] {
            if value == 0 {
                findings.add_expected(place.field(field), format!("`{field}` is 0"), "1 or more");
            }
        }
    }
    for (index, external) in components.externals.iter().enumerate() {
        if !is_probability(external.failure_ratio) {
            let place = root.field("externals").item(index).field("failure_ratio");
            findings.add_expected(place, format!("{} is no share", external.failure_ratio), "0 to 1");
        }
    }
    let web = &components.web;
    for (field, value) in [("pods", web.pods), ("nodes", web.nodes), ("workers", web.workers)] {
        if value == 0 {
            findings.add_expected(root.field("web").field(field), format!("`{field}` is 0"), "1 or more");
        }
    }
}
