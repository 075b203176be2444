//! Window functions: which windows are computed in which order, their sorts and costs, and conditions of the query around them by which they
//! may stop early (`create_window_paths` of `planner.c`, `cost_windowagg` of `costsize.c`, `find_window_run_conditions` of `allpaths.c`).

use std::cmp::Ordering;
use std::rc::Rc;

use super::cost::{Cost, expr_cost};
use super::path::{common_prefix, contained};
use super::pull_up::is_volatile;
use super::root::{Path, PathKey, PathKind, PathTarget, RelIndex, Root};
use crate::postgres::datum::Datum;
use crate::postgres::selectivity::{DEFAULT_INEQUALITY, clamp_rows};
use crate::postgres::sql::{
    ColumnRef, Expr, Frame, FrameBound, FrameMode, Operator, OperatorKind, Query, RelId, SortKey, Target,
    Window, WindowCall, WindowFunctionInfo,
};

/// A window that is computed.
#[derive(Debug, Clone)]
pub(super) struct ActiveWindow {
    /// Position in the query's windows.
    pub(super) window: usize,
    /// Its own name, or `w1`, `w2`….
    pub(super) name: String,
    /// What is called over it, each call once.
    pub(super) calls: Vec<Expr>,
    /// The order that its input has.
    pub(super) pathkeys: Vec<PathKey>,
    /// Targets that partition, without those that are fixed.
    pub(super) partition: Vec<usize>,
    /// Targets that order.
    pub(super) order: Vec<usize>,
    pub(super) frame: Frame,
}

impl<'a> Root<'a> {
    /// `optimize_window_clauses`, `select_active_windows` and `name_active_windows`.
    pub(super) fn activate_windows(&mut self) {
        self.simplify_frames();
        let mut active: Vec<(usize, Vec<Expr>)> = Vec::new();
        for window in 0..self.query.windows.len() {
            let calls = calls_over(&self.query, window);
            if !calls.is_empty() {
                active.push((window, calls));
            }
        }
        if active.len() > 1 {
            let references = sort_references(&self.query);
            active.sort_by(|a, b| by_prefix(&self.query, &references, a.0, b.0));
        }
        let targets = self.query.targets.clone();
        self.windows = active
            .into_iter()
            .map(|(window, calls)| {
                let Window { partition, order, frame, .. } = self.query.windows[window].clone();
                let (mut pathkeys, partition) = self.needed_keys(&partition, &targets);
                for key in self.keys_for(&order, &targets) {
                    if !self.redundant(key, &pathkeys) {
                        pathkeys.push(key);
                    }
                }
                let order = order.iter().map(|k| k.target).collect();
                ActiveWindow { window, name: String::new(), calls, pathkeys, partition, order, frame }
            })
            .collect();
        self.name_windows();
    }

    fn name_windows(&mut self) {
        let given = |root: &Self, w: &ActiveWindow| root.query.windows[w.window].name.clone();
        let taken: Vec<String> = self.windows.iter().filter_map(|w| given(self, w)).collect();
        let mut free = (1..).map(|n| format!("w{n}")).filter(|name| !taken.contains(name));
        let names: Vec<String> =
            self.windows.iter().map(|w| given(self, w).or_else(|| free.next()).unwrap_or_default()).collect();
        for (window, name) in self.windows.iter_mut().zip(names) {
            window.name = name;
        }
    }

    /// Functions that count rows don't care for the frame: theirs becomes the one that is cheapest to keep.
    fn simplify_frames(&mut self) {
        for window in 0..self.query.windows.len() {
            let calls = calls_over(&self.query, window);
            let rank = |e: &Expr| matches!(e, Expr::Window(call) if WindowFunctionInfo::find(call.name).is_some_and(|f| f.ranks));
            let cheapest = Frame { mode: FrameMode::Rows, explicit: true, ..Frame::default() };
            if calls.is_empty() || !calls.iter().all(rank) || self.query.windows[window].frame == cheapest {
                continue;
            }
            self.query.windows[window].frame = cheapest;
            let own = &self.query.windows[window];
            let alike = self.query.windows.iter().enumerate().position(|(i, w)| {
                i != window && w.partition == own.partition && w.order == own.order && w.frame == own.frame
            });
            if let Some(other) = alike {
                self.move_calls(window, other);
            }
        }
    }

