//! Functions over the catalog: definitions, names, visibility, privileges, sizes.

use super::{Args, Table};
use crate::postgres::catalog::{Oid, index_definition, index_key_text};
use crate::postgres::error::SqlError;
use crate::postgres::query::errors;
use crate::postgres::query::names::Names;
use crate::postgres::query::system::{INDEXES, PROCS, RELATIONS};
use crate::postgres::query::types as t;
use crate::postgres::query::value::Value;
use crate::postgres::server::DATABASE_OID;
use crate::postgres::views::{constraint_definition, roles};

/// Bytes in a block.
const BLOCK: i64 = 8192;

pub(super) const TABLE: Table = &[
    ("version", |_| {
        Ok(Value::text(
            "PostgreSQL 18.4 (Debian 18.4-1.pgdg12+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit",
        ))
    }),
    ("current_database", |a| Ok(Value::text(a.context.database_name()))),
    ("current_schema", |_| Ok(Value::text("public"))),
    ("current_schemas", |a| Ok(schemas(a.flag(0)))),
    ("getdatabaseencoding", |_| Ok(Value::text("UTF8"))),
    ("pg_client_encoding", |_| Ok(Value::text("UTF8"))),
    ("pg_encoding_to_char", |a| Ok(Value::text(if a.int(0) == 6 { "UTF8" } else { "" }))),
    ("format_type", |a| {
        Ok(if a.values[0].is_null() {
            Value::Null
        } else {
            Value::text(t::format_type(a.oid(0), if a.values[1].is_null() { -1 } else { a.int(1) as i32 }))
        })
    }),
    ("pg_get_userbyid", |a| {
        Ok(Value::text(
            roles::name_of(a.context.catalog(), a.oid(0))
                .map_or_else(|| format!("unknown (OID={})", a.oid(0)), str::to_owned),
        ))
    }),
    ("pg_get_indexdef", indexdef),
    ("pg_get_constraintdef", |a| {
        Ok(Value::optional_text(constraint_definition(a.context.catalog(), a.oid(0))))
    }),
    ("pg_get_expr", |a| Ok(Value::text(pretty_expression(a.str(0), a.values.len() > 2 && a.flag(2))))),
    ("pg_get_viewdef", |a| viewdef(a)),
    ("pg_get_ruledef", |_| Ok(Value::Null)),
    ("pg_get_triggerdef", |_| Ok(Value::Null)),
    ("pg_get_partkeydef", |_| Ok(Value::Null)),
    ("pg_get_statisticsobjdef", |_| Ok(Value::Null)),
    ("pg_get_serial_sequence", |_| Ok(Value::Null)),
    ("pg_get_function_arguments", |a| function_part(a, arguments)),
    ("pg_get_function_identity_arguments", |a| function_part(a, arguments)),
    ("pg_get_function_result", |a| {
        function_part(a, |row| {
            format!("{}{}", if row.returns_set { "SETOF " } else { "" }, t::name(row.result))
        })
    }),
    ("pg_get_functiondef", |a| super::definition::definition(a)),
    ("obj_description", |a| Ok(description(a, a.oid(0), 0))),
    ("col_description", |a| Ok(description(a, a.oid(0), a.int(1)))),
    ("shobj_description", |a| Ok(database_comment(a))),
    ("pg_table_is_visible", |a| Ok(visible(a))),
    ("pg_type_is_visible", |_| Ok(Value::Bool(true))),
    ("pg_function_is_visible", |_| Ok(Value::Bool(true))),
    ("pg_operator_is_visible", |_| Ok(Value::Bool(true))),
    ("pg_opclass_is_visible", |_| Ok(Value::Bool(true))),
    ("pg_opfamily_is_visible", |_| Ok(Value::Bool(true))),
    ("pg_collation_is_visible", |_| Ok(Value::Bool(true))),
    ("pg_statistics_obj_is_visible", |_| Ok(Value::Bool(true))),
    ("pg_relation_is_publishable", |_| Ok(Value::Bool(true))),
    ("pg_is_other_temp_schema", |_| Ok(Value::Bool(false))),
    ("pg_my_temp_schema", |_| Ok(Value::Int(0))),
    ("has_table_privilege", |a| table_privilege(a)),
    ("has_any_column_privilege", |a| table_privilege(a)),
    ("has_column_privilege", |a| table_privilege(a)),
    ("has_schema_privilege", |a| {
        Ok(Value::Bool(a.context.is_superuser() || !last_text(a).to_uppercase().contains("CREATE")))
    }),
    ("has_database_privilege", |a| {
        Ok(Value::Bool(
            a.context.is_superuser()
                || last_text(a).to_uppercase().contains("CONNECT")
                || last_text(a).to_uppercase().contains("TEMP"),
        ))
    }),
    ("has_function_privilege", |_| Ok(Value::Bool(true))),
    ("has_type_privilege", |_| Ok(Value::Bool(true))),
    ("has_language_privilege", |_| Ok(Value::Bool(true))),
    ("has_tablespace_privilege", |a| Ok(Value::Bool(a.context.is_superuser()))),
    ("has_parameter_privilege", |a| Ok(Value::Bool(a.context.is_superuser()))),
    ("has_sequence_privilege", |a| Ok(Value::Bool(a.context.is_superuser()))),
    ("pg_has_role", has_role),
    ("row_security_active", |_| Ok(Value::Bool(false))),
    ("pg_relation_size", |a| Ok(optional(relation_size(a, fork(a))))),
    ("pg_table_size", |a| Ok(optional(table_size(a)))),
    ("pg_indexes_size", |a| Ok(optional(indexes_size(a)))),
    ("pg_total_relation_size", |a| {
        Ok(optional(table_size(a).zip(indexes_size(a)).map(|(table, indexes)| table + indexes)))
    }),
    ("pg_database_size", database_size),
    ("pg_tablespace_size", |a| {
        Ok(Value::Int(if a.text(0).as_deref() == Some("1664") || a.str(0) == "pg_global" {
            573_440
        } else {
            all_sizes(a)
        }))
    }),
    ("pg_column_size", |a| Ok(Value::Int(column_size(a)))),
    ("pg_relation_filenode", |a| Ok(filenode(a).map_or(Value::Null, |node| Value::Int(i64::from(node))))),
    ("pg_relation_filepath", |a| {
        Ok(Value::optional_text(filenode(a).map(|node| format!("base/{DATABASE_OID}/{node}"))))
    }),
    ("pg_filenode_relation", filenode_relation),
    ("pg_tablespace_location", |_| Ok(Value::text(""))),
    ("pg_index_column_has_property", |a| {
        Ok(Value::Bool(
            matches!(
                a.str(2).to_lowercase().as_str(),
                "orderable"
                    | "asc"
                    | "nulls_last"
                    | "returnable"
                    | "search_array"
                    | "search_nulls"
                    | "distance_orderable"
            ) && a.str(2) != "distance_orderable",
        ))
    }),
    ("pg_indexam_has_property", |a| Ok(Value::Bool(!matches!(a.str(1), "can_include") || a.int(0) != 405))),
    ("pg_index_has_property", |_| Ok(Value::Bool(true))),
    ("pg_collation_for", |a| {
        Ok(if t::is_string(a.type_of(0)) { Value::text("\"default\"") } else { Value::Null })
    }),
    ("pg_partition_root", |_| Ok(Value::Null)),
    ("pg_get_keywords", |a| Err(a.unsupported("pg_get_keywords"))),
];

