//! The graded configurations: a baseline catalog, changed by each one's DDL, sizes and statistics.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::GradeInput;
use crate::postgres::catalog::{
    Catalog, ColumnStatistics, GinSize, KeySource, RelationSize, RelationStatistics,
};
use crate::postgres::datum::Datum;
use crate::postgres::settings::Settings;
use crate::postgres::sql::{parse, parse_datum};
use crate::postgres::types::TypeId;

/// `stats.json`
#[derive(Debug, Deserialize)]
pub(super) struct Facts {
    profiles: BTreeMap<String, BTreeMap<String, Value>>,
    server_gucs: BTreeMap<String, String>,
    endpoints: BTreeMap<String, BTreeMap<String, (Value, Value)>>,
    configs: BTreeMap<String, Configuration>,
}

#[derive(Debug, Deserialize)]
struct Configuration {
    #[serde(default)]
    ddl: String,
    #[serde(default)]
    invalid: Vec<String>,
    #[serde(default)]
    relations: BTreeMap<String, RelationFacts>,
    #[serde(default)]
    columns: BTreeMap<String, BTreeMap<String, Value>>,
}

#[derive(Debug, Deserialize)]
struct RelationFacts {
    pages: u64,
    #[serde(default)]
    level: Option<u32>,
    stat: StoredFacts,
    #[serde(default)]
    gin: Option<GinFacts>,
}

#[derive(Debug, Deserialize)]
struct StoredFacts {
    reltuples: f64,
    relpages: f64,
    relallvisible: f64,
}

#[derive(Debug, Deserialize)]
#[allow(non_snake_case)]
struct GinFacts {
    nEntryPages: u64,
    nDataPages: u64,
    nEntries: u64,
}

/// What all configurations start from.
pub(super) struct Prepared<'f> {
    baseline: Catalog,
    facts: &'f Facts,
}

impl<'f> Prepared<'f> {
    pub(super) fn new(input: &GradeInput<'_>, facts: &'f Facts) -> Result<Prepared<'f>, String> {
        let baseline = Catalog::load(input.schema, input.statistics, input.sizes).map_err(|problems| {
            let first = problems.first();
            first.map_or_else(String::new, |p| format!("{} line {}: {}", p.source, p.line, p.message))
        })?;
        Ok(Prepared { baseline, facts })
    }

    /// The settings of a profile over the server's own.
    pub(super) fn settings(&self, profile: &str) -> Result<Settings, String> {
        let mut settings = Settings::default();
        for (name, value) in &self.facts.server_gucs {
            // Read-only and unknown parameters say nothing of plans.
            let _ = settings.set(name, value);
        }
        let profile = self.facts.profiles.get(profile).ok_or_else(|| format!("unknown profile {profile}"))?;
        for (name, value) in profile {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            settings.set(name, &text).map_err(|e| e.message)?;
        }
        Ok(settings)
    }

    /// The catalog of a configuration.
    pub(super) fn catalog(&self, name: &str) -> Result<Catalog, String> {
        let configuration =
            self.facts.configs.get(name).ok_or_else(|| format!("unknown configuration {name}"))?;
        let mut catalog = self.baseline.clone();
        let error = |e: crate::postgres::SqlError| format!("{name}: {}", e.message);
        if configuration.ddl == "@drop_all_secondary" {
            drop_secondary(&mut catalog);
        } else {
            for statement in parse(&configuration.ddl).map_err(error)? {
                catalog.apply_ddl(&statement).map_err(error)?;
            }
        }
        for index in catalog.indexes.values_mut() {
            index.valid = !configuration.invalid.contains(&index.name);
        }
        self.set_relations(&mut catalog, configuration);
        if let Some(baseline) = self.facts.configs.get("baseline") {
            share_expression_statistics(&mut catalog, &baseline.columns)?;
        }
        set_columns(&mut catalog, &configuration.columns)?;
        self.set_extremes(&mut catalog)?;
        catalog.touch();
        Ok(catalog)
    }

    fn set_relations(&self, catalog: &mut Catalog, configuration: &Configuration) {
        let baseline = self.facts.configs.get("baseline");
        let all = baseline.map(|b| &b.relations).into_iter().flatten().chain(&configuration.relations);
        for (name, facts) in all {
            let statistics = RelationStatistics {
                pages: facts.stat.relpages,
                tuples: f64::from(facts.stat.reltuples as f32),
                all_visible: facts.stat.relallvisible,
                all_frozen: 0.0,
            };
            let size = RelationSize { blocks: facts.pages, tree_level: facts.level.unwrap_or(0) };
            if let Some(table) = catalog.tables.values_mut().find(|t| t.name == *name) {
                (table.statistics, table.size) = (statistics, size);
            }
            if let Some(index) = catalog.indexes.values_mut().find(|i| i.name == *name) {
                (index.statistics, index.size) = (statistics, size);
                index.gin = facts.gin.as_ref().map(|g| GinSize {
                    entry_pages: g.nEntryPages,
                    data_pages: g.nDataPages,
                    entries: g.nEntries,
                    pending_pages: 0,
                });
            }
        }
    }

    /// Values really at the ends of columns and index expressions.
    fn set_extremes(&self, catalog: &mut Catalog) -> Result<(), String> {
        for (table_name, columns) in &self.facts.endpoints {
            let Some(table) = catalog.tables.values_mut().find(|t| t.name == *table_name) else { continue };
            for column in &mut table.columns {
                let Some((low, high)) = columns.get(&column.name) else { continue };
                column.extremes = extremes(low, high, column.type_id);
            }
            let table = table.clone();
            for index in catalog.indexes.values_mut().filter(|i| i.table == table.oid) {
                for key in &mut index.keys {
                    let KeySource::Expression(expr) = &key.source else { continue };
                    let text = crate::postgres::catalog::table_expression(&table, expr);
                    if let Some((low, high)) = columns.get(&text) {
                        key.extremes = extremes(low, high, key.type_id);
                    }
                }
            }
        }
        Ok(())
    }
}

