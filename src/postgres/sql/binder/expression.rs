//! Expressions: operators and functions resolved, literals typed, IN lists turned into arrays.

use sqlparser::ast;

use super::{Binder, fold, last_name};
use crate::postgres::datum::{Collation, Datum, Value};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::sql::casts;
use crate::postgres::sql::constants::parse_datum;
use crate::postgres::sql::expr::{Aggregate, BoolTestKind, Expr, SubLink, SubLinkKind};
use crate::postgres::sql::functions::{AggregateInfo, FunctionInfo, WindowFunctionInfo};
use crate::postgres::sql::operators::{self, Operator, OperatorKind};
use crate::postgres::types::TypeId;

impl Binder<'_> {
    /// A condition: of type boolean.
    pub(super) fn boolean(&mut self, expr: &ast::Expr, clause: &str) -> Result<Expr, SqlError> {
        let bound = self.expr(expr)?;
        self.note_parameters(&bound);
        let place = match clause {
            "JOIN/ON" => "JOIN conditions",
            other => other,
        };
        if clause != "CASE/WHEN" && bound.contains_window() {
            let message = format!("window functions are not allowed in {place}");
            return Err(SqlError::new(SqlState("42P20"), message));
        }
        match bound.type_id() {
            TypeId::BOOL => Ok(bound),
            TypeId::UNKNOWN => casts::coerce(bound, TypeId::BOOL),
            other => {
                let message = format!("argument of {clause} must be type boolean, not type {other}");
                Err(SqlError::new(SqlState::DATATYPE_MISMATCH, message))
            }
        }
    }

    /// Binds an expression.
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Result<Expr, SqlError> {
        match expr {
            ast::Expr::Identifier(ident) => self.resolve(&fold(ident)),
            ast::Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, column] => self.resolve_qualified(&fold(table), &fold(column)),
                _ => Err(SqlError::unsupported(expr)),
            },
            ast::Expr::Value(value) => literal(&value.value),
            ast::Expr::Nested(inner) => self.expr(inner),
            ast::Expr::BinaryOp { left, op, right } => self.binary_op(left, op, right),
            ast::Expr::UnaryOp { op, expr } => self.unary_op(*op, expr),
            ast::Expr::IsNull(e) => Ok(Expr::IsNull { operand: Box::new(self.expr(e)?), negated: false }),
            ast::Expr::IsNotNull(e) => Ok(Expr::IsNull { operand: Box::new(self.expr(e)?), negated: true }),
            ast::Expr::IsTrue(e) => self.bool_test(e, BoolTestKind::IsTrue),
            ast::Expr::IsNotTrue(e) => self.bool_test(e, BoolTestKind::IsNotTrue),
            ast::Expr::IsFalse(e) => self.bool_test(e, BoolTestKind::IsFalse),
            ast::Expr::IsNotFalse(e) => self.bool_test(e, BoolTestKind::IsNotFalse),
            ast::Expr::InList { expr, list, negated } => self.in_list(expr, list, *negated),
            ast::Expr::Between { expr, negated, low, high } => self.between(expr, *negated, low, high),
            ast::Expr::Like { negated, expr, pattern, .. } => {
                self.infix(if *negated { "!~~" } else { "~~" }, expr, pattern)
            }
            ast::Expr::ILike { negated, expr, pattern, .. } => {
                self.infix(if *negated { "!~~*" } else { "~~*" }, expr, pattern)
            }
            ast::Expr::AnyOp { left, compare_op, right, .. } => self.any_all(left, compare_op, right, false),
            ast::Expr::AllOp { left, compare_op, right } => self.any_all(left, compare_op, right, true),
            ast::Expr::Cast { expr, data_type: target, .. } => {
                let (type_id, modifier) = data_type(target)?;
                casts::cast(self.expr(expr)?, type_id, modifier)
            }
            ast::Expr::TypedString(typed) => {
                let (type_id, _) = data_type(&typed.data_type)?;
                let text = typed.value.value.clone().into_string().unwrap_or_default();
                Ok(Expr::constant(parse_datum(&text, type_id)?, type_id))
            }
            ast::Expr::Interval(interval) => self.interval(interval),
            ast::Expr::Extract { field, expr, .. } => {
                let field =
                    Expr::constant(Datum::text(&field.to_string().to_ascii_lowercase()), TypeId::TEXT);
                let source = self.expr(expr)?;
                function_call("extract", vec![field, source])
            }
            ast::Expr::AtTimeZone { timestamp, time_zone } => {
                let (time, zone) = (self.expr(timestamp)?, self.expr(time_zone)?);
                function_call("timezone", vec![casts::coerce(zone, TypeId::TEXT)?, time])
            }
            ast::Expr::Substring { expr, substring_from, substring_for, .. } => {
                let mut args = vec![self.expr(expr)?];
                for part in [substring_from, substring_for].into_iter().flatten() {
                    args.push(self.expr(part)?);
                }
                function_call("substring", args)
            }
            ast::Expr::Trim { expr, .. } => {
                let operand = self.expr(expr)?;
                function_call("btrim", vec![operand])
            }
            ast::Expr::Ceil { expr, .. } => {
                let operand = self.expr(expr)?;
                function_call("ceil", vec![operand])
            }
            ast::Expr::Floor { expr, .. } => {
                let operand = self.expr(expr)?;
                function_call("floor", vec![operand])
            }
            ast::Expr::Collate { expr, collation } => {
                let collation = if last_name(collation).eq_ignore_ascii_case("c") {
                    Collation::C
                } else {
                    Collation::Default
                };
                Ok(Expr::Collate(Box::new(self.expr(expr)?), collation))
            }
            ast::Expr::Function(function) => self.function(function),
            ast::Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            ast::Expr::Exists { subquery, negated } => {
                let link = self.sublink(SubLinkKind::Exists, None, subquery)?;
                Ok(if *negated { Expr::Not(Box::new(link)) } else { link })
            }
            ast::Expr::Subquery(query) => self.sublink(SubLinkKind::Scalar, None, query),
            ast::Expr::InSubquery { expr, subquery, negated } => {
                let left = self.expr(expr)?;
                let link = self.any_sublink("=", left, subquery, SubLinkKind::Any)?;
                Ok(if *negated { Expr::Not(Box::new(link)) } else { link })
            }
            ast::Expr::Tuple(items) => {
                Ok(Expr::Row(items.iter().map(|e| self.expr(e)).collect::<Result<_, _>>()?))
            }
            ast::Expr::Array(array) => {
                let items: Vec<Expr> = array.elem.iter().map(|e| self.expr(e)).collect::<Result<_, _>>()?;
                array_of(items)
            }
            other => Err(SqlError::unsupported(other)),
        }
    }

    fn infix(&mut self, symbol: &str, left: &ast::Expr, right: &ast::Expr) -> Result<Expr, SqlError> {
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        operators::binary(symbol, left, right)
    }

    fn bool_test(&mut self, expr: &ast::Expr, kind: BoolTestKind) -> Result<Expr, SqlError> {
        Ok(Expr::BoolTest(Box::new(self.boolean(expr, "IS TRUE")?), kind))
    }

    fn binary_op(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
    ) -> Result<Expr, SqlError> {
        match op {
            ast::BinaryOperator::And | ast::BinaryOperator::Or => {
                let and = matches!(op, ast::BinaryOperator::And);
                let name = if and { "AND" } else { "OR" };
                let (left, right) = (self.boolean(left, name)?, self.boolean(right, name)?);
                return Ok(connect(and, left, right));
            }
            _ => {}
        }
        let symbol = match op {
            ast::BinaryOperator::PGCustomBinaryOperator(parts) => parts.last().cloned().unwrap_or_default(),
            other => other.to_string(),
        };
        let (bound_left, bound_right) = (self.expr(left)?, self.expr(right)?);
        match (bound_left, bound_right) {
            (Expr::Row(l), Expr::Row(r)) => row_compare(&symbol, l, r),
            (l, r) => operators::binary(&symbol, l, r),
        }
    }

    fn unary_op(&mut self, op: ast::UnaryOperator, expr: &ast::Expr) -> Result<Expr, SqlError> {
        match op {
            ast::UnaryOperator::Not => Ok(Expr::Not(Box::new(self.boolean(expr, "NOT")?))),
            ast::UnaryOperator::Plus => self.expr(expr),
            ast::UnaryOperator::Minus => match self.expr(expr)? {
                Expr::Const(Value { datum: Datum::Int(i), type_id }) => {
                    Ok(Expr::constant(Datum::Int(-i), type_id))
                }
                Expr::Const(Value { datum: Datum::Numeric(f, text), .. }) => {
                    Ok(Expr::constant(Datum::Numeric(-f, format!("-{text}").into()), TypeId::NUMERIC))
                }
                operand => {
                    let type_id = operand.type_id();
                    let op = Operator {
                        kind: OperatorKind::Negate,
                        left: TypeId::VOID,
                        right: type_id,
                        result: type_id,
                    };
                    Ok(Expr::Operator(op, vec![operand]))
                }
            },
            other => Err(SqlError::unsupported(format!("operator {other}"))),
        }
    }

    /// `IN (…)`: an array comparison where the items are constants or parameters of one type, else an OR.
    fn in_list(&mut self, expr: &ast::Expr, list: &[ast::Expr], negated: bool) -> Result<Expr, SqlError> {
        let left = self.expr(expr)?;
        let items: Vec<Expr> = list.iter().map(|e| self.expr(e)).collect::<Result<_, _>>()?;
        let symbol = if negated { "<>" } else { "=" };
        let simple =
            !matches!(left, Expr::Row(_)) && items.len() > 1 && items.iter().all(|i| i.as_column().is_none());
        if simple {
            return array_compare(symbol, left, array_of_types(items)?, negated);
        }
        let compare = |item: Expr| match (left.clone(), item) {
            (Expr::Row(l), Expr::Row(r)) => row_compare(symbol, l, r),
            (l, r) => operators::binary(symbol, l, r),
        };
        let mut clauses: Vec<Expr> = items.into_iter().map(compare).collect::<Result<_, _>>()?;
        Ok(match clauses.len() {
            1 => clauses.remove(0),
            _ if negated => Expr::And(clauses),
            _ => Expr::Or(clauses),
        })
    }

    fn between(
        &mut self,
        expr: &ast::Expr,
        negated: bool,
        low: &ast::Expr,
        high: &ast::Expr,
    ) -> Result<Expr, SqlError> {
        let value = self.expr(expr)?;
        let (low, high) = (self.expr(low)?, self.expr(high)?);
        let (first, second) = if negated { ("<", ">") } else { (">=", "<=") };
        let clauses =
            vec![operators::binary(first, value.clone(), low)?, operators::binary(second, value, high)?];
        Ok(if negated { Expr::Or(clauses) } else { Expr::And(clauses) })
    }

    fn any_all(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        all: bool,
    ) -> Result<Expr, SqlError> {
        let left = self.expr(left)?;
        let right = match right {
            ast::Expr::Nested(inner) => inner,
            other => other,
        };
        if let ast::Expr::Subquery(query) = right {
            let kind = if all { SubLinkKind::All } else { SubLinkKind::Any };
            return self.any_sublink(&op.to_string(), left, query, kind);
        }
        let array = self.expr(right)?;
        array_compare(&op.to_string(), left, array, all)
    }

    fn any_sublink(
        &mut self,
        symbol: &str,
        left: Expr,
        query: &ast::Query,
        kind: SubLinkKind,
    ) -> Result<Expr, SqlError> {
        let Expr::SubLink(mut link) = self.sublink(kind, None, query)? else {
            return Err(SqlError::unsupported("this subquery"));
        };
        let Some(output) = link.query.targets.first() else {
            return Err(SqlError::new(SqlState::SYNTAX_ERROR, "subquery has no columns"));
        };
        let probe = Expr::Parameter { number: 0, type_id: output.expr.type_id() };
        match operators::binary(symbol, left, probe)? {
            Expr::Operator(operator, mut args) => {
                link.test = Some((operator, args.swap_remove(0)));
                Ok(Expr::SubLink(link))
            }
            other => Err(SqlError::unsupported(format!("{other:?}"))),
        }
    }

    fn sublink(
        &mut self,
        kind: SubLinkKind,
        test: Option<(Operator, Expr)>,
        query: &ast::Query,
    ) -> Result<Expr, SqlError> {
        let query = self.subquery(query)?;
        Ok(Expr::SubLink(Box::new(SubLink { kind, test, query })))
    }

    fn interval(&mut self, interval: &ast::Interval) -> Result<Expr, SqlError> {
        let Expr::Const(Value { datum: Datum::Text(text), .. }) = self.expr(&interval.value)? else {
            return Err(SqlError::unsupported(interval));
        };
        let unit = interval
            .leading_field
            .as_ref()
            .map_or(String::new(), |f| format!(" {}", f.to_string().to_lowercase()));
        let text =
            if text.trim().parse::<f64>().is_ok() { format!("{text}{unit}") } else { text.to_string() };
        Ok(Expr::constant(parse_datum(&text, TypeId::INTERVAL)?, TypeId::INTERVAL))
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
    ) -> Result<Expr, SqlError> {
        let operand = operand.map(|e| self.expr(e)).transpose()?;
        let mut branches = Vec::new();
        for when in conditions {
            let condition = match &operand {
                Some(o) => {
                    let right = self.expr(&when.condition)?;
                    operators::binary("=", o.clone(), right)?
                }
                None => self.boolean(&when.condition, "CASE/WHEN")?,
            };
            branches.push((condition, self.expr(&when.result)?));
        }
        let otherwise = otherwise.map(|e| self.expr(e)).transpose()?;
        let results = branches.iter().map(|b| b.1.type_id()).chain(otherwise.iter().map(Expr::type_id));
        let type_id = common_result(results);
        for branch in &mut branches {
            branch.1 = casts::coerce(std::mem::replace(&mut branch.1, Expr::boolean(true)), type_id)?;
        }
        let otherwise = otherwise.map(|e| casts::coerce(e, type_id)).transpose()?.map(Box::new);
        Ok(Expr::Case { operand: operand.map(Box::new), branches, otherwise, type_id })
    }

    fn function(&mut self, function: &ast::Function) -> Result<Expr, SqlError> {
        let name = last_name(&function.name);
        let (args, distinct): (&[ast::FunctionArg], bool) = match &function.args {
            ast::FunctionArguments::None => (&[], false),
            ast::FunctionArguments::Subquery(query) => return self.sublink(SubLinkKind::Array, None, query),
            ast::FunctionArguments::List(list) => {
                (&list.args, matches!(list.duplicate_treatment, Some(ast::DuplicateTreatment::Distinct)))
            }
        };
        if AggregateInfo::is_name(&name) {
            return self.aggregate(&name, args, distinct, function);
        }
        match (WindowFunctionInfo::find(&name), &function.over) {
            (Some(info), Some(over)) => {
                let args = self.arguments(args)?;
                self.window_function(info, args, over)
            }
            (Some(_), None) => {
                let message = format!("window function {name} requires an OVER clause");
                Err(SqlError::new(SqlState::WRONG_OBJECT_TYPE, message))
            }
            (None, Some(_)) => {
                let message =
                    format!("OVER specified, but {name} is not a window function nor an aggregate function");
                Err(SqlError::new(SqlState::WRONG_OBJECT_TYPE, message))
            }
            (None, None) => self.call(&name, args),
        }
    }

    /// A plain function call.
    pub(super) fn call(&mut self, name: &str, args: &[ast::FunctionArg]) -> Result<Expr, SqlError> {
        let args = self.arguments(args)?;
        match name {
            "coalesce" | "greatest" | "least" | "nullif" => {
                let type_id = common_result(args.iter().map(Expr::type_id));
                let args = args.into_iter().map(|a| casts::coerce(a, type_id)).collect::<Result<_, _>>()?;
                let name = ["COALESCE", "GREATEST", "LEAST", "NULLIF"]
                    .into_iter()
                    .find(|n| n.eq_ignore_ascii_case(name))
                    .unwrap_or("COALESCE");
                Ok(Expr::Variadic(name, args, type_id))
            }
            _ => function_call(name, args),
        }
    }

    fn arguments(&mut self, args: &[ast::FunctionArg]) -> Result<Vec<Expr>, SqlError> {
        let mut out = Vec::new();
        for arg in args {
            let inner = match arg {
                ast::FunctionArg::Unnamed(inner) => inner,
                ast::FunctionArg::Named { arg, .. } | ast::FunctionArg::ExprNamed { arg, .. } => arg,
            };
            match inner {
                ast::FunctionArgExpr::Expr(expr) => out.push(self.expr(expr)?),
                ast::FunctionArgExpr::Wildcard => {}
                other => return Err(SqlError::unsupported(other)),
            }
        }
        Ok(out)
    }

    fn aggregate(
        &mut self,
        name: &str,
        args: &[ast::FunctionArg],
        distinct: bool,
        function: &ast::Function,
    ) -> Result<Expr, SqlError> {
        let mut arguments = self.arguments(args)?;
        if let Some(first) = arguments.first_mut()
            && first.type_id() == TypeId::UNKNOWN
        {
            *first = casts::coerce(first.clone(), TypeId::TEXT)?;
        }
        let type_id = arguments.first().map_or(TypeId::ANY, Expr::type_id);
        let info = AggregateInfo::find(name, type_id).ok_or_else(|| {
            let message = format!("function {name}({type_id}) does not exist");
            SqlError::new(SqlState::UNDEFINED_FUNCTION, message)
        })?;
        let result = match info.result {
            crate::postgres::sql::functions::ResultType::Fixed(t) => t,
            crate::postgres::sql::functions::ResultType::Argument(_) if name == "array_agg" => {
                type_id.array().unwrap_or(TypeId::TEXT_ARRAY)
            }
            crate::postgres::sql::functions::ResultType::Argument(_) => type_id,
            crate::postgres::sql::functions::ResultType::Element(_) => {
                type_id.element().unwrap_or(TypeId::TEXT)
            }
        };
        let filter = function.filter.as_ref().map(|f| self.boolean(f, "FILTER")).transpose()?;
        let mut order_by = Vec::new();
        if let ast::FunctionArguments::List(list) = &function.args {
            for clause in &list.clauses {
                if let ast::FunctionArgumentClause::OrderBy(items) = clause {
                    for item in items {
                        let descending = matches!(item.options.sort, Some(ast::OrderBySort::Desc));
                        let nulls_first = item.options.nulls_first.unwrap_or(descending);
                        order_by.push((self.expr(&item.expr)?, descending, nulls_first));
                    }
                }
            }
        }
        for argument in &arguments {
            self.note_parameters(argument);
        }
        if let Some(over) = &function.over {
            if distinct {
                let message = "DISTINCT is not implemented for window functions";
                return Err(SqlError::new(SqlState::FEATURE_NOT_SUPPORTED, message));
            }
            return self.over(info.name, arguments, filter, result, over);
        }
        if arguments.iter().chain(&filter).any(Expr::contains_window) {
            let message = "aggregate function calls cannot contain window function calls";
            return Err(SqlError::new(SqlState::GROUPING_ERROR, message));
        }
        Ok(Expr::Aggregate(Box::new(Aggregate {
            info,
            arguments,
            distinct,
            order_by,
            filter,
            type_id: result,
        })))
    }
}