    fn move_calls(&mut self, from: usize, to: usize) {
        let moved = |e: &Expr| match e {
            Expr::Window(call) if call.window == from => {
                Some(Expr::Window(Box::new(WindowCall { window: to, ..(**call).clone() })))
            }
            _ => None,
        };
        for target in &mut self.query.targets {
            target.expr.rewrite(&mut |e| moved(e));
        }
        let mut conditions = std::mem::take(&mut self.query.windows[from].run_conditions);
        conditions.iter_mut().for_each(|c| c.rewrite(&mut |e| moved(e)));
        self.query.windows[to].run_conditions.extend(conditions);
    }

    /// `make_window_input_target`: what windows sort by and groups' keys as they are, of the rest the columns and aggregates.
    pub(super) fn window_input(&self) -> PathTarget {
        let windows = self.windows.iter();
        let mut kept: Vec<usize> =
            windows.flat_map(|w| w.partition.iter().chain(&w.order)).copied().collect();
        kept.extend(&self.query.group_by.targets);
        let mut targets: Vec<Target> =
            kept_in_order(&kept).into_iter().map(|i| self.query.targets[i].clone()).collect();
        let mut rest = Vec::new();
        for (i, target) in self.query.targets.iter().enumerate() {
            if !kept.contains(&i) {
                pull_inputs(&target.expr, &targets, &mut rest);
            }
        }
        for expr in rest {
            targets.push(Target { expr, name: String::new(), junk: false });
        }
        self.path_target(targets)
    }

    /// `create_window_paths`
    pub(super) fn window_paths(
        &mut self,
        input: RelIndex,
        input_target: &Rc<PathTarget>,
        output_target: &Rc<PathTarget>,
    ) -> RelIndex {
        let mut rel = self.upper_rel();
        rel.consider_parallel &= self.rels[input].consider_parallel;
        let cheapest = self.rels[input].cheapest_total.clone();
        let first = self.windows.first().map_or_else(Vec::new, |w| w.pathkeys.clone());
        for path in &self.rels[input].paths {
            let is_cheapest = cheapest.as_ref().is_some_and(|c| Rc::ptr_eq(c, path));
            if is_cheapest || contained(&first, &path.pathkeys) || common_prefix(&first, &path.pathkeys) > 0 {
                rel.add_path(self.one_window_path(path, input_target, output_target));
            }
        }
        rel.set_cheapest();
        self.rels.push(rel);
        self.rels.len() - 1
    }

