//! Subqueries merged into the query around them: IN and EXISTS become semi joins, plain subqueries in FROM dissolve, WITH
//! queries used once are inlined (`prepjointree.c`, `subselect.c`).

use crate::postgres::selectivity::relids;
use crate::postgres::sql::{
    ColumnRef, Command, Distinct, Expr, FromItem, JoinKind, OperatorKind, Query, RelId, Relation,
    RelationKind, SubLink, SubLinkKind, Volatility,
};

/// Does all of it, innermost first. True where a subquery of FROM dissolved.
pub(super) fn pull_up(query: &mut Query) -> bool {
    inline_common_tables(query);
    for relation in &mut query.relations {
        if let RelationKind::Subquery(inner) = &mut relation.kind {
            let _ = pull_up(inner);
        }
    }
    flatten_union_all(query);
    pull_up_sublinks(query);
    let mut next = 0;
    let mut dissolved = false;
    while next < query.relations.len() {
        dissolved |= pull_up_relation(query, next as RelId);
        next += 1;
    }
    dissolved
}

/// WITH queries used exactly once (or declared NOT MATERIALIZED) become subqueries where they are used (`SS_process_ctes`).
fn inline_common_tables(query: &mut Query) {
    for index in 0..query.common_tables.len() {
        let common = &mut query.common_tables[index];
        let inline = match common.materialized {
            Some(materialized) => !materialized,
            None => common.references == 1,
        };
        if !inline || common.query.command != Command::Select || calls_volatile(&common.query) {
            continue;
        }
        common.references = 0;
        let body = common.query.clone();
        query.visit_queries(0, &mut |inner, depth| {
            for relation in &mut inner.relations {
                if relation.kind == (RelationKind::CommonTable { index, levels_up: depth }) {
                    let mut body = body.clone();
                    raise(&mut body, depth);
                    relation.kind = RelationKind::Subquery(Box::new(body));
                }
            }
        });
    }
}

fn calls_volatile(query: &Query) -> bool {
    let mut copy = query.clone();
    let mut found = false;
    let volatile = |e: &Expr| matches!(e, Expr::Function(info, _) if info.volatility == Volatility::Volatile);
    copy.visit_expressions(0, &mut |expr, _| found = found || expr.any(&mut |e| volatile(e)));
    found
}

/// What a query that moves inwards says of those around it lies further out by the levels moved.
fn raise(query: &mut Query, levels: u8) {
    if levels == 0 {
        return;
    }
    query.visit_queries(0, &mut |inner, depth| {
        for relation in &mut inner.relations {
            if let RelationKind::CommonTable { levels_up, .. } = &mut relation.kind
                && *levels_up > depth
            {
                *levels_up += levels;
            }
        }
    });
    query.visit_expressions(0, &mut |expr, depth| {
        expr.rewrite(&mut |e| match e {
            Expr::Column(c) if c.levels_up > depth => {
                Some(Expr::Column(ColumnRef { levels_up: c.levels_up + levels, ..*c }))
            }
            _ => None,
        });
    });
}

/// `flatten_simple_union_all`: a UNION ALL without type conversions is a relation of its operands' rows, which conditions, orders
/// and joins reach into. The first operand's place becomes the whole's, as in PostgreSQL.
fn flatten_union_all(query: &mut Query) {
    let Some(operation) = query.set_operation.as_ref().filter(|o| o.name == "Union" && o.all) else { return };
    let mut members = operation.operands.clone();
    let types = |id: RelId| query.relations[usize::from(id)].columns.iter().map(|c| c.1);
    let first = members[0];
    let wanted = query.targets.iter().filter(|t| !t.junk).map(|t| t.expr.type_id());
    if !members.iter().all(|m| types(*m).eq(wanted.clone())) {
        return;
    }
    members[0] = query.relations.len() as RelId;
    let copy = query.relations[usize::from(first)].clone();
    query.relations.push(copy);
    query.relations[usize::from(first)].kind = RelationKind::Append(members);
    query.set_operation = None;
    query.from = vec![FromItem::Relation(first)];
}

/// `is_safe_append_member`: a query that could be a table as well: nothing but columns of one, and constants.
pub(super) fn is_plain_member(query: &Query) -> bool {
    let table = match query.from.as_slice() {
        [FromItem::Relation(id)] => matches!(query.relations[usize::from(*id)].kind, RelationKind::Table(_)),
        _ => false,
    };
    table && query.filter.is_none() && is_simple(query)
}

