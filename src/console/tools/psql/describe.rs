//! `\d` and its family, from the catalog, laid out as psql lays them out (psql's `describe.c`).

use super::print::{Layout, Texts};
use crate::postgres::catalog::{
    Catalog, Constraint, ConstraintKind, Index, ReferentialAction, Table, index_definition, index_key_text,
    index_predicate,
};
use crate::postgres::server::Server;
use crate::postgres::sql::type_name;

/// Runs one of the commands; the error is psql's.
pub(super) fn run(
    server: &Server,
    command: &str,
    pattern: Option<&str>,
    layout: &Layout<'_>,
) -> Result<String, String> {
    let catalog = server.catalog();
    let plus = command.ends_with('+');
    match command.trim_end_matches(['+', 'S']) {
        "\\d" => match pattern {
            None => relations(catalog, "tvi", None, plus, layout, "relations"),
            Some(name) => one(catalog, name, plus, layout),
        },
        "\\dt" => relations(catalog, "t", pattern, plus, layout, "tables"),
        "\\di" => relations(catalog, "i", pattern, plus, layout, "indexes"),
        "\\dti" | "\\dit" => relations(catalog, "ti", pattern, plus, layout, "relations"),
        "\\du" | "\\dg" => Ok(roles(catalog, layout)),
        "\\l" => Ok(databases(catalog, layout)),
        "\\dn" => {
            let mut texts = Texts::new(["Name", "Owner"]);
            texts.title = Some("List of schemas".into());
            texts.push(vec!["public".into(), "pg_database_owner".into()]);
            Ok(texts.print(layout))
        }
        "\\dv" | "\\dm" | "\\df" | "\\ds" | "\\dx" | "\\dT" | "\\dp" | "\\sf" | "\\z" => {
            Err(not_found(pattern))
        }
        other => Err(format!("invalid command {other}\nTry \\? for help.")),
    }
}

fn not_found(pattern: Option<&str>) -> String {
    match pattern {
        Some(pattern) => format!("Did not find any relation named \"{pattern}\"."),
        None => "Did not find any relations.".into(),
    }
}

/// Whether a name matches psql's pattern: `*` and `?`, a schema before a dot.
fn matches(name: &str, pattern: Option<&str>) -> bool {
    let Some(pattern) = pattern else { return true };
    let pattern = pattern.strip_prefix("public.").unwrap_or(pattern);
    fn wild(name: &[u8], pattern: &[u8]) -> bool {
        match pattern {
            [] => name.is_empty(),
            [b'*', rest @ ..] => (0..=name.len()).any(|at| wild(&name[at..], rest)),
            [b'?', rest @ ..] => !name.is_empty() && wild(&name[1..], rest),
            [byte, rest @ ..] => name.first() == Some(byte) && wild(&name[1..], rest),
        }
    }
    wild(name.as_bytes(), pattern.to_ascii_lowercase().trim_matches('"').as_bytes())
}

fn pretty(blocks: u64) -> String {
    let bytes = blocks * 8192;
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    // `pg_size_pretty` changes unit at 10 240 of the one before.
    while value >= 10_240.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.0} {}", units[unit])
}

fn relations(
    catalog: &Catalog,
    kinds: &str,
    pattern: Option<&str>,
    plus: bool,
    layout: &Layout<'_>,
    what: &str,
) -> Result<String, String> {
    let with_table = kinds.contains('i') && !kinds.contains('v');
    let mut names = vec!["Schema", "Name", "Type", "Owner"];
    if with_table {
        names.push("Table");
    }
    if plus {
        names.extend(["Persistence", "Access method", "Size", "Description"]);
    }
    let mut texts =
        Texts { columns: names.iter().map(|name| ((*name).to_owned(), false)).collect(), ..Texts::default() };
    texts.title = Some(format!("List of {what}"));
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let owner = || catalog.owner.clone();
    if kinds.contains('t') {
        for table in catalog.tables.values().filter(|table| matches(&table.name, pattern)) {
            let mut row = vec![table.schema.clone(), table.name.clone(), "table".into(), owner()];
            if with_table {
                row.push(String::new());
            }
            if plus {
                let comment = table.comment.clone().unwrap_or_default();
                row.extend(["permanent".into(), "heap".into(), pretty(table.size.blocks), comment]);
            }
            rows.push((table.name.clone(), row));
        }
    }
    if kinds.contains('i') && with_table {
        for index in catalog.indexes.values().filter(|index| matches(&index.name, pattern)) {
            let Some(table) = catalog.tables.get(&index.table) else { continue };
            let mut row =
                vec![table.schema.clone(), index.name.clone(), "index".into(), owner(), table.name.clone()];
            if plus {
                let comment = index.comment.clone().unwrap_or_default();
                row.extend([
                    "permanent".into(),
                    index.method.name().into(),
                    pretty(index.size.blocks),
                    comment,
                ]);
            }
            rows.push((index.name.clone(), row));
        }
    }
    if rows.is_empty() {
        return Err(match pattern {
            Some(pattern) => format!("Did not find any {what} named \"{pattern}\"."),
            None => format!("Did not find any {what}."),
        });
    }
    rows.sort();
    for (_, row) in rows {
        texts.push(row);
    }
    Ok(texts.print(layout))
}

