//! A table joined to itself row for row is read once (`remove_useless_self_joins` of `analyzejoins.c`).

use crate::postgres::catalog::{Catalog, KeySource, Oid};
use crate::postgres::sql::{ColumnRef, Expr, FromItem, JoinKind, OperatorKind, Query, RelId, RelationKind};

/// Replaces one of two relations over the same table by the other where an equality of a unique key's columns says that they are
/// always the same row.
pub(super) fn remove_self_joins(query: &mut Query, catalog: &Catalog) {
    if !query.locks.is_empty() || !has_twins(query) {
        return;
    }
    while let Some((gone, kept)) = redundant_pair(query, catalog) {
        replace(query, gone, kept);
    }
}

fn table_of(query: &Query, id: RelId) -> Option<Oid> {
    match query.relations.get(usize::from(id))?.kind {
        RelationKind::Table(oid) if query.target_relation != Some(id) => Some(oid),
        _ => None,
    }
}

fn has_twins(query: &Query) -> bool {
    let kinds = query.relations.iter().enumerate();
    kinds.clone().any(|(i, r)| {
        matches!(r.kind, RelationKind::Table(_)) && kinds.clone().skip(i + 1).any(|(_, o)| o.kind == r.kind)
    })
}

/// Relations that are joined to each other by inner joins alone, and what is known to hold for their rows.
#[derive(Debug, Default)]
struct Region {
    clauses: Vec<Expr>,
    /// Relations, with the outer and semi joins that each is within: (join, left side).
    members: Vec<(RelId, Vec<(usize, bool)>)>,
}

/// Divides FROM where outer joins separate what may be compared.
struct Regions {
    list: Vec<Region>,
    joins: usize,
}

impl Regions {
    fn of(query: &Query) -> Vec<Region> {
        let mut regions = Regions { list: vec![Region::default()], joins: 0 };
        regions.list[0].clauses.extend(query.filter.iter().cloned().flat_map(Expr::conjuncts));
        query.from.iter().for_each(|item| regions.walk(item, 0, &mut Vec::new()));
        regions.list
    }

    fn walk(&mut self, item: &FromItem, region: usize, within: &mut Vec<(usize, bool)>) {
        match item {
            FromItem::Relation(id) => self.list[region].members.push((*id, within.clone())),
            FromItem::List { items, filter } => {
                self.list[region].clauses.extend(filter.iter().cloned().flat_map(Expr::conjuncts));
                items.iter().for_each(|i| self.walk(i, region, within));
            }
            FromItem::Join { kind: JoinKind::Inner, left, right, on } => {
                self.list[region].clauses.extend(on.iter().cloned().flat_map(Expr::conjuncts));
                self.walk(left, region, within);
                self.walk(right, region, within);
            }
            FromItem::Join { kind, left, right, .. } => {
                let join = self.joins;
                self.joins += 1;
                // Conditions from above hold for the side whose rows the join keeps as they are.
                let keeps_left = matches!(kind, JoinKind::Left | JoinKind::Semi | JoinKind::Anti);
                let keeps_right = *kind == JoinKind::Right;
                for (side, keeps, is_left) in [(left, keeps_left, true), (right, keeps_right, false)] {
                    let inner = if keeps { region } else { self.further() };
                    within.push((join, is_left));
                    self.walk(side, inner, within);
                    within.pop();
                }
            }
        }
    }

    fn further(&mut self) -> usize {
        self.list.push(Region::default());
        self.list.len() - 1
    }
}

/// A relation to remove and the one that stands for both: of two, the later stays.
fn redundant_pair(query: &Query, catalog: &Catalog) -> Option<(RelId, RelId)> {
    for region in Regions::of(query) {
        let mut members = region.members.clone();
        members.sort();
        for (i, (gone, within)) in members.iter().enumerate() {
            let Some(oid) = table_of(query, *gone) else { continue };
            for (kept, other) in &members[i + 1..] {
                if table_of(query, *kept) == Some(oid)
                    && within == other
                    && same_row(&region.clauses, catalog, oid, *gone, *kept)
                {
                    return Some((*gone, *kept));
                }
            }
        }
    }
    None
}