/// AND and OR flattened as the grammar does.
fn connect(and: bool, left: Expr, right: Expr) -> Expr {
    let mut clauses = match (and, left) {
        (true, Expr::And(args)) | (false, Expr::Or(args)) => args,
        (_, other) => vec![other],
    };
    match (and, right) {
        (true, Expr::And(args)) | (false, Expr::Or(args)) => clauses.extend(args),
        (_, other) => clauses.push(other),
    }
    if and { Expr::And(clauses) } else { Expr::Or(clauses) }
}

/// Builds a function call with its arguments converted.
fn function_call(name: &str, args: Vec<Expr>) -> Result<Expr, SqlError> {
    let types = || args.iter().map(|a| a.type_id().to_string()).collect::<Vec<_>>().join(", ");
    let info = FunctionInfo::find(name, args.len()).ok_or_else(|| {
        SqlError::new(SqlState::UNDEFINED_FUNCTION, format!("function {name}({}) does not exist", types()))
            .hint("No function matches the given name and argument types. You might need to add explicit type casts.")
    })?;
    // Text search functions with one argument use the default configuration, which is looked up at run time.
    let skip = if info.arguments.first() == Some(&TypeId::REGCONFIG) && args.len() == 1 { 1 } else { 0 };
    let wanted =
        |i: usize| info.arguments.get(i + skip).or(info.arguments.last()).copied().unwrap_or(TypeId::ANY);
    let mut out = Vec::with_capacity(args.len());
    for (i, arg) in args.into_iter().enumerate() {
        out.push(match (wanted(i), arg.type_id()) {
            (TypeId::ANY | TypeId::ANYARRAY, TypeId::UNKNOWN) => casts::coerce(arg, TypeId::TEXT)?,
            (TypeId::ANY | TypeId::ANYARRAY, _) => arg,
            // The date and time functions exist for each of these types.
            (TypeId::TIMESTAMPTZ, TypeId::TIMESTAMP | TypeId::DATE | TypeId::INTERVAL) => arg,
            (target, _) => casts::coerce(arg, target)?,
        });
    }
    Ok(Expr::Function(info, out))
}