fn one(catalog: &Catalog, pattern: &str, plus: bool, layout: &Layout<'_>) -> Result<String, String> {
    let mut out = String::new();
    for table in catalog.tables.values().filter(|table| matches(&table.name, Some(pattern))) {
        out.push_str(&self::table(catalog, table, plus, layout));
    }
    for index in catalog.indexes.values().filter(|index| matches(&index.name, Some(pattern))) {
        out.push_str(&self::index(catalog, index, plus, layout));
    }
    if out.is_empty() { Err(not_found(Some(pattern))) } else { Ok(out) }
}

fn table(catalog: &Catalog, table: &Table, plus: bool, layout: &Layout<'_>) -> String {
    let mut names = vec!["Column", "Type", "Collation", "Nullable", "Default"];
    if plus {
        names.extend(["Storage", "Stats target", "Description"]);
    }
    let mut texts =
        Texts { columns: names.iter().map(|name| ((*name).to_owned(), false)).collect(), ..Texts::default() };
    texts.title = Some(format!("Table \"{}.{}\"", table.schema, table.name));
    for column in table.columns.iter().filter(|column| !column.dropped) {
        let type_name = type_name(column.type_id, column.type_modifier);
        let mut row = vec![
            column.name.clone(),
            type_name,
            String::new(),
            if column.not_null { "not null".into() } else { String::new() },
            column.default.clone().unwrap_or_default(),
        ];
        if plus {
            row.extend([String::new(), String::new(), column.comment.clone().unwrap_or_default()]);
        }
        texts.push(row);
    }
    let mut indexes: Vec<&Index> = catalog.indexes_of(table.oid).collect();
    indexes.sort_by_key(|index| (!index.primary, !index.unique, index.name.clone()));
    // psql prints no number of rows under a description.
    texts.footers = Some(Vec::new());
    if !indexes.is_empty() {
        texts.footer("Indexes:");
    }
    for index in indexes {
        texts.footer(format!("    {}", index_line(catalog, index)));
    }
    constraints(catalog, table, &mut texts);
    if plus {
        texts.footer("Access method: heap");
    }
    texts.print(layout)
}

/// `"orders_pkey" PRIMARY KEY, btree (id)`.
fn index_line(catalog: &Catalog, index: &Index) -> String {
    let definition = index_definition(catalog, index);
    let using = definition.split_once(" USING ").map_or("", |(_, using)| using);
    let kind = match (index.primary, index.unique) {
        (true, _) => "PRIMARY KEY, ",
        (false, true) => {
            let constraint =
                catalog.constraints_of(index.table).any(|constraint| constraint.name == index.name);
            if constraint { "UNIQUE CONSTRAINT, " } else { "UNIQUE, " }
        }
        _ => "",
    };
    let invalid = if index.valid { "" } else { " INVALID" };
    format!("\"{}\" {kind}{using}{invalid}", index.name)
}

fn constraints(catalog: &Catalog, table: &Table, texts: &mut Texts) {
    let foreign: Vec<String> = catalog
        .constraints_of(table.oid)
        .map(|constraint| (constraint, constraint_definition(catalog, constraint)))
        .filter(|(_, text)| text.starts_with("FOREIGN KEY"))
        .map(|(constraint, text)| format!("    \"{}\" {text}", constraint.name))
        .collect();
    let checks: Vec<String> = catalog
        .constraints_of(table.oid)
        .map(|constraint| (constraint, constraint_definition(catalog, constraint)))
        .filter(|(_, text)| text.starts_with("CHECK"))
        .map(|(constraint, text)| format!("    \"{}\" {text}", constraint.name))
        .collect();
    let references: Vec<String> = catalog
        .references_to(table.oid)
        .filter_map(|constraint| {
            let from = catalog.tables.get(&constraint.table)?;
            let text = constraint_definition(catalog, constraint);
            Some(format!("    TABLE \"{}\" CONSTRAINT \"{}\" {text}", from.name, constraint.name))
        })
        .collect();
    for (heading, lines) in [
        ("Check constraints:", checks),
        ("Foreign-key constraints:", foreign),
        ("Referenced by:", references),
    ] {
        if !lines.is_empty() {
            texts.footer(heading);
            texts.footers.get_or_insert_default().extend(lines);
        }
    }
}

