//! Costs of scans, sorts, aggregates and expressions (`costsize.c`).

use super::root::{EvalCost, PathKey, Rel, Root};
use crate::postgres::selectivity::{array_length, clamp_rows};
use crate::postgres::settings::PlannerSettings;
use crate::postgres::sql::{Expr, StateSize};
use crate::postgres::types::TypeId;

/// Bytes of a tuple's header, aligned (`SizeofHeapTupleHeader`).
const HEAP_HEADER: f64 = 24.0;
/// Bytes of a minimal tuple's header, aligned (`SizeofMinimalTupleHeader`).
pub(super) const MINIMAL_HEADER: f64 = 16.0;

/// `relation_byte_size`
pub(super) fn relation_bytes(tuples: f64, width: i32) -> f64 {
    tuples * (aligned(f64::from(width)) + HEAP_HEADER)
}

/// `MAXALIGN`
pub(super) fn aligned(bytes: f64) -> f64 {
    libm::ceil(bytes / 8.0) * 8.0
}

/// `LOG2`
pub(super) fn log2(x: f64) -> f64 {
    libm::log(x) / std::f64::consts::LN_2
}

/// `cost_qual_eval_walker`: every operator and function call costs its `procost`.
pub(super) fn expr_cost(expr: &Expr, settings: &PlannerSettings) -> EvalCost {
    let mut total = EvalCost::default();
    add_expr_cost(expr, settings, &mut total);
    total
}

fn add_expr_cost(expr: &Expr, settings: &PlannerSettings, total: &mut EvalCost) {
    let unit = settings.cpu_operator_cost;
    match expr {
        // Every operator's function has a `procost` of 1.
        Expr::Operator(..) => total.per_tuple += unit,
        Expr::Function(info, _) => total.per_tuple += info.cost * unit,
        // Through text: an output and an input function.
        Expr::Cast { operand, type_id, .. } if operand.type_id().is_string() != type_id.is_string() => {
            total.per_tuple += 2.0 * unit;
        }
        Expr::Cast { .. } => total.per_tuple += unit,
        Expr::Variadic(name, ..) if *name != "COALESCE" => total.per_tuple += unit,
        Expr::RowCompare { operators, .. } => total.per_tuple += operators.len() as f64 * unit,
        Expr::ArrayCompare { left, array, .. } => {
            add_expr_cost(left, settings, total);
            add_expr_cost(array, settings, total);
            let hashed = matches!(array.as_ref(), Expr::Const(_)) && array_length(array) >= 9.0;
            if hashed {
                // hash function and equality for a probe; the table is built once
                total.startup += unit * array_length(array);
                total.per_tuple += 2.0 * unit;
            } else {
                total.per_tuple += unit * array_length(array) * 0.5;
            }
            return;
        }
        // Their own cost is charged where they are computed; above, the result is just read.
        Expr::Aggregate(_) | Expr::Window(_) => return,
        Expr::SubPlan { arguments, cost: (startup, per_tuple), .. } => {
            for argument in arguments {
                add_expr_cost(argument, settings, total);
            }
            total.startup += startup;
            total.per_tuple += per_tuple;
            return;
        }
        _ => {}
    }
    expr.for_each_child(&mut |child| add_expr_cost(child, settings, total));
}

/// Costs of aggregating, by call (`get_agg_clause_costs`).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AggregateCosts {
    pub(super) transition: EvalCost,
    pub(super) finalize: EvalCost,
    /// Bytes of state beyond the fixed part.
    pub(super) state_bytes: f64,
    pub(super) count: usize,
    /// All can be computed in parallel parts.
    pub(super) partial: bool,
    /// One at least needs sorted or distinct input.
    pub(super) ordered: bool,
}

/// Which half of an aggregation is costed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    Whole,
    Partial,
    Final,
}