/// `innerrel_is_unique_ext` and `match_unique_clauses`: each column of a unique key is equal in both, or fixed to the same value.
fn same_row(clauses: &[Expr], catalog: &Catalog, oid: Oid, gone: RelId, kept: RelId) -> bool {
    let classes = classes(clauses);
    let compared = |column: u16| {
        let has = |class: &Vec<Expr>, id| class.iter().any(|e| is_column(e, id, column));
        classes.iter().any(|class| has(class, gone) && has(class, kept))
    };
    // A constant for both makes no join clause, so one column at least must be compared.
    let joined = |column: u16| {
        classes.iter().any(|class| {
            let varies = class.iter().all(|e| e.as_const().is_none());
            varies
                && class.iter().any(|e| is_column(e, gone, column))
                && class.iter().any(|e| is_column(e, kept, column))
        })
    };
    catalog.indexes_of(oid).any(|index| {
        let columns: Option<Vec<u16>> = index
            .keys
            .iter()
            .map(|k| match &k.source {
                KeySource::Column(number) => Some(*number),
                KeySource::Expression(_) => None,
            })
            .collect();
        let Some(columns) = columns else { return false };
        index.unique
            && index.valid
            && !index.is_partial()
            && columns.iter().all(|c| compared(*c))
            && columns.iter().any(|c| joined(*c))
    })
}

fn is_column(expr: &Expr, id: RelId, column: u16) -> bool {
    matches!(expr.stripped(), Expr::Column(c) if c.levels_up == 0 && c.relation == id && c.column == column)
}

/// Expressions that equalities make the same.
fn classes(clauses: &[Expr]) -> Vec<Vec<Expr>> {
    let mut out: Vec<Vec<Expr>> = Vec::new();
    for clause in clauses {
        let Expr::Operator(op, args) = clause else { continue };
        let [left, right] = args.as_slice() else { continue };
        if op.kind != OperatorKind::Eq || !crate::postgres::sql::same_family(op.left, op.right) {
            continue;
        }
        let holds = |class: &Vec<Expr>| class.contains(left) || class.contains(right);
        let (touched, mut rest): (Vec<_>, Vec<_>) = out.into_iter().partition(holds);
        let mut merged: Vec<Expr> = touched.into_iter().flatten().collect();
        for side in [left, right] {
            if !merged.contains(side) {
                merged.push(side.clone());
            }
        }
        rest.push(merged);
        out = rest;
    }
    out
}

/// `remove_self_join_rel`
fn replace(query: &mut Query, gone: RelId, kept: RelId) {
    query.from = query.from.iter().filter_map(|item| without(item, gone)).collect();
    query.relations[usize::from(gone)].kind = RelationKind::Values(Vec::new());
    query.rewrite_columns(&mut |c| {
        (c.relation == gone).then_some(Expr::Column(ColumnRef { relation: kept, ..*c }))
    });
    query.filter = query.filter.take().and_then(tidied);
    query.from.iter_mut().for_each(tidy);
}

fn without(item: &FromItem, gone: RelId) -> Option<FromItem> {
    match item {
        FromItem::Relation(id) => (*id != gone).then_some(FromItem::Relation(*id)),
        FromItem::List { items, filter } => Some(FromItem::List {
            items: items.iter().filter_map(|i| without(i, gone)).collect(),
            filter: filter.clone(),
        }),
        FromItem::Join { kind, left, right, on } => match (without(left, gone), without(right, gone)) {
            (Some(left), Some(right)) => Some(FromItem::Join {
                kind: *kind,
                left: Box::new(left),
                right: Box::new(right),
                on: on.clone(),
            }),
            // Only inner joins lose a side: the relation that stays is on the same side of every other join.
            (left, right) => {
                Some(FromItem::List { items: left.into_iter().chain(right).collect(), filter: on.clone() })
            }
        },
    }
}

fn tidy(item: &mut FromItem) {
    match item {
        FromItem::Relation(_) => {}
        FromItem::List { items, filter } => {
            items.iter_mut().for_each(tidy);
            *filter = filter.take().and_then(tidied);
        }
        FromItem::Join { kind, left, right, on } => {
            tidy(left);
            tidy(right);
            if *kind == JoinKind::Inner {
                *on = on.take().and_then(tidied);
            }
        }
    }
}

/// `x = x` says only that x is not NULL; what is said twice is said once.
fn tidied(filter: Expr) -> Option<Expr> {
    let mut out: Vec<Expr> = Vec::new();
    for clause in filter.conjuncts() {
        let clause = match clause {
            Expr::Operator(op, args)
                if op.kind == OperatorKind::Eq && args.len() == 2 && args[0] == args[1] =>
            {
                Expr::IsNull { operand: Box::new(args[0].clone()), negated: true }
            }
            other => other,
        };
        if !out.contains(&clause) {
            out.push(clause);
        }
    }
    match out.len() {
        0 | 1 => out.pop(),
        _ => Some(Expr::And(out)),
    }
}
