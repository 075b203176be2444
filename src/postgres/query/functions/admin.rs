//! Functions that change something: they leave an effect for the server to carry out.

use super::{Args, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::Effect;
use crate::postgres::query::errors;
use crate::postgres::query::value::Value;
use crate::postgres::views::{roles, settings};

pub(super) const TABLE: Table = &[
    ("pg_cancel_backend", |a| signal(a, "cancel query", Effect::Cancel)),
    ("pg_terminate_backend", |a| signal(a, "terminate process", Effect::Terminate)),
    ("pg_reload_conf", reload),
    ("pg_sleep", sleep),
    ("current_setting", current_setting),
    ("set_config", set_config),
    ("pg_stat_statements_reset", reset_statements),
    ("pg_stat_reset", |a| reset_statistics(a, "pg_stat_reset")),
    ("pg_stat_reset_shared", |a| reset_statistics(a, "pg_stat_reset_shared")),
    ("pg_stat_reset_single_table_counters", |a| reset_statistics(a, "pg_stat_reset_single_table_counters")),
    ("pg_try_advisory_lock", |_| Ok(Value::Bool(true))),
    ("pg_advisory_unlock", |_| Ok(Value::Bool(true))),
    ("pg_advisory_unlock_all", |_| Ok(Value::Null)),
    ("pg_log_backend_memory_contexts", |a| denied(a, "pg_log_backend_memory_contexts")),
    ("pg_rotate_logfile", |a| denied(a, "pg_rotate_logfile")),
    ("pg_switch_wal", |a| denied(a, "pg_switch_wal")),
    ("pg_promote", |a| denied(a, "pg_promote")),
];

fn denied(args: &Args<'_>, name: &str) -> Result<Value, SqlError> {
    if args.context.is_superuser() {
        return Err(args.unsupported(name));
    }
    Err(errors::permission_denied("function", name))
}

/// Who may signal: the session's own role, members of the target's role, `pg_signal_backend` for roles that aren't
/// superusers (`pg_signal_backend` of `signalfuncs.c`).
fn signal(args: &Args<'_>, verb: &str, effect: fn(u32) -> Effect) -> Result<Value, SqlError> {
    let pid = args.int(0) as u32;
    let context = args.context;
    let Some((_, backend)) = context.server().activity().find(|(_, backend)| backend.pid == pid) else {
        context.effect_notice(format!("PID {pid} is not a PostgreSQL backend process"));
        return Ok(Value::Bool(false));
    };
    let catalog = context.catalog();
    let target = &backend.login.role;
    let superuser = catalog.role_by_name(target).is_some_and(|role| role.superuser);
    let refused = |role: &str, rest: &str| {
        Err(errors::new(SqlState::INSUFFICIENT_PRIVILEGE, format!("permission denied to {verb}"))
            .detail(format!("Only roles with the {role} {rest}.")))
    };
    if superuser && !context.is_superuser() {
        return refused(
            "SUPERUSER attribute",
            &format!("may {verb} of roles with the SUPERUSER attribute")
                .replace("process of", "processes of")
                .replace("query of", "queries of"),
        );
    }
    let allowed = target == context.role()
        || roles::is_member(catalog, context.role(), "pg_signal_backend")
        || roles::is_member(catalog, context.role(), target);
    if !allowed {
        return refused(
            "privileges of the role whose process is being terminated or with privileges of the \"pg_signal_backend\" role",
            "may do this",
        );
    }
    context.effect(effect(pid));
    Ok(Value::Bool(true))
}

fn reload(args: &Args<'_>) -> Result<Value, SqlError> {
    if !args.context.is_superuser() {
        return Err(errors::permission_denied("function", "pg_reload_conf"));
    }
    args.context.effect(Effect::Reload);
    Ok(Value::Bool(true))
}

fn sleep(args: &Args<'_>) -> Result<Value, SqlError> {
    args.context.effect(Effect::Sleep(args.values[0].float().max(0.0)));
    Ok(Value::text(""))
}

fn current_setting(args: &Args<'_>) -> Result<Value, SqlError> {
    match settings::shown(args.context, args.str(0)) {
        Some(value) => Ok(Value::text(value)),
        None if args.values.len() > 1 && args.flag(1) => Ok(Value::Null),
        None => Err(errors::new(
            SqlState::UNDEFINED_OBJECT,
            format!("unrecognized configuration parameter \"{}\"", args.str(0)),
        )),
    }
}

fn set_config(args: &Args<'_>) -> Result<Value, SqlError> {
    let (name, value) = (args.str(0).to_owned(), args.str(1).to_owned());
    args.context.session.settings.clone().set(&name, &value)?;
    args.context.effect(Effect::Set { name, value: value.clone() });
    Ok(Value::text(value))
}

fn reset_statements(args: &Args<'_>) -> Result<Value, SqlError> {
    if !args.context.is_superuser()
        && !roles::is_member(args.context.catalog(), args.context.role(), "pg_monitor")
    {
        return Err(errors::permission_denied("function", "pg_stat_statements_reset"));
    }
    args.context.effect(Effect::ResetStatements);
    Ok(Value::Timestamp(args.context.db.now()))
}

fn reset_statistics(args: &Args<'_>, name: &str) -> Result<Value, SqlError> {
    if !args.context.is_superuser() {
        return Err(errors::permission_denied("function", name));
    }
    args.context.effect(Effect::ResetStatistics);
    Ok(Value::text(""))
}