/// Adds up the aggregates of some expressions, each counted once.
pub(super) fn aggregate_costs(root: &Root<'_>, exprs: &[&Expr], split: Split) -> AggregateCosts {
    let settings = root.settings;
    let unit = settings.cpu_operator_cost;
    let mut seen: Vec<&Expr> = Vec::new();
    let mut costs = AggregateCosts { partial: true, ..AggregateCosts::default() };
    for expr in exprs {
        collect_aggregates(expr, &mut seen);
    }
    for expr in seen {
        let Expr::Aggregate(call) = expr else { continue };
        costs.count += 1;
        costs.partial &= call.info.partial && !call.distinct && call.order_by.is_empty();
        costs.ordered |= call.distinct || !call.order_by.is_empty();
        let internal = matches!(call.info.state, StateSize::Internal(_));
        match split {
            Split::Final => {
                costs.transition.per_tuple += unit;
                if internal {
                    costs.transition.per_tuple += unit;
                }
            }
            Split::Whole | Split::Partial => {
                costs.transition.per_tuple += unit;
                for argument in &call.arguments {
                    costs.transition.add(expr_cost(argument, settings));
                }
                if let Some(filter) = &call.filter {
                    costs.transition.add(expr_cost(filter, settings));
                }
            }
        }
        match split {
            Split::Partial if internal => costs.finalize.per_tuple += unit,
            Split::Whole | Split::Final if call.info.finalizes => costs.finalize.per_tuple += unit,
            _ => {}
        }
        costs.state_bytes += state_bytes(root, call);
    }
    costs
}

fn state_bytes(root: &Root<'_>, call: &crate::postgres::sql::Aggregate) -> f64 {
    /// Bytes of a pointer, twice: `palloc`'s overhead.
    const OVERHEAD: f64 = 16.0;
    /// `ALLOCSET_DEFAULT_INITSIZE`
    const CONTEXT: f64 = 8192.0;
    match call.info.state {
        StateSize::Value => 0.0,
        StateSize::OfType(type_id) => aligned(f64::from(type_id.default_width())) + OVERHEAD,
        StateSize::Argument => {
            let argument = call.arguments.first();
            let type_id = argument.map_or(TypeId::INT8, Expr::type_id);
            let by_value = (1..=8).contains(&type_id.info().length);
            if by_value {
                0.0
            } else {
                aligned(argument.map_or(32.0, |a| f64::from(root.expr_width(a)))) + OVERHEAD
            }
        }
        StateSize::Internal(0) => CONTEXT,
        StateSize::Internal(bytes) => f64::from(bytes),
    }
}

/// Every distinct aggregate call of an expression.
pub(super) fn collect_aggregates<'e>(expr: &'e Expr, out: &mut Vec<&'e Expr>) {
    if matches!(expr, Expr::Aggregate(_)) {
        if !out.contains(&expr) {
            out.push(expr);
        }
        return;
    }
    expr.for_each_child(&mut |child| collect_aggregates(child, out));
}

/// A startup and a total cost.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Cost {
    pub(super) startup: f64,
    pub(super) total: f64,
}

impl<'a> Root<'a> {
    /// `get_parallel_divisor`: how many processes share the work, the leader counted for what it has time for.
    pub(super) fn parallel_divisor(&self, workers: u32) -> f64 {
        let mut divisor = f64::from(workers);
        if self.settings.parallel_leader_participation {
            let leader = 1.0 - 0.3 * f64::from(workers);
            if leader > 0.0 {
                divisor += leader;
            }
        }
        divisor
    }

    /// `cost_seqscan`: (cost, rows).
    pub(super) fn seq_scan_cost(
        &self,
        rel: &Rel<'_>,
        rows: f64,
        qual: EvalCost,
        workers: u32,
    ) -> (Cost, f64) {
        let mut cpu = (self.settings.cpu_tuple_cost + qual.per_tuple) * rel.tuples;
        let disk = self.settings.seq_page_cost * rel.pages;
        let mut rows = rows;
        if workers > 0 {
            let divisor = self.parallel_divisor(workers);
            cpu /= divisor;
            rows = clamp_rows(rows / divisor);
        }
        (Cost { startup: qual.startup, total: qual.startup + cpu + disk }, rows)
    }

    /// `index_pages_fetched`: Mackert and Lohman's formula for pages read, with a cache shared by all the query's tables.
    pub(super) fn pages_fetched(&self, tuples: f64, pages: f64, index_pages: f64) -> f64 {
        let t = if pages > 1.0 { pages } else { 1.0 };
        let total = (self.total_pages + index_pages).max(1.0);
        let b = (self.settings.effective_cache_size * t / total).max(1.0).ceil();
        let fetched = if t <= b {
            (2.0 * t * tuples / (2.0 * t + tuples)).min(t)
        } else {
            let limit = 2.0 * t * b / (2.0 * t - b);
            if tuples <= limit {
                2.0 * t * tuples / (2.0 * t + tuples)
            } else {
                b + (tuples - limit) * (t - b) / t
            }
        };
        fetched.ceil()
    }

