//! Definitions back to SQL: `pg_get_indexdef` and family.

use super::{AccessMethod, Catalog, Index, IndexKey, KeySource, OperatorClass, Table};
use crate::postgres::datum::Collation;
use crate::postgres::sql::{ColumnRef, DeparseContext, Expr, deparse, quote_identifier};
use crate::postgres::types::TypeId;

/// Columns of one table, by name.
struct OneTable<'a>(&'a Table);

impl DeparseContext for OneTable<'_> {
    fn column(&self, column: &ColumnRef) -> String {
        self.0.column_by_number(column.column).map_or_else(|| "?".to_owned(), |c| quote_identifier(&c.name))
    }
}

/// `pg_get_indexdef(oid)`: the CREATE INDEX command.
pub fn index_definition(catalog: &Catalog, index: &Index) -> String {
    let Some(table) = catalog.tables.get(&index.table) else { return String::new() };
    let keys: Vec<String> = index.keys.iter().map(|k| key_definition(table, k)).collect();
    let mut out = format!(
        "CREATE {}INDEX {} ON {}.{} USING {} ({})",
        if index.unique { "UNIQUE " } else { "" },
        quote_identifier(&index.name),
        quote_identifier(&table.schema),
        quote_identifier(&table.name),
        index.method.name(),
        keys.join(", ")
    );
    if !index.include.is_empty() {
        let names: Vec<String> = index.include.iter().map(|n| column_name(table, *n)).collect();
        out.push_str(&format!(" INCLUDE ({})", names.join(", ")));
    }
    if index.nulls_not_distinct {
        out.push_str(" NULLS NOT DISTINCT");
    }
    if !index.options.is_empty() {
        let options: Vec<String> = index.options.iter().map(|(k, v)| format!("{k}={v}")).collect();
        out.push_str(&format!(" WITH ({})", options.join(", ")));
    }
    if let Some(predicate) = index_predicate(catalog, index) {
        out.push_str(&format!(" WHERE {predicate}"));
    }
    out
}

/// `pg_get_expr(indpred, indrelid)`: the predicate's text, for partial indexes.
pub fn index_predicate(catalog: &Catalog, index: &Index) -> Option<String> {
    let table = catalog.tables.get(&index.table)?;
    match index.predicate.as_slice() {
        [] => None,
        [one] => Some(deparse(one, &OneTable(table))),
        many => Some(deparse(&Expr::And(many.to_vec()), &OneTable(table))),
    }
}

/// `pg_get_indexdef(oid, n, true)`: the n-th key (from 0) without its options.
pub fn index_key_text(catalog: &Catalog, index: &Index, position: usize) -> Option<String> {
    let table = catalog.tables.get(&index.table)?;
    match index.keys.get(position) {
        Some(key) => Some(key_text(table, key)),
        None => index.include.get(position - index.keys.len()).map(|n| column_name(table, *n)),
    }
}

/// An expression over one table as `pg_get_expr` prints it.
pub fn table_expression(table: &Table, expr: &Expr) -> String {
    deparse(expr, &OneTable(table))
}

fn column_name(table: &Table, number: u16) -> String {
    table.column_by_number(number).map_or_else(|| "?".to_owned(), |c| quote_identifier(&c.name))
}

fn key_text(table: &Table, key: &IndexKey) -> String {
    match &key.source {
        KeySource::Column(number) => column_name(table, *number),
        // A bare function call needs no parentheses of its own; other expressions print with theirs.
        KeySource::Expression(expr @ (Expr::Function(..) | Expr::Operator(..))) => {
            deparse(expr, &OneTable(table))
        }
        KeySource::Expression(expr) => format!("({})", deparse(expr, &OneTable(table))),
    }
}

fn key_definition(table: &Table, key: &IndexKey) -> String {
    let mut out = key_text(table, key);
    if key.collation == Collation::C {
        out.push_str(" COLLATE \"C\"");
    }
    match key.opclass {
        OperatorClass::Default => {}
        OperatorClass::Pattern => out.push_str(match key.type_id {
            TypeId::VARCHAR => " varchar_pattern_ops",
            TypeId::BPCHAR => " bpchar_pattern_ops",
            _ => " text_pattern_ops",
        }),
        OperatorClass::Trigram => out.push_str(" gin_trgm_ops"),
        OperatorClass::JsonbPath => out.push_str(" jsonb_path_ops"),
    }
    match (key.descending, key.nulls_first) {
        (true, true) => out.push_str(" DESC"),
        (true, false) => out.push_str(" DESC NULLS LAST"),
        (false, true) => out.push_str(" NULLS FIRST"),
        (false, false) => {}
    }
    out
}

/// True where an access method keeps order, so DESC and NULLS mean something.
pub(super) fn keeps_order(method: AccessMethod) -> bool {
    method == AccessMethod::Btree
}
