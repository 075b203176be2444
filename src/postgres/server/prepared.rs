//! Statements prepared by name: PREPARE, EXECUTE, DEALLOCATE, and whether a plan for the values at hand or one for any is used
//! (`prepare.c`, `plancache.c`).

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlparser::ast;

use super::Server;
use super::compile::Steps;
use super::effects::Effect;
use super::program::{Step, small_work};
use super::utility::substituted;
use crate::kernel::SimTime;
use crate::postgres::datum::Value;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::plan::Plan;
use crate::postgres::planner::Params;
use crate::postgres::query;
use crate::postgres::settings::{SettingValue, Settings};
use crate::postgres::sql::{self, StatementTime};
use crate::postgres::types::TypeId;
use crate::postgres::work::{Work, rates};

/// Prepared statements of one session; further ones are refused.
const MAX_PREPARED: usize = 200;
/// Executions that are planned for their own values before a plan for any is tried (`choose_custom_plan`).
const CUSTOM_FIRST: u64 = 5;

/// `PREPARE name [(type, …)] AS body`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prepare {
    pub(crate) name: String,
    pub(crate) types: Vec<String>,
    pub(crate) body: String,
}

/// A prepared statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The statement as the client sent it, PREPARE included.
    pub text: Arc<str>,
    /// What comes after AS.
    pub body: Arc<str>,
    /// The parameters' types, those not declared as the statement has them; `None` where any will do.
    pub types: Vec<Option<TypeId>>,
    /// When it was prepared.
    pub since: SimTime,
    /// Executions by a plan for any values, and by one of their own.
    pub plans: (u64, u64),
    /// Cost of all plans that were made for values, planning included.
    custom_cost: f64,
    /// Cost of the plan for any values, once there is one.
    generic_cost: Option<f64>,
}

/// A prepared statement with values.
pub(super) struct Bound {
    /// Its text with the values in the parameters' places.
    pub(super) text: String,
    pub(super) statement: ast::Statement,
    pub(super) plan: Plan,
    pub(super) work: Work,
}

impl Server {
    /// A session's prepared statements by name: `pg_prepared_statements`.
    pub fn prepared(&self, pid: u32) -> impl Iterator<Item = (&String, &Prepared)> {
        let backend = self.activity().find(|(_, b)| b.pid == pid);
        backend.and_then(|(_, b)| b.conversation.as_ref()).into_iter().flat_map(|c| &c.prepared)
    }

    fn prepared_by(&self, slot: u32) -> &BTreeMap<String, Prepared> {
        static NONE: BTreeMap<String, Prepared> = BTreeMap::new();
        self.backends[slot as usize].conversation.as_ref().map_or(&NONE, |c| &c.prepared)
    }

    fn prepared_named(&self, slot: u32, name: &str) -> Result<&Prepared, SqlError> {
        self.prepared_by(slot).get(name).ok_or_else(|| {
            SqlError::new(SqlState("26000"), format!("prepared statement \"{name}\" does not exist"))
        })
    }

    /// `PREPARE`: parsed and analysed now, planned when it is executed.
    pub(super) fn compile_prepare(&mut self, now: SimTime, slot: u32, text: &str, prepare: Prepare) -> Steps {
        let Prepare { name, types, body } = prepare;
        if self.prepared_by(slot).contains_key(&name) {
            let message = format!("prepared statement \"{name}\" already exists");
            return Err(SqlError::new(SqlState("42P05"), message));
        }
        if self.prepared_by(slot).len() >= MAX_PREPARED {
            let message = format!("too many prepared statements: a session keeps {MAX_PREPARED} at most");
            return Err(SqlError::new(SqlState::PROGRAM_LIMIT_EXCEEDED, message));
        }
        let declared: Vec<Option<TypeId>> =
            types.iter().map(|t| self.type_named(t).map(Some)).collect::<Result<_, _>>()?;
        let types = self.parameter_types(&body, declared).map_err(|error| within(error, text, &body))?;
        let prepared = Prepared {
            text: Arc::from(text),
            body: Arc::from(body),
            types,
            since: now,
            plans: (0, 0),
            custom_cost: 0.0,
            generic_cost: None,
        };
        let work = Step::Work(small_work(rates::STATEMENT));
        Ok([work, Step::Effect(Effect::Prepare(name, Box::new(prepared)))].into())
    }

    fn type_named(&self, name: &str) -> Result<TypeId, SqlError> {
        let statement = sql::parse_one(&format!("SELECT CAST(NULL AS {name})"))?;
        let query = sql::bind(&self.catalog, &statement)?;
        query.targets.first().map(|t| t.expr.type_id()).ok_or_else(|| SqlError::unsupported(name))
    }