    /// `cost_tuplesort`: of sorting alone. `limit` is the number of rows wanted, -1 for all.
    pub(super) fn tuplesort_cost(&self, tuples: f64, width: i32, comparison: f64, limit: f64) -> Cost {
        let tuples = tuples.max(2.0);
        let comparison = comparison + 2.0 * self.settings.cpu_operator_cost;
        let input_bytes = relation_bytes(tuples, width);
        let sort_bytes = self.settings.work_mem * 1024.0;
        let (output_tuples, output_bytes) = if limit > 0.0 && limit < tuples {
            (limit, relation_bytes(limit, width))
        } else {
            (tuples, input_bytes)
        };
        let startup = if output_bytes > sort_bytes {
            let pages = (input_bytes / 8192.0).ceil();
            let runs = input_bytes / sort_bytes;
            let order = merge_order(sort_bytes);
            let log_runs = if runs > order { (libm::log(runs) / libm::log(order)).ceil() } else { 1.0 };
            let accesses = 2.0 * pages * log_runs;
            comparison * tuples * log2(tuples)
                + accesses * (self.settings.seq_page_cost * 0.75 + self.settings.random_page_cost * 0.25)
        } else if tuples > 2.0 * output_tuples || input_bytes > sort_bytes {
            comparison * tuples * log2(2.0 * output_tuples)
        } else {
            comparison * tuples * log2(tuples)
        };
        Cost { startup, total: self.settings.cpu_operator_cost * tuples }
    }

    /// `cost_sort`: the whole cost of a sort above an input.
    pub(super) fn sort_cost(&self, input: f64, tuples: f64, width: i32, comparison: f64, limit: f64) -> Cost {
        let sort = self.tuplesort_cost(tuples, width, comparison, limit);
        let startup = sort.startup + input;
        Cost { startup, total: startup + sort.total }
    }

    /// `cost_incremental_sort`
    pub(super) fn incremental_sort_cost(
        &self,
        keys: &[PathKey],
        presorted: usize,
        input: Cost,
        tuples: f64,
        width: i32,
        limit: f64,
    ) -> Cost {
        let tuples = tuples.max(2.0);
        let groups = self.presorted_groups(&keys[..presorted], tuples);
        let run = input.total - input.startup;
        let group_tuples = tuples / groups;
        let group_input = run / groups;
        let sort = self.tuplesort_cost(group_tuples, width, 0.0, limit);
        let startup = sort.startup + input.startup + group_input;
        let mut total_run =
            sort.total + (sort.total + sort.startup) * (groups - 1.0) + group_input * (groups - 1.0);
        total_run += (self.settings.cpu_tuple_cost + 0.0) * tuples;
        total_run += 2.0 * self.settings.cpu_tuple_cost * groups;
        Cost { startup, total: startup + total_run }
    }

    fn presorted_groups(&self, keys: &[PathKey], tuples: f64) -> f64 {
        let mut exprs = Vec::new();
        for key in keys {
            let class = &self.classes[self.class_of(key.class) as usize];
            let Some(member) = class.members.iter().find(|m| !m.is_const) else { continue };
            if member.relids == 0 {
                return tuples.clamp(1.0, 200.0);
            }
            exprs.push((*member.expr).clone());
        }
        self.estimator.groups(&exprs, tuples)
    }