    /// `create_one_window_path`: a WindowAgg for each window, with a sort below it where the order is not there.
    fn one_window_path(
        &self,
        path: &Rc<Path<'a>>,
        input_target: &Rc<PathTarget>,
        output_target: &Rc<PathTarget>,
    ) -> Path<'a> {
        let mut path = Rc::clone(path);
        let mut target = Rc::clone(input_target);
        let mut filter = Vec::new();
        for (at, window) in self.windows.iter().enumerate() {
            if let Some(sorted) = self.ordered(&path, true, &window.pathkeys, -1.0) {
                path = sorted;
            }
            if at + 1 == self.windows.len() {
                target = Rc::clone(output_target);
            } else {
                let mut further = (*target).clone();
                for call in &window.calls {
                    further.width += call.type_id().default_width();
                    further.targets.push(Target { expr: call.clone(), name: String::new(), junk: false });
                }
                target = Rc::new(further);
                // The topmost window drops the rows at which a lower one could have stopped.
                filter.extend(self.query.windows[window.window].run_conditions.iter().cloned());
            }
            let top = at + 1 == self.windows.len();
            let kept = if top { std::mem::take(&mut filter) } else { Vec::new() };
            path = Rc::new(self.window_path(&path, at, &target, kept));
        }
        (*path).clone()
    }

    /// `create_windowagg_path`
    fn window_path(
        &self,
        source: &Rc<Path<'a>>,
        at: usize,
        target: &Rc<PathTarget>,
        filter: Vec<Expr>,
    ) -> Path<'a> {
        let cost = self.window_cost(&self.windows[at], source);
        let kind = PathKind::Window { source: Rc::clone(source), window: at, filter };
        let mut path = self.above(source, kind, cost);
        path.startup += target.cost.startup;
        path.total += target.cost.startup + target.cost.per_tuple * path.rows;
        path.width = target.width;
        path.targets = Some(Rc::clone(target));
        path
    }

    /// `cost_windowagg`
    fn window_cost(&self, window: &ActiveWindow, source: &Path<'a>) -> Cost {
        let s = self.settings;
        let rows = source.rows;
        let (mut startup, mut total) = (source.startup, source.total);
        for call in &window.calls {
            let Expr::Window(call) = call else { continue };
            let mut per_row = s.cpu_operator_cost;
            for expr in call.arguments.iter().chain(&call.filter) {
                let cost = expr_cost(expr, s);
                startup += cost.startup;
                per_row += cost.per_tuple;
            }
            total += per_row * rows;
        }
        total += s.cpu_operator_cost * (window.partition.len() + window.order.len()) as f64 * rows;
        total += s.cpu_tuple_cost * rows;
        let read_first = self.startup_tuples(window, rows);
        if read_first > 1.0 {
            startup += (total - startup) / rows * (read_first - 1.0);
        }
        Cost { startup, total }
    }

    /// `get_windowclause_startup_tuples`: input rows that must be read before the first row comes out.
    fn startup_tuples(&self, window: &ActiveWindow, rows: f64) -> f64 {
        let exprs = |targets: &[usize]| -> Vec<Expr> {
            targets.iter().map(|i| self.query.targets[*i].expr.clone()).collect()
        };
        let partition_rows = if window.partition.is_empty() {
            rows
        } else {
            rows / self.estimator.groups(&exprs(&window.partition), rows)
        };
        let peers = if window.order.is_empty() {
            1.0
        } else {
            partition_rows / self.estimator.groups(&exprs(&window.order), partition_rows)
        };
        let wanted = match (&window.frame.end, window.frame.mode) {
            (FrameBound::UnboundedFollowing, _) => partition_rows,
            (FrameBound::CurrentRow, FrameMode::Rows) => 1.0,
            (FrameBound::CurrentRow, _) if window.order.is_empty() => partition_rows,
            (FrameBound::CurrentRow, _) => peers,
            (FrameBound::Preceding(_) | FrameBound::UnboundedPreceding, _) => 1.0,
            (FrameBound::Following(offset), mode) => {
                let offset = match offset.as_const().map(|v| &v.datum) {
                    Some(Datum::Int(n)) if offset.type_id().is_integer() => *n as f64,
                    Some(Datum::Null) => 1.0,
                    _ => partition_rows / peers * DEFAULT_INEQUALITY,
                };
                if mode == FrameMode::Rows { offset + 1.0 } else { peers * (offset + 1.0) }
            }
        };
        // The row after the first one's frame is read to see that it is over.
        let further = f64::from(u8::from(!window.partition.is_empty() || !window.order.is_empty()));
        clamp_rows((wanted + further).min(partition_rows))
    }
}

/// Targets in the order of the list, each once.
fn kept_in_order(kept: &[usize]) -> Vec<usize> {
    let mut out = kept.to_vec();
    out.sort_unstable();
    out.dedup();
    out
}

/// `pull_var_clause` with aggregates left whole.
fn pull_inputs(expr: &Expr, computed: &[Target], out: &mut Vec<Expr>) {
    if computed.iter().any(|t| t.expr == *expr) {
        return;
    }
    if matches!(expr, Expr::Column(ColumnRef { levels_up: 0, .. }) | Expr::Aggregate(_)) {
        if !out.contains(expr) {
            out.push(expr.clone());
        }
        return;
    }
    expr.for_each_child(&mut |child| pull_inputs(child, computed, out));
}

/// The calls over a window, each once.
fn calls_over(query: &Query, window: usize) -> Vec<Expr> {
    let mut calls = Vec::new();
    for target in &query.targets {
        target.expr.any(&mut |e| {
            if matches!(e, Expr::Window(call) if call.window == window) && !calls.contains(e) {
                calls.push(e.clone());
            }
            false
        });
    }
    calls
}