/// `pg_get_constraintdef`, for what a description lists.
fn constraint_definition(catalog: &Catalog, constraint: &Constraint) -> String {
    let names = |table, numbers: &[u16]| {
        let table: Option<&Table> = catalog.tables.get(&table);
        let name = |number: &u16| {
            table.and_then(|table| table.column_by_number(*number)).map_or("", |c| c.name.as_str())
        };
        numbers.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    let action = |word: &str, action: ReferentialAction| match action {
        ReferentialAction::NoAction => String::new(),
        ReferentialAction::Restrict => format!(" ON {word} RESTRICT"),
        ReferentialAction::Cascade => format!(" ON {word} CASCADE"),
        ReferentialAction::SetNull => format!(" ON {word} SET NULL"),
        ReferentialAction::SetDefault => format!(" ON {word} SET DEFAULT"),
    };
    let valid = if constraint.validated { "" } else { " NOT VALID" };
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns, .. } => {
            format!("PRIMARY KEY ({})", names(constraint.table, columns))
        }
        ConstraintKind::Unique { columns, .. } => format!("UNIQUE ({})", names(constraint.table, columns)),
        ConstraintKind::Check { expression } => format!("CHECK ({expression}){valid}"),
        ConstraintKind::ForeignKey { columns, references, referenced_columns, on_delete, on_update } => {
            let target = catalog.tables.get(references).map_or("", |table| table.name.as_str());
            format!(
                "FOREIGN KEY ({}) REFERENCES {target}({}){}{}{valid}",
                names(constraint.table, columns),
                names(*references, referenced_columns),
                action("UPDATE", *on_update),
                action("DELETE", *on_delete),
            )
        }
    }
}

fn index(catalog: &Catalog, index: &Index, plus: bool, layout: &Layout<'_>) -> String {
    let Some(table) = catalog.tables.get(&index.table) else { return String::new() };
    let mut names = vec!["Column", "Type", "Key?", "Definition"];
    if plus {
        names.extend(["Storage", "Stats target"]);
    }
    let mut texts =
        Texts { columns: names.iter().map(|name| ((*name).to_owned(), false)).collect(), ..Texts::default() };
    texts.title = Some(format!("Index \"{}.{}\"", table.schema, index.name));
    for (position, key) in index.keys.iter().enumerate() {
        let definition = index_key_text(catalog, index, position).unwrap_or_default();
        let mut row = vec![definition.clone(), type_name(key.type_id, -1), "yes".into(), definition];
        if plus {
            row.extend([String::new(), String::new()]);
        }
        texts.push(row);
    }
    for number in &index.include {
        let name = table.column_by_number(*number).map_or(String::new(), |column| column.name.clone());
        let type_name =
            table.column_by_number(*number).map_or(String::new(), |c| type_name(c.type_id, c.type_modifier));
        let mut row = vec![name.clone(), type_name, "no".into(), name];
        if plus {
            row.extend([String::new(), String::new()]);
        }
        texts.push(row);
    }
    let unique = match (index.primary, index.unique) {
        (true, _) => "primary key, ",
        (false, true) => "unique, ",
        _ => "",
    };
    let predicate =
        index_predicate(catalog, index).map_or(String::new(), |text| format!(", predicate {text}"));
    let invalid = if index.valid { "" } else { ", invalid" };
    let method = index.method.name();
    texts.footer(format!(
        "{unique}{method}, for table \"{}.{}\"{predicate}{invalid}",
        table.schema, table.name
    ));
    texts.print(layout)
}

fn roles(catalog: &Catalog, layout: &Layout<'_>) -> String {
    let mut texts = Texts::new(["Role name", "Attributes"]);
    texts.title = Some("List of roles".into());
    let mut roles: Vec<_> = catalog.roles.values().filter(|role| !role.name.starts_with("pg_")).collect();
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    for role in roles {
        let mut attributes = Vec::new();
        if role.superuser {
            attributes.push("Superuser");
        }
        if !role.login {
            attributes.push("Cannot login");
        }
        if role.replication {
            attributes.push("Replication");
        }
        texts.push(vec![role.name.clone(), attributes.join(", ")]);
    }
    // psql prints no number of rows under this list.
    texts.footers = Some(Vec::new());
    texts.print(layout)
}

fn databases(catalog: &Catalog, layout: &Layout<'_>) -> String {
    let mut texts = Texts::new(["Name", "Owner", "Encoding"]);
    texts.title = Some("List of databases".into());
    texts.push(vec![catalog.database.clone(), catalog.owner.clone(), "UTF8".into()]);
    texts.print(layout)
}