    /// `cost_agg`: (cost, rows). `having` filters the groups.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn aggregate_cost(
        &self,
        strategy: crate::postgres::plan::AggregateStrategy,
        costs: &AggregateCosts,
        columns: usize,
        groups: f64,
        having: (EvalCost, f64),
        input: Cost,
        input_rows: f64,
        input_width: i32,
    ) -> (Cost, f64) {
        use crate::postgres::plan::AggregateStrategy as S;
        let s = self.settings;
        let (mut startup, mut total, mut rows);
        match strategy {
            S::Plain => {
                startup = input.total;
                startup += costs.transition.startup + costs.transition.per_tuple * input_rows;
                startup += costs.finalize.startup + costs.finalize.per_tuple;
                total = startup + s.cpu_tuple_cost;
                rows = 1.0;
            }
            S::Sorted | S::Mixed => {
                startup = input.startup;
                total = input.total;
                total += costs.transition.startup + costs.transition.per_tuple * input_rows;
                total += s.cpu_operator_cost * columns as f64 * input_rows;
                total += costs.finalize.startup + costs.finalize.per_tuple * groups;
                total += s.cpu_tuple_cost * groups;
                rows = groups;
            }
            S::Hashed => {
                startup = input.total;
                startup += costs.transition.startup + costs.transition.per_tuple * input_rows;
                startup += s.cpu_operator_cost * columns as f64 * input_rows;
                startup += costs.finalize.startup;
                total = startup + costs.finalize.per_tuple * groups + s.cpu_tuple_cost * groups;
                rows = groups;
                let spill = self.hash_spill(costs, groups, input_rows, input_width);
                startup += spill.startup;
                total += spill.total;
            }
        }
        let (cost, share) = having;
        if share < 1.0 || cost != EvalCost::default() {
            startup += cost.startup;
            total += cost.startup + rows * cost.per_tuple;
            rows = clamp_rows(rows * share);
        }
        (Cost { startup, total }, rows)
    }

    /// What hashed aggregation adds when its table outgrows memory.
    fn hash_spill(&self, costs: &AggregateCosts, groups: f64, input_rows: f64, input_width: i32) -> Cost {
        let entry = hash_entry_bytes(costs, input_width);
        let (memory, group_limit, partitions) = self.hash_limits(entry, groups);
        let batches = ((groups * entry) / memory).max(groups / group_limit).max(1.0).ceil();
        let partitions = partitions.max(2.0);
        let depth = (libm::log(batches) / libm::log(partitions)).ceil();
        let pages = relation_bytes(input_rows, input_width) / 8192.0;
        if depth <= 0.0 {
            return Cost::default();
        }
        // Twice: hashed aggregation reads and writes in a worse pattern than a sort.
        let written = pages * depth * 2.0;
        let io = written * self.settings.random_page_cost;
        let read = written * self.settings.seq_page_cost;
        let spill_cpu = depth * input_rows * 2.0 * self.settings.cpu_tuple_cost;
        Cost { startup: io + spill_cpu, total: io + read + spill_cpu }
    }

    /// `hash_agg_set_limits`: (memory in bytes, groups that fit, partitions when they don't).
    pub(super) fn hash_limits(&self, entry: f64, groups: f64) -> (f64, f64, f64) {
        let limit = self.hash_memory();
        if groups * entry <= limit {
            return (limit, limit / entry, 0.0);
        }
        let partitions = self.hash_partitions(groups, entry);
        // HASHAGG_WRITE_BUFFER_SIZE and HASHAGG_READ_BUFFER_SIZE are a block each.
        let partition_memory = 8192.0 + 8192.0 * partitions;
        let memory = if limit > 4.0 * partition_memory { limit - partition_memory } else { limit * 0.75 };
        let fitting = if memory > entry { memory / entry } else { 1.0 };
        (memory, fitting, partitions)
    }

    /// `get_hash_memory_limit`, in bytes.
    pub(super) fn hash_memory(&self) -> f64 {
        self.settings.work_mem * 1024.0 * self.settings.hash_mem_multiplier
    }

    /// `hash_choose_num_partitions`
    fn hash_partitions(&self, groups: f64, entry: f64) -> f64 {
        const FACTOR: f64 = 1.50;
        let limit = self.hash_memory();
        let most = ((limit * 0.25) - 8192.0) / 8192.0;
        let wanted = FACTOR * groups * entry;
        let partitions = (1.0 + wanted / limit).min(most).clamp(4.0, 1024.0);
        libm::exp2(libm::ceil(log2(libm::floor(partitions)) - 1e-9))
    }
}

/// `hash_agg_entry_size`: the table's entry, the key's tuple, the transition values and what they point to.
pub(super) fn hash_entry_bytes(costs: &AggregateCosts, input_width: i32) -> f64 {
    const ENTRY: f64 = 16.0;
    const CHUNK: f64 = 16.0;
    const PER_TRANSITION: f64 = 16.0;
    let tuple = MINIMAL_HEADER + aligned(f64::from(input_width));
    let state = if costs.state_bytes > 0.0 { CHUNK + costs.state_bytes } else { 0.0 };
    ENTRY + tuple + costs.count as f64 * PER_TRANSITION + state
}

/// `tuplesort_merge_order`
fn merge_order(memory: f64) -> f64 {
    const TAPE_OVERHEAD: f64 = 8_192.0;
    const MERGE_BUFFER: f64 = 8_192.0 * 32.0;
    libm::floor(memory / (2.0 * TAPE_OVERHEAD + MERGE_BUFFER)).clamp(6.0, 500.0)
}