    /// What each parameter is, as declared or as the statement uses it.
    fn parameter_types(
        &self,
        body: &str,
        mut types: Vec<Option<TypeId>>,
    ) -> Result<Vec<Option<TypeId>>, SqlError> {
        let mut most = types.len();
        let typed = substituted(body, &mut |n| {
            most = most.max(n);
            declared(&types, n).map_or_else(|| format!("${n}"), |t| format!("CAST(${n} AS {t})"))
        });
        let statement = sql::parse_one(&typed)?;
        types.resize(most, None);
        match &statement {
            ast::Statement::Query(_) | ast::Statement::Insert(_) => {}
            ast::Statement::Update { .. } | ast::Statement::Delete(_) => {}
            _ => {
                let word = body.split_whitespace().next().unwrap_or_default();
                let message = format!("syntax error at or near \"{word}\"");
                return Err(SqlError::new(SqlState::SYNTAX_ERROR, message).at(Some(1)));
            }
        }
        if !self.reads_tables(&statement) {
            return self.parameters_of_view_query(body, types);
        }
        let query = sql::bind(&self.catalog, &statement)?;
        for (at, known) in types.iter_mut().enumerate() {
            let used = query.parameter_types.get(at).copied().filter(|t| *t != TypeId::UNKNOWN);
            *known = known.or(used);
            if known.is_none() {
                let message = format!("could not determine data type of parameter ${}", at + 1);
                return Err(SqlError::new(SqlState("42P18"), message));
            }
        }
        Ok(types)
    }

    /// A query over system views is analysed by being answered with NULLs; an undeclared parameter takes what it is given.
    fn parameters_of_view_query(
        &self,
        body: &str,
        types: Vec<Option<TypeId>>,
    ) -> Result<Vec<Option<TypeId>>, SqlError> {
        let mut used = vec![false; types.len()];
        let text = substituted(body, &mut |n| {
            if let Some(used) = n.checked_sub(1).and_then(|i| used.get_mut(i)) {
                *used = true;
            }
            declared(&types, n).map_or_else(|| "NULL".to_owned(), |t| format!("CAST(NULL AS {t})"))
        });
        if let Some(at) = (0..types.len()).find(|i| types[*i].is_none() && !used[*i]) {
            let message = format!("could not determine data type of parameter ${}", at + 1);
            return Err(SqlError::new(SqlState("42P18"), message));
        }
        let settings = self.settings.clone();
        let session = query::Session { server: self, now: self.now, pid: 0, role: "", settings };
        match query::select_text(&session, &text) {
            // Only what is wrong with the text itself, not with its NULLs.
            Err(error) if error.sqlstate.0.starts_with("42") && error.sqlstate.0 != "42501" => Err(error),
            _ => Ok(types),
        }
    }

    /// `EXECUTE`
    pub(super) fn compile_execute(
        &mut self,
        now: SimTime,
        slot: u32,
        name: &str,
        arguments: &[String],
    ) -> Steps {
        let text = self.with_arguments(slot, name, arguments)?;
        let statement = sql::parse_one(&text)?;
        if !self.reads_tables(&statement) {
            let steps = self.compile(now, slot, &text)?;
            self.count_view_plan(slot, name, arguments.is_empty());
            return Ok(steps);
        }
        self.refuse_on_call(slot, &text)?;
        if !matches!(statement, ast::Statement::Query(_)) {
            self.refuse_on_standby(&statement)?;
        }
        let bound = self.bind_prepared(slot, name, arguments)?;
        self.table_steps(slot, &bound.text, &bound.statement, &bound.plan, bound.work)
    }

    /// Plans of queries over system views cost the same for all values, so that the sixth is for any.
    fn count_view_plan(&mut self, slot: u32, name: &str, fixed: bool) {
        let conversation = self.backends[slot as usize].conversation.as_mut();
        let Some(prepared) = conversation.and_then(|c| c.prepared.get_mut(name)) else { return };
        if fixed || prepared.plans.1 >= CUSTOM_FIRST {
            prepared.plans.0 += 1;
        } else {
            prepared.plans.1 += 1;
        }
    }

    /// The statement's text with the arguments in the parameters' places.
    fn with_arguments(&self, slot: u32, name: &str, arguments: &[String]) -> Result<String, SqlError> {
        let prepared = self.prepared_named(slot, name)?;
        if arguments.len() != prepared.types.len() {
            let message = format!("wrong number of parameters for prepared statement \"{name}\"");
            let (expected, got) = (prepared.types.len(), arguments.len());
            let detail = format!("Expected {expected} parameters but got {got}.");
            return Err(SqlError::new(SqlState::SYNTAX_ERROR, message).detail(detail));
        }
        Ok(substituted(&prepared.body, &mut |n| {
            let argument = n.checked_sub(1).and_then(|i| arguments.get(i)).map_or("NULL", String::as_str);
            declared(&prepared.types, n)
                .map_or_else(|| argument.to_owned(), |t| format!("CAST({argument} AS {t})"))
        }))
    }

