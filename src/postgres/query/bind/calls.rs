//! Function calls: ordinary ones, aggregates, window functions, set-returning ones, and the forms that only look like calls.

use std::sync::Arc;

use sqlparser::ast::{self, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments};

use super::scope::fold;
use super::select::collates;
use super::{Binder, Bound, Place};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::errors;
use crate::postgres::query::expr::{Aggregate, Call, Expr, OrderKey, SetCall};
use crate::postgres::query::functions;
use crate::postgres::query::resolve::{self, ChosenFunction};
use crate::postgres::query::system::{CastContext, PROC_NAMES, PROCS};
use crate::postgres::query::types::{self as t, Typed};
use crate::postgres::query::value::Value;
use crate::postgres::query::walk;

impl Binder<'_> {
    pub(super) fn function(&mut self, call: &ast::Function) -> Result<Bound, SqlError> {
        let parts: Vec<&ast::Ident> = call.name.0.iter().filter_map(|part| part.as_ident()).collect();
        let Some(last) = parts.last() else { return Err(errors::undefined_function(&call.name.to_string())) };
        let (name, position) = (fold(last), parts.first().and_then(|ident| self.at(ident.span)));
        let list = match &call.args {
            FunctionArguments::None => &[][..],
            FunctionArguments::Subquery(query) => return self.subquery_call(&name, query, position),
            FunctionArguments::List(list) => list.args.as_slice(),
        };
        if parts.len() == 1
            && let Some(bound) = self.special_form(&name, list, position)?
        {
            return Ok(bound);
        }
        self.known_schema(&parts, position)?;
        let aggregate = PROC_NAMES.get(name.as_str()).is_some_and(|rows| matches!(PROCS[rows[0]].kind, 'a'));
        if aggregate || call.over.is_some() || !call.within_group.is_empty() {
            return self.aggregate_or_window(call, &name, list, position);
        }
        if call.filter.is_some() {
            return Err(errors::new(
                SqlState::WRONG_OBJECT_TYPE,
                format!("FILTER specified, but {name} is not an aggregate function"),
            )
            .at(position));
        }
        let args = self.arguments(&name, list).map_err(|error| error.at(position))?;
        self.call_named(&name, args, position)
    }

    /// A function's qualified name must be in a schema that exists.
    fn known_schema(&self, parts: &[&ast::Ident], position: Option<u32>) -> Result<(), SqlError> {
        let Some(schema) = parts.len().checked_sub(2).map(|at| fold(parts[at])) else { return Ok(()) };
        if crate::postgres::views::namespace_oid(&schema).is_some() {
            return Ok(());
        }
        Err(errors::undefined_schema(&schema).at(position))
    }

    fn subquery_call(
        &mut self,
        name: &str,
        query: &ast::Query,
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        if name != "array" {
            let bound = self.expr(&ast::Expr::Subquery(Box::new(query.clone())))?;
            return self.call_named(name, vec![bound], position);
        }
        let query = self.query(query)?;
        let [column] = query.columns.as_slice() else {
            return Err(errors::syntax("subquery must return only one column").at(position));
        };
        let element = t::element_of(column.ty.oid).unwrap_or(column.ty.oid);
        let array =
            if t::element_of(column.ty.oid).is_some() { Some(column.ty.oid) } else { t::array_of(element) };
        let array =
            array.ok_or_else(|| errors::undefined_type(&format!("{}[]", t::name(element))).at(position))?;
        Ok(Bound::new(Expr::ArraySubquery { element, query: Box::new(query) }, array, position))
    }

    fn special_form(
        &mut self,
        name: &str,
        list: &[FunctionArg],
        position: Option<u32>,
    ) -> Result<Option<Bound>, SqlError> {
        let bound = match name {
            "coalesce" | "greatest" | "least" => {
                let mut args = self.arguments(name, list)?;
                let ty = self.unify(&mut args, &name.to_uppercase())?;
                let c_collation = args.iter().any(|arg| arg.c_collation);
                let args = args.into_iter().map(|arg| arg.expr).collect();
                let expr = match name {
                    "coalesce" => Expr::Coalesce(args),
                    _ => Expr::Extreme {
                        greatest: name == "greatest",
                        collate: collates(ty) && !c_collation,
                        args,
                    },
                };
                Bound::new(expr, ty, position)
            }
            "nullif" => {
                let args = self.arguments(name, list)?;
                let [a, b] = <[Bound; 2]>::try_from(args)
                    .map_err(|_| errors::syntax("syntax error at or near \")\""))?;
                let equal = Box::new(self.operate("=", a.clone(), b, position)?.expr);
                let a = self.known(a)?;
                Bound {
                    expr: Expr::NullIf { value: Box::new(a.expr), equal },
                    ty: a.ty,
                    position,
                    c_collation: false,
                }
            }
            "row" => {
                let items: Vec<ast::Expr> = list.iter().filter_map(plain_argument).cloned().collect();
                self.row(&items, position)?
            }
            "grouping" => {
                let args = self.in_place(Place::GroupBy, |binder| binder.arguments(name, list))?;
                Bound::new(Expr::Grouping(args.into_iter().map(|arg| arg.expr).collect()), t::INT4, position)
            }
            "current_user" | "session_user" | "user" | "current_role" | "current_catalog" | "system_user" => {
                let value = match name {
                    "current_catalog" => Value::text(self.context.database_name()),
                    "system_user" => Value::Null,
                    _ => Value::text(self.context.role()),
                };
                Bound::new(
                    Expr::Const(value),
                    if name == "system_user" { t::TEXT } else { t::NAME },
                    position,
                )
            }
            "current_date" | "current_time" | "current_timestamp" | "localtime" | "localtimestamp" => {
                let ty = match name {
                    "current_date" => t::DATE,
                    "current_time" => t::TIMETZ,
                    "localtime" => t::TIME,
                    "localtimestamp" => t::TIMESTAMP,
                    _ => t::TIMESTAMPTZ,
                };
                let digits =
                    list.first().and_then(plain_argument).and_then(|arg| arg.to_string().parse().ok());
                let now = Bound::new(
                    Expr::Const(Value::Timestamp(self.context.db.now())),
                    t::TIMESTAMPTZ,
                    position,
                );
                self.coerce(now, Typed { oid: ty, typmod: digits.unwrap_or(-1) }, CastContext::Explicit)?
            }
            _ => return Ok(None),
        };
        Ok(Some(bound))
    }

    /// Binds arguments; named ones are put in their declared places.
    fn arguments(&mut self, name: &str, list: &[FunctionArg]) -> Result<Vec<Bound>, SqlError> {
        let mut args = Vec::new();
        let mut named = Vec::new();
        for arg in list {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::BinaryOp {
                    left,
                    op: ast::BinaryOperator::Assignment,
                    right,
                })) if matches!(left.as_ref(), ast::Expr::Identifier(_)) => {
                    let ast::Expr::Identifier(name) = left.as_ref() else { continue };
                    named.push((fold(name), self.expr(right)?));
                }
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => args.push(self.expr(expr)?),
                FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(table)) => {
                    let ident = table.0.last().and_then(|part| part.as_ident());
                    let ident = ident.ok_or_else(|| errors::syntax("syntax error at or near \"*\""))?;
                    args.push(self.column(ident)?);
                }
                FunctionArg::Named { name, arg: FunctionArgExpr::Expr(expr), .. } => {
                    named.push((fold(name), self.expr(expr)?))
                }
                FunctionArg::ExprNamed {
                    name: ast::Expr::Identifier(name),
                    arg: FunctionArgExpr::Expr(expr),
                    ..
                } => {
                    named.push((fold(name), self.expr(expr)?));
                }
                other => return Err(errors::syntax(format!("syntax error at or near \"{other}\""))),
            }
        }
        if named.is_empty() {
            return Ok(args);
        }
        let rows = PROC_NAMES.get(name).map_or(&[][..], Vec::as_slice);
        let fits = |at: &&usize| named.iter().all(|(arg, _)| PROCS[**at].arg_names.contains(&arg.as_str()));
        let Some(at) = rows.iter().find(fits) else {
            let plain = args.iter().map(|arg| t::name(arg.ty.oid));
            let list: Vec<String> = plain
                .chain(named.iter().map(|(arg, value)| format!("{arg} => {}", t::name(value.ty.oid))))
                .collect();
            return Err(errors::undefined_function(&format!("{name}({})", list.join(", "))));
        };
        for declared in PROCS[*at].arg_names.iter().skip(args.len()) {
            let given = named.iter().position(|(arg, _)| arg == declared);
            match given {
                Some(given) => args.push(named.remove(given).1),
                None if named.is_empty() => break,
                // Every default among the functions that are called so is zero.
                None => {
                    let ty = PROCS[*at].args.get(args.len()).copied().unwrap_or(t::INT4);
                    let zero = Bound::new(Expr::Const(Value::text("0")), t::UNKNOWN, None);
                    args.push(self.coerce(zero, Typed::plain(ty), CastContext::Implicit)?);
                }
            }
        }
        Ok(args)
    }

    pub(super) fn call_exprs(
        &mut self,
        name: &str,
        args: &[&ast::Expr],
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        let args = args.iter().map(|arg| self.expr(arg)).collect::<Result<Vec<_>, _>>()?;
        self.call_named(name, args, position)
    }

    /// A call of an ordinary or set-returning function by name.
    pub(super) fn call_named(
        &mut self,
        name: &str,
        args: Vec<Bound>,
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        if let Some(bound) = self.cast_call(name, &args)? {
            return Ok(bound);
        }
        let inputs: Vec<u32> = args.iter().map(|arg| arg.ty.oid).collect();
        let chosen = resolve::function(name, &inputs, name).map_err(|error| error.at(position))?;
        let args = self.coerce_arguments(&chosen, args)?;
        if chosen.row.returns_set {
            return self.set_expression(&chosen, args, position);
        }
        let function = functions::scalar(chosen.row).ok_or_else(|| not_modelled(&chosen).at(position))?;
        let call = Call {
            function,
            types: chosen.args.clone().into(),
            result: chosen.result,
            strict: chosen.row.strict,
        };
        let exprs = args.into_iter().map(|arg| arg.expr).collect();
        Ok(Bound::new(Expr::Call { call, args: exprs }, chosen.result, position))
    }

    /// `type(value)`, where no function takes the value but a cast does.
    fn cast_call(&mut self, name: &str, args: &[Bound]) -> Result<Option<Bound>, SqlError> {
        let [arg] = args else { return Ok(None) };
        let Some(target) = t::by_sql_name(name).filter(|oid| t::category(*oid) != 'A') else {
            return Ok(None);
        };
        if matches!(name, "interval" | "time" | "timestamp" | "char") && !PROC_NAMES.contains_key(name) {
            return Ok(None);
        }
        if resolve::can_coerce(arg.ty.oid, target, CastContext::Explicit) {
            return self.coerce(arg.clone(), Typed::plain(target), CastContext::Explicit).map(Some);
        }
        Ok(None)
    }

    fn coerce_arguments(
        &mut self,
        chosen: &ChosenFunction,
        args: Vec<Bound>,
    ) -> Result<Vec<Bound>, SqlError> {
        let pairs = args.into_iter().zip(&chosen.args);
        pairs.map(|(arg, to)| self.coerce(arg, Typed::plain(*to), CastContext::Implicit)).collect()
    }

    fn set_expression(
        &mut self,
        chosen: &ChosenFunction,
        args: Vec<Bound>,
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        if matches!(self.place, Place::Where | Place::JoinOn | Place::GroupBy | Place::Having | Place::Limit)
        {
            let word = match self.place {
                Place::Where => "WHERE",
                Place::JoinOn => "JOIN conditions",
                Place::Having => "HAVING",
                Place::Limit => "LIMIT",
                _ => "GROUP BY",
            };
            return Err(errors::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("set-returning functions are not allowed in {word}"),
            )
            .at(position));
        }
        let call = set_call_of(chosen, args).map_err(|error| error.at(position))?;
        let ty = if call.columns.len() == 1 && chosen.row.out_columns.len() <= 1 {
            call.columns[0].1
        } else {
            t::RECORD
        };
        Ok(Bound::new(Expr::Set(Box::new(call)), ty, position))
    }

    /// A set-returning function's call by name, for FROM.
    pub(super) fn set_call(&mut self, name: &str, args: Vec<Bound>) -> Result<SetCall, SqlError> {
        let bound = self.call_named(name, args, None)?;
        match bound.expr {
            Expr::Set(call) => Ok(*call),
            _ => Err(errors::unsupported(format!("{name} in FROM"))),
        }
    }

    /// A function in FROM: set-returning, or any other as one row.
    pub(super) fn function_in_from(
        &mut self,
        name: &ast::ObjectName,
        list: &[FunctionArg],
    ) -> Result<SetCall, SqlError> {
        let parts: Vec<&ast::Ident> = name.0.iter().filter_map(|part| part.as_ident()).collect();
        let last = parts.last().map(|ident| fold(ident)).unwrap_or_default();
        let position = parts.first().and_then(|ident| self.at(ident.span));
        self.known_schema(&parts, position)?;
        let args = self.arguments(&last, list).map_err(|error| error.at(position))?;
        let bound = self.call_named(&last, args, position)?;
        match bound.expr {
            Expr::Set(call) => Ok(*call),
            other => {
                let fields = match &other {
                    Expr::Call { call, .. } => call.function.fields.map(|fields| fields()),
                    _ => None,
                };
                let columns = match fields {
                    Some(fields) => fields.to_vec(),
                    None => vec![(Arc::from(last.as_str()), bound.ty.oid)],
                };
                Ok(SetCall {
                    function: functions::ONCE,
                    args: vec![other],
                    types: vec![bound.ty.oid],
                    columns,
                    strict: false,
                })
            }
        }
    }

    fn aggregate_or_window(
        &mut self,
        call: &ast::Function,
        name: &str,
        list: &[FunctionArg],
        position: Option<u32>,
    ) -> Result<Bound, SqlError> {
        if call.over.is_none() {
            self.refuse_aggregate(position)?;
        }
        let star = matches!(list, [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]);
        let place = if call.over.is_some() { Place::WindowArgument } else { Place::AggregateArgument };
        let args =
            if star { Vec::new() } else { self.in_place(place, |binder| binder.arguments(name, list))? };
        let (mut order, mut distinct) = (Vec::new(), false);
        if let FunctionArguments::List(list) = &call.args {
            distinct = matches!(list.duplicate_treatment, Some(ast::DuplicateTreatment::Distinct));
            for clause in &list.clauses {
                if let FunctionArgumentClause::OrderBy(keys) = clause {
                    order = self.in_place(place, |binder| binder.order_keys(keys))?;
                }
            }
        }
        let within = self.in_place(place, |binder| binder.order_keys_typed(&call.within_group))?;
        let mut inputs: Vec<u32> = args.iter().map(|arg| arg.ty.oid).collect();
        inputs.extend(within.iter().map(|(_, oid)| *oid));
        let chosen = resolve::function(name, &inputs, name).map_err(|error| error.at(position))?;
        if star && name != "count" && !chosen.row.args.is_empty() {
            return Err(errors::undefined_function(&format!("{name}(*)")).at(position));
        }
        let filter = match &call.filter {
            Some(filter) => Some(self.in_place(Place::AggregateArgument, |binder| {
                let bound = binder.expr(filter)?;
                binder.boolean(bound, "FILTER")
            })?),
            None => None,
        };
        let mut coerced = Vec::new();
        for (arg, to) in args.into_iter().zip(&chosen.args) {
            coerced.push(self.coerce(arg, Typed::plain(*to), CastContext::Implicit)?.expr);
        }
        if chosen.row.kind == 'w' {
            let over = call.over.as_ref().ok_or_else(|| {
                errors::windowing(format!("window function {name} requires an OVER clause")).at(position)
            })?;
            return self.window_call(
                over,
                super::windows::named(chosen.row.name, coerced),
                chosen.result,
                position,
            );
        }
        if chosen.row.kind != 'a' {
            return Err(errors::new(
                SqlState::WRONG_OBJECT_TYPE,
                format!("OVER specified, but {name} is not a window function nor an aggregate function"),
            )
            .at(position));
        }
        let (direct, args, order) = if within.is_empty() {
            (Vec::new(), coerced, order)
        } else {
            let keys: Vec<OrderKey> = within.into_iter().map(|(key, _)| key).collect();
            (coerced, keys.iter().map(|key| key.expr.clone()).collect(), keys)
        };
        let aggregate = Aggregate {
            name: chosen.row.name,
            args,
            types: chosen.args.clone(),
            result: chosen.result,
            distinct,
            order,
            filter,
            direct,
        };
        if !functions::is_aggregate(aggregate.name) {
            return Err(not_modelled(&chosen).at(position));
        }
        match &call.over {
            Some(over) => {
                if distinct {
                    return Err(errors::new(
                        SqlState::FEATURE_NOT_SUPPORTED,
                        "DISTINCT is not implemented for window functions",
                    )
                    .at(position));
                }
                let result = aggregate.result;
                self.window_call(over, super::windows::aggregate(aggregate), result, position)
            }
            None => {
                if aggregate.args.iter().any(|arg| walk::contains(arg, |e| matches!(e, Expr::Aggregate(_)))) {
                    return Err(errors::grouping("aggregate function calls cannot be nested").at(position));
                }
                let result = aggregate.result;
                Ok(Bound::new(Expr::Aggregate(Box::new(aggregate)), result, position))
            }
        }
    }

    fn refuse_aggregate(&self, position: Option<u32>) -> Result<(), SqlError> {
        let word = match self.place {
            Place::Where => "WHERE",
            Place::JoinOn => "JOIN conditions",
            Place::FromFunction => "functions in FROM",
            Place::Values => "VALUES",
            Place::Limit => "LIMIT",
            Place::AggregateArgument => {
                return Err(errors::grouping("aggregate function calls cannot be nested").at(position));
            }
            _ => return Ok(()),
        };
        Err(errors::grouping(format!("aggregate functions are not allowed in {word}")).at(position))
    }

    pub(super) fn order_keys(&mut self, keys: &[ast::OrderByExpr]) -> Result<Vec<OrderKey>, SqlError> {
        Ok(self.order_keys_typed(keys)?.into_iter().map(|(key, _)| key).collect())
    }

    fn order_keys_typed(&mut self, keys: &[ast::OrderByExpr]) -> Result<Vec<(OrderKey, u32)>, SqlError> {
        let mut bound = Vec::new();
        for key in keys {
            let value = self.expr(&key.expr)?;
            let value = self.known(value)?;
            let descending = matches!(key.options.sort, Some(ast::OrderBySort::Desc));
            let order = OrderKey {
                collate: collates(value.ty.oid) && !value.c_collation,
                expr: value.expr,
                descending,
                nulls_first: key.options.nulls_first.unwrap_or(descending),
            };
            bound.push((order, value.ty.oid));
        }
        Ok(bound)
    }
}