/// `left op ANY|ALL (array)`.
fn array_compare(symbol: &str, left: Expr, array: Expr, all: bool) -> Result<Expr, SqlError> {
    let element = match array.type_id() {
        TypeId::UNKNOWN => {
            if left.type_id() == TypeId::VARCHAR {
                TypeId::TEXT
            } else {
                left.type_id()
            }
        }
        other => other.element().ok_or_else(|| {
            SqlError::new(SqlState::WRONG_OBJECT_TYPE, "op ANY/ALL (array) requires array on right side")
        })?,
    };
    let probe = Expr::Parameter { number: 0, type_id: element };
    let Expr::Operator(operator, mut args) = operators::binary(symbol, left, probe)? else {
        return Err(SqlError::unsupported("this comparison with an array"));
    };
    let array_type = operator.right.array().ok_or_else(|| SqlError::unsupported("an array of this type"))?;
    let array = casts::coerce(array, array_type)?;
    Ok(Expr::ArrayCompare { operator, left: Box::new(args.swap_remove(0)), array: Box::new(array), all })
}

/// Items of an IN list as one array: a constant where all are, else `ARRAY[…]`. Untyped items stay untyped.
fn array_of_types(items: Vec<Expr>) -> Result<Expr, SqlError> {
    let unknown = items.iter().all(|i| i.type_id() == TypeId::UNKNOWN);
    let constant = items.iter().all(|i| matches!(i, Expr::Const(_)));
    if unknown && constant {
        let quoted: Vec<String> = items
            .iter()
            .map(|i| match i.as_const().map(|v| &v.datum) {
                Some(Datum::Text(text)) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
                _ => "NULL".to_owned(),
            })
            .collect();
        return Ok(Expr::constant(Datum::text(&format!("{{{}}}", quoted.join(","))), TypeId::UNKNOWN));
    }
    array_of(items)
}

