//! Functions and aggregates that queries on tables may call, as tables of what planning needs to know of each.

use super::expr::Expr;
use crate::postgres::types::TypeId;

/// `pg_proc.provolatile`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Volatility {
    Immutable,
    Stable,
    Volatile,
}

/// Where a function's result type comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultType {
    /// Always this.
    Fixed(TypeId),
    /// As the n-th argument.
    Argument(usize),
    /// As the elements of the n-th argument.
    Element(usize),
}

/// A function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunctionInfo {
    /// Name.
    pub name: &'static str,
    /// Types that its arguments are converted to; the last repeats. `any` leaves an argument as it is.
    pub arguments: &'static [TypeId],
    /// Result.
    pub result: ResultType,
    /// Volatility.
    pub volatility: Volatility,
    /// `procost`, in units of `cpu_operator_cost`.
    pub cost: f64,
    /// Estimated rows of a set-returning function, 0 for others.
    pub rows: f64,
}

impl FunctionInfo {
    /// The type of a call's value.
    pub fn result_type(&self, arguments: &[Expr]) -> TypeId {
        match self.result {
            ResultType::Fixed(type_id) => type_id,
            ResultType::Element(n) => {
                arguments.get(n).and_then(|e| e.type_id().element()).unwrap_or(TypeId::TEXT)
            }
            ResultType::Argument(n) => arguments.get(n).map_or(TypeId::TEXT, Expr::type_id),
        }
    }

    /// Finds a function by name and number of arguments.
    pub fn find(name: &str, arguments: usize) -> Option<&'static FunctionInfo> {
        let named = || FUNCTIONS.iter().filter(|f| f.name == name);
        named().find(|f| f.arguments.len() == arguments).or_else(|| named().next())
    }
}

use ResultType::{Argument, Element, Fixed};
use Volatility::{Immutable, Stable, Volatile};

const fn function(
    name: &'static str,
    arguments: &'static [TypeId],
    result: ResultType,
    volatility: Volatility,
    cost: f64,
) -> FunctionInfo {
    FunctionInfo { name, arguments, result, volatility, cost, rows: 0.0 }
}