fn extremes(low: &Value, high: &Value, type_id: TypeId) -> Option<(Datum, Datum)> {
    Some((datum(low, type_id)?, datum(high, type_id)?))
}

fn datum(value: &Value, type_id: TypeId) -> Option<Datum> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    parse_datum(&text, type_id).ok()
}

/// Only constraints' indexes stay.
fn drop_secondary(catalog: &mut Catalog) {
    let kept: Vec<_> = catalog
        .constraints
        .values()
        .filter_map(|c| match &c.kind {
            crate::postgres::catalog::ConstraintKind::PrimaryKey { index, .. }
            | crate::postgres::catalog::ConstraintKind::Unique { index, .. } => Some(*index),
            _ => None,
        })
        .collect();
    catalog.indexes.retain(|oid, _| kept.contains(oid));
    for table in catalog.tables.values_mut() {
        table.indexes.retain(|oid| kept.contains(oid));
    }
}

/// An index made by a configuration on an expression that the baseline has statistics for.
fn share_expression_statistics(
    catalog: &mut Catalog,
    columns: &BTreeMap<String, BTreeMap<String, Value>>,
) -> Result<(), String> {
    let tables = catalog.tables.clone();
    for index in catalog.indexes.values_mut() {
        let Some(table) = tables.get(&index.table) else { continue };
        let Some(known) = columns.get(&table.name) else { continue };
        for key in index.keys.iter_mut().filter(|k| k.statistics.is_none()) {
            let KeySource::Expression(expr) = &key.source else { continue };
            let text = crate::postgres::catalog::table_expression(table, expr);
            if let Some(facts) = known.get(&text) {
                key.statistics = statistics(facts, key.type_id)?.map(Arc::new);
            }
        }
    }
    Ok(())
}

fn set_columns(
    catalog: &mut Catalog,
    columns: &BTreeMap<String, BTreeMap<String, Value>>,
) -> Result<(), String> {
    for (table_name, changed) in columns {
        let Some(table) = catalog.tables.values_mut().find(|t| t.name == *table_name) else { continue };
        for column in &mut table.columns {
            let Some(facts) = changed.get(&column.name) else { continue };
            // What the baseline says in JSON it says better in SQL: lexemes are only there.
            if column.statistics.as_ref().is_some_and(|s| s.elements.is_some()) {
                continue;
            }
            column.statistics = statistics(facts, column.type_id)?.map(Arc::new);
        }
    }
    Ok(())
}

/// A column's statistics; `None` for one never analysed.
fn statistics(facts: &Value, type_id: TypeId) -> Result<Option<ColumnStatistics>, String> {
    if facts.is_string() {
        return Ok(None);
    }
    let number = |key: &str| facts.get(key).and_then(Value::as_f64);
    let real = |value: f64| f64::from(value as f32);
    let list = |key: &str| facts.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let most_common = list("mcv")
        .iter()
        .filter_map(|pair| Some((datum(pair.get(0)?, type_id)?, real(pair.get(1)?.as_f64()?))))
        .collect();
    Ok(Some(ColumnStatistics {
        null_fraction: real(number("null_frac").unwrap_or(0.0)),
        width: number("avg_width").unwrap_or(0.0) as i32,
        distinct: real(number("n_distinct").unwrap_or(0.0)),
        most_common,
        histogram: list("hist").iter().filter_map(|v| datum(v, type_id)).collect(),
        correlation: number("corr").map(real),
        elements: None,
    }))
}