fn optional(value: Option<i64>) -> Value {
    value.map_or(Value::Null, Value::Int)
}

fn schemas(implicit: bool) -> Value {
    let names: &[&str] = if implicit { &["pg_catalog", "public"] } else { &["public"] };
    Value::array(t::NAME, names.iter().map(Value::text).collect())
}

fn indexdef(args: &Args<'_>) -> Result<Value, SqlError> {
    let catalog = args.context.catalog();
    let Some(index) = catalog.indexes.get(&Oid(args.oid(0))) else {
        let system = INDEXES.iter().find(|index| index.oid == args.oid(0));
        return Ok(Value::optional_text(system.map(|index| index.definition)));
    };
    if args.values.len() > 1 && args.int(1) != 0 {
        let key = usize::try_from(args.int(1) - 1).ok().and_then(|at| index_key_text(catalog, index, at));
        return Ok(Value::text(key.unwrap_or_default()));
    }
    let definition = index_definition(catalog, index);
    let pretty = args.values.len() > 2 && args.flag(2);
    Ok(Value::text(if pretty { pretty_definition(&definition) } else { definition }))
}

/// A definition as `pg_get_indexdef(oid, 0, true)` prints it: the predicate without its outer parentheses, the visible
/// schema left out.
pub(crate) fn pretty_definition(definition: &str) -> String {
    let text = definition.replacen(" ON public.", " ON ", 1);
    match text.split_once(" WHERE ") {
        Some((head, predicate)) => format!("{head} WHERE {}", pretty_expression(predicate, true)),
        None => text,
    }
}

