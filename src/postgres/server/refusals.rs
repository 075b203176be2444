//! What whoever is on call may not do besides reading rows: DDL on anything but indexes, and the administrator's commands.
//!
//! Told by the statement's first words, before it is parsed: PostgreSQL refuses these whatever else they say, and the parser
//! doesn't know them all. The words are PostgreSQL 18's for a role that owns nothing.

use super::Server;
use super::utility::{fold, words};
use crate::postgres::error::{SqlError, SqlState};

/// Extensions that a database's owner may install (`trusted` in their control files).
const TRUSTED: &[&str] = &[
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "pg_trgm",
    "pgcrypto",
    "plpgsql",
    "seg",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
];

/// Words between a command and the name that it is about.
const FILLERS: &[&str] =
    &["IF", "NOT", "EXISTS", "ONLY", "OR", "REPLACE", "UNLOGGED", "CONCURRENTLY", "TABLE", "ON", "VERBOSE"];

/// How a statement is refused.
#[derive(Clone, Copy)]
enum Refusal {
    /// `must be owner of table …`
    Owner,
    /// `permission denied for table …`
    Table,
    /// `permission denied for schema public`
    Schema,
    /// `must be owner of … NAME`, by the kind in the second word.
    OwnerOf(&'static str),
    /// A sentence of its own, with a DETAIL line.
    Sentence(&'static str, &'static str),
    /// `permission denied for database …`
    Database,
    /// `permission denied to create extension …`
    Extension,
    /// `permission denied to set role …`
    Role,
}

/// Leading words (without fillers) and the refusal, longest first where one begins another.
const ROWS: &[(&[&str], Refusal)] = &[
    (&["CREATE", "VIEW"], Refusal::Schema),
    (&["CREATE", "MATERIALIZED"], Refusal::Schema),
    (&["CREATE", "SEQUENCE"], Refusal::Schema),
    (&["CREATE", "TYPE"], Refusal::Schema),
    (&["CREATE", "DOMAIN"], Refusal::Schema),
    (&["CREATE", "FUNCTION"], Refusal::Schema),
    (&["CREATE", "PROCEDURE"], Refusal::Schema),
    (&["CREATE", "SCHEMA"], Refusal::Database),
    (&["CREATE", "ROLE"], Refusal::Sentence("permission denied to create role", CREATE_ROLE)),
    (&["CREATE", "USER"], Refusal::Sentence("permission denied to create role", CREATE_ROLE)),
    (&["CREATE", "DATABASE"], Refusal::Sentence("permission denied to create database", "")),
    (&["CREATE", "EXTENSION"], Refusal::Extension),
    (&["DROP", "SCHEMA"], Refusal::OwnerOf("schema")),
    (&["DROP", "DATABASE"], Refusal::OwnerOf("database")),
    (&["ALTER", "DATABASE"], Refusal::OwnerOf("database")),
    (&["DROP", "ROLE"], Refusal::Sentence("permission denied to drop role", DROP_ROLE)),
    (&["DROP", "USER"], Refusal::Sentence("permission denied to drop role", DROP_ROLE)),
    (&["SET", "ROLE"], Refusal::Role),
    (&["COMMENT", "COLUMN"], Refusal::Owner),
    (&["TRUNCATE"], Refusal::Table),
    (&["COPY"], Refusal::Table),
    (&["CLUSTER"], Refusal::Table),
    (&["COMMENT"], Refusal::Owner),
];

const CREATE_ROLE: &str = "Only roles with the CREATEROLE attribute may create roles.";
const DROP_ROLE: &str =
    "Only roles with the CREATEROLE attribute and the ADMIN option on the target roles may drop roles.";

impl Server {
    /// Refuses what the on-call role may not do; others are checked where the statement is compiled.
    pub(super) fn refuse_on_call(&self, slot: u32, text: &str) -> Result<(), SqlError> {
        let role = self.catalog.role_by_name(&self.backends[slot as usize].login.role);
        let on_call =
            role.is_some_and(|role| !role.superuser && role.member_of.iter().any(|of| of == "pg_monitor"));
        if !on_call {
            return Ok(());
        }
        let all: Vec<&str> = words(text).collect();
        let upper: Vec<String> = all.iter().map(|word| word.to_ascii_uppercase()).collect();
        let denied = |message: String| Err(SqlError::new(SqlState::INSUFFICIENT_PRIVILEGE, message));
        let first = upper.first().map_or("", String::as_str);
        // TABLE is a filler elsewhere, so these two are told by both words.
        if upper.get(1).is_some_and(|word| word == "TABLE")
            || first == "CREATE" && upper.get(2).is_some_and(|w| w == "TABLE")
        {
            match first {
                "ALTER" | "DROP" => {
                    return self.refuse_table(name_behind(&all, &upper, 1), "must be owner of table");
                }
                "CREATE" if !upper[1].starts_with("TEMP") => {
                    return denied("permission denied for schema public".into());
                }
                _ => {}
            }
        }
        if matches!(first, "GRANT" | "REVOKE") {
            let on = upper.iter().position(|word| word == "ON");
            return on.map_or(Ok(()), |on| {
                self.refuse_table(name_behind(&all, &upper, on), "permission denied for table")
            });
        }
        let plain: Vec<usize> =
            (0..upper.len()).filter(|at| !FILLERS.contains(&upper[*at].as_str())).collect();
        let begins = |row: &&[&str]| {
            row.iter().zip(0..).all(|(word, at)| plain.get(at).is_some_and(|at| upper[*at] == **word))
        };
        let Some((row, refusal)) = ROWS.iter().find(|(row, _)| begins(row)) else { return Ok(()) };
        let name = plain.get(row.len()).map(|at| fold(all[*at]));
        let shown = name.clone().unwrap_or_default();
        match refusal {
            Refusal::Owner if row.len() == 2 => self.refuse_table(
                name.and_then(|name| name.rsplit_once('.').map(|(table, _)| table.to_owned())),
                "must be owner of table",
            ),
            Refusal::Owner => self.refuse_table(name, "must be owner of table"),
            Refusal::Table => self.refuse_table(name, "permission denied for table"),
            Refusal::Schema => denied("permission denied for schema public".into()),
            Refusal::Database => denied(format!("permission denied for database {}", self.catalog.database)),
            Refusal::OwnerOf(kind) => denied(format!("must be owner of {kind} {shown}")),
            Refusal::Role if self.catalog.role_by_name(&shown).is_none() => Ok(()),
            Refusal::Role => denied(format!("permission denied to set role \"{shown}\"")),
            Refusal::Extension => {
                let error = SqlError::new(
                    SqlState::INSUFFICIENT_PRIVILEGE,
                    format!("permission denied to create extension \"{shown}\""),
                );
                Err(error.hint(if TRUSTED.contains(&shown.as_str()) {
                    "Must have CREATE privilege on current database to create this extension."
                } else {
                    "Must be superuser to create this extension."
                }))
            }
            Refusal::Sentence(message, detail) => {
                let error = SqlError::new(SqlState::INSUFFICIENT_PRIVILEGE, *message);
                Err(if detail.is_empty() { error } else { error.detail(*detail) })
            }
        }
    }

    /// Refuses a table that exists; one that doesn't gets its own error later.
    fn refuse_table(&self, name: Option<String>, words: &str) -> Result<(), SqlError> {
        let name = name.map(|name| name.rsplit('.').next().unwrap_or_default().to_owned());
        match name.and_then(|name| self.catalog.table_by_name(&name)) {
            Some(table) => {
                Err(SqlError::new(SqlState::INSUFFICIENT_PRIVILEGE, format!("{words} {}", table.name)))
            }
            None => Ok(()),
        }
    }
}

/// The first word behind a place that is no filler.
fn name_behind(all: &[&str], upper: &[String], at: usize) -> Option<String> {
    (at + 1..all.len()).find(|at| !FILLERS.contains(&upper[*at].as_str())).map(|at| fold(all[at]))
}
