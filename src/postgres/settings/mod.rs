//! Configuration parameters (GUCs): one table of names, units and defaults, the values of a session, and the planner's own
//! parameters as a plain struct that costs nothing to read.

mod table;

pub use table::{SETTINGS, SettingInfo, SettingKind};

use std::collections::BTreeMap;

use super::error::{SqlError, SqlState};
use super::query::system;
use super::types::TypeId;

/// The parameters of one session (or of the server, from which sessions start). Set by name, read by name or through
/// [`Settings::planner`]. Values are in the parameter's base unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    values: Vec<SettingValue>,
    /// Parameters that steer nothing here: PostgreSQL's others, and those of extensions and applications, which have a dot.
    others: BTreeMap<String, String>,
    planner: PlannerSettings,
}

/// A parameter's value in its base unit.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingValue {
    /// on/off
    Bool(bool),
    /// Whole number in the base unit.
    Int(i64),
    /// Number in the base unit.
    Real(f64),
    /// Text, enumerations included.
    Text(String),
}

/// What the planner reads, see PostgreSQL's manual, "Query Planning". Costs are in units of a sequential page read.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct PlannerSettings {
    pub seq_page_cost: f64,
    pub random_page_cost: f64,
    pub cpu_tuple_cost: f64,
    pub cpu_index_tuple_cost: f64,
    pub cpu_operator_cost: f64,
    pub parallel_setup_cost: f64,
    pub parallel_tuple_cost: f64,
    /// In pages.
    pub effective_cache_size: f64,
    /// In kB.
    pub work_mem: f64,
    pub hash_mem_multiplier: f64,
    /// In pages.
    pub min_parallel_table_scan_size: f64,
    /// In pages.
    pub min_parallel_index_scan_size: f64,
    pub max_parallel_workers_per_gather: u32,
    pub max_parallel_workers: u32,
    pub parallel_leader_participation: bool,
    pub recursive_worktable_factor: f64,
    pub default_statistics_target: i64,
    pub join_collapse_limit: i64,
    pub from_collapse_limit: i64,
    pub enable_seqscan: bool,
    pub enable_indexscan: bool,
    pub enable_indexonlyscan: bool,
    pub enable_bitmapscan: bool,
    pub enable_sort: bool,
    pub enable_incremental_sort: bool,
    pub enable_hashagg: bool,
    pub enable_nestloop: bool,
    pub enable_mergejoin: bool,
    pub enable_hashjoin: bool,
    pub enable_material: bool,
    pub enable_memoize: bool,
    pub enable_gathermerge: bool,
    pub enable_parallel_hash: bool,
    pub enable_parallel_append: bool,
    pub enable_presorted_aggregate: bool,
    pub enable_group_by_reordering: bool,
    pub enable_distinct_reordering: bool,
    pub enable_self_join_elimination: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let values: Vec<SettingValue> = SETTINGS.iter().map(SettingInfo::default_value).collect();
        let planner = PlannerSettings::from_values(&values);
        Settings { values, others: BTreeMap::new(), planner }
    }
}

impl Settings {
    /// The planner's parameters.
    pub fn planner(&self) -> &PlannerSettings {
        &self.planner
    }