/// An expression without the outer pair of parentheses that the deparser always prints.
fn pretty_expression(text: &str, pretty: bool) -> String {
    if !pretty || !text.starts_with('(') || !text.ends_with(')') {
        return text.to_owned();
    }
    let mut depth = 0usize;
    let closes_early = text.char_indices().any(|(at, c)| {
        depth = match c {
            '(' => depth + 1,
            ')' => depth.saturating_sub(1),
            _ => depth,
        };
        depth == 0 && at + 1 < text.len()
    });
    let inner = if closes_early { text } else { &text[1..text.len() - 1] };
    simplify_conjunction(inner)
}

/// `(a) AND (b)` as `a AND b`, where each part is a simple comparison.
fn simplify_conjunction(text: &str) -> String {
    for word in [" AND ", " OR "] {
        let parts: Vec<&str> = text.split(word).collect();
        let simple = |part: &&str| {
            part.starts_with('(') && part.ends_with(')') && !part[1..part.len() - 1].contains([' ', '(']) || {
                let inner = part.strip_prefix('(').and_then(|part| part.strip_suffix(')'));
                inner.is_some_and(|inner| {
                    balanced(inner) && !inner.contains(" AND ") && !inner.contains(" OR ")
                })
            }
        };
        if parts.len() > 1 && parts.iter().all(simple) {
            return parts.iter().map(|part| &part[1..part.len() - 1]).collect::<Vec<_>>().join(word);
        }
    }
    text.to_owned()
}

fn balanced(text: &str) -> bool {
    let mut depth = 0i32;
    text.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth >= 0
    }) && depth == 0
}

fn viewdef(args: &Args<'_>) -> Result<Value, SqlError> {
    let relation = RELATIONS.iter().find(|relation| relation.oid == args.oid(0) && relation.kind == 'v');
    let Some(relation) = relation else { return Ok(Value::Null) };
    let text = crate::postgres::query::system::view_definition(relation.schema, relation.name);
    Ok(Value::text(text.unwrap_or_default()))
}

fn function_part(
    args: &Args<'_>,
    part: fn(&crate::postgres::query::system::ProcRow) -> String,
) -> Result<Value, SqlError> {
    Ok(Value::optional_text(PROCS.iter().find(|row| row.oid == args.oid(0)).map(part)))
}

pub(super) fn arguments(row: &crate::postgres::query::system::ProcRow) -> String {
    let named = |(at, oid): (usize, &u32)| match row.arg_names.get(at).filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} {}", t::name(*oid)),
        None => t::name(*oid),
    };
    let mut parts: Vec<String> = row.args.iter().enumerate().map(named).collect();
    parts.extend(row.out_columns.iter().map(|(name, oid)| format!("OUT {name} {}", t::name(*oid))));
    parts.join(", ")
}