/// `pull_up_sublinks`: IN and EXISTS among WHERE's conjuncts become joins.
fn pull_up_sublinks(query: &mut Query) {
    let Some(filter) = query.filter.take() else { return };
    let mut kept = Vec::new();
    for clause in filter.conjuncts() {
        let converted = match clause {
            Expr::SubLink(link) => convert(query, *link, false),
            Expr::Not(inner) => match *inner {
                Expr::SubLink(link) if link.kind == SubLinkKind::Exists => convert(query, *link, true),
                other => Err(Expr::Not(Box::new(other))),
            },
            other => Err(other),
        };
        if let Err(clause) = converted {
            kept.push(clause);
        }
    }
    query.filter = match kept.len() {
        0 => None,
        1 => kept.pop(),
        _ => Some(Expr::And(kept)),
    };
}

fn convert(query: &mut Query, link: SubLink, negated: bool) -> Result<(), Expr> {
    let back = |link: SubLink| {
        let expr = Expr::SubLink(Box::new(link));
        if negated { Expr::Not(Box::new(expr)) } else { expr }
    };
    match link.kind {
        SubLinkKind::Any if !negated => convert_any(query, link).map_err(back),
        SubLinkKind::Exists => convert_exists(query, link, negated).map_err(back),
        _ => Err(back(link)),
    }
}

/// `convert_ANY_sublink_to_join`
fn convert_any(query: &mut Query, link: SubLink) -> Result<(), SubLink> {
    let Some((operator, left)) = link.test.clone() else { return Err(link) };
    if refers_outside(&link.query) || relids(&left) == 0 || operator.kind != OperatorKind::Eq {
        return Err(link);
    }
    let mut inner = link.query;
    let _ = pull_up(&mut inner);
    let columns =
        inner.targets.iter().filter(|t| !t.junk).map(|t| (t.name.clone(), t.expr.type_id())).collect();
    let id = query.relations.len() as RelId;
    let type_id = inner.targets.first().map_or(operator.right, |t| t.expr.type_id());
    query.relations.push(Relation {
        kind: RelationKind::Subquery(Box::new(inner)),
        alias: "ANY_subquery".to_owned(),
        columns,
        lateral: false,
    });
    let output = Expr::Column(ColumnRef { relation: id, column: 1, type_id, levels_up: 0 });
    let right = if type_id == operator.right {
        output
    } else {
        Expr::Relabel { operand: Box::new(output), type_id: operator.right, explicit: false }
    };
    join_below(
        query,
        JoinKind::Semi,
        FromItem::Relation(id),
        Some(Expr::Operator(operator, vec![left, right])),
    );
    Ok(())
}

/// `convert_EXISTS_sublink_to_join`
fn convert_exists(query: &mut Query, link: SubLink, negated: bool) -> Result<(), SubLink> {
    let simple = !link.query.has_aggregates
        && link.query.group_by.targets.is_empty()
        && link.query.having.is_none()
        && link.query.windows.is_empty()
        && link.query.set_operation.is_none()
        && link.query.offset.is_none()
        && link.query.common_tables.is_empty()
        && !link.query.from.is_empty()
        && link.query.filter.is_some();
    if !simple || outside_in_from(&link.query) {
        return Err(link);
    }
    let mut inner = link.query.clone();
    let _ = pull_up(&mut inner);
    let Some(filter) = inner.filter.take() else { return Err(link) };
    let correlated = refers_out(&filter, 0);
    if !correlated {
        return Err(link);
    }
    let offset = query.relations.len() as RelId;
    let mut filter = filter;
    shift(&mut filter, offset);
    // Clauses on the inner side alone filter it; the others are the join's condition.
    let inner_bits: u64 = (0..inner.relations.len()).map(|i| 1_u64 << (i + usize::from(offset))).sum();
    let (own, join): (Vec<Expr>, Vec<Expr>) =
        filter.conjuncts().into_iter().partition(|c| relids(c) & !inner_bits == 0);
    if join.iter().all(|c| relids(c) & !inner_bits == 0) {
        return Err(link);
    }
    let items = inner.from.iter().map(|i| shifted_item(i, offset)).collect();
    append_relations(query, inner, offset);
    let right = FromItem::List { items, filter: conjunction(own) };
    join_below(query, if negated { JoinKind::Anti } else { JoinKind::Semi }, right, conjunction(join));
    Ok(())
}