    /// Sets a parameter from its text, as `SET name = 'text'` does: units allowed, range checked.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), SqlError> {
        let Some(index) = position(name) else { return self.set_other(name, text) };
        self.values[index] = SETTINGS[index].parse(text)?;
        self.planner = PlannerSettings::from_values(&self.values);
        Ok(())
    }

    fn set_other(&mut self, name: &str, text: &str) -> Result<(), SqlError> {
        let text = text.trim().trim_matches('\'');
        let value = match other(name) {
            Some(row) if row[7] == "bool" => {
                let flag = boolean(text).ok_or_else(|| not_boolean(name))?;
                if flag { "on" } else { "off" }.to_owned()
            }
            Some(row) if row[7] == "enum" => {
                let options: Vec<&str> =
                    row[11].trim_matches(['{', '}']).split(',').map(|word| word.trim_matches('"')).collect();
                let lower = text.to_ascii_lowercase();
                if !options.contains(&lower.as_str()) {
                    let hint = format!("Available values: {}.", options.join(", "));
                    return Err(invalid_value(name, text).hint(hint));
                }
                lower
            }
            Some(row)
                if matches!(row[7], "integer" | "real")
                    && !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') =>
            {
                return Err(invalid_value(row[0], text));
            }
            None if !name.contains('.') => return Err(unrecognized(name)),
            _ => text.to_owned(),
        };
        self.others.insert(name.to_ascii_lowercase(), value);
        Ok(())
    }

    /// What `SET` refuses, by the parameter's context (`set_config_option` of `guc.c`).
    ///
    /// # Errors
    /// The parameter is the server's own, needs a restart, a reload, or a superuser.
    pub fn may_set(name: &str, superuser: bool) -> Result<(), SqlError> {
        let Some(row) = parameter_row(name) else { return Ok(()) };
        let refused = |rest: &str| {
            SqlError::new(SqlState::CANT_CHANGE_RUNTIME_PARAM, format!("parameter \"{}\" {rest}", row[0]))
        };
        match row[6] {
            "internal" => Err(refused("cannot be changed")),
            "postmaster" => Err(refused("cannot be changed without restarting the server")),
            "sighup" => Err(refused("cannot be changed now")),
            "backend" | "superuser-backend" => Err(refused("cannot be set after connection start")),
            "superuser" if !superuser => {
                let message = format!("permission denied to set parameter \"{}\"", row[0]);
                Err(SqlError::new(SqlState::INSUFFICIENT_PRIVILEGE, message))
            }
            _ => Ok(()),
        }
    }

    /// Puts a parameter back to its built-in default.
    pub fn reset(&mut self, name: &str) -> Result<(), SqlError> {
        let Some(index) = position(name) else {
            let known = self.others.remove(&name.to_ascii_lowercase()).is_some() || other(name).is_some();
            return if known || name.contains('.') { Ok(()) } else { Err(unrecognized(name)) };
        };
        self.values[index] = SETTINGS[index].default_value();
        self.planner = PlannerSettings::from_values(&self.values);
        Ok(())
    }

    /// What `SHOW name` prints: with the largest unit that is exact.
    pub fn show(&self, name: &str) -> Result<String, SqlError> {
        if let Some(text) = self.others.get(&name.to_ascii_lowercase()) {
            return Ok(text.clone());
        }
        let index = position(name).ok_or_else(|| unrecognized(name))?;
        Ok(SETTINGS[index].show(&self.values[index]))
    }

    /// The value in its base unit; `None` for an unknown name.
    pub fn get(&self, name: &str) -> Option<&SettingValue> {
        Some(&self.values[position(name)?])
    }

    /// A whole number in its base unit (milliseconds for time-outs, kB or pages for sizes); 0 for other kinds or unknown names.
    pub fn integer(&self, name: &str) -> i64 {
        match self.get(name) {
            Some(SettingValue::Int(value)) => *value,
            _ => 0,
        }
    }

    /// Every parameter with its value, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static SettingInfo, &SettingValue)> {
        SETTINGS.iter().zip(&self.values)
    }

    /// Planner parameters that differ from their defaults: what `EXPLAIN (SETTINGS)` lists.
    pub fn changed_planner_settings(&self) -> Vec<(String, String)> {
        self.iter()
            .filter(|(info, value)| info.explain && **value != info.default_value())
            .map(|(info, value)| (info.name.to_owned(), info.show(value)))
            .collect()
    }
}

/// A parameter's row of PostgreSQL's own `pg_settings`.
fn parameter_row(name: &str) -> Option<&'static [&'static str]> {
    let table = system::table("pg_settings")?;
    table.rows.iter().find(|row| row[0].eq_ignore_ascii_case(name)).map(Vec::as_slice)
}

/// The row of a parameter that steers nothing here.
fn other(name: &str) -> Option<&'static [&'static str]> {
    parameter_row(name).filter(|_| position(name).is_none())
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" | "t" | "y" => Some(true),
        "off" | "false" | "no" | "0" | "f" | "n" => Some(false),
        _ => None,
    }
}

