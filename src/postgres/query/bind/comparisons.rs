//! Tests of values: null and truth, rows, ranges, lists and subqueries (`IN`, `ANY`, `ALL`), patterns.

use sqlparser::ast;

use super::expressions::tuple;
use super::operators::operator_name;
use super::{Binder, Bound, null};
use crate::postgres::error::SqlError;
use crate::postgres::query::errors;
use crate::postgres::query::expr::{Expr, Operation};
use crate::postgres::query::resolve;
use crate::postgres::query::system::CastContext;
use crate::postgres::query::types::{self as t, Typed};

impl Binder<'_> {
    pub(super) fn compare_rows(
        &mut self,
        name: &str,
        a: &[ast::Expr],
        b: &[ast::Expr],
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        if a.len() != b.len() {
            return Err(errors::syntax("unequal number of entries in row expressions").at(position));
        }
        let mut pairs = Vec::new();
        for (x, y) in a.iter().zip(b) {
            let (x, y) = (self.expr(x)?, self.expr(y)?);
            pairs.push((x, y));
        }
        if matches!(name, "=" | "<>") {
            let mut parts = Vec::new();
            for (x, y) in pairs {
                parts.push(self.operate(name, x, y, position)?.expr);
            }
            let expr = if name == "=" { Expr::And(parts) } else { Expr::Or(parts) };
            return Ok(Bound::new(expr, t::BOOL, position));
        }
        let strict = name.trim_end_matches('=');
        let mut result: Option<Expr> = None;
        for (at, (x, y)) in pairs.iter().enumerate().rev() {
            let last = at + 1 == pairs.len();
            let step = self.operate(if last { name } else { strict }, x.clone(), y.clone(), position)?.expr;
            result = Some(match result {
                None => step,
                Some(rest) => {
                    let equal = self.operate("=", x.clone(), y.clone(), position)?.expr;
                    Expr::Or(vec![step, equal.and(rest)])
                }
            });
        }
        Ok(Bound::new(result.unwrap_or_else(Expr::truth), t::BOOL, position))
    }

    pub(super) fn null_test(&mut self, inner: &ast::Expr, negated: bool) -> Result<Bound, SqlError> {
        let bound = self.expr(inner)?;
        Ok(Bound::new(Expr::IsNull { expr: Box::new(bound.expr), negated }, t::BOOL, bound.position))
    }

    pub(super) fn bool_test(
        &mut self,
        inner: &ast::Expr,
        value: Option<bool>,
        negated: bool,
        word: &str,
    ) -> Result<Bound, SqlError> {
        let bound = self.expr(inner)?;
        let position = bound.position;
        let expr = Box::new(self.boolean(bound, word)?);
        Ok(Bound::new(Expr::IsBool { expr, value, negated }, t::BOOL, position))
    }

    pub(super) fn distinct_test(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        negated: bool,
    ) -> Result<Bound, SqlError> {
        let (a, b) = (self.expr(left)?, self.expr(right)?);
        let position = a.position;
        let equal = self.operate("=", a, b, position)?;
        let Expr::Compare { left, right, .. } = equal.expr else {
            return Err(errors::unsupported("IS DISTINCT FROM for this type").at(position));
        };
        Ok(Bound::new(Expr::IsDistinct { left, right, negated }, t::BOOL, position))
    }

    pub(super) fn between(
        &mut self,
        expr: &ast::Expr,
        low: &ast::Expr,
        high: &ast::Expr,
        negated: bool,
    ) -> Result<Bound, SqlError> {
        let value = self.expr(expr)?;
        let (low, high) = (self.expr(low)?, self.expr(high)?);
        let position = value.position;
        let above = self.operate(">=", value.clone(), low, position)?.expr;
        let below = self.operate("<=", value, high, position)?.expr;
        let inside = above.and(below);
        let expr = if negated { Expr::Not(Box::new(inside)) } else { inside };
        Ok(Bound::new(expr, t::BOOL, position))
    }

    /// Operands of IN (SELECT …), `op ANY (SELECT …)` over rows.
    pub(super) fn row_subquery(
        &mut self,
        name: &str,
        items: &[ast::Expr],
        query: &ast::Query,
        all: bool,
    ) -> Result<Bound, SqlError> {
        let left: Vec<Bound> = items.iter().map(|item| self.expr(item)).collect::<Result<_, _>>()?;
        let query = self.query(query)?;
        if query.columns.len() != left.len() {
            let word = if query.columns.len() > left.len() { "many" } else { "few" };
            return Err(errors::syntax(format!("subquery has too {word} columns")));
        }
        let (mut operations, mut casts, mut exprs) = (Vec::new(), Vec::new(), Vec::new());
        for (bound, column) in left.into_iter().zip(&query.columns) {
            let right = Bound::new(Expr::Column { depth: 0, index: 0 }, column.ty.oid, None);
            let (operation, left, cast) = self.operation(name, bound, right)?;
            operations.push(operation);
            casts.push(cast);
            exprs.push(left);
        }
        let query = Box::new(query);
        Ok(Bound::new(Expr::QuantifiedSubquery { operations, all, left: exprs, casts, query }, t::BOOL, None))
    }

    pub(super) fn in_subquery(
        &mut self,
        expr: &ast::Expr,
        query: &ast::Query,
        negated: bool,
    ) -> Result<Bound, SqlError> {
        let items = tuple(expr).unwrap_or(std::slice::from_ref(expr));
        let bound = self.row_subquery("=", items, query, false)?;
        let expr = if negated { Expr::Not(Box::new(bound.expr)) } else { bound.expr };
        Ok(Bound::new(expr, t::BOOL, bound.position))
    }

    pub(super) fn in_list(
        &mut self,
        expr: &ast::Expr,
        list: &[ast::Expr],
        negated: bool,
    ) -> Result<Bound, SqlError> {
        if let [ast::Expr::Subquery(query)] = list {
            return self.in_subquery(expr, query, negated);
        }
        let mut parts = Vec::new();
        if let Some(items) = tuple(expr) {
            for item in list {
                let other = tuple(item).unwrap_or(std::slice::from_ref(item));
                parts.push(self.compare_rows("=", items, other, None)?.expr);
            }
        } else {
            let value = self.expr(expr)?;
            let bounds: Vec<Bound> = list.iter().map(|item| self.expr(item)).collect::<Result<_, _>>()?;
            let at = self.operator_position(expr);
            if let Some(quantified) = self.in_constants(&value, &bounds)? {
                parts.push(quantified);
            } else {
                for bound in bounds {
                    parts.push(self.operate("=", value.clone(), bound, at)?.expr);
                }
            }
        }
        let any = if parts.len() == 1 { parts.remove(0) } else { Expr::Or(parts) };
        let expr = if negated { Expr::Not(Box::new(any)) } else { any };
        Ok(Bound::new(expr, t::BOOL, self.position(&ast::Expr::Value(ast::Value::Null.into()))))
    }

    /// A list with a common type is `= ANY (array)`.
    fn in_constants(&mut self, value: &Bound, items: &[Bound]) -> Result<Option<Expr>, SqlError> {
        let types: Vec<u32> =
            std::iter::once(value.ty.oid).chain(items.iter().map(|item| item.ty.oid)).collect();
        let Some(common) = resolve::common_type(&types) else { return Ok(None) };
        if t::array_of(common).is_none() || common == t::RECORD {
            return Ok(None);
        }
        let mut exprs = Vec::new();
        for item in items {
            exprs.push(self.coerce(item.clone(), Typed::plain(common), CastContext::Implicit)?.expr);
        }
        let right = Bound::new(Expr::Column { depth: 0, index: 0 }, common, None);
        let (operation, left, cast) = self.operation("=", value.clone(), right)?;
        if cast.is_some() {
            return Ok(None);
        }
        let array = Box::new(Expr::Array { element: common, items: exprs, nested: false });
        Ok(Some(Expr::Quantified { operation, all: false, left: Box::new(left), array }))
    }

    pub(super) fn quantified(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        all: bool,
    ) -> Result<Bound, SqlError> {
        let name = operator_name(op).ok_or_else(|| errors::unsupported(format!("operator {op}")))?;
        self.quantified_named(&name, left, right, all)
    }

    fn quantified_named(
        &mut self,
        name: &str,
        left: &ast::Expr,
        right: &ast::Expr,
        all: bool,
    ) -> Result<Bound, SqlError> {
        let right = match right {
            ast::Expr::Nested(inner) => inner.as_ref(),
            other => other,
        };
        if let ast::Expr::Subquery(query) = right {
            let items = tuple(left).unwrap_or(std::slice::from_ref(left));
            return self.row_subquery(name, items, query, all);
        }
        let value = self.expr(left)?;
        let mut array = self.expr(right)?;
        if array.ty.oid == t::UNKNOWN {
            let element = if value.ty.oid == t::UNKNOWN { t::TEXT } else { value.ty.oid };
            let ty = t::array_of(element).unwrap_or(t::TEXT_ARRAY);
            array = self.coerce(array, Typed::plain(ty), CastContext::Implicit)?;
        }
        let Some(element) = t::element_of(array.ty.oid).or((array.ty.oid == t::ANYARRAY).then_some(t::TEXT))
        else {
            return Err(errors::new(
                crate::postgres::error::SqlState::WRONG_OBJECT_TYPE,
                "op ANY/ALL (array) requires array on right side",
            )
            .at(self.operator_position(left)));
        };
        let item = Bound::new(Expr::Column { depth: 0, index: 0 }, element, None);
        let position = value.position;
        let (operation, left, cast) = self.operation(name, value, item)?;
        let mut array_expr = array.expr;
        if let Some((_, to)) = cast {
            let target = t::array_of(to.oid).unwrap_or(t::TEXT_ARRAY);
            array_expr =
                Expr::Cast { expr: Box::new(array_expr), from: array.ty.oid, to: Typed::plain(target) };
        }
        let expr = Expr::Quantified { operation, all, left: Box::new(left), array: Box::new(array_expr) };
        Ok(Bound::new(expr, t::BOOL, position))
    }

    pub(super) fn like(
        &mut self,
        name: &str,
        expr: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
        any: bool,
    ) -> Result<Bound, SqlError> {
        if any {
            return self.quantified_named(name, expr, pattern, false);
        }
        if let ast::Expr::Function(call) = pattern {
            // LIKE ANY (…) and LIKE ALL (…) come as calls of functions with those names.
            let word = call.name.to_string().to_lowercase();
            if let (true, ast::FunctionArguments::List(list)) =
                (matches!(word.as_str(), "any" | "all" | "some"), &call.args)
                && let [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(array))] = list.args.as_slice()
            {
                return self.quantified_named(name, expr, array, word == "all");
            }
        }
        let value = self.expr(expr)?;
        let mut pattern = self.expr(pattern)?;
        if let Some(escape) = escape {
            let escape = self.expr(escape)?;
            pattern = self.call_named("like_escape", vec![pattern, escape], None)?;
        }
        let at = self.operator_position(expr);
        self.operate(name, value, pattern, at)
    }

    pub(super) fn similar(
        &mut self,
        expr: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
        negated: bool,
    ) -> Result<Bound, SqlError> {
        let value = self.expr(expr)?;
        let mut args = vec![self.expr(pattern)?];
        if let Some(escape) = escape {
            args.push(self.expr(escape)?);
        }
        let regex = self.call_named("similar_to_escape", args, None)?;
        self.operate(if negated { "!~" } else { "~" }, value, regex, None)
    }

    /// The operation of an operator between two operands: it, the left operand coerced, and the cast that the right
    /// operand's values need.
    pub(super) fn operation(
        &mut self,
        name: &str,
        left: Bound,
        right: Bound,
    ) -> Result<(Operation, Expr, Option<(u32, Typed)>), SqlError> {
        let position = left.position;
        let right_type = right.ty.oid;
        let bound = self.operate(name, left, right, position)?;
        match bound.expr {
            Expr::Compare { comparison, collate, left, right } => {
                Ok((Operation::Compare { comparison, collate }, *left, cast_of(&right, right_type)))
            }
            Expr::Call { call, mut args } if args.len() == 2 => {
                let right = args.pop().unwrap_or_else(null);
                let left = args.pop().unwrap_or_else(null);
                Ok((Operation::Call(call), left, cast_of(&right, right_type)))
            }
            _ => Err(errors::unsupported(format!("operator {name} with ANY or ALL")).at(position)),
        }
    }
}

fn cast_of(right: &Expr, from: u32) -> Option<(u32, Typed)> {
    match right {
        Expr::Cast { to, .. } => Some((from, *to)),
        _ => None,
    }
}
