//! Operators: PostgreSQL's choice among its overloads, and the expression that it becomes.

use sqlparser::ast::BinaryOperator;

use super::select::collates;
use super::{Binder, Bound};
use crate::postgres::error::SqlError;
use crate::postgres::query::errors;
use crate::postgres::query::expr::{Call, Comparison, Expr};
use crate::postgres::query::functions;
use crate::postgres::query::resolve;
use crate::postgres::query::system::CastContext;
use crate::postgres::query::types::{self as t, Typed};

/// The operator's name in `pg_operator`.
pub(super) fn operator_name(op: &BinaryOperator) -> Option<String> {
    use BinaryOperator as B;
    let name = match op {
        B::Plus => "+",
        B::Minus => "-",
        B::Multiply => "*",
        B::Divide => "/",
        B::Modulo => "%",
        B::StringConcat => "||",
        B::Gt => ">",
        B::Lt => "<",
        B::GtEq => ">=",
        B::LtEq => "<=",
        B::Eq => "=",
        B::NotEq => "<>",
        B::BitwiseOr => "|",
        B::BitwiseAnd => "&",
        B::PGBitwiseXor => "#",
        B::PGBitwiseShiftLeft => "<<",
        B::PGBitwiseShiftRight => ">>",
        B::PGExp | B::BitwiseXor => "^",
        B::PGOverlap => "&&",
        B::PGRegexMatch => "~",
        B::PGRegexIMatch => "~*",
        B::PGRegexNotMatch => "!~",
        B::PGRegexNotIMatch => "!~*",
        B::PGLikeMatch => "~~",
        B::PGILikeMatch => "~~*",
        B::PGNotLikeMatch => "!~~",
        B::PGNotILikeMatch => "!~~*",
        B::PGStartsWith => "^@",
        B::Arrow => "->",
        B::LongArrow => "->>",
        B::HashArrow => "#>",
        B::HashLongArrow => "#>>",
        B::AtArrow => "@>",
        B::ArrowAt => "<@",
        B::AtAt => "@@",
        B::HashMinus => "#-",
        B::Question => "?",
        B::QuestionAnd => "?&",
        B::QuestionPipe => "?|",
        B::PGCustomBinaryOperator(parts) => return parts.last().cloned(),
        B::Custom(name) => name,
        _ => return None,
    };
    Some(name.to_owned())
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        "=" => Comparison::Eq,
        "<>" | "!=" => Comparison::NotEq,
        "<" => Comparison::Less,
        "<=" => Comparison::LessEq,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterEq,
        _ => return None,
    })
}

impl Binder<'_> {
    /// `left name right`, coerced as the chosen operator wants it.
    pub(super) fn operate(
        &mut self,
        name: &str,
        left: Bound,
        right: Bound,
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        let name = if name == "!=" { "<>" } else { name };
        let (left, right) = if left.ty.oid == t::UNKNOWN && right.ty.oid == t::UNKNOWN {
            (self.known(left)?, self.known(right)?)
        } else {
            (left, right)
        };
        let chosen =
            resolve::operator(name, Some(left.ty.oid), right.ty.oid).map_err(|error| error.at(position))?;
        let result_position = left.position;
        let c_collation = left.c_collation || right.c_collation;
        let collate = !c_collation && collates(left.ty.oid) | collates(right.ty.oid) && collates(chosen.left);
        let left = self.coerce(left, Typed::plain(chosen.left), CastContext::Implicit)?;
        let right = self.coerce(right, Typed::plain(chosen.right), CastContext::Implicit)?;
        if let (Some(comparison), t::BOOL) = (comparison(name), chosen.result) {
            let expr =
                Expr::Compare { comparison, collate, left: Box::new(left.expr), right: Box::new(right.expr) };
            return Ok(Bound::new(expr, t::BOOL, result_position));
        }
        let function = functions::operator(chosen.row).ok_or_else(|| {
            let (a, b) = (t::name(chosen.left), t::name(chosen.right));
            errors::unsupported(format!("operator {a} {name} {b}")).at(position)
        })?;
        let strict = !matches!(
            chosen.row.code,
            "array_append" | "array_prepend" | "array_cat" | "anytextcat" | "textanycat"
        ) || chosen.row.code.contains("text");
        let call =
            Call { function, types: vec![chosen.left, chosen.right].into(), result: chosen.result, strict };
        let mut bound = Bound::new(
            Expr::Call { call, args: vec![left.expr, right.expr] },
            chosen.result,
            result_position,
        );
        bound.c_collation = c_collation;
        Ok(bound)
    }

    /// A prefix operator.
    pub(super) fn operate_prefix(
        &mut self,
        name: &str,
        operand: Bound,
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        let chosen = resolve::operator(name, None, operand.ty.oid).map_err(|error| error.at(position))?;
        let operand = self.coerce(operand, Typed::plain(chosen.right), CastContext::Implicit)?;
        let function = functions::operator(chosen.row).ok_or_else(|| {
            errors::unsupported(format!("operator {name} {}", t::name(chosen.right))).at(position)
        })?;
        let call = Call { function, types: vec![chosen.right].into(), result: chosen.result, strict: true };
        Ok(Bound::new(Expr::Call { call, args: vec![operand.expr] }, chosen.result, position))
    }
}
