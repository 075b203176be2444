//! The rows of PostgreSQL's catalogs and statistics views: views onto the model, made when a query asks, never kept.
//!
//! Shapes (columns and types) are PostgreSQL's own, from `query/system/relations.tsv`; one file a family says how the rows
//! are made. A relation of PostgreSQL that no file knows is refused, unless it is listed here as empty on such a server.

pub(crate) mod activity;
pub(crate) mod buffers;
mod cluster;
mod constraints;
mod information;
mod progress;
mod relations;
mod replication;
pub(crate) mod roles;
pub(crate) mod settings;
mod shape;
mod statements;
mod statistics;
mod tables;

use std::sync::Arc;

use super::error::SqlError;
use super::query::Context;
use super::query::errors;
use super::query::system::{RELATION_NAMES, RELATIONS};
use super::query::value::Row;

pub(crate) use cluster::database_statistic;
pub(crate) use constraints::constraint_definition;
pub(crate) use relations::{namespace_name, namespace_oid};
pub(crate) use shape::Shape;

/// Makes a relation's rows.
pub(crate) type Provider = fn(&Context<'_>, &Shape) -> Result<Vec<Row>, SqlError>;

/// Relation and provider, by family.
const FAMILIES: &[&[(&str, Provider)]] = &[
    relations::FAMILY,
    constraints::FAMILY,
    roles::FAMILY,
    activity::FAMILY,
    tables::FAMILY,
    cluster::FAMILY,
    statements::FAMILY,
    replication::FAMILY,
    progress::FAMILY,
    settings::FAMILY,
    buffers::FAMILY,
    statistics::FAMILY,
    information::FAMILY,
];

/// Relations whose rows are PostgreSQL's own data files.
const STATIC: &[&str] = &[
    "pg_type",
    "pg_proc",
    "pg_operator",
    "pg_cast",
    "pg_aggregate",
    "pg_am",
    "pg_opclass",
    "pg_opfamily",
    "pg_collation",
    "pg_language",
    "pg_wait_events",
];

/// Relations that have no rows on a server that doesn't use the feature.
const EMPTY: &[&str] = &[
    "pg_prepared_xacts",
    "pg_inherits",
    "pg_policy",
    "pg_policies",
    "pg_rewrite",
    "pg_trigger",
    "pg_event_trigger",
    "pg_foreign_table",
    "pg_foreign_server",
    "pg_foreign_data_wrapper",
    "pg_user_mapping",
    "pg_user_mappings",
    "pg_partitioned_table",
    "pg_publication",
    "pg_publication_rel",
    "pg_publication_namespace",
    "pg_publication_tables",
    "pg_subscription",
    "pg_subscription_rel",
    "pg_stat_subscription",
    "pg_stat_subscription_stats",
    "pg_statistic_ext",
    "pg_statistic_ext_data",
    "pg_stats_ext",
    "pg_stats_ext_exprs",
    "pg_sequence",
    "pg_sequences",
    "pg_matviews",
    "pg_rules",
    "pg_seclabel",
    "pg_seclabels",
    "pg_shseclabel",
    "pg_largeobject",
    "pg_largeobject_metadata",
    "pg_default_acl",
    "pg_init_privs",
    "pg_transform",
    "pg_conversion",
    "pg_enum",
    "pg_range",
    "pg_ts_config",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_ts_config_map",
    "pg_parameter_acl",
    "pg_replication_origin",
    "pg_replication_origin_status",
    "pg_stat_progress_cluster",
    "pg_stat_progress_copy",
    "pg_stat_progress_basebackup",
    "pg_stat_recovery_prefetch",
    "pg_stat_user_functions",
    "pg_stat_xact_user_functions",
    "pg_statio_all_sequences",
    "pg_statio_user_sequences",
    "pg_statio_sys_sequences",
    "pg_backend_memory_contexts",
    "pg_shmem_allocations",
    "pg_shmem_allocations_numa",
    "pg_buffercache_numa",
    "pg_aios",
    "pg_timezone_names",
    "pg_timezone_abbrevs",
    "pg_hba_file_rules",
    "pg_ident_file_mappings",
    "pg_config",
    "pg_group",
    "pg_stat_gssapi",
    "pg_shdepend",
    "pg_shdescription",
    "pg_depend",
    "pg_amop",
    "pg_amproc",
    "pg_db_role_setting_none",
    "triggers",
    "routines",
    "parameters",
    "sequences",
    "domains",
    "role_table_grants",
    "table_privileges",
    "view_table_usage",
];

/// A relation's rows, made once a statement.
pub(crate) fn rows(context: &Context<'_>, relation: usize) -> Result<Arc<Vec<Row>>, SqlError> {
    if let Some(rows) = context.relations.borrow().get(&relation) {
        return Ok(rows.clone());
    }
    let system = &RELATIONS[relation];
    let shape = Shape::of(system);
    let provider = FAMILIES.iter().flat_map(|family| family.iter()).find(|(name, _)| *name == system.name);
    let rows = match provider {
        Some((_, provider)) => Arc::new(provider(context, &shape)?),
        None if STATIC.contains(&system.name) => shape::static_rows(system.name, &shape),
        None if EMPTY.contains(&system.name) => Arc::new(Vec::new()),
        None => return Err(errors::unsupported(format!("relation {}.{}", system.schema, system.name))),
    };
    context.step(rows.len() as u64)?;
    context.relations.borrow_mut().insert(relation, rows.clone());
    Ok(rows)
}

/// A relation's rows by name, found as an unqualified name is.
pub(crate) fn rows_of(context: &Context<'_>, name: &str) -> Result<Arc<Vec<Row>>, SqlError> {
    let found = ["pg_catalog", "public", "information_schema"]
        .iter()
        .find_map(|schema| RELATION_NAMES.get(&(*schema, name)));
    match found {
        Some(at) => rows(context, *at),
        None => Err(errors::undefined_relation(name)),
    }
}

/// Views that are SQL over the others: schema, name, definition.
const DEFINITIONS: &[(&str, &str, &str)] = &[
    (
        "pg_catalog",
        "pg_tables",
        "SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner), t.spcname, c.relhasindex, c.relhasrules, c.relhastriggers, \
         c.relrowsecurity FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = c.reltablespace WHERE c.relkind IN ('r', 'p')",
    ),
    (
        "pg_catalog",
        "pg_views",
        "SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner), pg_get_viewdef(c.oid) FROM pg_catalog.pg_class c \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v'",
    ),
    (
        "pg_catalog",
        "pg_indexes",
        "SELECT n.nspname, c.relname, i.relname, t.spcname, pg_get_indexdef(i.oid) FROM pg_catalog.pg_index x \
         JOIN pg_catalog.pg_class c ON c.oid = x.indrelid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = i.reltablespace \
         WHERE c.relkind IN ('r', 'm', 'p') AND i.relkind IN ('i', 'I')",
    ),
];

/// The SQL of a view that is defined by SQL.
pub(crate) fn definition(schema: &str, name: &str) -> Option<&'static str> {
    DEFINITIONS
        .iter()
        .find(|(known_schema, known, _)| *known_schema == schema && *known == name)
        .map(|(_, _, sql)| *sql)
}

#[cfg(test)]
mod tests {
    use super::super::query::system::RELATIONS;
    use super::*;

    #[test]
    fn every_provider_has_a_shape() {
        let provided = FAMILIES.iter().flat_map(|family| family.iter()).map(|(name, _)| *name);
        let defined = DEFINITIONS.iter().map(|(_, name, _)| *name);
        for name in provided.chain(STATIC.iter().copied()).chain(defined) {
            assert!(RELATIONS.iter().any(|relation| relation.name == name), "no shape for {name}");
        }
    }
}
