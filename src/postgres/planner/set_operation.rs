//! UNION, INTERSECT and EXCEPT that are no plain UNION ALL: by sorted inputs or by hashing (`prepunion.c`).

use std::rc::Rc;

use super::cost::{Cost, MINIMAL_HEADER, aligned};
use super::level::{Context, Demand, plan_level};
use super::path::{by_total, cheapest_sorted, common_prefix, contained};
use super::root::{Path, PathKey, PathKind, Planned, Rel, Root};
use super::upper::Limits;
use crate::postgres::error::SqlError;
use crate::postgres::sql::{Distinct, Expr, RelId, RelationKind, SetOperation, SortKey};

/// An operand with its paths.
struct Operand<'a> {
    rel: Rel<'a>,
    /// Groups among its rows.
    groups: f64,
}

impl<'a> Root<'a> {
    /// `plan_set_operations` and what comes after it: ORDER BY and LIMIT.
    pub(super) fn set_operation(
        mut self,
        limits: Limits,
        context: &mut Context<'a>,
    ) -> Result<Planned<'a>, SqlError> {
        let Some(operation) = self.query.set_operation.clone() else {
            return Err(SqlError::unsupported("this set operation"));
        };
        let union = operation.name == "Union";
        let targets = self.query.targets.clone();
        let columns: Vec<SortKey> = (0..targets.len())
            .filter(|i| !targets[*i].junk)
            .map(|target| SortKey { target, descending: false, nulls_first: false })
            .collect();
        let sorted = !(union && operation.all);
        let keys = if sorted { self.keys_for(&columns, &targets) } else { Vec::new() };
        let fraction = if sorted { 0.0 } else { self.tuple_fraction };
        let mut operands = Vec::new();
        for id in &operation.operands {
            let order = if sorted { columns.clone() } else { Vec::new() };
            let demand = Demand { fraction, order };
            operands.push(self.plan_operand(*id, demand, &keys, &columns, context)?);
        }
        let rel = if union {
            self.union_paths(&operation, operands, &keys)
        } else {
            self.two_sided_paths(&operation, operands, &keys)
        };
        self.rels.push(rel);
        let top = self.rels.len() - 1;
        self.order_keys();
        let last = self.finish(top, limits, None);
        Ok(self.planned(last))
    }

    /// `recurse_set_operations` and `build_setop_child_paths` of one operand.
    fn plan_operand(
        &mut self,
        id: RelId,
        demand: Demand,
        keys: &[PathKey],
        columns: &[SortKey],
        context: &mut Context<'a>,
    ) -> Result<Operand<'a>, SqlError> {
        let at = usize::from(id);
        let RelationKind::Subquery(inner) = &self.query.relations[at].kind else {
            return Err(SqlError::unsupported("this operand of a set operation"));
        };
        let inner = (**inner).clone();
        let nested = inner.set_operation.is_some();
        let outer = self.enclosing();
        let planned = plan_level(self.catalog, self.settings, inner, context, &outer, demand)?;
        let consider_parallel = planned.root.parallel_ok && self.parallel_ok;
        self.attach_subquery(at, planned);
        let Some(planned) = self.rels[at].subquery.clone() else {
            return Err(SqlError::unsupported("this operand of a set operation"));
        };
        let types = |c: &SortKey| self.query.targets[c.target].expr.type_id();
        let trivial =
            columns.iter().zip(&self.query.relations[at].columns).all(|(c, (_, own))| types(c) == *own);
        let mut rel = self.blank_rel(1 << id);
        rel.rows = planned.path.rows;
        rel.consider_parallel = consider_parallel;
        rel.consider_startup = self.tuple_fraction > 0.0;
        rel.columns = (1..=columns.len() as u16).map(|c| (id, c)).collect();
        rel.width = rel.columns.iter().map(|(relation, column)| self.column_width(*relation, *column)).sum();
        self.rels[at] = rel;
        self.rels[at].subquery = Some(Rc::clone(&planned));
        for source in self.operand_sources(&planned, !keys.is_empty() && !nested) {
            let order = operand_keys(&planned, &source, keys);
            let mut path = self.subquery_path(at, &planned, &source, trivial, source.rows);
            path.pathkeys = order;
            self.rels[at].add_path(path);
        }
        if self.rels[at].consider_parallel
            && let Some(source) = planned.partial.first()
        {
            let path = self.subquery_path(at, &planned, source, trivial, source.rows);
            self.rels[at].add_partial_path(path);
        }
        self.rels[at].set_cheapest();
        let query = &planned.root.query;
        let busy = query.has_aggregates
            || !query.group_by.targets.is_empty()
            || query.having.is_some()
            || query.distinct != Distinct::All;
        let rows = planned.path.rows;
        let groups = if busy || nested {
            rows
        } else {
            let exprs: Vec<Expr> = query.targets.iter().filter(|t| !t.junk).map(|t| t.expr.clone()).collect();
            planned.root.estimator.groups(&exprs, rows)
        };
        Ok(Operand { rel: self.rels[at].clone(), groups })
    }

    /// The operand's paths: the cheapest as it is, and those in the set operation's order or sorted into it.
    fn operand_sources(&self, planned: &Rc<Planned<'a>>, sorts: bool) -> Vec<Rc<Path<'a>>> {
        let inner = &planned.root;
        let cheapest = planned.paths.iter().min_by(|a, b| by_total(a, b)).unwrap_or(&planned.path);
        let mut out = Vec::new();
        for path in &planned.paths {
            let is_cheapest = Rc::ptr_eq(path, cheapest);
            if is_cheapest {
                out.push(Rc::clone(path));
            }
            if !sorts {
                if !is_cheapest {
                    out.push(Rc::clone(path));
                }
                continue;
            }
            let wanted = &inner.wanted_pathkeys;
            if contained(wanted, &path.pathkeys) {
                if !is_cheapest {
                    out.push(Rc::clone(path));
                }
                continue;
            }
            let presorted = common_prefix(wanted, &path.pathkeys);
            let incremental = presorted > 0 && self.settings.enable_incremental_sort;
            if !is_cheapest && !incremental {
                continue;
            }
            let limit = inner.scan_limit();
            out.push(Rc::new(if incremental {
                inner.incremental_sort(path, wanted.clone(), presorted, limit)
            } else {
                inner.sort(path, wanted.clone(), limit)
            }));
        }
        out
    }

    /// Width of a set operation's rows: its inputs', weighed by their rows (`create_setop_pathtarget`).
    fn weighed_width(inputs: &[&Rc<Path<'a>>]) -> i32 {
        let rows: f64 = inputs.iter().map(|p| p.rows).sum();
        let bytes: f64 = inputs.iter().map(|p| f64::from(p.width) * p.rows).sum();
        if rows > 0.0 { libm::rint(bytes / rows) as i32 } else { 0 }
    }

    /// A blank path of the whole, above these inputs.
    pub(super) fn set_path(&self, kind: PathKind<'a>, inputs: &[&Rc<Path<'a>>], cost: Cost) -> Path<'a> {
        let mut path = self.empty_path(0);
        path.relids = inputs.iter().fold(0, |set, p| set | p.relids);
        path.kind = kind;
        (path.startup, path.total) = (cost.startup, cost.total);
        path.rows = inputs.iter().map(|p| p.rows).sum();
        path.width = Self::weighed_width(inputs);
        path.disabled = inputs.iter().map(|p| p.disabled).sum();
        path.parallel_safe = inputs.iter().all(|p| p.parallel_safe);
        path.targets = Some(Rc::new(self.path_target(self.query.targets.clone())));
        path
    }

    /// `generate_union_paths`
    fn union_paths(
        &mut self,
        operation: &SetOperation,
        operands: Vec<Operand<'a>>,
        keys: &[PathKey],
    ) -> Rel<'a> {
        let mut rel = self.upper_rel();
        rel.consider_parallel &= operands.iter().all(|o| o.rel.consider_parallel);
        if !operation.all {
            rel.consider_startup = false;
        }
        let cheapest: Vec<Rc<Path<'a>>> =
            operands.iter().filter_map(|o| o.rel.cheapest_total.clone()).collect();
        let append = Rc::new(self.append_path(&cheapest));
        let gathered = self.gathered_union(&rel, &operands).map(Rc::new);
        rel.rows = append.rows;
        if operation.all {
            rel.add_path((*append).clone());
            if let Some(gathered) = gathered {
                rel.add_path((*gathered).clone());
            }
            rel.set_cheapest();
            return rel;
        }
        let exprs: Vec<Expr> =
            self.query.targets.iter().filter(|t| !t.junk).map(|t| t.expr.clone()).collect();
        let groups = append.rows;
        for source in [Some(&append), gathered.as_ref()].into_iter().flatten() {
            rel.add_path(self.hashed_unique(source, &exprs, groups));
        }
        for source in [Some(&append), gathered.as_ref()].into_iter().flatten() {
            let sorted = Rc::new(self.sort(source, keys.to_vec(), -1.0));
            rel.add_path(self.unique_of(&sorted, &exprs, keys.len(), groups));
        }
        let ordered: Option<Vec<Rc<Path<'a>>>> = operands
            .iter()
            .map(|o| cheapest_sorted(&o.rel.paths, keys, 0, false, &|a, b| by_total(a, b)))
            .collect();
        if let Some(ordered) = ordered {
            let merged = Rc::new(self.merge_append_path(&ordered, keys));
            rel.add_path(self.unique_of(&merged, &exprs, exprs.len(), groups));
        }
        rel.set_cheapest();
        rel
    }

    /// What workers make of all operands, gathered.
    fn gathered_union(&self, rel: &Rel<'a>, operands: &[Operand<'a>]) -> Option<Path<'a>> {
        if !rel.consider_parallel {
            return None;
        }
        let partial: Option<Vec<Rc<Path<'a>>>> =
            operands.iter().map(|o| o.rel.partial_paths.first().cloned()).collect();
        let append = Rc::new(self.parallel_append(partial?, Vec::new())?);
        let rows = self.gathered_rows(&append);
        Some(self.gather(&append, rows))
    }

    /// `create_unique_path` over rows in order.
    fn unique_of(&self, source: &Rc<Path<'a>>, exprs: &[Expr], columns: usize, groups: f64) -> Path<'a> {
        let total = source.total + self.settings.cpu_operator_cost * source.rows * columns as f64;
        let kind = PathKind::Unique { source: Rc::clone(source), keys: exprs.to_vec() };
        let mut path = self.above(source, kind, Cost { startup: source.startup, total });
        path.rows = groups;
        path
    }

    /// `generate_nonunion_paths`: the input with fewer groups is the left one of an INTERSECT.
    fn two_sided_paths(
        &mut self,
        operation: &SetOperation,
        mut operands: Vec<Operand<'a>>,
        keys: &[PathKey],
    ) -> Rel<'a> {
        let mut rel = self.upper_rel();
        rel.consider_startup = false;
        let except = operation.name == "Except";
        if !except && operands.len() == 2 && operands[0].groups > operands[1].groups {
            operands.swap(0, 1);
        }
        let [left, right] = operands.as_slice() else { return rel };
        let (Some(l), Some(r)) = (left.rel.cheapest_total.clone(), right.rel.cheapest_total.clone()) else {
            return rel;
        };
        let groups = left.groups;
        let rows = match (except, operation.all) {
            (_, false) => groups,
            (true, true) => l.rows,
            (false, true) => l.rows.min(r.rows),
        };
        let command = match (except, operation.all) {
            (true, true) => "Except All",
            (true, false) => "Except",
            (false, true) => "Intersect All",
            (false, false) => "Intersect",
        };
        let width = if except { l.width } else { Self::weighed_width(&[&l, &r]) };
        let columns = self.query.targets.iter().filter(|t| !t.junk).count() as f64;
        let unit = self.settings.cpu_operator_cost;
        let made = |root: &Self, sources: [Rc<Path<'a>>; 2], hashed: bool| {
            let [a, b] = &sources;
            let compared = unit * (a.rows + b.rows) * columns;
            let all = a.total + b.total + compared;
            let startup = if hashed { all } else { a.startup + b.startup };
            let cost = Cost { startup, total: all + unit * rows };
            let kind = PathKind::SetOperation { sources: sources.to_vec(), command, hashed };
            let mut path = root.set_path(kind, &[a, b], cost);
            (path.rows, path.width) = (rows, width);
            if hashed {
                let entry = aligned(f64::from(a.width)) + MINIMAL_HEADER;
                path.disabled += u32::from(!root.settings.enable_hashagg);
                path.disabled += u32::from(entry * groups > root.hash_memory());
            } else {
                path.pathkeys = keys.to_vec();
            }
            path
        };
        rel.rows = rows;
        rel.add_path(made(self, [Rc::clone(&l), Rc::clone(&r)], true));
        let in_order = |rel: &Rel<'a>, cheapest: &Rc<Path<'a>>| {
            if contained(keys, &cheapest.pathkeys) {
                return Rc::clone(cheapest);
            }
            cheapest_sorted(&rel.paths, keys, 0, false, &|a, b| by_total(a, b))
                .unwrap_or_else(|| Rc::new(self.sort(cheapest, keys.to_vec(), -1.0)))
        };
        let sources = [in_order(&left.rel, &l), in_order(&right.rel, &r)];
        rel.add_path(made(self, sources, false));
        rel.set_cheapest();
        rel
    }
}

/// An operand's order in terms of the set operation's columns.
fn operand_keys(planned: &Planned<'_>, source: &Path<'_>, keys: &[PathKey]) -> Vec<PathKey> {
    let inner = &planned.root;
    let visible: Vec<&Expr> = inner.query.targets.iter().filter(|t| !t.junk).map(|t| &t.expr).collect();
    let mut out: Vec<PathKey> = Vec::new();
    for key in &source.pathkeys {
        let class = &inner.classes[inner.class_of(key.class) as usize];
        let computes = |e: &&Expr| class.members.iter().any(|m| m.expr.stripped() == e.stripped());
        let Some(own) = visible.iter().position(computes).and_then(|at| keys.get(at)) else { break };
        out.push(PathKey { class: own.class, ..*key });
    }
    out
}