fn description(args: &Args<'_>, object: u32, column: i64) -> Value {
    let catalog = args.context.catalog();
    let table = catalog.tables.get(&Oid(object));
    let text = match (table, column) {
        (Some(table), 0) => table.comment.as_ref(),
        (Some(table), number) => {
            table.column_by_number(number as u16).and_then(|column| column.comment.as_ref())
        }
        (None, _) => catalog.indexes.get(&Oid(object)).and_then(|index| index.comment.as_ref()),
    };
    Value::optional_text(text)
}

fn database_comment(args: &Args<'_>) -> Value {
    let text = match args.oid(0) {
        1 => Some("default template for new databases"),
        4 => Some("unmodifiable empty database"),
        5 => Some("default administrative connection database"),
        _ => None,
    };
    Value::optional_text(text)
}

fn visible(args: &Args<'_>) -> Value {
    match args.context.relation_name(args.oid(0)) {
        Some((schema, _)) => Value::Bool(matches!(schema, "public" | "pg_catalog")),
        None => Value::Null,
    }
}

fn last_text(args: &Args<'_>) -> String {
    args.values.last().map_or(String::new(), |value| value.str().to_owned())
}

/// The relation of a `(role?, table, privilege)` call: anyone may read catalogs, only the owner customers' tables.
fn table_privilege(args: &Args<'_>) -> Result<Value, SqlError> {
    let privilege = last_text(args).to_uppercase();
    let at = (0..args.values.len().saturating_sub(1)).rev().find(|at| {
        matches!(args.values[*at], Value::Int(_)) || args.context.name_oid(t::REGCLASS, args.str(*at)).is_ok()
    });
    let oid = match at.map(|at| &args.values[at]) {
        Some(Value::Int(oid)) => *oid as u32,
        Some(name) => args.context.name_oid(t::REGCLASS, name.str())?,
        None => return Err(errors::undefined_relation(args.str(0))),
    };
    let of_user = args.context.catalog().tables.contains_key(&Oid(oid));
    Ok(Value::Bool(args.context.is_superuser() || !of_user && privilege == "SELECT"))
}

fn has_role(args: &Args<'_>) -> Result<Value, SqlError> {
    let name = |at: usize| match &args.values[at] {
        Value::Int(oid) => roles::name_of(args.context.catalog(), *oid as u32).unwrap_or_default().to_owned(),
        value => value.str().to_owned(),
    };
    let (member, of) =
        if args.values.len() == 3 { (name(0), name(1)) } else { (args.context.role().to_owned(), name(0)) };
    Ok(Value::Bool(roles::is_member(args.context.catalog(), &member, &of)))
}

fn fork<'a>(args: &'a Args<'_>) -> &'a str {
    if args.values.len() > 1 { args.str(1) } else { "main" }
}

/// Bytes of a fork: the model has the main fork's blocks; the free space and visibility maps follow from their number.
fn relation_size(args: &Args<'_>, fork: &str) -> Option<i64> {
    let blocks = blocks(args, args.oid(0))?;
    Some(
        BLOCK
            * match fork {
                "main" => blocks,
                "fsm" => free_space_blocks(args, blocks),
                "vm" => visibility_blocks(args, blocks),
                _ => 0,
            },
    )
}

fn is_heap(args: &Args<'_>) -> bool {
    args.context.catalog().tables.contains_key(&Oid(args.oid(0)))
}

fn free_space_blocks(args: &Args<'_>, blocks: i64) -> i64 {
    if is_heap(args) && blocks > 4 { blocks / 4069 + 3 } else { 0 }
}

fn visibility_blocks(args: &Args<'_>, blocks: i64) -> i64 {
    if is_heap(args) && blocks > 0 { blocks / 32_672 + 1 } else { 0 }
}

