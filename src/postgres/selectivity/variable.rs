//! What is known of one side of a comparison: `examine_variable`, `get_variable_numdistinct` and index end points.

use crate::postgres::catalog::{
    AccessMethod, Catalog, ColumnStatistics, Index, KeySource, Oid, OperatorClass, Table,
};
use crate::postgres::datum::{Collation, Datum};
use crate::postgres::sql::{ColumnRef, Expr, StatementTime};
use crate::postgres::types::TypeId;

use super::{DEFAULT_DISTINCT, clamp_rows};

/// What the estimator knows of one relation of a query.
#[derive(Debug, Clone)]
pub(crate) struct RelationStats<'a> {
    /// The table, where it is one.
    pub(crate) table: Option<&'a Table>,
    /// Its usable indexes, newest first (the order in which PostgreSQL lists them).
    pub(crate) indexes: Vec<&'a Index>,
    /// Which of them are partial with a predicate that the query implies.
    pub(crate) implied: Vec<bool>,
    /// Rows of the table or subquery before any condition.
    pub(crate) tuples: f64,
    /// Rows after the relation's own conditions.
    pub(crate) rows: f64,
    /// For subqueries: what is known of each output column.
    pub(crate) outputs: Vec<SubqueryColumn<'a>>,
    /// VALUES lists have as many distinct values as rows.
    pub(crate) is_values: bool,
}

/// What is known of a subquery's output column.
#[derive(Debug, Clone, Default)]
pub(crate) struct SubqueryColumn<'a> {
    /// Statistics of the column that it passes on.
    pub(crate) statistics: Option<&'a ColumnStatistics>,
    /// DISTINCT or GROUP BY makes it unique.
    pub(crate) unique: bool,
}

impl<'a> RelationStats<'a> {
    /// The facts of a table outside any query: its physical size scales the stored density, as `estimate_rel_size` does.
    pub(crate) fn of_table(catalog: &'a Catalog, oid: Option<Oid>) -> RelationStats<'a> {
        let table = oid.and_then(|oid| catalog.tables.get(&oid));
        let tuples = table.map_or(1.0, |t| super::variable::table_tuples(t).1);
        let mut indexes: Vec<&Index> =
            oid.map(|o| catalog.indexes_of(o).filter(|i| i.valid).collect()).unwrap_or_default();
        indexes.reverse();
        let implied = vec![false; indexes.len()];
        RelationStats { table, indexes, implied, tuples, rows: tuples, outputs: Vec::new(), is_values: false }
    }
}

/// Pages and rows of a table (`estimate_rel_size`, `table_block_relation_estimate_size`): the file's size times the density that
/// VACUUM or ANALYZE found; a table never vacuumed counts at least ten pages and a density from its columns' widths.
pub(crate) fn table_tuples(table: &Table) -> (f64, f64) {
    /// Bytes of a row's header and line pointer.
    const OVERHEAD: i32 = 24 + 4;
    /// Bytes of a page for rows.
    const USABLE: f64 = 8_192.0 - 24.0;
    let mut pages = table.size.blocks as f64;
    let stored = table.statistics;
    if pages < 10.0 && stored.tuples < 0.0 {
        pages = 10.0;
    }
    if pages == 0.0 {
        return (0.0, 0.0);
    }
    let density = if stored.tuples >= 0.0 && stored.pages > 0.0 {
        stored.tuples / stored.pages
    } else {
        let width: i32 = table
            .columns
            .iter()
            .filter(|c| !c.dropped)
            .map(|c| {
                c.statistics
                    .as_ref()
                    .map(|s| s.width)
                    .filter(|w| *w > 0)
                    .unwrap_or_else(|| c.type_id.default_width())
            })
            .sum();
        let width = (width + 7) / 8 * 8;
        libm::floor(USABLE / f64::from(width + OVERHEAD))
    };
    (pages, libm::rint(density * pages))
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Variable<'a> {
    /// Statistics, where there are any.
    pub(crate) statistics: Option<&'a ColumnStatistics>,
    /// The only relation that it uses.
    pub(crate) relation: Option<usize>,
    /// A unique index or DISTINCT says that no value occurs twice.
    pub(crate) unique: bool,
    /// Its type.
    pub(crate) type_id: TypeId,
    /// Values really at the ends of a B-tree on it.
    pub(crate) extremes: Option<&'a (Datum, Datum)>,
    /// Declared NOT NULL.
    pub(crate) not_null: bool,
}

/// Answers questions of selectivity over a query's relations.
#[derive(Debug, Clone)]
pub(crate) struct Estimator<'a> {
    /// By position in the query's range table.
    pub(crate) relations: Vec<RelationStats<'a>>,
    /// What `now()` is taken to be.
    pub(crate) time: Option<StatementTime>,
}

