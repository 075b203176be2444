//! Scalar expressions, case by case over the syntax tree.

use std::sync::Arc;

use sqlparser::ast::{self, AccessExpr, DataType, Subscript, UnaryOperator, Value as Literal};

use super::operators::operator_name;
use super::scope::fold;
use super::{Binder, Bound, null};
use crate::postgres::error::SqlError;
use crate::postgres::query::datetime::parse_interval;
use crate::postgres::query::errors;
use crate::postgres::query::expr::Expr;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::plan::Query;
use crate::postgres::query::system::CastContext;
use crate::postgres::query::types::{self as t, Typed};
use crate::postgres::query::value::{Record, Value};
use crate::postgres::sql::COLLATE_OPERATOR;

impl Binder<'_> {
    /// Binds an expression.
    pub(crate) fn expr(&mut self, expr: &ast::Expr) -> Result<Bound, SqlError> {
        self.depth += 1;
        if self.depth > super::MAX_DEPTH {
            return Err(errors::limit_exceeded("stack depth limit exceeded")
                .hint("Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's stack depth limit is adequate."));
        }
        let bound = self.expr_inner(expr);
        self.depth -= 1;
        bound
    }

    fn expr_inner(&mut self, expr: &ast::Expr) -> Result<Bound, SqlError> {
        use ast::Expr as E;
        let position = self.position(expr);
        match expr {
            E::Identifier(ident) => self.column(ident),
            E::CompoundIdentifier(parts) => self.compound(parts),
            E::Value(value) => self.literal(&value.value, self.at(value.span)),
            E::Nested(inner) => self.expr(inner),
            E::TypedString(typed) => {
                let text = typed.value.value.clone().into_string().unwrap_or_default();
                let ty = t::of_ast(&typed.data_type)?;
                self.typed_literal(&text, ty, self.at(typed.value.span))
            }
            E::Interval(interval) => self.interval(interval, position),
            E::Prefixed { .. } => Err(errors::syntax("syntax error")),
            E::Cast { expr, data_type, kind, .. } => self.cast(expr, data_type, kind),
            E::UnaryOp { op, expr } => self.unary(*op, expr, position),
            E::BinaryOp { left, op, right } => self.binary(left, op, right, position),
            E::IsNull(inner) => self.null_test(inner, false),
            E::IsNotNull(inner) => self.null_test(inner, true),
            E::IsTrue(inner) => self.bool_test(inner, Some(true), false, "IS TRUE"),
            E::IsNotTrue(inner) => self.bool_test(inner, Some(true), true, "IS NOT TRUE"),
            E::IsFalse(inner) => self.bool_test(inner, Some(false), false, "IS FALSE"),
            E::IsNotFalse(inner) => self.bool_test(inner, Some(false), true, "IS NOT FALSE"),
            E::IsUnknown(inner) => self.bool_test(inner, None, false, "IS UNKNOWN"),
            E::IsNotUnknown(inner) => self.bool_test(inner, None, true, "IS NOT UNKNOWN"),
            E::IsDistinctFrom(left, right) => self.distinct_test(left, right, false),
            E::IsNotDistinctFrom(left, right) => self.distinct_test(left, right, true),
            E::InList { expr, list, negated } => self.in_list(expr, list, *negated),
            E::InSubquery { expr, subquery, negated } => self.in_subquery(expr, subquery, *negated),
            E::Between { expr, negated, low, high } => self.between(expr, low, high, *negated),
            E::Like { negated, any, expr, pattern, escape_char } => {
                let name = if *negated { "!~~" } else { "~~" };
                self.like(name, expr, pattern, escape_char.as_deref(), *any)
            }
            E::ILike { negated, any, expr, pattern, escape_char } => {
                let name = if *negated { "!~~*" } else { "~~*" };
                self.like(name, expr, pattern, escape_char.as_deref(), *any)
            }
            E::SimilarTo { negated, expr, pattern, escape_char } => {
                self.similar(expr, pattern, escape_char.as_deref(), *negated)
            }
            E::AnyOp { left, compare_op, right, .. } => self.quantified(left, compare_op, right, false),
            E::AllOp { left, compare_op, right } => self.quantified(left, compare_op, right, true),
            E::Function(call) => self.function(call),
            E::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            E::Exists { subquery, negated } => {
                let exists = Expr::Exists(Box::new(self.query(subquery)?));
                let expr = if *negated { Expr::Not(Box::new(exists)) } else { exists };
                Ok(Bound::new(expr, t::BOOL, position))
            }
            E::Subquery(query) => {
                let query = self.one_column(query)?;
                let ty = query.columns[0].ty;
                Ok(Bound { expr: Expr::Scalar(Box::new(query)), ty, position, c_collation: false })
            }
            E::Tuple(items) => self.row(items, position),
            E::Array(array) => self.array(&array.elem, position),
            E::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            E::Extract { field, expr, .. } => {
                let source = self.expr(expr)?;
                let field =
                    Bound::new(Expr::Const(Value::text(field.to_string().to_lowercase())), t::TEXT, position);
                self.call_named("extract", vec![field, source], position)
            }
            E::Ceil { expr, .. } => self.call_exprs("ceil", &[expr], position),
            E::Floor { expr, .. } => self.call_exprs("floor", &[expr], position),
            E::Position { expr, r#in } => self.call_exprs("position", &[r#in, expr], position),
            E::Substring { expr, substring_from, substring_for, .. } => {
                let mut args = vec![expr.as_ref()];
                let one = ast::Expr::value(Literal::Number("1".to_owned(), false));
                match (substring_from, substring_for) {
                    (Some(from), Some(length)) => args.extend([from.as_ref(), length.as_ref()]),
                    (Some(from), None) => args.push(from),
                    (None, Some(length)) => args.extend([&one, length.as_ref()]),
                    (None, None) => {}
                }
                self.call_exprs("substring", &args, position)
            }
            E::Trim { expr, trim_where, trim_what, trim_characters } => {
                let name = match trim_where {
                    Some(ast::TrimWhereField::Leading) => "ltrim",
                    Some(ast::TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                let mut args = vec![expr.as_ref()];
                args.extend(trim_what.as_deref());
                args.extend(trim_characters.iter().flatten());
                self.call_exprs(name, &args, position)
            }
            E::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let mut args = vec![expr.as_ref(), overlay_what.as_ref(), overlay_from.as_ref()];
                args.extend(overlay_for.as_deref());
                self.call_exprs("overlay", &args, position)
            }
            E::AtTimeZone { timestamp, time_zone } => {
                self.call_exprs("timezone", &[time_zone, timestamp], position)
            }
            E::Collate { expr, collation } => {
                let mut bound = self.expr(expr)?;
                let name =
                    collation.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.as_str());
                bound.c_collation = name.is_some_and(is_c_collation);
                Ok(bound)
            }
            E::Wildcard(_) | E::QualifiedWildcard(..) => {
                Err(errors::syntax("syntax error at or near \"*\"").at(position))
            }
            other => Err(errors::unsupported(format!("expression {other}")).at(position)),
        }
    }

    fn compound(&mut self, parts: &[ast::Ident]) -> Result<Bound, SqlError> {
        match parts {
            [table, column] => self.qualified_column(None, table, column),
            [schema, table, column] => self.qualified_column(Some(&fold(schema)), table, column),
            _ => {
                let name = parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".");
                Err(errors::syntax(format!("improper qualified name (too many dotted names): {name}")))
            }
        }
    }

    fn literal(&mut self, literal: &Literal, position: Option<u32>) -> Result<Bound, SqlError> {
        let (value, oid) = match literal {
            Literal::Number(digits, _) => {
                number(digits).ok_or_else(|| errors::invalid_input("numeric", digits).at(position))?
            }
            Literal::SingleQuotedString(text)
            | Literal::EscapedStringLiteral(text)
            | Literal::UnicodeStringLiteral(text)
            | Literal::NationalStringLiteral(text) => (Value::text(text), t::UNKNOWN),
            Literal::DollarQuotedString(quoted) => (Value::text(&quoted.value), t::UNKNOWN),
            Literal::Boolean(flag) => (Value::Bool(*flag), t::BOOL),
            Literal::Null => (Value::Null, t::UNKNOWN),
            Literal::Placeholder(name) => {
                return Err(errors::new(
                    crate::postgres::error::SqlState::UNDEFINED_PARAMETER,
                    format!("there is no parameter {name}"),
                )
                .at(position));
            }
            // `0x1F`: the tokenizer tells no bit strings from these, which are far more usual.
            Literal::HexStringLiteral(digits) => match i64::from_str_radix(&digits.replace('_', ""), 16) {
                Ok(number) => {
                    (Value::Int(number), if i32::try_from(number).is_ok() { t::INT4 } else { t::INT8 })
                }
                Err(_) => return Err(errors::unsupported(format!("literal 0x{digits}")).at(position)),
            },
            other => return Err(errors::unsupported(format!("literal {other}")).at(position)),
        };
        Ok(Bound::new(Expr::Const(value), oid, position))
    }

    pub(super) fn typed_literal(
        &mut self,
        text: &str,
        ty: Typed,
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        let literal = Bound::new(Expr::Const(Value::text(text)), t::UNKNOWN, position);
        self.coerce(literal, ty, CastContext::Explicit)
    }

    fn interval(&mut self, interval: &ast::Interval, position: Option<u32>) -> Result<Bound, SqlError> {
        let ast::Expr::Value(value) = interval.value.as_ref() else {
            return Err(errors::syntax("syntax error at or near \"interval\"").at(position));
        };
        let text = value.value.clone().into_string().unwrap_or_else(|| value.value.to_string());
        let unit = interval
            .last_field
            .as_ref()
            .or(interval.leading_field.as_ref())
            .map(|f| f.to_string().to_lowercase());
        let parsed = parse_interval(&text, unit.as_deref())
            .ok_or_else(|| errors::invalid_input("interval", &text).at(self.at(value.span)))?;
        Ok(Bound::new(Expr::Const(Value::Interval(parsed)), t::INTERVAL, position))
    }

    fn cast(
        &mut self,
        expr: &ast::Expr,
        data_type: &DataType,
        kind: &ast::CastKind,
    ) -> Result<Bound, SqlError> {
        if matches!(kind, ast::CastKind::TryCast | ast::CastKind::SafeCast) {
            return Err(errors::syntax("syntax error at or near \"AS\""));
        }
        let ty = t::of_ast(data_type)?;
        if let (ast::Expr::Array(array), Some(element)) = (expr, t::element_of(ty.oid)) {
            return self.array_of(&array.elem, element, ty, self.position(expr));
        }
        let bound = self.expr(expr)?;
        self.coerce(bound, ty, CastContext::Explicit)
    }

    fn unary(
        &mut self,
        op: UnaryOperator,
        expr: &ast::Expr,
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        if let (UnaryOperator::Minus, ast::Expr::Value(value)) = (op, expr)
            && let Literal::Number(digits, _) = &value.value
            && let Some((value, oid)) = number(&format!("-{digits}"))
        {
            return Ok(Bound::new(Expr::Const(value), oid, position));
        }
        let bound = self.expr(expr)?;
        let name = match op {
            UnaryOperator::Not => {
                let inner = self.boolean(bound, "NOT")?;
                return Ok(Bound::new(Expr::Not(Box::new(inner)), t::BOOL, position));
            }
            UnaryOperator::Plus => "+",
            UnaryOperator::Minus => "-",
            UnaryOperator::PGAbs => "@",
            UnaryOperator::BitwiseNot => "~",
            UnaryOperator::PGSquareRoot => "|/",
            UnaryOperator::PGCubeRoot => "||/",
            other => return Err(errors::unsupported(format!("operator {other}")).at(position)),
        };
        self.operate_prefix(name, bound, position)
    }

    fn binary(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        use ast::BinaryOperator as B;
        if matches!(op, B::And | B::Or) {
            let word = if *op == B::And { "AND" } else { "OR" };
            let (a, b) = (self.expr(left)?, self.expr(right)?);
            let (a, b) = (self.boolean(a, word)?, self.boolean(b, word)?);
            let expr = if *op == B::And { a.and(b) } else { Expr::Or(vec![a, b]) };
            return Ok(Bound::new(expr, t::BOOL, position));
        }
        let name =
            operator_name(op).ok_or_else(|| errors::unsupported(format!("operator {op}")).at(position))?;
        if name == COLLATE_OPERATOR {
            let mut bound = self.expr(left)?;
            bound.c_collation = is_c_collation(right.to_string().trim_matches('\''));
            return Ok(bound);
        }
        if let (Some(a), Some(b)) = (tuple(left), tuple(right)) {
            return self.compare_rows(&name, a, b, position);
        }
        if let (Some(items), ast::Expr::Subquery(query)) = (tuple(left), right) {
            return self.row_subquery(&name, items, query, false);
        }
        let (a, b) = (self.expr(left)?, self.expr(right)?);
        let at = self.operator_position(left).or(position);
        self.operate(&name, a, b, at)
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
    ) -> Result<Bound, SqlError> {
        let operand = operand.map(|operand| self.expr(operand)).transpose()?;
        let operand = operand.map(|operand| self.known(operand)).transpose()?;
        let mut tests = Vec::new();
        let mut results = Vec::new();
        for when in conditions {
            let condition = self.expr(&when.condition)?;
            tests.push(match &operand {
                Some(operand) => self.operate("=", operand.clone(), condition, None)?.expr,
                None => self.boolean(condition, "CASE/WHEN")?,
            });
            results.push(self.expr(&when.result)?);
        }
        let position = results.first().and_then(|bound| bound.position);
        results.push(match otherwise {
            Some(otherwise) => self.expr(otherwise)?,
            None => Bound::new(null(), t::UNKNOWN, None),
        });
        // PostgreSQL's transformCaseExpr puts ELSE first when it looks for the common type.
        results.rotate_right(1);
        let ty = self.unify(&mut results, "CASE")?;
        results.rotate_left(1);
        let otherwise = Box::new(results.pop().map_or_else(null, |bound| bound.expr));
        let branches = tests.into_iter().zip(results.into_iter().map(|bound| bound.expr)).collect();
        Ok(Bound::new(Expr::Case { branches, otherwise }, ty, position))
    }

    fn one_column(&mut self, query: &ast::Query) -> Result<Query, SqlError> {
        let bound = self.query(query)?;
        if bound.columns.len() != 1 {
            return Err(errors::syntax("subquery must return only one column"));
        }
        Ok(bound)
    }

    pub(super) fn row(&mut self, items: &[ast::Expr], position: Option<u32>) -> Result<Bound, SqlError> {
        let mut fields = Vec::new();
        let mut exprs = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let bound = self.expr(item)?;
            let bound = self.known(bound)?;
            fields.push((Arc::from(format!("f{}", at + 1).as_str()), bound.ty.oid));
            exprs.push(bound.expr);
        }
        Ok(Bound::new(Expr::Row { fields: fields.into(), items: exprs }, t::RECORD, position))
    }

    fn array(&mut self, items: &[ast::Expr], position: Option<u32>) -> Result<Bound, SqlError> {
        if items.is_empty() {
            return Err(errors::indeterminate("cannot determine type of empty array")
                .hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
                .at(position));
        }
        let mut bounds: Vec<Bound> = items.iter().map(|item| self.expr(item)).collect::<Result<_, _>>()?;
        let ty = self.unify(&mut bounds, "ARRAY")?;
        let items: Vec<Expr> = bounds.into_iter().map(|bound| bound.expr).collect();
        if t::category(ty) == 'A' && !matches!(ty, t::INT2VECTOR | t::OIDVECTOR) {
            let element = t::element_of(ty).unwrap_or(t::TEXT);
            return Ok(Bound::new(Expr::Array { element, items, nested: true }, ty, position));
        }
        let array = t::array_of(ty)
            .ok_or_else(|| errors::undefined_type(&format!("{}[]", t::name(ty))).at(position))?;
        Ok(Bound::new(Expr::Array { element: ty, items, nested: false }, array, position))
    }

    fn array_of(
        &mut self,
        items: &[ast::Expr],
        element: u32,
        ty: Typed,
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        let mut exprs = Vec::new();
        let mut nested = false;
        for item in items {
            if let ast::Expr::Array(inner) = item {
                nested = true;
                exprs.push(self.array_of(&inner.elem, element, ty, position)?.expr);
                continue;
            }
            let bound = self.expr(item)?;
            let target = if t::element_of(bound.ty.oid).is_some() {
                nested = true;
                ty
            } else {
                Typed { oid: element, typmod: ty.typmod }
            };
            exprs.push(self.coerce(bound, target, CastContext::Explicit)?.expr);
        }
        Ok(Bound { ty, ..Bound::new(Expr::Array { element, items: exprs, nested }, ty.oid, position) })
    }

    fn access(&mut self, root: &ast::Expr, chain: &[AccessExpr]) -> Result<Bound, SqlError> {
        // `(expr).field[…]`, `table.column[…]` and `column[…]` all come as a root and a chain.
        let mut chain = chain;
        let mut bound = match (root, chain.first()) {
            (ast::Expr::Identifier(table), Some(AccessExpr::Dot(ast::Expr::Identifier(column))))
                if self.relation(None, &fold(table)).is_some() =>
            {
                chain = &chain[1..];
                self.qualified_column(None, table, column)?
            }
            _ => self.expr(root)?,
        };
        let mut indices = Vec::new();
        for access in chain {
            match access {
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    let index = self.expr(index)?;
                    let wanted = if bound.ty.oid == t::JSONB { index.ty.oid } else { t::INT4 };
                    let wanted = if wanted == t::UNKNOWN { t::TEXT } else { wanted };
                    indices.push(self.coerce(index, Typed::plain(wanted), CastContext::Assignment)?);
                }
                AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, .. }) => {
                    let mut side = |expr: &Option<ast::Expr>| -> Result<Option<Box<Expr>>, SqlError> {
                        let Some(expr) = expr else { return Ok(None) };
                        let index = self.expr(expr)?;
                        Ok(Some(Box::new(
                            self.coerce(index, Typed::plain(t::INT4), CastContext::Assignment)?.expr,
                        )))
                    };
                    let (lower, upper) = (side(lower_bound)?, side(upper_bound)?);
                    let ty = match bound.ty.oid {
                        t::INT2VECTOR => t::INT2_ARRAY,
                        t::OIDVECTOR => t::OID_ARRAY,
                        other => other,
                    };
                    bound.expr = Expr::Slice { expr: Box::new(bound.expr), lower, upper };
                    bound.ty = Typed::plain(ty);
                }
                AccessExpr::Dot(ast::Expr::Identifier(field)) => {
                    bound = self.subscripted(bound, std::mem::take(&mut indices))?;
                    bound = self.field(bound, field)?;
                }
                AccessExpr::Dot(other) => return Err(errors::unsupported(format!("field access .{other}"))),
            }
        }
        self.subscripted(bound, indices)
    }

    fn subscripted(&mut self, bound: Bound, indices: Vec<Bound>) -> Result<Bound, SqlError> {
        if indices.is_empty() {
            return Ok(bound);
        }
        if bound.ty.oid == t::JSONB {
            let mut value = bound;
            for index in indices {
                value = self.operate("->", value, index, None)?;
            }
            return Ok(value);
        }
        let Some(element) = t::element_of(bound.ty.oid).or((bound.ty.oid == t::ANYARRAY).then_some(t::TEXT))
        else {
            return Err(errors::mismatch(format!(
                "cannot subscript type {} because it does not support subscripting",
                t::name(bound.ty.oid)
            ))
            .at(bound.position));
        };
        let indices = indices.into_iter().map(|index| index.expr).collect();
        Ok(Bound::new(Expr::Subscript { expr: Box::new(bound.expr), indices }, element, bound.position))
    }

    fn field(&mut self, bound: Bound, field: &ast::Ident) -> Result<Bound, SqlError> {
        let name = fold(field);
        let fields = self.fields_of(&bound.expr);
        let found = fields.as_ref().and_then(|fields| fields.iter().position(|(known, _)| **known == *name));
        match (fields, found) {
            (Some(fields), Some(index)) => {
                let ty = fields[index].1;
                Ok(Bound::new(Expr::Field { expr: Box::new(bound.expr), index }, ty, bound.position))
            }
            (None, _) if bound.ty.oid != t::RECORD => Err(errors::new(
                crate::postgres::error::SqlState::WRONG_OBJECT_TYPE,
                format!(
                    "column notation .{name} applied to type {}, which is not a composite type",
                    t::name(bound.ty.oid)
                ),
            )
            .at(bound.position)),
            _ => Err(errors::new(
                crate::postgres::error::SqlState::UNDEFINED_COLUMN,
                format!("could not identify column \"{name}\" in record data type"),
            )
            .at(bound.position)),
        }
    }

    /// A row value's fields, as far as binding can tell.
    fn fields_of(&self, expr: &Expr) -> Option<Arc<[(Arc<str>, u32)]>> {
        match expr {
            Expr::Row { fields, .. } => Some(fields.clone()),
            Expr::Const(Value::Record(record)) => Some(record.fields.clone()),
            Expr::Set(call) => Some(call.columns.clone().into()),
            Expr::Call { call, .. } => call.function.fields.map(|fields| fields()),
            Expr::Scalar(query) => match &query.body {
                crate::postgres::query::plan::Body::Select(select) => self.fields_of(select.targets.first()?),
                _ => None,
            },
            _ => None,
        }
    }

    /// `(expr).*` in a select list.
    pub(super) fn record_fields(&mut self, expr: &ast::Expr) -> Result<Vec<(Arc<str>, Bound)>, SqlError> {
        let bound = self.expr(expr)?;
        let Some(fields) = self.fields_of(&bound.expr) else {
            return Err(errors::unsupported("expansion of this row value").at(bound.position));
        };
        let expand = |(index, (name, oid)): (usize, &(Arc<str>, u32))| {
            let field = Expr::Field { expr: Box::new(bound.expr.clone()), index };
            (name.clone(), Bound::new(field, *oid, bound.position))
        };
        Ok(fields.iter().enumerate().map(expand).collect())
    }

    /// `(expr).*` parsed as an expression.
    pub(super) fn expand_record(
        &mut self,
        expr: &ast::Expr,
    ) -> Result<Option<Vec<(Arc<str>, Bound)>>, SqlError> {
        match expr {
            ast::Expr::CompoundFieldAccess { root, access_chain } => match access_chain.as_slice() {
                [AccessExpr::Dot(ast::Expr::Wildcard(_))] => self.record_fields(root).map(Some),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// The operator's place: the first thing behind its left operand.
    pub(super) fn operator_position(&self, left: &ast::Expr) -> Option<u32> {
        use sqlparser::ast::Spanned;
        let span = left.span();
        if span == sqlparser::tokenizer::Span::empty() {
            return None;
        }
        let end = self.position_of(span.end)?;
        Some(self.context.skip_blanks(end))
    }
}

fn number(digits: &str) -> Option<(Value, u32)> {
    if let Ok(value) = digits.parse::<i32>() {
        return Some((Value::Int(i64::from(value)), t::INT4));
    }
    if let Ok(value) = digits.parse::<i64>() {
        return Some((Value::Int(value), t::INT8));
    }
    Numeric::parse(&digits.replace('_', "")).map(|value| (Value::numeric(value), t::NUMERIC))
}

/// Does the collation compare bytes?
fn is_c_collation(name: &str) -> bool {
    matches!(name, "C" | "POSIX" | "ucs_basic" | "C.UTF-8" | "pg_c_utf8")
}

/// The items of a row constructor.
pub(super) fn tuple(expr: &ast::Expr) -> Option<&[ast::Expr]> {
    match expr {
        ast::Expr::Tuple(items) => Some(items),
        _ => None,
    }
}

/// A record of named, typed values.
pub(crate) fn record(fields: &[(&str, u32)], values: Vec<Value>) -> Value {
    let fields = fields.iter().map(|(name, oid)| (Arc::from(*name), *oid)).collect();
    Value::Record(Arc::new(Record { fields, values }))
}