fn blocks(args: &Args<'_>, oid: u32) -> Option<i64> {
    let catalog = args.context.catalog();
    let table = catalog.tables.get(&Oid(oid)).map(|table| table.size.blocks as i64);
    let index = || catalog.indexes.get(&Oid(oid)).map(|index| index.size.blocks as i64);
    let system = || RELATIONS.iter().find(|relation| relation.oid == oid).map(|relation| relation.pages);
    let system_index = || INDEXES.iter().find(|index| index.oid == oid).map(|index| index.pages);
    table.or_else(index).or_else(system).or_else(system_index)
}

fn table_size(args: &Args<'_>) -> Option<i64> {
    let blocks = blocks(args, args.oid(0))?;
    Some(BLOCK * (blocks + free_space_blocks(args, blocks) + visibility_blocks(args, blocks)))
}

fn indexes_size(args: &Args<'_>) -> Option<i64> {
    blocks(args, args.oid(0))?;
    let catalog = args.context.catalog();
    let own: i64 = catalog.indexes_of(Oid(args.oid(0))).map(|index| index.size.blocks as i64).sum();
    let system: i64 =
        INDEXES.iter().filter(|index| index.table_oid == args.oid(0)).map(|index| index.pages).sum();
    Some(BLOCK * (own + system))
}

fn all_sizes(args: &Args<'_>) -> i64 {
    let catalog = args.context.catalog();
    let tables: u64 = catalog.tables.values().map(|table| table.size.blocks).sum();
    let indexes: u64 = catalog.indexes.values().map(|index| index.size.blocks).sum();
    TEMPLATE_BYTES + BLOCK * (tables + indexes) as i64
}

/// Size of a database that has only the system catalogs.
const TEMPLATE_BYTES: i64 = 7_790_211;

fn database_size(args: &Args<'_>) -> Result<Value, SqlError> {
    let own = match &args.values[0] {
        Value::Int(oid) => *oid == i64::from(DATABASE_OID),
        name => {
            let known = [args.context.database_name(), "postgres", "template0", "template1"];
            if !known.contains(&name.str()) {
                return Err(errors::new(
                    crate::postgres::error::SqlState("3D000"),
                    format!("database \"{}\" does not exist", name.str()),
                ));
            }
            name.str() == args.context.database_name()
        }
    };
    Ok(Value::Int(if own { all_sizes(args) } else { TEMPLATE_BYTES }))
}

fn column_size(args: &Args<'_>) -> i64 {
    let fixed = crate::postgres::query::system::TYPES.get(&args.type_of(0)).map_or(-1, |ty| ty.length);
    if fixed > 0 {
        return fixed;
    }
    let length = args.text(0).map_or(0, |text| text.len() as i64);
    if length < 127 { length + 1 } else { length + 4 }
}

fn filenode(args: &Args<'_>) -> Option<u32> {
    let catalog = args.context.catalog();
    let oid = args.oid(0);
    let table = catalog.tables.get(&Oid(oid)).map(|table| table.filenode);
    let index = || catalog.indexes.get(&Oid(oid)).map(|index| index.filenode);
    let system = || {
        RELATIONS
            .iter()
            .find(|relation| relation.oid == oid && relation.kind == 'r')
            .map(|relation| relation.oid)
    };
    table.or_else(index).or_else(system)
}

fn filenode_relation(args: &Args<'_>) -> Result<Value, SqlError> {
    let catalog = args.context.catalog();
    let wanted = args.int(1) as u32;
    let table = catalog.tables.values().find(|table| table.filenode == wanted).map(|table| table.oid.0);
    let index = || catalog.indexes.values().find(|index| index.filenode == wanted).map(|index| index.oid.0);
    Ok(table.or_else(index).map_or(Value::Null, |oid| Value::Int(i64::from(oid))))
}
