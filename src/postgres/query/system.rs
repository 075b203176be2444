//! What PostgreSQL 18 brings with it: types, functions, operators, casts, system relations. Tables of data, read once.
//!
//! The files under `system/` were written from a real PostgreSQL 18.4's catalogs by `tests/oracle/system-catalog.py`; the
//! bind pass resolves overloads on exactly these rows, and the catalog views show them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A row of `pg_type`, with what the binder asks for.
#[derive(Debug)]
pub(crate) struct TypeRow {
    pub(crate) oid: u32,
    pub(crate) name: &'static str,
    pub(crate) length: i64,
    pub(crate) category: char,
    pub(crate) preferred: bool,
    pub(crate) element: u32,
    pub(crate) array: u32,
    pub(crate) align: &'static str,
    pub(crate) storage: &'static str,
    pub(crate) collation: u32,
}

/// A row of `pg_proc`.
#[derive(Debug)]
pub(crate) struct ProcRow {
    pub(crate) oid: u32,
    pub(crate) name: &'static str,
    pub(crate) kind: char,
    pub(crate) returns_set: bool,
    pub(crate) strict: bool,
    pub(crate) variadic: u32,
    pub(crate) defaults: usize,
    pub(crate) result: u32,
    pub(crate) args: Vec<u32>,
    pub(crate) out_columns: Vec<(&'static str, u32)>,
    pub(crate) arg_names: Vec<&'static str>,
}

/// A row of `pg_operator`.
#[derive(Debug)]
pub(crate) struct OperatorRow {
    pub(crate) name: &'static str,
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) result: u32,
    pub(crate) code: &'static str,
}

/// How a cast may be invoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CastContext {
    Implicit,
    Assignment,
    Explicit,
}

/// A system relation's shape.
#[derive(Debug)]
pub(crate) struct SystemRelation {
    pub(crate) oid: u32,
    pub(crate) schema: &'static str,
    pub(crate) kind: char,
    pub(crate) name: &'static str,
    pub(crate) shared: bool,
    pub(crate) pages: i64,
    pub(crate) tuples: i64,
    pub(crate) columns: Vec<SystemColumn>,
}

/// A column of a system relation.
#[derive(Debug)]
pub(crate) struct SystemColumn {
    pub(crate) name: &'static str,
    pub(crate) type_oid: u32,
    pub(crate) typmod: i32,
    pub(crate) not_null: bool,
}

/// An index of a system catalog.
#[derive(Debug)]
pub(crate) struct SystemIndex {
    pub(crate) oid: u32,
    pub(crate) table_oid: u32,
    pub(crate) name: &'static str,
    pub(crate) shared: bool,
    pub(crate) pages: i64,
    pub(crate) unique: bool,
    pub(crate) primary: bool,
    pub(crate) key: &'static str,
    pub(crate) opclass: &'static str,
    pub(crate) definition: &'static str,
}

/// Rows of a tab-separated file with a header line: the header's names, and the fields of each line.
pub(crate) struct Table {
    pub(crate) header: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<&'static str>>,
}

impl Table {
    fn parse(text: &'static str) -> Self {
        let mut lines = text.lines();
        let header = lines.next().unwrap_or_default().split('\t').collect();
        Self { header, rows: lines.map(|line| line.split('\t').collect()).collect() }
    }
}

/// The SQL of a system view as `pg_get_viewdef` shows it.
pub(crate) fn view_definition(schema: &str, name: &str) -> Option<String> {
    let row = rows("view_definitions").iter().find(|row| row[0] == schema && row[1] == name)?;
    Some(row[2].replace("\\n", "\n"))
}

/// The data files, by the catalog that they hold.
pub(crate) fn table(name: &str) -> Option<&'static Table> {
    TABLES.get(name)
}

macro_rules! data_files {
    ($($name:literal),* $(,)?) => {
        static TABLES: LazyLock<BTreeMap<&'static str, Table>> = LazyLock::new(|| {
            BTreeMap::from([$(($name, Table::parse(include_str!(concat!("system/", $name, ".tsv"))))),*])
        });
    };
}

data_files!(
    "pg_type",
    "pg_proc",
    "pg_proc_more",
    "pg_operator",
    "pg_cast",
    "pg_aggregate",
    "pg_settings",
    "pg_am",
    "pg_opclass",
    "pg_opfamily",
    "pg_collation",
    "pg_language",
    "pg_available_extensions",
    "pg_wait_events",
    "view_definitions",
    "relations",
    "indexes",
);

