//! Bound expressions back to text as `ruleutils.c` prints them.

use super::constants::format_datum;
use super::expr::{BoolTestKind, ColumnRef, Expr};
use super::operators::Operator;
use crate::postgres::datum::{Collation, Datum, Value};
use crate::postgres::types::TypeId;

/// A string literal.
pub fn quote_literal(text: &str) -> String {
    let escaped = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", escaped.replace('\\', "\\\\")) } else { format!("'{escaped}'") }
}

/// How names of columns are printed.
pub trait DeparseContext {
    /// The column's name, with its relation's where wanted; already quoted.
    fn column(&self, column: &ColumnRef) -> String;

    /// A text to print in place of a whole expression (a reference to what a lower node computed).
    fn replacement(&self, _expr: &Expr) -> Option<String> {
        None
    }

    /// The name of a subplan's output.
    fn subplan(&self, number: u16, init: bool) -> String {
        if init { format!("(InitPlan {number}).col1") } else { format!("(SubPlan {number})") }
    }
}

/// The text of an expression, fully parenthesised as EXPLAIN and `pg_get_expr` print it.
pub fn deparse(expr: &Expr, context: &dyn DeparseContext) -> String {
    if let Some(text) = context.replacement(expr) {
        return text;
    }
    let list = |items: &[Expr]| items.iter().map(|e| deparse(e, context)).collect::<Vec<_>>().join(", ");
    match expr {
        Expr::Column(c) => context.column(c),
        Expr::Const(value) => constant(value, true),
        Expr::Parameter { number, .. } => format!("${number}"),
        Expr::Operator(op, args) => operator(*op, args, context),
        Expr::Function(info, args) => call(info.name, args, context),
        Expr::And(args) => format!("({})", join(args, " AND ", context)),
        Expr::Or(args) => format!("({})", join(args, " OR ", context)),
        Expr::Not(inner) => format!("(NOT {})", deparse(inner, context)),
        Expr::IsNull { operand, negated } => {
            format!("({} IS {}NULL)", deparse(operand, context), if *negated { "NOT " } else { "" })
        }
        Expr::BoolTest(inner, kind) => format!("({} {})", deparse(inner, context), bool_test(*kind)),
        Expr::ArrayCompare { operator, left, array, all } => format!(
            "({} {} {} ({}))",
            deparse(left, context),
            operator.kind.symbol(),
            if *all { "ALL" } else { "ANY" },
            deparse(array, context)
        ),
        Expr::Array(items, type_id) => {
            if items.is_empty() {
                format!("ARRAY[]::{type_id}")
            } else {
                format!("ARRAY[{}]", list(items))
            }
        }
        Expr::RowCompare { operators, left, right } => format!(
            "(ROW({}) {} ROW({}))",
            list(left),
            operators.first().map_or("=", |o| o.kind.symbol()),
            list(right)
        ),
        Expr::Row(items) => format!("ROW({})", list(items)),
        Expr::Cast { operand, type_id, type_modifier, explicit } => {
            if !*explicit {
                return deparse(operand, context);
            }
            format!("{}::{}", cast_operand(operand, context), type_name(*type_id, *type_modifier))
        }
        Expr::Relabel { operand, type_id, explicit } => {
            if *explicit || !matches!(**operand, Expr::Column(_)) {
                return format!("{}::{type_id}", cast_operand(operand, context));
            }
            // An implicit relabelling prints too: ruleutils shows the cast of a column.
            format!("({})::{type_id}", deparse(operand, context))
        }
        Expr::Collate(inner, collation) => {
            let name = if *collation == Collation::C { "\"C\"" } else { "\"default\"" };
            format!("({} COLLATE {name})", deparse(inner, context))
        }
        Expr::Case { operand, branches, otherwise, .. } => {
            case(operand.as_deref(), branches, otherwise.as_deref(), context)
        }
        Expr::Variadic(name, args, _) => format!("{name}({})", list(args)),
        Expr::Aggregate(aggregate) => {
            let distinct = if aggregate.distinct { "DISTINCT " } else { "" };
            let arguments =
                if aggregate.arguments.is_empty() { "*".to_owned() } else { list(&aggregate.arguments) };
            let filter = aggregate
                .filter
                .as_ref()
                .map_or(String::new(), |f| format!(" FILTER (WHERE {})", deparse(f, context)));
            format!("{}({distinct}{arguments}){filter}", aggregate.info.name)
        }
        Expr::Window(call) => window(call, context),
        Expr::SubLink(_) => "(SubLink)".to_owned(),
        Expr::InitPlanOutput { number, .. } => context.subplan(*number, true),
        Expr::SubPlan { number, kind, hashed, .. } => subplan(*number, *kind, *hashed, expr, context),
    }
}

/// `get_windowfunc_expr`: a plan's windows have names.
fn window(call: &super::WindowCall, context: &dyn DeparseContext) -> String {
    let arguments = match call.arguments.as_slice() {
        [] if call.name == "count" => "*".to_owned(),
        arguments => join(arguments, ", ", context),
    };
    let filter = call.filter.as_ref();
    let filter = filter.map_or(String::new(), |f| format!(" FILTER (WHERE {})", deparse(f, context)));
    format!("{}({arguments}){filter} OVER {}", call.name, super::quote_identifier(&call.over))
}