/// The relations of an expression as a set of bits.
pub(crate) fn relids(expr: &Expr) -> u64 {
    let mut set = 0;
    collect_relids(expr, &mut set);
    set
}

fn collect_relids(expr: &Expr, set: &mut u64) {
    if let Expr::Column(ColumnRef { relation, levels_up: 0, .. }) = expr {
        *set |= 1 << (u64::from(*relation) & 63);
    }
    expr.for_each_child(&mut |child| collect_relids(child, set));
}

impl<'a> Estimator<'a> {
    pub(crate) fn new(relations: Vec<RelationStats<'a>>) -> Estimator<'a> {
        Estimator { relations, time: None }
    }

    /// Facts about an expression: a column's statistics, or those of an index on the same expression.
    pub(crate) fn examine(&self, expr: &Expr) -> Variable<'a> {
        let stripped = expr.stripped();
        let type_id = stripped.type_id();
        let mut variable = Variable {
            statistics: None,
            relation: None,
            unique: false,
            type_id,
            extremes: None,
            not_null: false,
        };
        if let Expr::Column(c) = stripped
            && c.levels_up == 0
        {
            self.examine_column(c, &mut variable);
            return variable;
        }
        let set = relids(stripped);
        if set.count_ones() == 1 {
            let relation = set.trailing_zeros() as usize;
            variable.relation = Some(relation);
            self.examine_expression(stripped, relation, &mut variable);
        }
        variable
    }

    fn examine_column(&self, column: &ColumnRef, variable: &mut Variable<'a>) {
        let relation = usize::from(column.relation);
        let Some(stats) = self.relations.get(relation) else { return };
        variable.relation = Some(relation);
        match stats.table {
            Some(table) => {
                let Some(definition) = table.column_by_number(column.column) else { return };
                variable.statistics = definition.statistics.as_deref();
                variable.not_null = definition.not_null;
                let source = KeySource::Column(column.column);
                variable.unique = self.has_unique_index(relation, &source);
                if definition.extremes.is_some() && self.has_ordered_index(relation, &source) {
                    variable.extremes = definition.extremes.as_ref();
                }
            }
            None => {
                if let Some(output) = stats.outputs.get(usize::from(column.column).wrapping_sub(1)) {
                    variable.statistics = output.statistics;
                    variable.unique = output.unique;
                }
            }
        }
    }

    fn examine_expression(&self, expr: &Expr, relation: usize, variable: &mut Variable<'a>) {
        let Some(stats) = self.relations.get(relation) else { return };
        for (index, implied) in stats.indexes.iter().zip(&stats.implied) {
            for (position, key) in index.keys.iter().enumerate() {
                let KeySource::Expression(own) = &key.source else { continue };
                if !same_expression(own, expr, relation as u16) {
                    continue;
                }
                let whole = index.predicate.is_empty() || *implied;
                if index.unique && index.keys.len() == 1 && position == 0 && whole {
                    variable.unique = true;
                }
                if variable.statistics.is_none() {
                    variable.statistics = key.statistics.as_deref();
                }
                let ordered = index.method == AccessMethod::Btree
                    && position == 0
                    && index.predicate.is_empty()
                    && key.opclass == OperatorClass::Default
                    && key.collation == Collation::Default;
                if ordered && variable.extremes.is_none() {
                    variable.extremes = key.extremes.as_ref();
                }
            }
        }
    }

