//! Window calls: OVER clauses, named windows, frames.

use sqlparser::ast::{self, WindowFrameBound, WindowFrameUnits, WindowType};

use super::scope::fold;
use super::{Binder, Bound as BoundExpr, Place};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::errors;
use crate::postgres::query::expr::{Aggregate, Bound, Expr, Frame, FrameUnits, WindowCall, WindowFunction};
use crate::postgres::query::types as t;

/// `row_number` and its like.
pub(super) fn named(name: &'static str, args: Vec<Expr>) -> WindowFunction {
    WindowFunction::Named { name, args }
}

/// An aggregate over a window.
pub(super) fn aggregate(call: Aggregate) -> WindowFunction {
    WindowFunction::Aggregate(call)
}

impl Binder<'_> {
    pub(super) fn window_call(
        &mut self,
        over: &WindowType,
        function: WindowFunction,
        result: u32,
        position: Option<u32>,
    ) -> Result<BoundExpr, SqlError> {
        let word = match self.place {
            Place::Where => Some("WHERE"),
            Place::JoinOn => Some("JOIN conditions"),
            Place::Having => Some("HAVING"),
            Place::GroupBy => Some("GROUP BY"),
            Place::AggregateArgument => {
                return Err(errors::grouping(
                    "aggregate function calls cannot contain window function calls",
                )
                .at(position));
            }
            _ => None,
        };
        if let Some(word) = word {
            return Err(errors::windowing(format!("window functions are not allowed in {word}")).at(position));
        }
        let spec = self.window_spec(over)?;
        let (mut partition, mut order) = (Vec::new(), Vec::new());
        for expr in &spec.partition_by {
            let bound = self.in_place(Place::WindowArgument, |binder| binder.expr(expr))?;
            partition.push(self.known(bound)?.expr);
        }
        order.extend(self.in_place(Place::WindowArgument, |binder| binder.order_keys(&spec.order_by))?);
        let frame = match &spec.window_frame {
            Some(frame) => self.frame(frame)?,
            None => Frame { units: FrameUnits::Range, start: Bound::UnboundedPreceding, end: Bound::Current },
        };
        let call = WindowCall { function, partition, order, frame };
        Ok(BoundExpr::new(Expr::Window(Box::new(call)), result, position))
    }

    /// The specification with its named window folded in.
    fn window_spec(&mut self, over: &WindowType) -> Result<ast::WindowSpec, SqlError> {
        match over {
            WindowType::NamedWindow(name) => self.named_window(name),
            WindowType::WindowSpec(spec) => match &spec.window_name {
                None => Ok(spec.clone()),
                Some(name) => {
                    let base = self.named_window(name)?;
                    Ok(ast::WindowSpec {
                        window_name: None,
                        partition_by: base.partition_by,
                        order_by: if spec.order_by.is_empty() {
                            base.order_by
                        } else {
                            spec.order_by.clone()
                        },
                        window_frame: spec.window_frame.clone(),
                    })
                }
            },
        }
    }

    fn named_window(&mut self, name: &ast::Ident) -> Result<ast::WindowSpec, SqlError> {
        let wanted = fold(name);
        let definitions = self.named_windows.last().cloned().unwrap_or_default();
        let found = definitions.into_iter().find(|definition| fold(&definition.0) == wanted);
        match found.map(|definition| definition.1) {
            Some(ast::NamedWindowExpr::WindowSpec(spec)) => self.window_spec(&WindowType::WindowSpec(spec)),
            Some(ast::NamedWindowExpr::NamedWindow(other)) => self.named_window(&other),
            None => {
                Err(errors::new(SqlState::UNDEFINED_OBJECT, format!("window \"{wanted}\" does not exist"))
                    .at(self.at(name.span)))
            }
        }
    }

    fn frame(&mut self, frame: &ast::WindowFrame) -> Result<Frame, SqlError> {
        let units = match frame.units {
            WindowFrameUnits::Rows => FrameUnits::Rows,
            WindowFrameUnits::Range => FrameUnits::Range,
            WindowFrameUnits::Groups => FrameUnits::Groups,
        };
        let start = self.frame_bound(&frame.start_bound)?;
        let end = match &frame.end_bound {
            Some(bound) => self.frame_bound(bound)?,
            None => Bound::Current,
        };
        let offset = |bound: &Bound| matches!(bound, Bound::Preceding(_) | Bound::Following(_));
        if units == FrameUnits::Range && (offset(&start) || offset(&end)) {
            return Err(errors::unsupported("RANGE frames with an offset"));
        }
        Ok(Frame { units, start, end })
    }

    fn frame_bound(&mut self, bound: &WindowFrameBound) -> Result<Bound, SqlError> {
        let mut offset = |expr: &ast::Expr| -> Result<Expr, SqlError> {
            let bound = self.expr(expr)?;
            if !matches!(bound.ty.oid, t::INT2 | t::INT4 | t::INT8) {
                return Err(errors::mismatch("argument of ROWS must be type bigint").at(bound.position));
            }
            Ok(bound.expr)
        };
        Ok(match bound {
            WindowFrameBound::CurrentRow => Bound::Current,
            WindowFrameBound::Preceding(None) => Bound::UnboundedPreceding,
            WindowFrameBound::Following(None) => Bound::UnboundedFollowing,
            WindowFrameBound::Preceding(Some(expr)) => Bound::Preceding(offset(expr)?),
            WindowFrameBound::Following(Some(expr)) => Bound::Following(offset(expr)?),
        })
    }
}