/// The number that PostgreSQL gives each target that something sorts or groups by, in the order in which it meets them (`assignSortGroupRef`).
fn sort_references(query: &Query) -> Vec<usize> {
    use crate::postgres::sql::Distinct;
    let mut met: Vec<usize> = query.order_by.iter().map(|k| k.target).collect();
    met.extend(&query.group_by.targets);
    match &query.distinct {
        Distinct::All => {}
        Distinct::Rows => met.extend((0..query.targets.len()).filter(|i| !query.targets[*i].junk)),
        Distinct::On(on) => met.extend(on),
    }
    met.extend(query.windows.iter().flat_map(|w| w.order.iter().chain(&w.partition)).map(|k| k.target));
    let mut references = vec![0; query.targets.len()];
    let mut next = 1;
    for target in met {
        if references[target] == 0 {
            references[target] = next;
            next += 1;
        }
    }
    references
}

/// `common_prefix_cmp`: windows whose orders start alike come one after another, the longest first, so that one sort serves them.
fn by_prefix(query: &Query, references: &[usize], a: usize, b: usize) -> Ordering {
    let keys = |window: usize| {
        let window = &query.windows[window];
        let mut keys: Vec<SortKey> = window.partition.clone();
        keys.extend(window.order.iter().filter(|k| !window.partition.contains(k)));
        keys
    };
    let (a, b) = (keys(a), keys(b));
    let rank = |k: &SortKey| (references[k.target], k.descending, k.nulls_first);
    for (x, y) in a.iter().zip(&b) {
        match rank(y).cmp(&rank(x)) {
            Ordering::Equal => {}
            other => return other,
        }
    }
    b.len().cmp(&a.len())
}

/// A condition on a window function's value by which its window can stop.
#[derive(Debug)]
pub(super) struct RunCondition {
    /// The subquery's output column, from 0.
    pub(super) column: usize,
    /// The window.
    pub(super) window: usize,
    /// As the window checks it.
    pub(super) condition: Expr,
    /// The query around must still check the condition as written.
    pub(super) keeps_original: bool,
}

/// `find_window_run_conditions`: a comparison of a value that only grows (or only falls) along the window with something fixed.
pub(super) fn run_condition(expr: &Expr, id: RelId, inner: &Query) -> Option<RunCondition> {
    let Expr::Operator(op, args) = expr else { return None };
    let [left, right] = args.as_slice() else { return None };
    let column = |e: &Expr| match e {
        Expr::Column(c) if c.levels_up == 0 && c.relation == id => usize::from(c.column).checked_sub(1),
        _ => None,
    };
    let (at, other, call_left) = match (column(left), column(right)) {
        (Some(at), _) => (at, right, true),
        (None, Some(at)) => (at, left, false),
        (None, None) => return None,
    };
    let varies = |e: &Expr| matches!(e, Expr::Column(c) if c.levels_up == 0);
    let Expr::Window(call) = &inner.targets.get(at)?.expr else { return None };
    if other.any(&mut |e| varies(e)) || is_volatile(other) {
        return None;
    }
    let (grows, falls) = monotonic(call, &inner.windows[call.window]);
    use OperatorKind::{Eq, Ge, Gt, Le, Lt};
    let (kind, keeps_original) = match op.kind {
        Lt | Le if (call_left && grows) || (!call_left && falls) => (op.kind, false),
        Gt | Ge if (call_left && falls) || (!call_left && grows) => (op.kind, false),
        Eq if grows && falls => (Eq, false),
        Eq if grows => (if call_left { Le } else { Ge }, true),
        Eq if falls => (if call_left { Ge } else { Le }, true),
        _ => return None,
    };
    let mut other = other.clone();
    other.rewrite(&mut |e| match e {
        Expr::Column(c) => Some(Expr::Column(ColumnRef { levels_up: c.levels_up + 1, ..*c })),
        _ => None,
    });
    let value = Expr::Window(call.clone());
    let args = if call_left { vec![value, other] } else { vec![other, value] };
    let condition = Expr::Operator(Operator { kind, ..*op }, args);
    Some(RunCondition { column: at, window: call.window, condition, keeps_original })
}

/// Whether a call's value never falls, and whether it never grows, along its partition.
fn monotonic(call: &WindowCall, window: &Window) -> (bool, bool) {
    if let Some(info) = WindowFunctionInfo::find(call.name) {
        return (info.ranks, false);
    }
    if call.name != "count" {
        return (false, false);
    }
    if window.order.is_empty() {
        return (true, true);
    }
    let frame = &window.frame;
    (frame.start == FrameBound::UnboundedPreceding, frame.end == FrameBound::UnboundedFollowing)
}
