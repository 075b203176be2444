//! `pg_settings`, `pg_file_settings`: PostgreSQL's parameters with the values that are in force.

use super::{Provider, Shape};
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::input;
use crate::postgres::query::names::NoNames;
use crate::postgres::query::system;
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Row, Value};

pub(super) const FAMILY: &[(&str, Provider)] =
    &[("pg_settings", pg_settings), ("pg_file_settings", pg_file_settings)];

/// Where a parameter's value in force came from.
fn source(context: &Context<'_>, name: &str, is_default: bool) -> &'static str {
    let session = context.server().activity().find(|(_, backend)| backend.pid == context.session.pid);
    if session.is_some_and(|(_, backend)| backend.parameters.get(name).is_some()) {
        "session"
    } else if context.server().role_parameters(context.role()).is_some_and(|list| list.get(name).is_some()) {
        "user"
    } else if context.server().parameters().get(name).is_some() || !is_default {
        "configuration file"
    } else {
        "default"
    }
}

fn pg_settings(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let Some(table) = system::table("pg_settings") else { return Ok(Vec::new()) };
    let settings = &context.session.settings;
    let mut rows = Vec::new();
    for fields in &table.rows {
        let name = fields[0];
        let ours = settings.iter().find(|(info, _)| info.name == name);
        let text = |at: usize| if fields[at] == "\\N" { Value::Null } else { Value::text(fields[at]) };
        let (setting, reset, is_default) = match ours {
            Some((info, value)) => {
                let reset = context.server().settings().get(name).map(|value| info.setting(value));
                let setting = info.setting(value);
                let is_default = setting == info.setting(&info.default_value());
                (Value::text(&setting), Value::optional_text(reset), is_default)
            }
            None => (text(1), text(13), true),
        };
        let source = source(context, name, is_default);
        let from_file = source == "configuration file";
        let enums = if fields[11] == "\\N" {
            Value::Null
        } else {
            input::parse(fields[11], t::TEXT_ARRAY, &NoNames).unwrap_or(Value::Null)
        };
        rows.push(shape.row([
            ("name", Value::text(name)),
            ("setting", setting),
            ("unit", text(2)),
            ("category", text(3)),
            ("short_desc", text(4)),
            ("extra_desc", text(5)),
            ("context", text(6)),
            ("vartype", text(7)),
            ("source", Value::text(source)),
            ("min_val", text(9)),
            ("max_val", text(10)),
            ("enumvals", enums),
            ("boot_val", text(12)),
            ("reset_val", reset),
            ("sourcefile", if from_file { Value::text(CONFIGURATION_FILE) } else { Value::Null }),
            ("sourceline", Value::optional_int(from_file.then(|| line_of(context, name)))),
            ("pending_restart", Value::Bool(false)),
        ]));
    }
    Ok(rows)
}

/// Where the configuration lies.
const CONFIGURATION_FILE: &str = "/etc/postgresql/18/main/postgresql.conf";

fn line_of(context: &Context<'_>, name: &str) -> i64 {
    context.server().parameters().iter().position(|(known, _)| known == name).map_or(1, |at| at as i64 + 1)
}

fn pg_file_settings(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |(at, (name, value)): (usize, (&str, &str))| {
        shape.row([
            ("sourcefile", Value::text(CONFIGURATION_FILE)),
            ("sourceline", Value::Int(at as i64 + 1)),
            ("seqno", Value::Int(at as i64 + 1)),
            ("name", Value::text(name)),
            ("setting", Value::text(value)),
            ("applied", Value::Bool(true)),
        ])
    };
    Ok(context.server().parameters().iter().enumerate().map(row).collect())
}

/// `current_setting(name)` as SHOW prints it; `None` for a parameter that doesn't exist.
pub(crate) fn shown(context: &Context<'_>, name: &str) -> Option<String> {
    if let Ok(shown) = context.session.settings.show(name) {
        return Some(shown);
    }
    let lower = name.to_ascii_lowercase();
    let fixed = match lower.as_str() {
        "server_version" => Some("18.4"),
        "server_version_num" => Some("180004"),
        "server_encoding" | "client_encoding" => Some("UTF8"),
        "is_superuser" => Some(if context.is_superuser() { "on" } else { "off" }),
        "session_authorization" => Some(context.role()),
        "config_file" => Some(CONFIGURATION_FILE),
        "data_directory" => Some("/var/lib/postgresql/18/main"),
        "lc_collate" | "lc_ctype" => Some("en_US.UTF-8"),
        _ => None,
    };
    if let Some(fixed) = fixed {
        return Some(fixed.to_owned());
    }
    let table = system::table("pg_settings")?;
    let row = table.rows.iter().find(|row| row[0] == lower)?;
    let value = if row[1] == "\\N" { "" } else { row[1] };
    Some(with_unit(value, row[2]))
}

/// A value in its base unit with the largest unit that is exact.
fn with_unit(value: &str, unit: &str) -> String {
    const MEMORY: &[(&str, i64)] =
        &[("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10), ("B", 1)];
    const TIME: &[(&str, i64)] =
        &[("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1)];
    let Ok(number) = value.parse::<i64>() else { return value.to_owned() };
    let (units, base) = match unit {
        "8kB" => (MEMORY, 8192),
        "kB" => (MEMORY, 1024),
        "MB" => (MEMORY, 1 << 20),
        "B" => (MEMORY, 1),
        "ms" => (TIME, 1),
        "s" => (TIME, 1000),
        "min" => (TIME, 60_000),
        _ => return value.to_owned(),
    };
    if number <= 0 {
        return value.to_owned();
    }
    let total = number * base;
    let best = units.iter().find(|(_, size)| total % size == 0);
    best.map_or(value.to_owned(), |(name, size)| format!("{}{name}", total / size))
}
