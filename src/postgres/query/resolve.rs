//! Which operator, function or cast PostgreSQL would pick: its overload and coercion rules over its own catalog rows.
//!
//! Follows `src/backend/parser/parse_func.c` (`func_select_candidate`, `func_get_detail`), `parse_oper.c` and
//! `parse_coerce.c` (`can_coerce_type`, `select_common_type`, `enforce_generic_type_consistency`).

use super::errors;
use super::system::{CASTS, CastContext, OPERATORS, OperatorRow, PROC_NAMES, PROCS, ProcRow};
use super::types as t;
use crate::postgres::error::SqlError;

/// An operator chosen, with the types that its operands must be coerced to.
pub(crate) struct ChosenOperator {
    pub(crate) row: &'static OperatorRow,
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) result: u32,
}

/// A function chosen: the argument types to coerce to (variadic ones spread out) and the result's type.
pub(crate) struct ChosenFunction {
    pub(crate) row: &'static ProcRow,
    pub(crate) args: Vec<u32>,
    pub(crate) result: u32,
}

/// May a value of type `from` become `to` in this context?
pub(crate) fn can_coerce(from: u32, to: u32, context: CastContext) -> bool {
    if from == to || to == t::ANY || from == t::UNKNOWN {
        return true;
    }
    match to {
        t::ANYELEMENT | t::ANYCOMPATIBLE => return true,
        t::ANYNONARRAY | t::ANYCOMPATIBLENONARRAY => return t::element_of(from).is_none(),
        t::ANYARRAY | t::ANYCOMPATIBLEARRAY => return t::element_of(from).is_some() || from == t::ANYARRAY,
        _ if t::is_polymorphic(to) => return false,
        _ => {}
    }
    if let Some((needed, _)) = CASTS.get(&(from, to)) {
        return *needed <= context;
    }
    if let (Some(a), Some(b)) = (t::element_of(from), t::element_of(to))
        && !matches!(to, t::INT2VECTOR | t::OIDVECTOR)
    {
        return can_coerce(a, b, context);
    }
    if context >= CastContext::Assignment && t::category(to) == 'S' {
        return true;
    }
    context == CastContext::Explicit && (t::category(from) == 'S' || t::category(to) == 'S')
}

/// Finds the operator for operand types (`left` is `None` for a prefix operator).
pub(crate) fn operator(name: &str, left: Option<u32>, right: u32) -> Result<ChosenOperator, SqlError> {
    let rows = OPERATORS.get(name).map_or(&[][..], Vec::as_slice);
    let rows: Vec<&'static OperatorRow> =
        rows.iter().filter(|row| (row.left == 0) == left.is_none()).collect();
    if let Some(row) = exact_operator(&rows, left, right) {
        return Ok(chosen_operator(row, left, right));
    }
    let inputs: Vec<u32> = left.into_iter().chain([right]).collect();
    let args = |row: &OperatorRow| if row.left == 0 { vec![row.right] } else { vec![row.left, row.right] };
    let candidates: Vec<(usize, Vec<u32>)> = rows.iter().map(|row| args(row)).enumerate().collect();
    let signature = || {
        let left = left.map_or(String::new(), |left| format!("{} ", t::name(left)));
        format!("{left}{name} {}", t::name(right))
    };
    match select(&inputs, candidates) {
        Selection::One(at) => Ok(chosen_operator(rows[at], left, right)),
        Selection::None => Err(errors::undefined_operator(&signature())),
        Selection::Many => Err(errors::ambiguous_operator(&signature())),
    }
}

fn exact_operator(
    rows: &[&'static OperatorRow],
    left: Option<u32>,
    right: u32,
) -> Option<&'static OperatorRow> {
    let find = |l: u32, r: u32| rows.iter().find(|row| row.left == l && row.right == r).copied();
    let Some(left) = left else { return find(0, right) };
    match (left, right) {
        (t::UNKNOWN, t::UNKNOWN) => None,
        (t::UNKNOWN, known) | (known, t::UNKNOWN) => find(known, known),
        (left, right) => find(left, right),
    }
}

fn chosen_operator(row: &'static OperatorRow, left: Option<u32>, right: u32) -> ChosenOperator {
    let declared = if row.left == 0 { vec![row.right] } else { vec![row.left, row.right] };
    let inputs: Vec<u32> = left.into_iter().chain([right]).collect();
    let (args, result) = settle(&declared, &inputs, row.result);
    let (left, right) = if args.len() == 2 { (args[0], args[1]) } else { (0, args[0]) };
    ChosenOperator { row, left, right, result }
}