fn not_boolean(name: &str) -> SqlError {
    let message = format!("parameter \"{name}\" requires a Boolean value");
    SqlError::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

fn invalid_value(name: &str, text: &str) -> SqlError {
    let message = format!("invalid value for parameter \"{name}\": \"{text}\"");
    SqlError::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

fn position(name: &str) -> Option<usize> {
    let lower = name.to_ascii_lowercase();
    SETTINGS.iter().position(|s| s.name.eq_ignore_ascii_case(&lower))
}

fn unrecognized(name: &str) -> SqlError {
    SqlError::new(SqlState::UNDEFINED_OBJECT, format!("unrecognized configuration parameter \"{name}\""))
}

impl SettingInfo {
    /// The built-in value.
    pub fn default_value(&self) -> SettingValue {
        self.parse(self.default).unwrap_or_else(|_| SettingValue::Text(self.default.to_owned()))
    }

    /// The type column of `pg_settings`.
    pub fn value_type(&self) -> TypeId {
        match self.kind {
            SettingKind::Bool => TypeId::BOOL,
            SettingKind::Int => TypeId::INT4,
            SettingKind::Real => TypeId::FLOAT8,
            SettingKind::Text | SettingKind::Enum(_) => TypeId::TEXT,
        }
    }

    /// Parses a value's text.
    pub fn parse(&self, text: &str) -> Result<SettingValue, SqlError> {
        let text = text.trim().trim_matches('\'');
        let invalid = || invalid_value(self.name, text);
        match self.kind {
            SettingKind::Bool => boolean(text).map(SettingValue::Bool).ok_or_else(|| not_boolean(self.name)),
            SettingKind::Int => {
                let value = libm::rint(self.number(text).ok_or_else(invalid)?);
                self.check_range(value).map(|v| SettingValue::Int(v as i64))
            }
            SettingKind::Real => {
                let value = self.number(text).ok_or_else(invalid)?;
                self.check_range(value).map(SettingValue::Real)
            }
            SettingKind::Text => Ok(SettingValue::Text(text.to_owned())),
            SettingKind::Enum(options) => {
                let lower = text.to_ascii_lowercase();
                let lower = match HIDDEN_VALUES
                    .iter()
                    .find(|(name, hidden, _)| *name == self.name && *hidden == lower)
                {
                    Some((_, _, meant)) => (*meant).to_owned(),
                    None => lower,
                };
                if options.contains(&lower.as_str()) {
                    return Ok(SettingValue::Text(lower));
                }
                Err(invalid().hint(format!("Available values: {}.", options.join(", "))))
            }
        }
    }

    /// A number with an optional unit, in the base unit.
    fn number(&self, text: &str) -> Option<f64> {
        let digits =
            text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || "+-.eE".contains(c)).len();
        let value: f64 = text[..digits].parse().ok()?;
        match text[digits..].trim() {
            "" => Some(value),
            unit => Some(value * unit_factor(unit, self.unit)?),
        }
    }

    fn check_range(&self, value: f64) -> Result<f64, SqlError> {
        if (self.min..=self.max).contains(&value) {
            return Ok(value);
        }
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        let message = format!(
            "{value}{unit} is outside the valid range for parameter \"{}\" ({}{unit} .. {}{unit})",
            self.name, self.min, self.max
        );
        Err(SqlError::new(SqlState::INVALID_PARAMETER_VALUE, message))
    }

    /// The value in the base unit, as `pg_settings.setting` has it.
    pub fn setting(&self, value: &SettingValue) -> String {
        match value {
            SettingValue::Bool(on) => if *on { "on" } else { "off" }.to_owned(),
            SettingValue::Int(i) => i.to_string(),
            SettingValue::Real(r) => r.to_string(),
            SettingValue::Text(t) => t.clone(),
        }
    }

    /// The value as SHOW prints it.
    pub fn show(&self, value: &SettingValue) -> String {
        match value {
            SettingValue::Int(number) if !self.unit.is_empty() && *number > 0 => {
                show_with_unit(*number, self.unit)
            }
            SettingValue::Real(number) if !self.unit.is_empty() && *number > 0.0 => {
                format!("{number}{}", self.unit)
            }
            other => self.setting(other),
        }
    }
}

/// Spellings that are accepted but not listed (the hidden entries of `guc_tables.c`): parameter, spelling, what is kept.
const HIDDEN_VALUES: &[(&str, &str, &str)] = &[
    ("client_min_messages", "debug", "debug2"),
    ("client_min_messages", "info", "notice"),
    ("plan_cache_mode", "automatic", "auto"),
    ("synchronous_commit", "true", "on"),
    ("synchronous_commit", "false", "off"),
    ("constraint_exclusion", "true", "on"),
    ("constraint_exclusion", "false", "off"),
];

/// Units by size: (name, bytes) and (name, microseconds).
const MEMORY: [(&str, i64); 5] =
    [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10), ("B", 1)];
