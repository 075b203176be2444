//! Plans of registered statements: made when first needed and again when the catalog has changed.

use std::sync::Arc;

use super::template::{HotFigures, LockConcern, Template, TemplateKind, substitute};
use super::types::QueryId;
use super::{Server, StatementCounters};
use crate::postgres::error::SqlError;
use crate::postgres::plan::Plan;
use crate::postgres::planner::{self, Params};
use crate::postgres::settings::Settings;
use crate::postgres::sql::{self, StatementTime};
use crate::postgres::work::{self, Work, rates};

impl Server {
    /// Registers a statement of the workload. `examples` gives a literal for each `$n`: the values that custom plans
    /// are made for, as drivers that bind without naming a statement get them. Without examples the plan is generic.
    ///
    /// # Errors
    /// What PostgreSQL answers to `PREPARE`: syntax, unknown relations or columns.
    pub fn register(&mut self, sql: &str, examples: &[&str]) -> Result<QueryId, SqlError> {
        let id = QueryId(self.templates.len() as u32);
        let mut template = Template {
            sql: sql.trim().trim_end_matches(';').to_owned(),
            example: substitute(sql, examples),
            kind: TemplateKind::of(sql),
            plan: None,
            error: None,
            version: 0,
            work: Arc::default(),
            hot: HotFigures::default(),
            concern: LockConcern::default(),
            begun: 0,
            statement: self.statements.len(),
        };
        self.plan_template(&mut template);
        if let Some(error) = template.error {
            return Err(error);
        }
        self.statements.push(StatementCounters::new(template.sql.clone(), &self.catalog.owner, self.now));
        self.templates.push(template);
        self.refresh_misses(id.0 as usize);
        Ok(id)
    }

    /// Registers load of which no SQL is modelled, such as another tenant's: `name` stands for its text, `work` is what
    /// each execution does.
    pub fn register_work(&mut self, name: &str, work: Work) -> QueryId {
        let id = QueryId(self.templates.len() as u32);
        self.templates.push(Template {
            sql: name.to_owned(),
            example: name.to_owned(),
            kind: TemplateKind::Given,
            plan: None,
            error: None,
            version: self.catalog.version,
            hot: HotFigures::of(&work),
            concern: LockConcern::default(),
            work: Arc::new(work),
            begun: 0,
            statement: self.statements.len(),
        });
        self.statements.push(StatementCounters::new(name.to_owned(), &self.catalog.owner, self.now));
        self.refresh_misses(id.0 as usize);
        id
    }

    /// Plans anew when the catalog has changed since.
    #[inline]
    pub(super) fn ensure_planned(&mut self, query: QueryId) {
        if self.templates[query.0 as usize].version != self.catalog.version {
            self.replan(query.0 as usize);
        }
    }

    #[cold]
    fn replan(&mut self, query: usize) {
        let mut template = self.templates[query].clone();
        self.plan_template(&mut template);
        self.templates[query] = template;
        self.refresh_misses(query);
    }

    fn plan_template(&self, template: &mut Template) {
        template.version = self.catalog.version;
        template.error = None;
        template.plan = None;
        match template.kind {
            TemplateKind::Given => {}
            TemplateKind::Planned => match self.plan(&template.example, &self.settings) {
                Ok((plan, work)) => {
                    template.plan = Some(Arc::new(plan));
                    template.work = Arc::new(work);
                }
                Err(error) => template.error = Some(error),
            },
            TemplateKind::Begin { .. } | TemplateKind::Commit | TemplateKind::Rollback => {
                template.work = Arc::new(Work { cpu_ns: rates::STATEMENT / 2.0, ..Work::default() });
            }
        }
        template.hot = HotFigures::of(&template.work);
        template.concern = LockConcern::default();
    }

    /// Plans a statement and measures its work.
    pub(super) fn plan(&self, text: &str, settings: &Settings) -> Result<(Plan, Work), SqlError> {
        self.plan_statement(&sql::parse_one(text)?, settings)
    }

    /// The same for a statement that was parsed.
    pub(super) fn plan_statement(
        &self,
        statement: &sqlparser::ast::Statement,
        settings: &Settings,
    ) -> Result<(Plan, Work), SqlError> {
        self.plan_for(statement, settings, Params::Generic)
    }

    /// The same with what is known of its parameters.
    pub(super) fn plan_for(
        &self,
        statement: &sqlparser::ast::Statement,
        settings: &Settings,
        params: Params<'_>,
    ) -> Result<(Plan, Work), SqlError> {
        let query = sql::bind(&self.catalog, statement)?;
        let time = StatementTime::from_unix_micros(self.calendar.unix_micros(self.now));
        let plan = planner::plan(&self.catalog, settings, &query, params, Some(time))?;
        let site = work::Site {
            catalog: &self.catalog,
            truth: &self.truth,
            buffers: &self.buffers,
            settings: settings.planner(),
        };
        let work = work::measure(&plan, site);
        Ok((plan, work))
    }
}