fn conjunction(mut clauses: Vec<Expr>) -> Option<Expr> {
    match clauses.len() {
        0 => None,
        1 => clauses.pop(),
        _ => Some(Expr::And(clauses)),
    }
}

/// Makes a join of the whole FROM so far and a new part.
fn join_below(query: &mut Query, kind: JoinKind, right: FromItem, on: Option<Expr>) {
    let mut items = std::mem::take(&mut query.from);
    let left = if items.len() == 1 { items.remove(0) } else { FromItem::List { items, filter: None } };
    query.from = vec![FromItem::Join { kind, left: Box::new(left), right: Box::new(right), on }];
}

/// True where the query mentions a column of a query around it.
pub(super) fn refers_outside(query: &Query) -> bool {
    let mut copy = query.clone();
    let mut found = false;
    copy.visit_expressions(0, &mut |expr, depth| found = found || refers_out(expr, depth));
    found
}

/// True where the query mentions a column of the query right around it: it is LATERAL.
fn refers_beside(query: &Query) -> bool {
    let mut copy = query.clone();
    let mut found = false;
    copy.visit_expressions(0, &mut |expr, depth| {
        found = found || expr.any(&mut |e| matches!(e, Expr::Column(c) if c.levels_up == depth + 1));
    });
    found
}

fn refers_out(expr: &Expr, depth: u8) -> bool {
    expr.any(&mut |e| matches!(e, Expr::Column(c) if c.levels_up > depth))
}

/// True where anything but WHERE mentions a column of a query around it.
fn outside_in_from(query: &Query) -> bool {
    let mut copy = query.clone();
    copy.filter = None;
    copy.targets.clear();
    refers_outside(&copy)
}

/// An expression of a pulled-up query: its own columns move up by `offset`, outer ones come one level nearer.
fn shift(expr: &mut Expr, offset: RelId) {
    expr.rewrite(&mut |e| match e {
        Expr::Column(c) if c.levels_up == 0 => {
            Some(Expr::Column(ColumnRef { relation: c.relation + offset, ..*c }))
        }
        Expr::Column(c) => Some(Expr::Column(ColumnRef { levels_up: c.levels_up - 1, ..*c })),
        Expr::SubLink(link) => {
            let mut link = link.clone();
            shift_query(&mut link.query, offset);
            Some(Expr::SubLink(link))
        }
        _ => None,
    });
}

/// The same for a query within the pulled-up one.
fn shift_query(query: &mut Query, offset: RelId) {
    query.visit_queries(1, &mut |inner, depth| {
        for relation in &mut inner.relations {
            if let RelationKind::CommonTable { levels_up, .. } = &mut relation.kind
                && *levels_up > depth
            {
                *levels_up -= 1;
            }
        }
    });
    query.visit_expressions(1, &mut |expr, depth| {
        expr.rewrite(&mut |e| match e {
            Expr::Column(c) if c.levels_up == depth => {
                Some(Expr::Column(ColumnRef { relation: c.relation + offset, ..*c }))
            }
            Expr::Column(c) if c.levels_up > depth => {
                Some(Expr::Column(ColumnRef { levels_up: c.levels_up - 1, ..*c }))
            }
            _ => None,
        });
    });
}

fn shifted_item(item: &FromItem, offset: RelId) -> FromItem {
    let shifted = |on: &Option<Expr>| {
        on.clone().map(|mut e| {
            shift(&mut e, offset);
            e
        })
    };
    match item {
        FromItem::Relation(id) => FromItem::Relation(id + offset),
        FromItem::List { items, filter } => FromItem::List {
            items: items.iter().map(|i| shifted_item(i, offset)).collect(),
            filter: shifted(filter),
        },
        FromItem::Join { kind, left, right, on } => FromItem::Join {
            kind: *kind,
            left: Box::new(shifted_item(left, offset)),
            right: Box::new(shifted_item(right, offset)),
            on: shifted(on),
        },
    }
}

fn append_relations(query: &mut Query, inner: Query, offset: RelId) {
    for mut relation in inner.relations {
        match &mut relation.kind {
            RelationKind::Values(rows) => rows.iter_mut().flatten().for_each(|e| shift(e, offset)),
            RelationKind::Function(call) => shift(call, offset),
            RelationKind::CommonTable { levels_up, .. } => *levels_up = levels_up.saturating_sub(1),
            RelationKind::Subquery(query) => shift_query(query, offset),
            RelationKind::Append(members) => members.iter_mut().for_each(|m| *m += offset),
            RelationKind::Table(_) => {}
        }
        query.relations.push(relation);
    }
}