    /// Plans a prepared statement for its arguments, or for any where that has proved no dearer (`GetCachedPlan`).
    pub(super) fn bind_prepared(
        &mut self,
        slot: u32,
        name: &str,
        arguments: &[String],
    ) -> Result<Bound, SqlError> {
        let text = self.with_arguments(slot, name, arguments)?;
        let statement = sql::parse_one(&text)?;
        let prepared = self.prepared_named(slot, name)?.clone();
        let settings = self.settings_of(&self.backends[slot as usize]);
        let typed = substituted(&prepared.body, &mut |n| {
            declared(&prepared.types, n).map_or_else(|| format!("${n}"), |t| format!("CAST(${n} AS {t})"))
        });
        let general = sql::parse_one(&typed)?;
        let values: Vec<Value> = arguments
            .iter()
            .zip(&prepared.types)
            .map(|(argument, type_id)| self.value_of(argument, *type_id))
            .collect::<Result<_, _>>()?;
        let plan_with = |params: Params<'_>| self.plan_for(&general, &settings, params);
        let mode = match settings.get("plan_cache_mode") {
            Some(SettingValue::Text(mode)) => mode.as_str(),
            _ => "auto",
        };
        let mut known = prepared;
        let custom = match mode {
            _ if values.is_empty() => false,
            "force_generic_plan" => false,
            "force_custom_plan" => true,
            _ => {
                known.plans.1 < CUSTOM_FIRST || {
                    let average = known.custom_cost / known.plans.1 as f64;
                    let cost = match known.generic_cost {
                        Some(cost) => cost,
                        None => {
                            let cost = plan_with(Params::Generic)?.0.root.total_cost;
                            known.generic_cost = Some(cost);
                            cost
                        }
                    };
                    cost >= average
                }
            }
        };
        let (plan, work) = plan_with(if custom { Params::Values(&values) } else { Params::Generic })?;
        if custom {
            known.plans.1 += 1;
            known.custom_cost += plan.root.total_cost + planning_cost(&plan, &settings);
        } else {
            known.plans.0 += 1;
        }
        if let Some(conversation) = &mut self.backends[slot as usize].conversation {
            conversation.prepared.insert(name.to_owned(), known);
        }
        Ok(Bound { text, statement, plan, work })
    }

    /// An argument's value in the parameter's type.
    fn value_of(&self, argument: &str, type_id: Option<TypeId>) -> Result<Value, SqlError> {
        let type_id = type_id.unwrap_or(TypeId::TEXT);
        let statement = sql::parse_one(&format!("SELECT CAST({argument} AS {type_id})"))?;
        let query = sql::bind(&self.catalog, &statement)?;
        let time = StatementTime::from_unix_micros(self.calendar.unix_micros(self.now));
        let value = query.targets.first().and_then(|t| sql::estimated(&t.expr, Some(time)));
        value.map(|v| v.into_owned()).ok_or_else(|| SqlError::unsupported("this argument of EXECUTE"))
    }

    /// `DEALLOCATE`; without a name, all.
    pub(super) fn deallocate(&mut self, slot: u32, name: Option<&str>) -> Result<(), SqlError> {
        if let Some(name) = name {
            self.prepared_named(slot, name)?;
        }
        if let Some(conversation) = &mut self.backends[slot as usize].conversation {
            match name {
                Some(name) => drop(conversation.prepared.remove(name)),
                None => conversation.prepared.clear(),
            }
        }
        Ok(())
    }
}

fn declared(types: &[Option<TypeId>], n: usize) -> Option<TypeId> {
    n.checked_sub(1).and_then(|i| types.get(i)).copied().flatten()
}

/// What planning is taken to cost, so that plans for values are not made for ever (`cached_plan_cost`).
fn planning_cost(plan: &Plan, settings: &Settings) -> f64 {
    1_000.0 * settings.planner().cpu_operator_cost * (plan.relations.len() as f64 + 1.0)
}

/// An error in the statement after AS, its place counted from PREPARE on.
fn within(mut error: SqlError, text: &str, body: &str) -> SqlError {
    if let (Some(position), Some(start)) = (error.position, text.rfind(body)) {
        error.position = Some(position + text[..start].chars().count() as u32);
    }
    error
}