fn rows(name: &'static str) -> &'static [Vec<&'static str>] {
    &TABLES[name].rows
}

fn number<T: std::str::FromStr + Default>(text: &str) -> T {
    text.parse().unwrap_or_default()
}

fn first(text: &str) -> char {
    text.chars().next().unwrap_or(' ')
}

fn oids(text: &str) -> Vec<u32> {
    if text == "\\N" {
        return Vec::new();
    }
    text.trim_matches(['{', '}']).split([' ', ',']).filter(|word| !word.is_empty()).map(number).collect()
}

fn words(text: &'static str) -> Vec<&'static str> {
    if text == "\\N" {
        return Vec::new();
    }
    text.trim_matches(['{', '}']).split(',').map(|word| word.trim_matches('"')).collect()
}

/// All types by oid.
pub(crate) static TYPES: LazyLock<BTreeMap<u32, TypeRow>> =
    LazyLock::new(|| rows("pg_type").iter().map(|row| (number(row[0]), type_row(row))).collect());

fn type_row(row: &[&'static str]) -> TypeRow {
    TypeRow {
        oid: number(row[0]),
        name: row[1],
        length: number(row[3]),
        category: first(row[6]),
        preferred: row[7] == "t",
        element: number(row[10]),
        array: number(row[11]),
        align: row[12],
        storage: row[13],
        collation: number(row[14]),
    }
}

/// Type oids by name.
pub(crate) static TYPE_NAMES: LazyLock<BTreeMap<&'static str, u32>> =
    LazyLock::new(|| TYPES.values().map(|row| (row.name, row.oid)).collect());

/// All functions, and where each name's rows are.
pub(crate) static PROCS: LazyLock<Vec<ProcRow>> =
    LazyLock::new(|| rows("pg_proc").iter().map(|row| proc_row(row)).collect());

fn proc_row(row: &[&'static str]) -> ProcRow {
    let (all, modes, names) = (oids(row[13]), words(row[14]), words(row[15]));
    let is_out = |mode: &&str| matches!(*mode, "o" | "t" | "b");
    let out_columns = modes.iter().zip(&all).enumerate().filter(|(_, (mode, _))| is_out(mode));
    let out_columns =
        out_columns.map(|(at, (_, oid))| (names.get(at).copied().unwrap_or(""), *oid)).collect();
    let arg_names =
        names.iter().enumerate().filter(|(at, _)| !modes.get(*at).is_some_and(|m| matches!(*m, "o" | "t")));
    ProcRow {
        oid: number(row[0]),
        name: row[1],
        kind: first(row[4]),
        returns_set: row[5] == "t",
        strict: row[6] == "t",
        variadic: number(row[9]),
        defaults: number(row[10]),
        result: number(row[11]),
        args: oids(row[12]),
        out_columns,
        arg_names: arg_names.map(|(_, name)| *name).collect(),
    }
}

/// Indices into [`PROCS`] by name.
pub(crate) static PROC_NAMES: LazyLock<BTreeMap<&'static str, Vec<usize>>> = LazyLock::new(|| {
    let mut names: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for (at, row) in PROCS.iter().enumerate() {
        names.entry(row.name).or_default().push(at);
    }
    names
});

/// Operators by name.
pub(crate) static OPERATORS: LazyLock<BTreeMap<&'static str, Vec<OperatorRow>>> = LazyLock::new(|| {
    let mut names: BTreeMap<&'static str, Vec<OperatorRow>> = BTreeMap::new();
    for row in rows("pg_operator") {
        let operator = OperatorRow {
            name: row[1],
            left: number(row[6]),
            right: number(row[7]),
            result: number(row[8]),
            code: row[11],
        };
        names.entry(row[1]).or_default().push(operator);
    }
    names
});

/// Casts by (source, target): context and method.
pub(crate) static CASTS: LazyLock<BTreeMap<(u32, u32), (CastContext, char)>> = LazyLock::new(|| {
    let context = |text: &str| match text {
        "i" => CastContext::Implicit,
        "a" => CastContext::Assignment,
        _ => CastContext::Explicit,
    };
    rows("pg_cast")
        .iter()
        .map(|row| ((number(row[1]), number(row[2])), (context(row[4]), first(row[5]))))
        .collect()
});

/// System relations in oid order.
pub(crate) static RELATIONS: LazyLock<Vec<SystemRelation>> =
    LazyLock::new(|| rows("relations").iter().map(|row| system_relation(row)).collect());

/// Indices into [`RELATIONS`] by (schema, name).
pub(crate) static RELATION_NAMES: LazyLock<BTreeMap<(&'static str, &'static str), usize>> =
    LazyLock::new(|| RELATIONS.iter().enumerate().map(|(at, row)| ((row.schema, row.name), at)).collect());

fn system_relation(row: &[&'static str]) -> SystemRelation {
    SystemRelation {
        oid: number(row[0]),
        schema: row[1],
        kind: first(row[2]),
        name: row[3],
        shared: row[4] == "t",
        pages: number(row[5]),
        tuples: number(row[6]),
        columns: row[7].split(',').map(system_column).collect(),
    }
}

fn system_column(text: &'static str) -> SystemColumn {
    let not_null = text.ends_with('!');
    let mut parts = text.trim_end_matches('!').split(':');
    let name = parts.next().unwrap_or_default();
    let type_name = parts.next().unwrap_or_default();
    let typmod = parts.next().map_or(-1, number);
    SystemColumn {
        name,
        type_oid: super::types::by_sql_name(type_name).unwrap_or(super::types::TEXT),
        typmod,
        not_null,
    }
}

/// Indexes of the system catalogs, in oid order.
pub(crate) static INDEXES: LazyLock<Vec<SystemIndex>> = LazyLock::new(|| {
    let index = |row: &Vec<&'static str>| SystemIndex {
        oid: number(row[0]),
        table_oid: number(row[1]),
        name: row[2],
        shared: row[4] == "t",
        pages: number(row[5]),
        unique: row[6] == "t",
        primary: row[7] == "t",
        key: row[8],
        opclass: row[9],
        definition: row[10],
    };
    rows("indexes").iter().map(index).collect()
});