/// Finds the function for argument types. `names` are the names given with `=>`, for the last arguments.
pub(crate) fn function(name: &str, inputs: &[u32], shown: &str) -> Result<ChosenFunction, SqlError> {
    let rows = PROC_NAMES.get(name).map_or(&[][..], Vec::as_slice);
    let mut candidates: Vec<(usize, Vec<u32>)> =
        rows.iter().filter_map(|at| spread(&PROCS[*at], inputs.len()).map(|args| (*at, args))).collect();
    let signature =
        || format!("{shown}({})", inputs.iter().map(|oid| t::name(*oid)).collect::<Vec<_>>().join(", "));
    if let Some((at, args)) = candidates.iter().find(|(_, args)| args == inputs) {
        return Ok(chosen_function(&PROCS[*at], args, inputs));
    }
    prefer_plain(&mut candidates);
    match select(inputs, candidates.clone()) {
        Selection::One(at) => {
            let args =
                candidates.iter().find(|(candidate, _)| *candidate == at).map(|(_, args)| args.clone());
            Ok(chosen_function(&PROCS[at], &args.unwrap_or_default(), inputs))
        }
        Selection::None => Err(errors::undefined_function(&signature())),
        Selection::Many => Err(errors::ambiguous_function(&signature())),
    }
}

/// A function without VARIADIC wins over a variadic one spread to the same arguments.
fn prefer_plain(candidates: &mut Vec<(usize, Vec<u32>)>) {
    let plain: Vec<Vec<u32>> =
        candidates.iter().filter(|(at, _)| PROCS[*at].variadic == 0).map(|(_, args)| args.clone()).collect();
    candidates.retain(|(at, args)| PROCS[*at].variadic == 0 || !plain.contains(args));
}

/// The declared argument types for a call with `count` arguments: defaults left out, variadic spread; `None` when it
/// can't be called so.
fn spread(row: &ProcRow, count: usize) -> Option<Vec<u32>> {
    let declared = row.args.len();
    if row.variadic != 0 && count >= declared {
        let mut args = row.args[..declared - 1].to_vec();
        args.resize(count, row.variadic);
        return Some(args);
    }
    (count <= declared && count + row.defaults >= declared).then(|| row.args[..count].to_vec())
}

fn chosen_function(row: &'static ProcRow, declared: &[u32], inputs: &[u32]) -> ChosenFunction {
    let (args, result) = settle(declared, inputs, row.result);
    ChosenFunction { row, args, result }
}

/// Replaces polymorphic types by what the inputs make of them.
fn settle(declared: &[u32], inputs: &[u32], result: u32) -> (Vec<u32>, u32) {
    let mut element = None;
    let mut compatible = Vec::new();
    for (declared, input) in declared.iter().zip(inputs) {
        if *input == t::UNKNOWN {
            continue;
        }
        match *declared {
            t::ANYELEMENT | t::ANYNONARRAY | t::ANYENUM => element = element.or(Some(*input)),
            t::ANYARRAY => element = element.or(t::element_of(*input)),
            t::ANYCOMPATIBLE | t::ANYCOMPATIBLENONARRAY => compatible.push(*input),
            t::ANYCOMPATIBLEARRAY => compatible.extend(t::element_of(*input)),
            _ => {}
        }
    }
    let element = element.unwrap_or(t::TEXT);
    let compatible = common_type(&compatible).unwrap_or(t::TEXT);
    let compatible = if compatible == t::UNKNOWN { t::TEXT } else { compatible };
    let actual = |declared: u32, input: Option<u32>| match declared {
        t::ANYELEMENT | t::ANYNONARRAY | t::ANYENUM => element,
        t::ANYARRAY => match input {
            Some(input @ (t::INT2VECTOR | t::OIDVECTOR | t::ANYARRAY)) => input,
            _ => t::array_of(element).unwrap_or(t::TEXT_ARRAY),
        },
        t::ANYCOMPATIBLE | t::ANYCOMPATIBLENONARRAY => compatible,
        t::ANYCOMPATIBLEARRAY => t::array_of(compatible).unwrap_or(t::TEXT_ARRAY),
        t::ANY => match input {
            None => t::TEXT,
            Some(input) => input,
        },
        other => other,
    };
    let args = declared.iter().zip(inputs).map(|(declared, input)| actual(*declared, Some(*input))).collect();
    let result = if result == t::ANY { t::ANY } else { actual(result, None) };
    (args, result)
}

enum Selection {
    None,
    One(usize),
    Many,
}