fn subplan(
    number: u16,
    kind: super::SubLinkKind,
    hashed: bool,
    expr: &Expr,
    context: &dyn DeparseContext,
) -> String {
    use super::SubLinkKind;
    let name = if hashed { format!("hashed SubPlan {number}") } else { format!("SubPlan {number}") };
    match kind {
        SubLinkKind::Exists => format!("EXISTS({name})"),
        SubLinkKind::Any | SubLinkKind::All => {
            let word = if kind == SubLinkKind::Any { "ANY" } else { "ALL" };
            let left = match expr {
                Expr::SubPlan { arguments, .. } => {
                    arguments.first().map_or(String::new(), |a| deparse(a, context))
                }
                _ => String::new(),
            };
            format!("({word} ({left} = ({name}).col1))")
        }
        SubLinkKind::Array => format!("ARRAY({name})"),
        SubLinkKind::Scalar => format!("({name})"),
    }
}

fn join(args: &[Expr], separator: &str, context: &dyn DeparseContext) -> String {
    args.iter().map(|e| deparse(e, context)).collect::<Vec<_>>().join(separator)
}

fn operator(op: Operator, args: &[Expr], context: &dyn DeparseContext) -> String {
    match args {
        [only] => format!("({} {})", op.kind.symbol(), deparse(only, context)),
        [left, right] => {
            format!("({} {} {})", deparse(left, context), op.kind.symbol(), deparse(right, context))
        }
        _ => String::new(),
    }
}

fn call(name: &str, args: &[Expr], context: &dyn DeparseContext) -> String {
    let list = join(args, ", ", context);
    match name {
        "extract" => match args {
            [field, source] => format!(
                "EXTRACT({} FROM {})",
                field.as_const().and_then(|v| v.datum.as_str()).unwrap_or_default(),
                deparse(source, context)
            ),
            _ => list,
        },
        "current_date" | "current_timestamp" | "localtimestamp" if args.is_empty() => {
            name.to_ascii_uppercase()
        }
        "timezone" => match args {
            [zone, time] => format!("({} AT TIME ZONE {})", deparse(time, context), deparse(zone, context)),
            _ => list,
        },
        _ => format!("{}({list})", quote_function(name)),
    }
}

fn quote_function(name: &str) -> String {
    if matches!(name, "left" | "right") { format!("\"{name}\"") } else { name.to_owned() }
}

fn case(
    operand: Option<&Expr>,
    branches: &[(Expr, Expr)],
    otherwise: Option<&Expr>,
    context: &dyn DeparseContext,
) -> String {
    let mut out = String::from("CASE");
    if let Some(operand) = operand {
        out.push_str(&format!(" {}", deparse(operand, context)));
    }
    for (when, then) in branches {
        out.push_str(&format!(" WHEN {} THEN {}", deparse(when, context), deparse(then, context)));
    }
    let otherwise = otherwise.map_or("NULL::text".to_owned(), |e| deparse(e, context));
    out.push_str(&format!(" ELSE {otherwise} END"));
    out
}

fn bool_test(kind: BoolTestKind) -> &'static str {
    match kind {
        BoolTestKind::IsTrue => "IS TRUE",
        BoolTestKind::IsNotTrue => "IS NOT TRUE",
        BoolTestKind::IsFalse => "IS FALSE",
        BoolTestKind::IsNotFalse => "IS NOT FALSE",
        BoolTestKind::IsUnknown => "IS UNKNOWN",
        BoolTestKind::IsNotUnknown => "IS NOT UNKNOWN",
    }
}

/// Everything but a constant or parameter gets parentheses of its own before `::`.
fn cast_operand(operand: &Expr, context: &dyn DeparseContext) -> String {
    let text = deparse(operand, context);
    match operand {
        Expr::Parameter { .. } => text,
        _ if text.starts_with('(')
            && text.ends_with(')')
            && matches!(operand, Expr::Operator(..) | Expr::And(_) | Expr::Or(_)) =>
        {
            text
        }
        _ => format!("({text})"),
    }
}

/// A type's name with its modifier.
pub(crate) fn type_name(type_id: TypeId, type_modifier: i32) -> String {
    match type_id {
        _ if type_modifier < 0 => type_id.to_string(),
        TypeId::VARCHAR | TypeId::BPCHAR => format!("{type_id}({})", type_modifier - 4),
        TypeId::NUMERIC => {
            let (precision, scale) = (((type_modifier - 4) >> 16) & 0xffff, (type_modifier - 4) & 0xffff);
            format!("numeric({precision},{scale})")
        }
        _ => type_id.to_string(),
    }
}

/// A constant as `get_const_expr` prints it: numbers and booleans bare where their type is plain, the rest with `::type`.
pub(crate) fn constant(value: &Value, show_type: bool) -> String {
    let Value { datum, type_id } = value;
    if datum.is_null() {
        return if show_type { format!("NULL::{type_id}") } else { "NULL".to_owned() };
    }
    let text = format_datum(datum, *type_id);
    match (*type_id, datum) {
        (TypeId::BOOL, Datum::Bool(b)) => return if *b { "true" } else { "false" }.to_owned(),
        (TypeId::INT4, _) if !text.starts_with('-') => return text,
        (TypeId::NUMERIC, _) if !text.starts_with('-') && text.contains(['.', 'e', 'E']) => return text,
        _ => {}
    }
    if show_type && *type_id != TypeId::UNKNOWN {
        format!("{}::{type_id}", quote_literal(&text))
    } else {
        quote_literal(&text)
    }
}