fn plain_argument(arg: &FunctionArg) -> Option<&ast::Expr> {
    match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

fn not_modelled(chosen: &ChosenFunction) -> SqlError {
    let args = chosen.args.iter().map(|oid| t::name(*oid)).collect::<Vec<_>>().join(", ");
    errors::unsupported(format!("function {}({args})", chosen.row.name))
}

fn set_call_of(chosen: &ChosenFunction, args: Vec<Bound>) -> Result<SetCall, SqlError> {
    let function = functions::set_returning(chosen.row).ok_or_else(|| not_modelled(chosen))?;
    let columns = if chosen.row.out_columns.is_empty() {
        vec![(Arc::from(chosen.row.name), chosen.result)]
    } else {
        chosen.row.out_columns.iter().map(|(name, oid)| (Arc::from(*name), *oid)).collect()
    };
    let columns =
        columns.into_iter().map(|(name, oid)| (name, if oid == t::ANYELEMENT { chosen.result } else { oid }));
    Ok(SetCall {
        function,
        args: args.into_iter().map(|arg| arg.expr).collect(),
        types: chosen.args.clone(),
        columns: columns.collect(),
        strict: chosen.row.strict,
    })
}

/// The name of an unnamed select item (`FigureColname` of `parse_target.c`).
pub(super) fn column_name(expr: &ast::Expr) -> String {
    strong_name(expr).0.unwrap_or_else(|| "?column?".to_owned())
}

/// A name, and whether an enclosing cast would rather use its type's name.
fn strong_name(expr: &ast::Expr) -> (Option<String>, bool) {
    use ast::Expr as E;
    let strong = |name: &str| (Some(name.to_owned()), true);
    match expr {
        E::Identifier(ident) => (Some(fold(ident)), true),
        E::CompoundIdentifier(parts) => (parts.last().map(fold), true),
        E::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|access| match access {
                ast::AccessExpr::Dot(E::Identifier(ident)) => Some(fold(ident)),
                _ => None,
            });
            match field {
                Some(field) => (Some(field), true),
                None => strong_name(root),
            }
        }
        E::Nested(inner) | E::Collate { expr: inner, .. } => strong_name(inner),
        E::Cast { expr, data_type, .. } => match strong_name(expr) {
            (Some(name), true) => (Some(name), true),
            _ => (type_name(data_type), false),
        },
        E::TypedString(typed) => (type_name(&typed.data_type), false),
        E::Interval(_) => (Some("interval".to_owned()), false),
        E::Function(call) => (call.name.0.last().and_then(|part| part.as_ident()).map(fold), true),
        E::Case { else_result, .. } => match else_result.as_deref().map(strong_name) {
            Some((Some(name), true)) => (Some(name), true),
            _ => (Some("case".to_owned()), false),
        },
        E::Exists { .. } => strong("exists"),
        E::Array(_) => strong("array"),
        E::Tuple(_) => strong("row"),
        E::Subquery(query) => match query.body.as_ref() {
            ast::SetExpr::Select(select) => match select.projection.first() {
                Some(ast::SelectItem::ExprWithAlias { alias, .. }) => (Some(fold(alias)), true),
                Some(ast::SelectItem::UnnamedExpr(expr)) => strong_name(expr),
                _ => (None, false),
            },
            _ => (None, false),
        },
        E::Extract { .. } => strong("extract"),
        E::Ceil { .. } => strong("ceil"),
        E::Floor { .. } => strong("floor"),
        E::Position { .. } => strong("position"),
        E::Substring { .. } => strong("substring"),
        E::Overlay { .. } => strong("overlay"),
        E::AtTimeZone { .. } => strong("timezone"),
        E::Trim { trim_where, .. } => strong(match trim_where {
            Some(ast::TrimWhereField::Leading) => "ltrim",
            Some(ast::TrimWhereField::Trailing) => "rtrim",
            _ => "btrim",
        }),
        _ => (None, false),
    }
}

fn type_name(data_type: &ast::DataType) -> Option<String> {
    use crate::postgres::query::system::TYPES;
    let ty = t::of_ast(data_type).ok()?;
    let element = t::element_of(ty.oid).filter(|_| !matches!(ty.oid, t::INT2VECTOR | t::OIDVECTOR));
    TYPES.get(&element.unwrap_or(ty.oid)).map(|row| row.name.to_owned())
}
