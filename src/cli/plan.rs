//! `firedrill plan`: what the database model would plan for a scenario's database, or for any schema and statistics.

use super::args::{PlanArgs, PlanFormat};
use super::failure::Failure;
use super::library;
use crate::kernel::SimTime;
use crate::postgres::catalog::SqlProblem;
use crate::postgres::explain::{self, ExplainOptions};
use crate::postgres::grade::GradeInput;
use crate::postgres::planner::{self, Params};
use crate::postgres::sql::StatementTime;
use crate::postgres::{Catalog, Settings, SqlError, sql};
use crate::scenario::Scenario;
use crate::scenario::components::DatabaseRole;
use serde_json::{Value, json};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Plans each statement, or grades a folder of real plans.
pub(crate) fn run(args: &PlanArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.grade {
        return grade(folder, args.json);
    }
    let scenario = args.scenario.as_deref().map(library::find).transpose()?;
    let mut catalog = catalog(args, scenario.as_deref())?;
    let settings = settings(scenario.as_deref(), &args.set)?;
    if let Some(path) = &args.ddl {
        apply(&mut catalog, path)?;
    }
    let time = statement_time(args.at, scenario.as_deref());
    let text = read(&args.sql)?;
    let statements = sql::parse(&text).map_err(|problem| complaint(&args.sql, &problem))?;
    let mut documents = Vec::new();
    let mut lines = Vec::new();
    for statement in &statements {
        let planned = sql::bind(&catalog, statement)
            .and_then(|query| planner::plan(&catalog, &settings, &query, Params::Generic, Some(time)));
        let plan = planned.map_err(|problem| complaint(&args.sql, &problem))?;
        let options = ExplainOptions::default();
        lines.push(explain::text(&catalog, &plan, &options, None).join("\n"));
        documents.push(document(statement.to_string(), explain::json(&catalog, &plan, &options, None)));
    }
    if args.json || args.format == PlanFormat::Json {
        return super::print_json(&documents);
    }
    super::print(&format!("{}\n", lines.join("\n\n")))
}

/// What `now()` gives: what was asked for, else the scenario's start, else the time it is.
fn statement_time(at: Option<StatementTime>, scenario: Option<&Scenario>) -> StatementTime {
    let micros = || match scenario {
        Some(scenario) => scenario.calendar().unix_micros(SimTime::ZERO),
        None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_micros() as i64),
    };
    at.unwrap_or_else(|| StatementTime::from_unix_micros(micros()))
}

/// Plans again what a real PostgreSQL planned, and says how often both agree.
fn grade(folder: &Path, as_json: bool) -> Result<(), Failure> {
    let (schema, statistics) = (folder_text(folder, "schema.sql")?, folder_text(folder, "statistics.sql")?);
    let (facts, truth) = (folder_text(folder, "stats.json")?, folder_text(folder, "truth.jsonl")?);
    let sizes =
        if folder.join("sizes.tsv").exists() { Some(folder_text(folder, "sizes.tsv")?) } else { None };
    let input = GradeInput {
        schema: &schema,
        statistics: &statistics,
        sizes: sizes.as_deref(),
        facts: &facts,
        truth: &truth,
    };
    let graded = crate::postgres::grade::grade(&input).map_err(Failure::wrong)?;
    if as_json { super::print_json(&graded.json()) } else { super::print(&graded.text()) }
}

/// A file of the folder, plain or with `.gz` behind its name.
fn folder_text(folder: &Path, name: &str) -> Result<String, Failure> {
    let packed = folder.join(format!("{name}.gz"));
    if !packed.exists() {
        return read(&folder.join(name));
    }
    let file = fs::File::open(&packed).map_err(|problem| Failure::file(&packed, "read", &problem))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .map_err(|problem| Failure::file(&packed, "read", &problem))?;
    Ok(text)
}

/// One statement's document: PostgreSQL's own keys, with the statement's text.
fn document(statement: String, explained: Value) -> Value {
    let mut first = match explained {
        Value::Array(mut plans) if !plans.is_empty() => plans.remove(0),
        other => other,
    };
    if let Some(fields) = first.as_object_mut() {
        fields.insert("Query Text".to_owned(), json!(statement));
    }
    first
}

fn catalog(args: &PlanArgs, scenario: Option<&Scenario>) -> Result<Catalog, Failure> {
    let (name, loaded) = match (scenario, &args.schema, &args.statistics) {
        (Some(scenario), ..) => {
            let sizes = (!scenario.sizes_tsv.is_empty()).then_some(scenario.sizes_tsv.as_str());
            ("schema.sql".to_owned(), Catalog::load(&scenario.schema_sql, &scenario.statistics_sql, sizes))
        }
        (None, Some(schema), Some(statistics)) => {
            let name = schema.display().to_string();
            (name, Catalog::load(&read(schema)?, &read(statistics)?, None))
        }
        _ => return Err(Failure::Usage("give a scenario, or --schema and --statistics".to_owned())),
    };
    loaded.map_err(|problems| {
        let line =
            |problem: &SqlProblem| format!("{name}:{}:{}: {}", problem.line, problem.column, problem.message);
        Failure::wrong(problems.iter().map(line).collect::<Vec<_>>().join("\n"))
    })
}

/// The settings of the scenario's primary database server, where there is one, and those given over them.
fn settings(scenario: Option<&Scenario>, assignments: &[String]) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    let databases = scenario.map_or(&[][..], |s| &s.components.databases);
    if let Some(primary) = databases.iter().find(|d| d.role == DatabaseRole::Primary) {
        for (name, value) in &primary.settings {
            settings.set(name, value).map_err(|problem| {
                Failure::wrong(format!("database {}: {name} = {value}: {problem}", primary.name))
            })?;
        }
    }
    for assignment in assignments {
        let Some((name, value)) = assignment.split_once('=') else {
            return Err(Failure::Usage(format!("--set {assignment}: expected NAME=VALUE")));
        };
        settings
            .set(name, value)
            .map_err(|problem| Failure::wrong(format!("--set {assignment}: {problem}")))?;
    }
    Ok(settings)
}

fn apply(catalog: &mut Catalog, path: &Path) -> Result<(), Failure> {
    let statements = sql::parse(&read(path)?).map_err(|problem| complaint(path, &problem))?;
    for statement in &statements {
        catalog.apply_ddl(statement).map_err(|problem| complaint(path, &problem))?;
    }
    Ok(())
}

/// A file's text; `-` is standard input.
fn read(path: &Path) -> Result<String, Failure> {
    if path != Path::new("-") {
        return fs::read_to_string(path).map_err(|problem| Failure::file(path, "read", &problem));
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|problem| Failure::file(path, "read", &problem))?;
    Ok(text)
}

fn complaint(path: &Path, problem: &SqlError) -> Failure {
    Failure::wrong(format!("{}: {problem}", path.display()))
}
