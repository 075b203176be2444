//! Roles and memberships: `pg_authid`, `pg_roles`, `pg_user`, `pg_auth_members`.

use super::shape::oid;
use super::{Provider, Shape};
use crate::postgres::catalog::Catalog;
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::errors;
use crate::postgres::query::value::{Row, Value};

pub(super) const FAMILY: &[(&str, Provider)] = &[
    ("pg_roles", pg_roles),
    ("pg_authid", |_, _| Err(errors::permission_denied("table", "pg_authid"))),
    ("pg_shadow", |_, _| Err(errors::permission_denied("view", "pg_shadow"))),
    ("pg_user", pg_user),
    ("pg_auth_members", pg_auth_members),
    ("pg_db_role_setting", pg_db_role_setting),
];

/// Predefined roles with their oids (`pg_authid.dat`).
const PREDEFINED: &[(u32, &str)] = &[
    (3373, "pg_monitor"),
    (3374, "pg_read_all_settings"),
    (3375, "pg_read_all_stats"),
    (3377, "pg_stat_scan_tables"),
    (4200, "pg_signal_backend"),
    (4544, "pg_checkpoint"),
    (4550, "pg_use_reserved_connections"),
    (4569, "pg_read_server_files"),
    (4570, "pg_write_server_files"),
    (4571, "pg_execute_server_program"),
    (6171, "pg_database_owner"),
    (6181, "pg_read_all_data"),
    (6182, "pg_write_all_data"),
    (6304, "pg_create_subscription"),
    (6337, "pg_maintain"),
    (6392, "pg_signal_autovacuum_worker"),
];

/// A role's oid by name.
pub(crate) fn oid_of(catalog: &Catalog, name: &str) -> Option<u32> {
    let own = catalog.role_by_name(name).map(|role| role.oid.0);
    own.or_else(|| PREDEFINED.iter().find(|(_, known)| *known == name).map(|(oid, _)| *oid))
}

/// A role's name by oid.
pub(crate) fn name_of(catalog: &Catalog, oid: u32) -> Option<&str> {
    let own = catalog.roles.values().find(|role| role.oid.0 == oid).map(|role| role.name.as_str());
    own.or_else(|| PREDEFINED.iter().find(|(known, _)| *known == oid).map(|(_, name)| *name))
}

/// Is a role a member of another, directly or as superuser?
pub(crate) fn is_member(catalog: &Catalog, role: &str, of: &str) -> bool {
    role == of
        || catalog
            .role_by_name(role)
            .is_some_and(|role| role.superuser || role.member_of.iter().any(|name| name == of))
}

struct RoleRow<'a> {
    oid: u32,
    name: &'a str,
    superuser: bool,
    login: bool,
    replication: bool,
    limit: i32,
}

fn all<'a>(context: &Context<'a>) -> Vec<RoleRow<'a>> {
    let catalog = context.catalog();
    let own = catalog.roles.values().map(|role| RoleRow {
        oid: role.oid.0,
        name: &role.name,
        superuser: role.superuser,
        login: role.login,
        replication: role.replication,
        limit: role.connection_limit,
    });
    let predefined = PREDEFINED.iter().filter(|(_, name)| catalog.role_by_name(name).is_none());
    let predefined = predefined.map(|(oid, name)| RoleRow {
        oid: *oid,
        name,
        superuser: false,
        login: false,
        replication: false,
        limit: -1,
    });
    let mut rows: Vec<RoleRow<'a>> = predefined.chain(own).collect();
    rows.sort_by_key(|row| (row.oid != 10, row.oid));
    rows
}

fn config(context: &Context<'_>, role: &str) -> Value {
    let parameters = context.server().role_parameters(role);
    let pairs: Vec<String> = parameters
        .map(|list| list.iter().map(|(name, value)| format!("{name}={value}")).collect())
        .unwrap_or_default();
    if pairs.is_empty() { Value::Null } else { super::shape::texts(pairs) }
}

fn pg_roles(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |role: RoleRow<'_>| {
        shape.row([
            ("rolname", Value::text(role.name)),
            ("rolsuper", Value::Bool(role.superuser)),
            ("rolinherit", Value::Bool(true)),
            ("rolcreaterole", Value::Bool(role.superuser)),
            ("rolcreatedb", Value::Bool(role.superuser)),
            ("rolcanlogin", Value::Bool(role.login)),
            ("rolreplication", Value::Bool(role.replication)),
            ("rolconnlimit", Value::Int(i64::from(role.limit))),
            ("rolpassword", Value::text("********")),
            ("rolbypassrls", Value::Bool(role.superuser)),
            ("rolconfig", config(context, role.name)),
            ("oid", oid(role.oid)),
        ])
    };
    Ok(all(context).into_iter().map(row).collect())
}

fn pg_user(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |role: RoleRow<'_>| {
        shape.row([
            ("usename", Value::text(role.name)),
            ("usesysid", oid(role.oid)),
            ("usecreatedb", Value::Bool(role.superuser)),
            ("usesuper", Value::Bool(role.superuser)),
            ("userepl", Value::Bool(role.replication)),
            ("usebypassrls", Value::Bool(role.superuser)),
            ("passwd", Value::text("********")),
            ("useconfig", config(context, role.name)),
        ])
    };
    Ok(all(context).into_iter().filter(|role| role.login).map(row).collect())
}

fn pg_auth_members(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    /// What pg_monitor itself is a member of (`pg_auth_members.dat`).
    const MONITOR: [u32; 3] = [3374, 3375, 3377];
    let mut pairs: Vec<(u32, u32)> = MONITOR.iter().map(|of| (*of, 3373)).collect();
    for role in context.catalog().roles.values() {
        let of = role.member_of.iter().filter_map(|name| oid_of(context.catalog(), name));
        pairs.extend(of.map(|of| (of, role.oid.0)));
    }
    let row = |(at, (of, member)): (usize, &(u32, u32))| {
        shape.row([
            ("oid", Value::Int(16_300 + at as i64)),
            ("roleid", oid(*of)),
            ("member", oid(*member)),
            ("grantor", oid(10)),
            ("inherit_option", Value::Bool(true)),
            ("set_option", Value::Bool(true)),
        ])
    };
    Ok(pairs.iter().enumerate().map(row).collect())
}

fn pg_db_role_setting(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let roles = context.catalog().roles.values().filter(|role| !config(context, &role.name).is_null());
    Ok(roles
        .map(|role| shape.row([("setrole", oid(role.oid.0)), ("setconfig", config(context, &role.name))]))
        .collect())
}