fn array_of(items: Vec<Expr>) -> Result<Expr, SqlError> {
    let element = common_result(items.iter().map(Expr::type_id));
    let array = element.array().ok_or_else(|| SqlError::unsupported("an array of this type"))?;
    let items: Vec<Expr> = items.into_iter().map(|i| casts::coerce(i, element)).collect::<Result<_, _>>()?;
    if items.iter().all(|i| matches!(i, Expr::Const(_))) {
        let datums: Vec<Datum> = items.iter().filter_map(|i| i.as_const()).map(|v| v.datum.clone()).collect();
        return Ok(Expr::constant(Datum::Array(datums.into()), array));
    }
    Ok(Expr::Array(items, array))
}

fn row_compare(symbol: &str, left: Vec<Expr>, right: Vec<Expr>) -> Result<Expr, SqlError> {
    if left.len() != right.len() {
        return Err(SqlError::new(SqlState::SYNTAX_ERROR, "unequal number of entries in row expressions"));
    }
    let pairs: Vec<Expr> = left
        .into_iter()
        .zip(right)
        .map(|(l, r)| operators::binary(symbol, l, r))
        .collect::<Result<_, _>>()?;
    match symbol {
        "=" => return Ok(Expr::And(pairs)),
        "<>" | "!=" => return Ok(Expr::Or(pairs)),
        _ => {}
    }
    let (mut operators, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
    for pair in pairs {
        if let Expr::Operator(op, mut args) = pair
            && let (Some(r), Some(l)) = (args.pop(), args.pop())
        {
            operators.push(op);
            left.push(l);
            right.push(r);
        }
    }
    Ok(Expr::RowCompare { operators, left, right })
}

/// The type that CASE branches, COALESCE arguments and array items share.
fn common_result(types: impl Iterator<Item = TypeId>) -> TypeId {
    let known = types.filter(|t| *t != TypeId::UNKNOWN);
    known.reduce(|a, b| casts::common_type(a, b).unwrap_or(a)).unwrap_or(TypeId::TEXT)
}

fn literal(value: &ast::Value) -> Result<Expr, SqlError> {
    match value {
        ast::Value::Number(text, _) => Ok(number(text)),
        ast::Value::Boolean(b) => Ok(Expr::boolean(*b)),
        ast::Value::Null => Ok(Expr::constant(Datum::Null, TypeId::UNKNOWN)),
        ast::Value::Placeholder(text) => {
            let number = text.trim_start_matches('$').parse().map_err(|_| {
                SqlError::new(SqlState::UNDEFINED_PARAMETER, format!("there is no parameter {text}"))
            })?;
            Ok(Expr::Parameter { number, type_id: TypeId::UNKNOWN })
        }
        other => match other.clone().into_string() {
            Some(text) => Ok(Expr::constant(Datum::text(&text), TypeId::UNKNOWN)),
            None => Err(SqlError::unsupported(other)),
        },
    }
}

/// A number is the smallest of int4, int8, numeric that holds it.
fn number(text: &str) -> Expr {
    if let Ok(value) = text.parse::<i64>() {
        let type_id = if i32::try_from(value).is_ok() { TypeId::INT4 } else { TypeId::INT8 };
        return Expr::constant(Datum::Int(value), type_id);
    }
    Expr::constant(Datum::Numeric(text.parse().unwrap_or(0.0), text.into()), TypeId::NUMERIC)
}

/// A type name with its modifier.
pub fn data_type(data_type: &ast::DataType) -> Result<(TypeId, i32), SqlError> {
    let text = data_type.to_string();
    let (head, modifier) = match text.find('(') {
        Some(at) => {
            let close = text.find(')').unwrap_or(text.len());
            let tail = text.get(close + 1..).unwrap_or_default();
            (format!("{}{}", text[..at].trim(), tail), modifier(&text[at + 1..close]))
        }
        None => (text.clone(), None),
    };
    let type_id = TypeId::by_name(&head).ok_or_else(|| {
        SqlError::new(SqlState::UNDEFINED_OBJECT, format!("type \"{}\" does not exist", text.to_lowercase()))
    })?;
    let modifier = match (type_id, modifier) {
        (TypeId::VARCHAR | TypeId::BPCHAR, Some((n, _))) => n + 4,
        (TypeId::NUMERIC, Some((precision, scale))) => ((precision << 16) | scale) + 4,
        _ => -1,
    };
    Ok((type_id, modifier))
}

fn modifier(text: &str) -> Option<(i32, i32)> {
    let mut parts = text.split(',').map(|p| p.trim().parse::<i32>());
    Some((parts.next()?.ok()?, parts.next().and_then(Result::ok).unwrap_or(0)))
}
