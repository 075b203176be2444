//! What an expression must become where it stands: its type coerced, an unknown literal read, several brought to one type.

use super::{Binder, Bound};
use crate::postgres::error::SqlError;
use crate::postgres::query::errors;
use crate::postgres::query::expr::Expr;
use crate::postgres::query::input;
use crate::postgres::query::resolve;
use crate::postgres::query::system::CastContext;
use crate::postgres::query::types::{self as t, Typed};
use crate::postgres::query::value::Value;

impl Binder<'_> {
    /// A boolean operand, or PostgreSQL's complaint that it isn't.
    pub(super) fn boolean(&mut self, bound: Bound, word: &str) -> Result<Expr, SqlError> {
        if bound.ty.oid == t::BOOL {
            return Ok(bound.expr);
        }
        let (oid, position) = (bound.ty.oid, bound.position);
        if !resolve::can_coerce(oid, t::BOOL, CastContext::Assignment) {
            return Err(errors::mismatch(format!(
                "argument of {word} must be type boolean, not type {}",
                t::name(oid)
            ))
            .at(position));
        }
        Ok(self.coerce(bound, Typed::plain(t::BOOL), CastContext::Assignment)?.expr)
    }

    /// Unknown literals become text.
    pub(crate) fn known(&mut self, bound: Bound) -> Result<Bound, SqlError> {
        if bound.ty.oid == t::UNKNOWN {
            return self.coerce(bound, Typed::plain(t::TEXT), CastContext::Implicit);
        }
        Ok(bound)
    }

    /// Coerces to the common type of all; the type.
    pub(super) fn unify(&mut self, items: &mut [Bound], word: &str) -> Result<u32, SqlError> {
        let types: Vec<u32> = items.iter().map(|item| item.ty.oid).collect();
        let Some(common) = resolve::common_type(&types) else {
            let first = types.iter().find(|oid| **oid != t::UNKNOWN).copied().unwrap_or(t::TEXT);
            let other = items.iter().find(|item| resolve::common_type(&[first, item.ty.oid]).is_none());
            let (name, position) =
                other.map_or((String::new(), None), |item| (t::name(item.ty.oid), item.position));
            return Err(errors::mismatch(format!(
                "{word} types {} and {name} cannot be matched",
                t::name(first)
            ))
            .at(position));
        };
        for item in items.iter_mut() {
            *item = self.coerce(item.clone(), Typed::plain(common), CastContext::Implicit)?;
        }
        Ok(common)
    }

    /// Coerces a bound expression; unknown literals are read as the target type at once, as PostgreSQL does.
    pub(crate) fn coerce(
        &mut self,
        bound: Bound,
        to: Typed,
        context: CastContext,
    ) -> Result<Bound, SqlError> {
        let from = bound.ty.oid;
        if from == to.oid && (to.typmod < 0 || to.typmod == bound.ty.typmod) || to.oid == t::ANY {
            return Ok(bound);
        }
        if bound.is_unknown_literal() {
            let value = match &bound.expr {
                Expr::Const(Value::Text(text)) => {
                    let parsed =
                        input::parse(text, to.oid, self.context).map_err(|error| error.at(bound.position))?;
                    crate::postgres::query::cast::cast(parsed, to.oid, to, self.context)
                        .map_err(|error| error.at(bound.position))?
                }
                _ => Value::Null,
            };
            return Ok(Bound { expr: Expr::Const(value), ty: to, ..bound });
        }
        if from != to.oid && !resolve::can_coerce(from, to.oid, context) {
            return Err(errors::cannot_cast(&t::name(from), &t::name(to.oid)).at(bound.position));
        }
        if (to.typmod < 0 && same_representation(from, to.oid)) || t::is_polymorphic(to.oid) {
            return Ok(Bound { ty: if t::is_polymorphic(to.oid) { bound.ty } else { to }, ..bound });
        }
        let position = bound.position;
        let expr = Expr::Cast { expr: Box::new(bound.expr), from, to };
        Ok(Bound { expr, ty: to, position, c_collation: bound.c_collation })
    }
}

/// Do the types share their representation, so that a cast does nothing?
pub(super) fn same_representation(from: u32, to: u32) -> bool {
    let plain_string = |oid| matches!(oid, t::TEXT | t::VARCHAR | t::PG_NODE_TREE | t::CSTRING);
    let wide = |oid| matches!(oid, t::TEXT | t::VARCHAR);
    if from == t::NAME && wide(to) || plain_string(from) && wide(to) {
        return true;
    }
    match (from, to) {
        (t::INT2, t::INT4 | t::INT8) | (t::INT4, t::INT8) | (t::FLOAT4, t::FLOAT8) => true,
        (from, to) if t::is_oid_like(from) && (t::is_oid_like(to) || matches!(to, t::INT4 | t::INT8)) => true,
        _ => false,
    }
}
