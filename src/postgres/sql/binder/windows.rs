//! Calls with OVER and the windows that they name (`parse_clause.c`'s `transformWindowDefinitions`).

use sqlparser::ast;

use super::{Binder, fold};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::sql::casts;
use crate::postgres::sql::expr::{Expr, WindowCall};
use crate::postgres::sql::functions::WindowFunctionInfo;
use crate::postgres::sql::query::{Frame, FrameBound, FrameMode, SortKey, Target, Window};
use crate::postgres::types::TypeId;

/// A window as written, until the select list is there that its columns are looked up in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WindowDefinition {
    name: Option<String>,
    spec: ast::WindowSpec,
}

impl Binder<'_> {
    /// Takes note of a WINDOW clause.
    pub(super) fn name_windows(&mut self, named: &[ast::NamedWindowDefinition]) -> Result<(), SqlError> {
        for ast::NamedWindowDefinition(name, definition) in named {
            let name = fold(name);
            let spec = match definition {
                ast::NamedWindowExpr::WindowSpec(spec) => spec.clone(),
                ast::NamedWindowExpr::NamedWindow(other) => self.window_named(&fold(other))?.1.spec.clone(),
            };
            if self.window_named(&name).is_ok() {
                let message = format!("window \"{name}\" is already defined");
                return Err(SqlError::new(SqlState("42P20"), message));
            }
            let spec = self.with_base(spec)?;
            self.scope().windows.push(WindowDefinition { name: Some(name), spec });
        }
        Ok(())
    }

    fn window_named(&mut self, name: &str) -> Result<(usize, &WindowDefinition), SqlError> {
        let windows = &self.scope().windows;
        let found = windows.iter().enumerate().find(|(_, w)| w.name.as_deref() == Some(name));
        found.ok_or_else(|| {
            SqlError::new(SqlState::UNDEFINED_OBJECT, format!("window \"{name}\" does not exist"))
        })
    }

    /// `OVER (w ORDER BY …)` is the window `w` with an order.
    fn with_base(&mut self, mut spec: ast::WindowSpec) -> Result<ast::WindowSpec, SqlError> {
        let Some(base) = spec.window_name.take() else { return Ok(spec) };
        let name = fold(&base);
        let base = self.window_named(&name)?.1.spec.clone();
        let refused =
            |what: &str| SqlError::new(SqlState("42P20"), format!("cannot {what} of window \"{name}\""));
        if !spec.partition_by.is_empty() {
            return Err(refused("override PARTITION BY clause"));
        }
        if !spec.order_by.is_empty() && !base.order_by.is_empty() {
            return Err(refused("override ORDER BY clause"));
        }
        if base.window_frame.is_some() {
            let message = format!("cannot copy window \"{name}\" because it has a frame clause");
            return Err(SqlError::new(SqlState("42P20"), message));
        }
        spec.partition_by = base.partition_by;
        if spec.order_by.is_empty() {
            spec.order_by = base.order_by;
        }
        Ok(spec)
    }

    /// Position of the window that OVER means: one alike that was written before, or a further one.
    fn window_of(&mut self, over: &ast::WindowType) -> Result<usize, SqlError> {
        let spec = match over {
            ast::WindowType::NamedWindow(name) => return Ok(self.window_named(&fold(name))?.0),
            ast::WindowType::WindowSpec(spec) => self.with_base(spec.clone())?,
        };
        let definition = WindowDefinition { name: None, spec };
        let windows = &mut self.scope().windows;
        Ok(windows.iter().position(|w| *w == definition).unwrap_or_else(|| {
            windows.push(definition);
            windows.len() - 1
        }))
    }

    /// A window function that is no aggregate, with its arguments converted.
    pub(super) fn window_function(
        &mut self,
        info: &'static WindowFunctionInfo,
        arguments: Vec<Expr>,
        over: &ast::WindowType,
    ) -> Result<Expr, SqlError> {
        if arguments.len() < info.least_arguments || arguments.len() > info.arguments.len() {
            let types: Vec<String> = arguments.iter().map(|a| a.type_id().to_string()).collect();
            let message = format!("function {}({}) does not exist", info.name, types.join(", "));
            return Err(SqlError::new(SqlState::UNDEFINED_FUNCTION, message));
        }
        let convert = |(argument, wanted): (Expr, &TypeId)| match (*wanted, argument.type_id()) {
            (TypeId::ANY, TypeId::UNKNOWN) => casts::coerce(argument, TypeId::TEXT),
            (TypeId::ANY, _) => Ok(argument),
            (wanted, _) => casts::coerce(argument, wanted),
        };
        let arguments: Vec<Expr> =
            arguments.into_iter().zip(info.arguments).map(convert).collect::<Result<_, _>>()?;
        let type_id = info.result_type(&arguments);
        self.over(info.name, arguments, None, type_id, over)
    }

    /// A call over a window.
    pub(super) fn over(
        &mut self,
        name: &'static str,
        arguments: Vec<Expr>,
        filter: Option<Expr>,
        type_id: TypeId,
        over: &ast::WindowType,
    ) -> Result<Expr, SqlError> {
        if arguments.iter().chain(&filter).any(Expr::contains_window) {
            return Err(SqlError::new(SqlState("42P20"), "window function calls cannot be nested"));
        }
        let window = self.window_of(over)?;
        Ok(Expr::Window(Box::new(WindowCall {
            name,
            arguments,
            filter,
            window,
            over: String::new(),
            type_id,
        })))
    }

    /// The query's windows, their columns among the targets.
    pub(super) fn windows(&mut self, targets: &mut Vec<Target>) -> Result<Vec<Window>, SqlError> {
        let definitions = std::mem::take(&mut self.scope().windows);
        definitions.into_iter().map(|d| self.window(d, targets)).collect()
    }

    fn window(
        &mut self,
        definition: WindowDefinition,
        targets: &mut Vec<Target>,
    ) -> Result<Window, SqlError> {
        let spec = definition.spec;
        let mut order: Vec<SortKey> = Vec::new();
        for item in &spec.order_by {
            let target = self.target_of(&item.expr, targets)?;
            let descending = matches!(item.options.sort, Some(ast::OrderBySort::Desc));
            if order.iter().all(|k| k.target != target) {
                order.push(SortKey::new(target, descending, item.options.nulls_first));
            }
        }
        let mut partition: Vec<SortKey> = Vec::new();
        for expr in &spec.partition_by {
            let target = self.target_of(expr, targets)?;
            // It sorts as the window's own ORDER BY does where that names it (`transformGroupClause`).
            let like = order.iter().copied().find(|k| k.target == target);
            if partition.iter().all(|k| k.target != target) {
                partition.push(like.unwrap_or(SortKey { target, descending: false, nulls_first: false }));
            }
        }
        let frame =
            spec.window_frame.as_ref().map(|f| self.frame(f, &order)).transpose()?.unwrap_or_default();
        Ok(Window { name: definition.name, partition, order, frame, run_conditions: Vec::new() })
    }

    fn frame(&mut self, frame: &ast::WindowFrame, order: &[SortKey]) -> Result<Frame, SqlError> {
        let mode = match frame.units {
            ast::WindowFrameUnits::Rows => FrameMode::Rows,
            ast::WindowFrameUnits::Range => FrameMode::Range,
            ast::WindowFrameUnits::Groups => FrameMode::Groups,
        };
        let start = self.bound(&frame.start_bound)?;
        let end = match &frame.end_bound {
            Some(end) => self.bound(end)?,
            None => FrameBound::CurrentRow,
        };
        let refused = |message: &str| Err(SqlError::new(SqlState("42P20"), message));
        let offset =
            [&start, &end].iter().any(|b| matches!(b, FrameBound::Preceding(_) | FrameBound::Following(_)));
        match (&start, &end) {
            (FrameBound::UnboundedFollowing, _) => {
                return refused("frame start cannot be UNBOUNDED FOLLOWING");
            }
            (_, FrameBound::UnboundedPreceding) => return refused("frame end cannot be UNBOUNDED PRECEDING"),
            _ if mode == FrameMode::Range && offset && order.len() != 1 => {
                return refused("RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column");
            }
            _ if mode == FrameMode::Groups && order.is_empty() => {
                return refused("GROUPS mode requires an ORDER BY clause");
            }
            _ => {}
        }
        Ok(Frame { mode, between: frame.end_bound.is_some(), start, end, explicit: true })
    }

    fn bound(&mut self, bound: &ast::WindowFrameBound) -> Result<FrameBound, SqlError> {
        let mut offset = |expr: &ast::Expr| {
            let bound = self.expr(expr)?;
            match bound.type_id() {
                TypeId::UNKNOWN => casts::coerce(bound, TypeId::INT8),
                _ => Ok(bound),
            }
        };
        Ok(match bound {
            ast::WindowFrameBound::CurrentRow => FrameBound::CurrentRow,
            ast::WindowFrameBound::Preceding(None) => FrameBound::UnboundedPreceding,
            ast::WindowFrameBound::Following(None) => FrameBound::UnboundedFollowing,
            ast::WindowFrameBound::Preceding(Some(expr)) => FrameBound::Preceding(offset(expr)?),
            ast::WindowFrameBound::Following(Some(expr)) => FrameBound::Following(offset(expr)?),
        })
    }
}