/// The functions, grouped by what they work on. Costs are `pg_proc.dat`'s.
#[rustfmt::skip]
static FUNCTIONS: &[FunctionInfo] = &[
    function("lower", &[TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("upper", &[TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("initcap", &[TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("length", &[TypeId::TEXT], Fixed(TypeId::INT4), Immutable, 1.0),
    function("char_length", &[TypeId::TEXT], Fixed(TypeId::INT4), Immutable, 1.0),
    function("octet_length", &[TypeId::TEXT], Fixed(TypeId::INT4), Immutable, 1.0),
    function("substring", &[TypeId::TEXT, TypeId::INT4, TypeId::INT4], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("substr", &[TypeId::TEXT, TypeId::INT4, TypeId::INT4], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("left", &[TypeId::TEXT, TypeId::INT4], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("right", &[TypeId::TEXT, TypeId::INT4], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("btrim", &[TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("trim", &[TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("ltrim", &[TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("rtrim", &[TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("replace", &[TypeId::TEXT, TypeId::TEXT, TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("split_part", &[TypeId::TEXT, TypeId::TEXT, TypeId::INT4], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("strpos", &[TypeId::TEXT, TypeId::TEXT], Fixed(TypeId::INT4), Immutable, 1.0),
    function("repeat", &[TypeId::TEXT, TypeId::INT4], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("reverse", &[TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("md5", &[TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    function("concat", &[TypeId::ANY], Fixed(TypeId::TEXT), Stable, 1.0),
    function("starts_with", &[TypeId::TEXT, TypeId::TEXT], Fixed(TypeId::BOOL), Immutable, 1.0),
    function("to_char", &[TypeId::ANY, TypeId::TEXT], Fixed(TypeId::TEXT), Stable, 1.0),
    function("to_tsquery", &[TypeId::REGCONFIG, TypeId::TEXT], Fixed(TypeId::TSQUERY), Immutable, 100.0),
    function("plainto_tsquery", &[TypeId::REGCONFIG, TypeId::TEXT], Fixed(TypeId::TSQUERY), Immutable, 100.0),
    function("phraseto_tsquery", &[TypeId::REGCONFIG, TypeId::TEXT], Fixed(TypeId::TSQUERY), Immutable, 100.0),
    function("websearch_to_tsquery", &[TypeId::REGCONFIG, TypeId::TEXT], Fixed(TypeId::TSQUERY), Immutable, 100.0),
    function("to_tsvector", &[TypeId::REGCONFIG, TypeId::TEXT], Fixed(TypeId::TSVECTOR), Immutable, 100.0),
    function("ts_rank", &[TypeId::TSVECTOR, TypeId::TSQUERY], Fixed(TypeId::FLOAT4), Immutable, 1.0),
    function("date_trunc", &[TypeId::TEXT, TypeId::TIMESTAMPTZ], Argument(1), Stable, 1.0),
    function("date_part", &[TypeId::TEXT, TypeId::TIMESTAMPTZ], Fixed(TypeId::FLOAT8), Stable, 1.0),
    function("extract", &[TypeId::TEXT, TypeId::TIMESTAMPTZ], Fixed(TypeId::NUMERIC), Stable, 1.0),
    function("age", &[TypeId::TIMESTAMPTZ, TypeId::TIMESTAMPTZ], Fixed(TypeId::INTERVAL), Stable, 1.0),
    function("timezone", &[TypeId::TEXT, TypeId::TIMESTAMPTZ], Fixed(TypeId::TIMESTAMP), Immutable, 1.0),
    function("to_timestamp", &[TypeId::FLOAT8], Fixed(TypeId::TIMESTAMPTZ), Immutable, 1.0),
    function("make_interval", &[TypeId::INT4], Fixed(TypeId::INTERVAL), Immutable, 1.0),
    function("now", &[], Fixed(TypeId::TIMESTAMPTZ), Stable, 1.0),
    function("current_timestamp", &[], Fixed(TypeId::TIMESTAMPTZ), Stable, 1.0),
    function("transaction_timestamp", &[], Fixed(TypeId::TIMESTAMPTZ), Stable, 1.0),
    function("statement_timestamp", &[], Fixed(TypeId::TIMESTAMPTZ), Stable, 1.0),
    function("localtimestamp", &[], Fixed(TypeId::TIMESTAMP), Stable, 1.0),
    function("current_date", &[], Fixed(TypeId::DATE), Stable, 1.0),
    function("clock_timestamp", &[], Fixed(TypeId::TIMESTAMPTZ), Volatile, 1.0),
    function("random", &[], Fixed(TypeId::FLOAT8), Volatile, 1.0),
    function("gen_random_uuid", &[], Fixed(TypeId::UUID), Volatile, 1.0),
    function("nextval", &[TypeId::TEXT], Fixed(TypeId::INT8), Volatile, 1.0),
    function("pg_sleep", &[TypeId::FLOAT8], Fixed(TypeId::VOID), Volatile, 1.0),
    function("abs", &[TypeId::ANY], Argument(0), Immutable, 1.0),
    function("ceil", &[TypeId::ANY], Argument(0), Immutable, 1.0),
    function("ceiling", &[TypeId::ANY], Argument(0), Immutable, 1.0),
    function("floor", &[TypeId::ANY], Argument(0), Immutable, 1.0),
    function("round", &[TypeId::NUMERIC, TypeId::INT4], Fixed(TypeId::NUMERIC), Immutable, 1.0),
    function("trunc", &[TypeId::NUMERIC, TypeId::INT4], Fixed(TypeId::NUMERIC), Immutable, 1.0),
    function("mod", &[TypeId::ANY, TypeId::ANY], Argument(0), Immutable, 1.0),
    function("power", &[TypeId::FLOAT8, TypeId::FLOAT8], Fixed(TypeId::FLOAT8), Immutable, 1.0),
    function("sqrt", &[TypeId::FLOAT8], Fixed(TypeId::FLOAT8), Immutable, 1.0),
    function("array_length", &[TypeId::ANY, TypeId::INT4], Fixed(TypeId::INT4), Immutable, 1.0),
    function("cardinality", &[TypeId::ANY], Fixed(TypeId::INT4), Immutable, 1.0),
    function("jsonb_build_object", &[TypeId::ANY], Fixed(TypeId::JSONB), Stable, 1.0),
    function("jsonb_array_length", &[TypeId::JSONB], Fixed(TypeId::INT4), Immutable, 1.0),
    function("jsonb_extract_path_text", &[TypeId::JSONB, TypeId::TEXT], Fixed(TypeId::TEXT), Immutable, 1.0),
    FunctionInfo { rows: 1000.0, ..function("generate_series", &[TypeId::ANY], Argument(0), Immutable, 1.0) },
    FunctionInfo { rows: 100.0, ..function("unnest", &[TypeId::ANYARRAY], Element(0), Immutable, 1.0) },
];

/// An aggregate for one argument type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AggregateInfo {
    /// Name.
    pub name: &'static str,
    /// Argument type, `any` for all.
    pub argument: TypeId,
    /// Result.
    pub result: ResultType,
    /// What the transition state is.
    pub state: StateSize,
    /// Has a final function.
    pub finalizes: bool,
    /// Can be computed in parallel parts.
    pub partial: bool,
    /// `min` and `max` can be had from an end of an index: true for `max`.
    pub extreme: Option<bool>,
}

/// Memory of an aggregate's transition state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateSize {
    /// Passed by value: none.
    Value,
    /// As the type's values.
    OfType(TypeId),
    /// As the argument's values (min, max).
    Argument,
    /// `internal` with this many bytes stated, 0 for unstated.
    Internal(u32),
}

const fn aggregate(
    name: &'static str,
    argument: TypeId,
    result: ResultType,
    state: StateSize,
    finalizes: bool,
    partial: bool,
) -> AggregateInfo {
    AggregateInfo { name, argument, result, state, finalizes, partial, extreme: None }
}

use StateSize::{Internal, OfType, Value};

/// The aggregates (`pg_aggregate.dat`).
#[rustfmt::skip]
static AGGREGATES: &[AggregateInfo] = &[
    aggregate("count", TypeId::ANY, Fixed(TypeId::INT8), Value, false, true),
    aggregate("sum", TypeId::INT2, Fixed(TypeId::INT8), Value, false, true),
    aggregate("sum", TypeId::INT4, Fixed(TypeId::INT8), Value, false, true),
    aggregate("sum", TypeId::INT8, Fixed(TypeId::NUMERIC), Internal(48), true, true),
    aggregate("sum", TypeId::NUMERIC, Fixed(TypeId::NUMERIC), Internal(128), true, true),
    aggregate("sum", TypeId::FLOAT4, Fixed(TypeId::FLOAT4), Value, false, true),
    aggregate("sum", TypeId::FLOAT8, Fixed(TypeId::FLOAT8), Value, false, true),
    aggregate("sum", TypeId::INTERVAL, Fixed(TypeId::INTERVAL), Internal(40), true, true),
    aggregate("avg", TypeId::INT2, Fixed(TypeId::NUMERIC), OfType(TypeId::INT8_ARRAY), true, true),
    aggregate("avg", TypeId::INT4, Fixed(TypeId::NUMERIC), OfType(TypeId::INT8_ARRAY), true, true),
    aggregate("avg", TypeId::INT8, Fixed(TypeId::NUMERIC), Internal(48), true, true),
    aggregate("avg", TypeId::NUMERIC, Fixed(TypeId::NUMERIC), Internal(128), true, true),
    aggregate("avg", TypeId::FLOAT4, Fixed(TypeId::FLOAT8), OfType(TypeId::FLOAT8_ARRAY), true, true),
    aggregate("avg", TypeId::FLOAT8, Fixed(TypeId::FLOAT8), OfType(TypeId::FLOAT8_ARRAY), true, true),
    aggregate("avg", TypeId::INTERVAL, Fixed(TypeId::INTERVAL), Internal(40), true, true),
    AggregateInfo { extreme: Some(false), ..aggregate("min", TypeId::ANY, Argument(0), StateSize::Argument, false, true) },
    AggregateInfo { extreme: Some(true), ..aggregate("max", TypeId::ANY, Argument(0), StateSize::Argument, false, true) },
    aggregate("bool_and", TypeId::BOOL, Fixed(TypeId::BOOL), Value, false, true),
    aggregate("bool_or", TypeId::BOOL, Fixed(TypeId::BOOL), Value, false, true),
    aggregate("every", TypeId::BOOL, Fixed(TypeId::BOOL), Value, false, true),
    aggregate("string_agg", TypeId::TEXT, Fixed(TypeId::TEXT), Internal(0), true, true),
    aggregate("array_agg", TypeId::ANY, Argument(0), Internal(0), true, true),
    aggregate("json_agg", TypeId::ANY, Fixed(TypeId::JSON), Internal(0), true, false),
    aggregate("jsonb_agg", TypeId::ANY, Fixed(TypeId::JSONB), Internal(0), true, false),
    aggregate("stddev", TypeId::ANY, Fixed(TypeId::NUMERIC), Internal(128), true, true),
    aggregate("variance", TypeId::ANY, Fixed(TypeId::NUMERIC), Internal(128), true, true),
    aggregate("percentile_cont", TypeId::ANY, Fixed(TypeId::FLOAT8), Internal(0), true, false),
    aggregate("percentile_disc", TypeId::ANY, Argument(0), Internal(0), true, false),
];

impl AggregateInfo {
    /// Finds an aggregate for an argument type (`any` for none).
    pub fn find(name: &str, argument: TypeId) -> Option<&'static AggregateInfo> {
        let named = || AGGREGATES.iter().filter(|a| a.name == name);
        named().find(|a| a.argument == argument).or_else(|| named().find(|a| a.argument == TypeId::ANY))
    }

    /// True for the name of any aggregate.
    pub fn is_name(name: &str) -> bool {
        AGGREGATES.iter().any(|a| a.name == name)
    }

    /// The argument types that a name is defined for, for conversions (`sum('1')`).
    pub fn accepted(name: &str) -> impl Iterator<Item = TypeId> + '_ {
        AGGREGATES.iter().filter(move |a| a.name == name).map(|a| a.argument)
    }
}

/// A function that only makes sense with OVER.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowFunctionInfo {
    /// Name.
    pub name: &'static str,
    /// Types of its arguments; `any` takes each as it is.
    pub arguments: &'static [TypeId],
    /// How many of them must be there.
    pub least_arguments: usize,
    /// Result.
    pub result: ResultType,
    /// It counts rows of its partition: its value never falls, and no frame changes it (`window_row_number_support` and its kin).
    pub ranks: bool,
}

const fn window(
    name: &'static str,
    arguments: &'static [TypeId],
    least_arguments: usize,
    result: ResultType,
    ranks: bool,
) -> WindowFunctionInfo {
    WindowFunctionInfo { name, arguments, least_arguments, result, ranks }
}

/// The window functions of `pg_proc`.
static WINDOW_FUNCTIONS: &[WindowFunctionInfo] = &[
    window("row_number", &[], 0, Fixed(TypeId::INT8), true),
    window("rank", &[], 0, Fixed(TypeId::INT8), true),
    window("dense_rank", &[], 0, Fixed(TypeId::INT8), true),
    window("percent_rank", &[], 0, Fixed(TypeId::FLOAT8), true),
    window("cume_dist", &[], 0, Fixed(TypeId::FLOAT8), true),
    window("ntile", &[TypeId::INT4], 1, Fixed(TypeId::INT4), true),
    window("lag", &[TypeId::ANY, TypeId::INT4, TypeId::ANY], 1, Argument(0), false),
    window("lead", &[TypeId::ANY, TypeId::INT4, TypeId::ANY], 1, Argument(0), false),
    window("first_value", &[TypeId::ANY], 1, Argument(0), false),
    window("last_value", &[TypeId::ANY], 1, Argument(0), false),
    window("nth_value", &[TypeId::ANY, TypeId::INT4], 2, Argument(0), false),
];

impl WindowFunctionInfo {
    /// Finds a window function.
    pub fn find(name: &str) -> Option<&'static WindowFunctionInfo> {
        WINDOW_FUNCTIONS.iter().find(|f| f.name == name)
    }

    /// The type of a call's value.
    pub fn result_type(&self, arguments: &[Expr]) -> TypeId {
        match self.result {
            Fixed(type_id) => type_id,
            Element(n) | Argument(n) => arguments.get(n).map_or(TypeId::TEXT, Expr::type_id),
        }
    }
}