/// `func_match_argtypes` and `func_select_candidate`.
fn select(inputs: &[u32], candidates: Vec<(usize, Vec<u32>)>) -> Selection {
    let mut left: Vec<(usize, Vec<u32>)> = candidates
        .into_iter()
        .filter(|(_, args)| {
            args.iter().zip(inputs).all(|(to, from)| can_coerce(*from, *to, CastContext::Implicit))
        })
        .filter(|(_, args)| consistent(args, inputs))
        .collect();
    if left.len() <= 1 {
        return left.first().map_or(Selection::None, |(at, _)| Selection::One(*at));
    }
    keep_best(&mut left, |args| {
        args.iter().zip(inputs).filter(|(to, from)| **from != t::UNKNOWN && to == from).count()
    });
    if let [(at, _)] = left.as_slice() {
        return Selection::One(*at);
    }
    keep_best(&mut left, |args| {
        let good =
            |to: u32, from: u32| to == from || t::preferred(to) && t::category(to) == t::category(from);
        args.iter().zip(inputs).filter(|(to, from)| **from != t::UNKNOWN && good(**to, **from)).count()
    });
    if let [(at, _)] = left.as_slice() {
        return Selection::One(*at);
    }
    if inputs.contains(&t::UNKNOWN) {
        return resolve_unknowns(inputs, left);
    }
    Selection::Many
}

fn keep_best(candidates: &mut Vec<(usize, Vec<u32>)>, score: impl Fn(&[u32]) -> usize) {
    let best = candidates.iter().map(|(_, args)| score(args)).max().unwrap_or(0);
    candidates.retain(|(_, args)| score(args) == best);
}

/// Do the polymorphic arguments agree on one element type?
fn consistent(declared: &[u32], inputs: &[u32]) -> bool {
    let mut element = None;
    let mut agree = |found: Option<u32>| match (element, found) {
        (_, None) => true,
        (None, Some(_)) => {
            element = found;
            true
        }
        (before, found) => before == found,
    };
    let compatible = declared.iter().zip(inputs).filter(|(_, input)| **input != t::UNKNOWN);
    let compatible: Vec<u32> = compatible
        .filter_map(|(declared, input)| match *declared {
            t::ANYCOMPATIBLE | t::ANYCOMPATIBLENONARRAY => Some(*input),
            t::ANYCOMPATIBLEARRAY => t::element_of(*input),
            _ => None,
        })
        .collect();
    if common_type(&compatible).is_none() {
        return false;
    }
    declared.iter().zip(inputs).all(|(declared, input)| match (*declared, *input) {
        (_, t::UNKNOWN) => true,
        (t::ANYELEMENT | t::ANYNONARRAY, input) => agree(Some(input)),
        (t::ANYARRAY, input) => agree(t::element_of(input)),
        _ => true,
    })
}

fn resolve_unknowns(inputs: &[u32], candidates: Vec<(usize, Vec<u32>)>) -> Selection {
    let mut left = candidates.clone();
    let mut resolved = true;
    for (slot, _) in inputs.iter().enumerate().filter(|(_, input)| **input == t::UNKNOWN) {
        let categories: Vec<char> = candidates.iter().map(|(_, args)| t::category(args[slot])).collect();
        let chosen = if categories.contains(&'S') {
            'S'
        } else if categories.iter().all(|category| *category == categories[0]) {
            categories[0]
        } else {
            resolved = false;
            break;
        };
        let has_preferred =
            candidates.iter().any(|(_, args)| t::category(args[slot]) == chosen && t::preferred(args[slot]));
        left.retain(|(_, args)| {
            t::category(args[slot]) == chosen && (!has_preferred || t::preferred(args[slot]))
        });
    }
    if resolved {
        match left.as_slice() {
            [(at, _)] => return Selection::One(*at),
            [] => {}
            _ => return last_gasp(inputs, left),
        }
    }
    last_gasp(inputs, candidates)
}

/// Unknown inputs taken to have the type that all the known ones share.
fn last_gasp(inputs: &[u32], candidates: Vec<(usize, Vec<u32>)>) -> Selection {
    let mut known = inputs.iter().filter(|input| **input != t::UNKNOWN);
    let Some(first) = known.next() else { return Selection::Many };
    if !known.all(|other| other == first) {
        return Selection::Many;
    }
    let fits = |args: &Vec<u32>| args.iter().all(|to| can_coerce(*first, *to, CastContext::Implicit));
    let mut fitting = candidates.iter().filter(|(_, args)| fits(args));
    match (fitting.next(), fitting.next()) {
        (Some((at, _)), None) => Selection::One(*at),
        _ => Selection::Many,
    }
}

/// The type that UNION, CASE, COALESCE, ARRAY[] and VALUES settle on; `None` when the types can't be matched.
pub(crate) fn common_type(inputs: &[u32]) -> Option<u32> {
    let mut known = inputs.iter().copied().filter(|oid| *oid != t::UNKNOWN);
    let Some(mut chosen) = known.next() else { return Some(t::TEXT) };
    for next in known {
        if next == chosen {
            continue;
        }
        if t::category(next) != t::category(chosen) {
            return None;
        }
        let up = can_coerce(chosen, next, CastContext::Implicit);
        let down = can_coerce(next, chosen, CastContext::Implicit);
        if !t::preferred(chosen) && up && !down {
            chosen = next;
        } else if !up && !down {
            return None;
        }
    }
    Some(chosen)
}