/// `pull_up_simple_subquery`
fn pull_up_relation(query: &mut Query, id: RelId) -> bool {
    let RelationKind::Subquery(inner) = &query.relations[usize::from(id)].kind else { return false };
    if !is_simple(inner) || !in_from(&query.from, id) {
        return false;
    }
    let plain = inner.targets.iter().all(|t| t.expr.as_column().is_some());
    if !plain && is_nullable(&query.from, id, false) {
        return false;
    }
    let inner = (**inner).clone();
    let offset = query.relations.len() as RelId;
    let mut outputs: Vec<Expr> = inner.targets.iter().map(|t| t.expr.clone()).collect();
    outputs.iter_mut().for_each(|e| shift(e, offset));
    let mut filter = inner.filter.clone();
    filter.iter_mut().for_each(|e| shift(e, offset));
    let items = inner.from.iter().map(|i| shifted_item(i, offset)).collect();
    query.from = query
        .from
        .iter()
        .map(|i| replaced(i, id, &FromItem::List { items: Vec::clone(&items), filter: filter.clone() }))
        .collect();
    let appended = match inner.from.as_slice() {
        [FromItem::Relation(r)] => Some(*r),
        _ => None,
    };
    append_relations(query, inner, offset);
    if let Some(whole) = appended.map(|r| usize::from(r + offset))
        && matches!(query.relations[whole].kind, RelationKind::Append(_))
    {
        query.relations[whole].alias = query.relations[usize::from(id)].alias.clone();
    }
    // The husk keeps its place so that positions stay; nothing refers to it any more.
    query.relations[usize::from(id)].kind = RelationKind::Values(Vec::new());
    query.rewrite_columns(&mut |c| {
        (c.relation == id).then(|| outputs.get(usize::from(c.column).wrapping_sub(1)).cloned()).flatten()
    });
    true
}

fn is_simple(inner: &Query) -> bool {
    !inner.has_aggregates
        && inner.group_by.targets.is_empty()
        && inner.having.is_none()
        && inner.windows.is_empty()
        && inner.distinct == Distinct::All
        && inner.order_by.is_empty()
        && inner.limit.is_none()
        && inner.offset.is_none()
        && inner.locks.is_empty()
        && inner.set_operation.is_none()
        && inner.common_tables.is_empty()
        && !inner.from.is_empty()
        && !refers_beside(inner)
        && inner.targets.iter().all(|t| !is_volatile(&t.expr))
}

/// True where the expression calls a volatile function.
pub(super) fn is_volatile(expr: &Expr) -> bool {
    expr.any(&mut |e| matches!(e, Expr::Function(info, _) if info.volatility == Volatility::Volatile || info.rows > 0.0))
}

fn in_from(items: &[FromItem], id: RelId) -> bool {
    items.iter().any(|item| match item {
        FromItem::Relation(r) => *r == id,
        FromItem::List { items, .. } => in_from(items, id),
        FromItem::Join { left, right, .. } => {
            in_from(std::slice::from_ref(left), id) || in_from(std::slice::from_ref(right), id)
        }
    })
}

/// True where an outer join can turn the relation's columns to NULL.
fn is_nullable(items: &[FromItem], id: RelId, below: bool) -> bool {
    items.iter().any(|item| match item {
        FromItem::Relation(r) => *r == id && below,
        FromItem::List { items, .. } => is_nullable(items, id, below),
        FromItem::Join { kind, left, right, .. } => {
            let (l, r) = match kind {
                JoinKind::Left => (below, true),
                JoinKind::Right => (true, below),
                JoinKind::Full => (true, true),
                _ => (below, below),
            };
            is_nullable(std::slice::from_ref(left), id, l) || is_nullable(std::slice::from_ref(right), id, r)
        }
    })
}

fn replaced(item: &FromItem, id: RelId, by: &FromItem) -> FromItem {
    match item {
        FromItem::Relation(r) if *r == id => by.clone(),
        FromItem::Relation(r) => FromItem::Relation(*r),
        FromItem::List { items, filter } => FromItem::List {
            items: items.iter().map(|i| replaced(i, id, by)).collect(),
            filter: filter.clone(),
        },
        FromItem::Join { kind, left, right, on } => FromItem::Join {
            kind: *kind,
            left: Box::new(replaced(left, id, by)),
            right: Box::new(replaced(right, id, by)),
            on: on.clone(),
        },
    }
}