const TIME: [(&str, i64); 6] = [
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("min", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

/// How many of its family's smallest unit a base unit is.
fn unit_size(unit: &str) -> Option<(&'static [(&'static str, i64)], i64)> {
    if unit == "8kB" {
        return Some((&MEMORY, 8 << 10));
    }
    let find = |table: &'static [(&'static str, i64)]| {
        table.iter().find(|(name, _)| *name == unit).map(|(_, size)| (table, *size))
    };
    find(&MEMORY).or_else(|| find(&TIME))
}

fn unit_factor(from: &str, to: &str) -> Option<f64> {
    let (family, from) = unit_size(from)?;
    let (other, to) = unit_size(to)?;
    (family.len() == other.len()).then(|| from as f64 / to as f64)
}

fn show_with_unit(number: i64, unit: &str) -> String {
    let Some((family, size)) = unit_size(unit) else { return number.to_string() };
    let Some(smallest) = number.checked_mul(size) else { return number.to_string() };
    let (name, factor) = family.iter().find(|(_, f)| smallest % f == 0).unwrap_or(&("B", 1));
    format!("{}{name}", smallest / factor)
}

impl PlannerSettings {
    fn from_values(values: &[SettingValue]) -> PlannerSettings {
        let number = |name: &str| match position(name).map(|i| &values[i]) {
            Some(SettingValue::Real(r)) => *r,
            Some(SettingValue::Int(i)) => *i as f64,
            _ => 0.0,
        };
        let flag = |name: &str| matches!(position(name).map(|i| &values[i]), Some(SettingValue::Bool(true)));
        PlannerSettings {
            seq_page_cost: number("seq_page_cost"),
            random_page_cost: number("random_page_cost"),
            cpu_tuple_cost: number("cpu_tuple_cost"),
            cpu_index_tuple_cost: number("cpu_index_tuple_cost"),
            cpu_operator_cost: number("cpu_operator_cost"),
            parallel_setup_cost: number("parallel_setup_cost"),
            parallel_tuple_cost: number("parallel_tuple_cost"),
            effective_cache_size: number("effective_cache_size"),
            work_mem: number("work_mem"),
            hash_mem_multiplier: number("hash_mem_multiplier"),
            min_parallel_table_scan_size: number("min_parallel_table_scan_size"),
            min_parallel_index_scan_size: number("min_parallel_index_scan_size"),
            max_parallel_workers_per_gather: number("max_parallel_workers_per_gather") as u32,
            max_parallel_workers: number("max_parallel_workers") as u32,
            parallel_leader_participation: flag("parallel_leader_participation"),
            recursive_worktable_factor: number("recursive_worktable_factor"),
            default_statistics_target: number("default_statistics_target") as i64,
            join_collapse_limit: number("join_collapse_limit") as i64,
            from_collapse_limit: number("from_collapse_limit") as i64,
            enable_seqscan: flag("enable_seqscan"),
            enable_indexscan: flag("enable_indexscan"),
            enable_indexonlyscan: flag("enable_indexonlyscan"),
            enable_bitmapscan: flag("enable_bitmapscan"),
            enable_sort: flag("enable_sort"),
            enable_incremental_sort: flag("enable_incremental_sort"),
            enable_hashagg: flag("enable_hashagg"),
            enable_nestloop: flag("enable_nestloop"),
            enable_mergejoin: flag("enable_mergejoin"),
            enable_hashjoin: flag("enable_hashjoin"),
            enable_material: flag("enable_material"),
            enable_memoize: flag("enable_memoize"),
            enable_gathermerge: flag("enable_gathermerge"),
            enable_parallel_hash: flag("enable_parallel_hash"),
            enable_parallel_append: flag("enable_parallel_append"),
            enable_presorted_aggregate: flag("enable_presorted_aggregate"),
            enable_group_by_reordering: flag("enable_group_by_reordering"),
            enable_distinct_reordering: flag("enable_distinct_reordering"),
            enable_self_join_elimination: flag("enable_self_join_elimination"),
        }
    }
}
