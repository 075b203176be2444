//! Parts of a query that do nothing: left joins nobody looks at (`remove_useless_joins` of `analyzejoins.c`), GROUP BY columns that a
//! key determines (`remove_useless_groupby_columns` of `initsplan.c`).

use crate::postgres::catalog::{Catalog, Index, KeySource, Table};
use crate::postgres::selectivity::{relids, same_expression};
use crate::postgres::sql::{Command, Expr, FromItem, JoinKind, OperatorKind, Query, RelId, RelationKind};

/// Drops left joins to at most one row of a table whose columns nothing else uses. The conditions of the joins that went are
/// answered: scans go on fetching the columns that they would have compared.
pub(super) fn remove_useless_joins(query: &mut Query, catalog: &Catalog) -> Vec<Expr> {
    let mut gone = Vec::new();
    if query.command != Command::Select {
        return gone;
    }
    while let Some((id, on)) =
        candidates(query).into_iter().find(|(id, on)| removable(query, catalog, *id, on))
    {
        query.from = query.from.iter().map(|item| without(item, id)).collect();
        query.relations[usize::from(id)].kind = RelationKind::Values(Vec::new());
        gone.push(on);
    }
    gone
}

/// Left joins with a single table on the right.
fn candidates(query: &Query) -> Vec<(RelId, Expr)> {
    let mut out = Vec::new();
    query.from.iter().for_each(|item| collect(item, &mut out));
    out
}

fn collect(item: &FromItem, out: &mut Vec<(RelId, Expr)>) {
    match item {
        FromItem::Relation(_) => {}
        FromItem::List { items, .. } => items.iter().for_each(|i| collect(i, out)),
        FromItem::Join { kind, left, right, on } => {
            if let (JoinKind::Left, FromItem::Relation(id), Some(on)) = (kind, right.as_ref(), on) {
                out.push((*id, on.clone()));
            }
            collect(left, out);
            collect(right, out);
        }
    }
}

fn removable(query: &Query, catalog: &Catalog, id: RelId, on: &Expr) -> bool {
    let RelationKind::Table(oid) = query.relations[usize::from(id)].kind else { return false };
    let Some(table) = catalog.tables.get(&oid) else { return false };
    let own = 1_u64 << id;
    let fixed: Vec<Expr> = on
        .clone()
        .conjuncts()
        .into_iter()
        .filter_map(|clause| {
            let Expr::Operator(op, mut args) = clause else { return None };
            let (left, right) = (relids(args.first()?), relids(args.get(1)?));
            match (op.kind, left == own && right & own == 0, right == own && left & own == 0) {
                (OperatorKind::Eq, true, _) => Some(args.swap_remove(0)),
                (OperatorKind::Eq, _, true) => Some(args.swap_remove(1)),
                _ => None,
            }
        })
        .collect();
    let unique = catalog
        .indexes_of(table.oid)
        .any(|index| index.unique && index.valid && !index.is_partial() && covers(index, id, &fixed));
    unique && !query.locks.iter().any(|l| l.relation == id) && !used_elsewhere(query, id)
}

fn covers(index: &Index, id: RelId, fixed: &[Expr]) -> bool {
    index.keys.iter().all(|key| {
        fixed.iter().any(|e| match &key.source {
            KeySource::Column(number) => {
                matches!(e.stripped(), Expr::Column(c) if c.relation == id && c.column == *number)
            }
            KeySource::Expression(own) => same_expression(own, e, id),
        })
    })
}

/// True where anything but the join's own condition mentions the relation.
fn used_elsewhere(query: &Query, id: RelId) -> bool {
    let mut rest = query.clone();
    rest.from = query.from.iter().map(|item| without(item, id)).collect();
    let mut used = false;
    rest.visit_expressions(0, &mut |expr, depth| {
        used = used
            || expr.any(&mut |e| matches!(e, Expr::Column(c) if c.relation == id && c.levels_up == depth));
    });
    used
}

/// FROM without the left join to a relation.
fn without(item: &FromItem, id: RelId) -> FromItem {
    match item {
        FromItem::Relation(r) => FromItem::Relation(*r),
        FromItem::List { items, filter } => {
            FromItem::List { items: items.iter().map(|i| without(i, id)).collect(), filter: filter.clone() }
        }
        FromItem::Join { kind: JoinKind::Left, left, right, .. } if matches!(right.as_ref(), FromItem::Relation(r) if *r == id) => {
            without(left, id)
        }
        FromItem::Join { kind, left, right, on } => FromItem::Join {
            kind: *kind,
            left: Box::new(without(left, id)),
            right: Box::new(without(right, id)),
            on: on.clone(),
        },
    }
}

/// Drops from GROUP BY what a unique key in it determines.
pub(super) fn remove_useless_groups(query: &mut Query, catalog: &Catalog) {
    if query.group_by.targets.len() < 2 {
        return;
    }
    for id in 0..query.relations.len() as RelId {
        let RelationKind::Table(oid) = query.relations[usize::from(id)].kind else { continue };
        let Some(table) = catalog.tables.get(&oid) else { continue };
        let column_of = |query: &Query, target: usize| match &query.targets[target].expr {
            Expr::Column(c) if c.relation == id && c.levels_up == 0 => Some(c.column),
            _ => None,
        };
        let grouped: Vec<u16> = query.group_by.targets.iter().filter_map(|t| column_of(query, *t)).collect();
        let Some(key) = smallest_key(catalog, table, &grouped) else { continue };
        let kept = query.group_by.targets.iter().copied();
        let kept = kept.filter(|t| column_of(query, *t).is_none_or(|c| key.contains(&c))).collect();
        query.group_by.targets = kept;
    }
}

/// The columns of the unique index over NOT NULL columns with the fewest of them, all grouped by, fewer than all that are.
fn smallest_key(catalog: &Catalog, table: &Table, grouped: &[u16]) -> Option<Vec<u16>> {
    let mut best: Option<Vec<u16>> = None;
    for index in catalog.indexes_of(table.oid).filter(|i| i.unique && i.valid && !i.is_partial()) {
        let columns: Option<Vec<u16>> = index
            .keys
            .iter()
            .map(|k| match &k.source {
                KeySource::Column(number) => {
                    table.column_by_number(*number).filter(|c| c.not_null).map(|_| *number)
                }
                KeySource::Expression(_) => None,
            })
            .collect();
        let Some(columns) = columns else { continue };
        let fits = columns.len() < grouped.len() && columns.iter().all(|c| grouped.contains(c));
        if fits && best.as_ref().is_none_or(|b| columns.len() < b.len()) {
            best = Some(columns);
        }
    }
    best
}
