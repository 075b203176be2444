//! The database servers, made from the scenario's schema, statistics and machine sizes.
//!
//! The replica has the primary's catalog: physical replication carries DDL too, so an index that is dropped on the primary is
//! dropped on the replica a moment later ([`World::follow_primary`]).

use crate::kernel::Span;
use crate::postgres::Catalog;
use crate::postgres::server::{QueryId, RoleDefaults, Server, ServerConfig};
use crate::scenario::components::{Database, DatabaseRole};
use crate::scenario::{Diagnostic, Scenario};

use super::blueprint::Blueprint;
use super::changes::DEPLOY_ROLE;
use super::world::{World, diagnostic};

/// The role that people on call log in as.
pub const ON_CALL_ROLE: &str = "oncall";
/// Process id of the primary's first walsender.
const FIRST_WALSENDER_PID: u32 = 2_048;
/// Pages of 8 kB in a GiB.
const PAGES_PER_GIB: u64 = 1 << 17;
/// Memory of the machine that neither cache has, in GiB: processes, kernel, work memory.
const OTHER_MEMORY_GIB: u32 = 8;
/// How long one read of an idle volume takes.
const READ_LATENCY: Span = Span::from_micros(600);

/// All servers, the primary first, with the workload's statements registered; the statements in the order of the queries.
pub(super) fn servers(
    scenario: &Scenario,
    blueprint: &Blueprint,
    seed: u64,
) -> Result<(Vec<Server>, Vec<QueryId>), Vec<Diagnostic>> {
    let catalog = catalog(scenario)?;
    let mut servers = Vec::new();
    for (place, &index) in blueprint.databases.iter().enumerate() {
        let config = config(scenario, &scenario.components.databases[index]);
        let mut catalog = catalog.clone();
        catalog.database = scenario.components.databases[index].dbname.clone();
        servers.push(Server::new(config, catalog, blueprint.calendar, seed ^ place as u64));
    }
    attach_replicas(scenario, blueprint, &mut servers);
    let mut problems = Vec::new();
    let mut statements = Vec::new();
    for query in &blueprint.queries {
        let database = usize::from(blueprint.pools[usize::from(query.pool)].database);
        let examples: Vec<&str> = query.examples.iter().map(String::as_str).collect();
        match servers[database].register(&query.sql, &examples) {
            Ok(statement) => statements.push(statement),
            Err(error) => {
                problems.push(diagnostic("scenario.ron", format!("query `{}`: {error}", query.name)))
            }
        }
    }
    if problems.is_empty() { Ok((servers, statements)) } else { Err(problems) }
}

/// The replicas stream from the primary.
fn attach_replicas(scenario: &Scenario, blueprint: &Blueprint, servers: &mut [Server]) {
    let Some((primary, replicas)) = servers.split_first_mut() else { return };
    for (place, _) in replicas.iter().enumerate() {
        let database = &scenario.components.databases[blueprint.databases[place + 1]];
        let delay = Span::from_millis_f64(database.replay_lag.as_millis_f64());
        let address = super::addresses::database(place + 1);
        primary.wal_mut().attach(
            &database.name,
            Some(address.into()),
            FIRST_WALSENDER_PID + place as u32,
            delay,
        );
    }
}

fn catalog(scenario: &Scenario) -> Result<Catalog, Vec<Diagnostic>> {
    let sizes = (!scenario.sizes_tsv.is_empty()).then_some(scenario.sizes_tsv.as_str());
    let mut catalog =
        Catalog::load(&scenario.schema_sql, &scenario.statistics_sql, sizes).map_err(|problems| {
            let one = |problem: crate::postgres::catalog::SqlProblem| Diagnostic {
                file: "schema.sql".to_owned(),
                line: problem.line as usize,
                column: problem.column as usize,
                message: problem.message,
                expected: None,
                nearest: None,
            };
            problems.into_iter().map(one).collect::<Vec<_>>()
        })?;
    for pool in &scenario.components.pooler.pools {
        catalog.add_role(&pool.role, &[]);
    }
    catalog.add_role(DEPLOY_ROLE, &[]);
    let on_call = ["pg_monitor", "pg_signal_backend", "pg_use_reserved_connections", DEPLOY_ROLE];
    catalog.add_role(ON_CALL_ROLE, &on_call);
    catalog.owner = DEPLOY_ROLE.to_owned();
    Ok(catalog)
}

fn config(scenario: &Scenario, database: &Database) -> ServerConfig {
    let mut parameters = database.settings.clone();
    let milliseconds = |interval: crate::scenario::Interval| (interval.as_millis_f64() as u64).to_string();
    parameters.push(("log_min_duration_statement".to_owned(), milliseconds(database.log_min_duration)));
    parameters.push(("shared_buffers".to_owned(), format!("{}GB", database.shared_buffers_gib)));
    let timeout = ("statement_timeout".to_owned(), milliseconds(database.statement_timeout));
    let mut role_defaults: Vec<RoleDefaults> = Vec::new();
    for pool in scenario.components.pooler.pools.iter().filter(|pool| pool.database == database.name) {
        if role_defaults.iter().all(|known| known.role != pool.role) {
            role_defaults.push(RoleDefaults { role: pool.role.clone(), parameters: vec![timeout.clone()] });
        }
    }
    let file_cache_gib = database.memory_gib.saturating_sub(database.shared_buffers_gib + OTHER_MEMORY_GIB);
    ServerConfig {
        cores: f64::from(database.cores),
        neighbours: 0,
        disk_iops: f64::from(database.disk_iops),
        disk_latency: READ_LATENCY,
        disk_mb_s: f64::from(database.disk_mib_s) * 1.048_576,
        shared_buffers_pages: u64::from(database.shared_buffers_gib) * PAGES_PER_GIB,
        os_cache_pages: u64::from(file_cache_gib) * PAGES_PER_GIB,
        max_connections: database.max_connections,
        reserved_connections: 0,
        superuser_reserved_connections: database.reserved_connections,
        parameters,
        role_defaults,
        working_sets: Vec::new(),
        standby: database.role == DatabaseRole::Replica,
    }
}

impl World {
    /// Carries the primary's DDL to the replicas.
    pub(super) fn follow_primary(&mut self) {
        let Some((primary, replicas)) = self.databases.split_first_mut() else { return };
        for replica in replicas {
            replica.follow(primary);
        }
    }
}