    /// `has_unique_index`: a valid one-column unique index, whole or with a predicate that the query implies.
    pub(crate) fn has_unique_index(&self, relation: usize, source: &KeySource) -> bool {
        let stats = &self.relations[relation];
        stats.indexes.iter().zip(&stats.implied).any(|(i, implied)| {
            i.unique
                && i.keys.len() == 1
                && i.keys[0].source == *source
                && (i.predicate.is_empty() || *implied)
        })
    }

    /// A whole B-tree whose first column is this one in the default order: its ends can be probed.
    fn has_ordered_index(&self, relation: usize, source: &KeySource) -> bool {
        self.relations[relation].indexes.iter().any(|i| {
            i.method == AccessMethod::Btree
                && i.predicate.is_empty()
                && i.keys[0].source == *source
                && i.keys[0].opclass == OperatorClass::Default
                && i.keys[0].collation == Collation::Default
        })
    }

    /// `get_variable_numdistinct`: distinct values, and whether that is only a guess.
    pub(crate) fn distinct(&self, variable: &Variable<'a>) -> (f64, bool) {
        let relation = variable.relation.and_then(|r| self.relations.get(r));
        let (mut distinct, nulls) = match variable.statistics {
            Some(s) => (s.distinct, s.null_fraction),
            None if variable.type_id == TypeId::BOOL => (2.0, 0.0),
            None if relation.is_some_and(|r| r.is_values) => (-1.0, 0.0),
            None => (0.0, 0.0),
        };
        if variable.unique {
            distinct = -(1.0 - nulls);
        }
        if distinct > 0.0 {
            return (clamp_rows(distinct), false);
        }
        let Some(relation) = relation else { return (DEFAULT_DISTINCT, true) };
        let tuples = relation.tuples;
        if tuples <= 0.0 {
            return (DEFAULT_DISTINCT, true);
        }
        if distinct < 0.0 {
            return (clamp_rows(-distinct * tuples), false);
        }
        if tuples < DEFAULT_DISTINCT {
            return (clamp_rows(tuples), false);
        }
        (DEFAULT_DISTINCT, true)
    }
}

/// True where an index's expression (over relation 0) is the query's expression (over `relation`).
pub(crate) fn same_expression(own: &Expr, query: &Expr, relation: u16) -> bool {
    match (own.stripped(), query.stripped()) {
        (Expr::Column(a), Expr::Column(b)) => {
            a.column == b.column && b.relation == relation && b.levels_up == 0
        }
        (Expr::Const(a), Expr::Const(b)) => a == b,
        (Expr::Function(f, a), Expr::Function(g, b)) => f.name == g.name && same_list(a, b, relation),
        (Expr::Operator(f, a), Expr::Operator(g, b)) => f == g && same_list(a, b, relation),
        (Expr::Cast { operand: a, type_id: s, .. }, Expr::Cast { operand: b, type_id: t, .. }) => {
            s == t && same_expression(a, b, relation)
        }
        (Expr::Variadic(f, a, _), Expr::Variadic(g, b, _)) => f == g && same_list(a, b, relation),
        (Expr::And(a), Expr::And(b)) | (Expr::Or(a), Expr::Or(b)) => same_list(a, b, relation),
        (Expr::Not(a), Expr::Not(b)) => same_expression(a, b, relation),
        (Expr::IsNull { operand: a, negated: m }, Expr::IsNull { operand: b, negated: n }) => {
            m == n && same_expression(a, b, relation)
        }
        (Expr::BoolTest(a, k), Expr::BoolTest(b, l)) => k == l && same_expression(a, b, relation),
        (
            Expr::ArrayCompare { operator: f, left: a, array: x, all: m },
            Expr::ArrayCompare { operator: g, left: b, array: y, all: n },
        ) => f == g && m == n && same_expression(a, b, relation) && same_expression(x, y, relation),
        _ => false,
    }
}

fn same_list(a: &[Expr], b: &[Expr], relation: u16) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_expression(a, b, relation))
}
