//! Types by oid: their SQL names, categories, and how the syntax tree's type names map onto them.

use sqlparser::ast::{
    ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, ObjectName, TimezoneInfo,
};

use super::errors;
use super::system::{TYPE_NAMES, TYPES};
use crate::postgres::error::SqlError;

macro_rules! oids {
    ($($name:ident = $oid:literal),* $(,)?) => {
        $(#[allow(missing_docs)] pub const $name: u32 = $oid;)*
    };
}

oids!(
    BOOL = 16,
    BYTEA = 17,
    CHAR = 18,
    NAME = 19,
    INT8 = 20,
    INT2 = 21,
    INT2VECTOR = 22,
    INT4 = 23,
    REGPROC = 24,
    TEXT = 25,
    OID = 26,
    TID = 27,
    XID = 28,
    CID = 29,
    OIDVECTOR = 30,
    JSON = 114,
    XML = 142,
    PG_NODE_TREE = 194,
    FLOAT4 = 700,
    FLOAT8 = 701,
    UNKNOWN = 705,
    CIDR = 650,
    INET = 869,
    ACLITEM = 1033,
    BPCHAR = 1042,
    VARCHAR = 1043,
    DATE = 1082,
    TIME = 1083,
    TIMESTAMP = 1114,
    TIMESTAMPTZ = 1184,
    INTERVAL = 1186,
    TIMETZ = 1266,
    NUMERIC = 1700,
    REGPROCEDURE = 2202,
    REGOPER = 2203,
    REGOPERATOR = 2204,
    REGCLASS = 2205,
    REGTYPE = 2206,
    RECORD = 2249,
    CSTRING = 2275,
    ANY = 2276,
    ANYARRAY = 2277,
    VOID = 2278,
    ANYELEMENT = 2283,
    ANYNONARRAY = 2776,
    ANYENUM = 3500,
    ANYRANGE = 3831,
    ANYCOMPATIBLE = 5077,
    ANYCOMPATIBLEARRAY = 5078,
    ANYCOMPATIBLENONARRAY = 5079,
    ANYCOMPATIBLERANGE = 5080,
    RECORD_ARRAY = 2287,
    UUID = 2950,
    PG_LSN = 3220,
    JSONB = 3802,
    REGCONFIG = 3734,
    REGNAMESPACE = 4089,
    REGROLE = 4096,
    REGCOLLATION = 4191,
    XID8 = 5069,
    TEXT_ARRAY = 1009,
    NAME_ARRAY = 1003,
    INT2_ARRAY = 1005,
    INT4_ARRAY = 1007,
    INT8_ARRAY = 1016,
    OID_ARRAY = 1028,
    CHAR_ARRAY = 1002,
    FLOAT4_ARRAY = 1021,
    FLOAT8_ARRAY = 1022,
    ACLITEM_ARRAY = 1034,
    REGTYPE_ARRAY = 2211,
);

/// A type with its modifier (−1 for none), as a cast names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The type's oid.
    pub oid: u32,
    /// `atttypmod`'s encoding: length + 4 for `varchar(n)`, precision and scale for `numeric(p,s)`.
    pub typmod: i32,
}

impl Typed {
    /// A type without a modifier.
    pub const fn plain(oid: u32) -> Self {
        Self { oid, typmod: -1 }
    }
}

/// `pg_type.typcategory`, `X` for what isn't known.
pub(crate) fn category(oid: u32) -> char {
    TYPES.get(&oid).map_or('X', |row| row.category)
}

/// Is it the preferred type of its category?
pub(crate) fn preferred(oid: u32) -> bool {
    TYPES.get(&oid).is_some_and(|row| row.preferred)
}

/// The element type of an array (or vector) type.
pub(crate) fn element_of(oid: u32) -> Option<u32> {
    TYPES.get(&oid).filter(|row| row.category == 'A').map(|row| row.element)
}

/// The array type over an element type.
pub(crate) fn array_of(oid: u32) -> Option<u32> {
    TYPES.get(&oid).map(|row| row.array).filter(|array| *array != 0)
}

/// Is the representation text, whatever it is called?
pub(crate) fn is_string(oid: u32) -> bool {
    matches!(oid, TEXT | NAME | VARCHAR | BPCHAR | CHAR | UNKNOWN | CSTRING | PG_NODE_TREE)
}

/// `oid` and the `reg…` types, which print as names but are oids.
pub(crate) fn is_oid_like(oid: u32) -> bool {
    matches!(
        oid,
        OID | REGPROC
            | REGPROCEDURE
            | REGOPER
            | REGOPERATOR
            | REGCLASS
            | REGTYPE
            | REGCONFIG
            | REGNAMESPACE
            | REGROLE
            | REGCOLLATION
    )
}

/// Polymorphic pseudo-types.
pub(crate) fn is_polymorphic(oid: u32) -> bool {
    matches!(
        oid,
        ANYARRAY
            | ANYELEMENT
            | ANYNONARRAY
            | ANYENUM
            | ANYRANGE
            | ANYCOMPATIBLE
            | ANYCOMPATIBLEARRAY
            | ANYCOMPATIBLENONARRAY
            | ANYCOMPATIBLERANGE
    )
}

/// Does psql align values of it to the right? (`column_type_alignment` of `src/fe_utils/print.c`)
pub fn aligns_right(oid: u32) -> bool {
    matches!(oid, INT2 | INT4 | INT8 | FLOAT4 | FLOAT8 | NUMERIC | OID | XID | XID8 | CID | 790)
}

const SQL_NAMES: &[(u32, &str)] = &[
    (BOOL, "boolean"),
    (CHAR, "\"char\""),
    (INT2, "smallint"),
    (INT4, "integer"),
    (INT8, "bigint"),
    (FLOAT4, "real"),
    (FLOAT8, "double precision"),
    (BPCHAR, "character"),
    (VARCHAR, "character varying"),
    (TIME, "time without time zone"),
    (TIMETZ, "time with time zone"),
    (TIMESTAMP, "timestamp without time zone"),
    (TIMESTAMPTZ, "timestamp with time zone"),
    (1560, "bit"),
    (1562, "bit varying"),
];

/// What `format_type(oid, typmod)` prints.
pub fn format_type(oid: u32, typmod: i32) -> String {
    if oid == 0 {
        return "-".to_owned();
    }
    let Some(row) = TYPES.get(&oid) else { return "???".to_owned() };
    if row.category == 'A' && row.name.starts_with('_') {
        return format!("{}[]", format_type(row.element, typmod));
    }
    let name = SQL_NAMES.iter().find(|(known, _)| *known == oid).map_or(row.name, |(_, name)| name);
    match oid {
        BPCHAR if typmod < 0 => "bpchar".to_owned(),
        VARCHAR | BPCHAR if typmod >= 4 => format!("{name}({})", typmod - 4),
        NUMERIC if typmod >= 4 => {
            let bits = typmod - 4;
            format!("numeric({},{})", (bits >> 16) & 0xffff, ((bits & 0x7ff) ^ 1024) - 1024)
        }
        TIMESTAMP | TIMESTAMPTZ | TIME | TIMETZ if typmod >= 0 => {
            let (word, zone) = name.split_once(' ').unwrap_or((name, ""));
            format!("{word}({typmod}) {zone}")
        }
        INTERVAL if typmod >= 0 && typmod & 0xffff != 0xffff => format!("interval({})", typmod & 0xffff),
        _ if matches!(row.name, "any" | "char") && oid != CHAR => format!("\"{}\"", row.name),
        _ => name.to_owned(),
    }
}

/// The bare SQL name of a type.
pub fn name(oid: u32) -> String {
    if oid == BPCHAR { "character".to_owned() } else { format_type(oid, -1) }
}

/// A type by any of its spellings (`int`, `int4`, `integer`, `text[]`, `pg_catalog.regclass`).
pub(crate) fn by_sql_name(spelling: &str) -> Option<u32> {
    let bare = spelling.trim().trim_start_matches("pg_catalog.");
    if let Some(element) = bare.strip_suffix("[]") {
        return array_of(by_sql_name(element)?);
    }
    if let Some((_, oid)) = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(bare)) {
        return Some(*oid);
    }
    if let Some((oid, _)) = SQL_NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(bare)) {
        return Some(*oid);
    }
    TYPE_NAMES.get(bare.to_ascii_lowercase().trim_matches('"')).copied()
}

const ALIASES: &[(&str, u32)] = &[
    ("int", INT4),
    ("decimal", NUMERIC),
    ("dec", NUMERIC),
    ("float", FLOAT8),
    ("char", BPCHAR),
    ("timestamptz", TIMESTAMPTZ),
    ("information_schema.sql_identifier", NAME),
    ("information_schema.character_data", VARCHAR),
    ("information_schema.cardinal_number", INT4),
    ("information_schema.yes_or_no", VARCHAR),
    ("information_schema.time_stamp", TIMESTAMPTZ),
    ("sql_identifier", NAME),
    ("character_data", VARCHAR),
    ("cardinal_number", INT4),
    ("yes_or_no", VARCHAR),
    ("time_stamp", TIMESTAMPTZ),
];

/// The type that a cast or a typed literal names.
pub(crate) fn of_ast(data_type: &DataType) -> Result<Typed, SqlError> {
    let length = |length: &Option<CharacterLength>| match length {
        Some(CharacterLength::IntegerLength { length, .. }) => *length as i32 + 4,
        _ => -1,
    };
    let precision = |precision: &Option<u64>| precision.map_or(-1, |digits| digits.min(6) as i32);
    Ok(match data_type {
        DataType::Character(n) | DataType::Char(n) => {
            Typed { oid: BPCHAR, typmod: if n.is_none() { 5 } else { length(n) } }
        }
        DataType::CharacterVarying(n) | DataType::CharVarying(n) | DataType::Varchar(n) => {
            Typed { oid: VARCHAR, typmod: length(n) }
        }
        DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => {
            Typed { oid: NUMERIC, typmod: numeric_typmod(info) }
        }
        DataType::Float(ExactNumberInfo::Precision(bits)) if *bits <= 24 => Typed::plain(FLOAT4),
        DataType::Float(_) | DataType::Float8 | DataType::DoublePrecision | DataType::Double(_) => {
            Typed::plain(FLOAT8)
        }
        DataType::Real | DataType::Float4 => Typed::plain(FLOAT4),
        DataType::SmallInt(_) | DataType::Int2(_) => Typed::plain(INT2),
        DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => Typed::plain(INT4),
        DataType::BigInt(_) | DataType::Int8(_) => Typed::plain(INT8),
        DataType::Bool | DataType::Boolean => Typed::plain(BOOL),
        DataType::Text => Typed::plain(TEXT),
        DataType::Date => Typed::plain(DATE),
        DataType::Time(digits, zone) => {
            let oid = if with_zone(zone) { TIMETZ } else { TIME };
            Typed { oid, typmod: precision(digits) }
        }
        DataType::Timestamp(digits, zone) => {
            let oid = if with_zone(zone) { TIMESTAMPTZ } else { TIMESTAMP };
            Typed { oid, typmod: precision(digits) }
        }
        DataType::Interval { precision, .. } => {
            Typed { oid: INTERVAL, typmod: precision.map_or(-1, |digits| 0x7fff_0000 | digits as i32) }
        }
        DataType::JSON => Typed::plain(JSON),
        DataType::JSONB => Typed::plain(JSONB),
        DataType::Regclass => Typed::plain(REGCLASS),
        DataType::Uuid => Typed::plain(UUID),
        DataType::Bytea => Typed::plain(BYTEA),
        DataType::Array(
            ArrayElemTypeDef::SquareBracket(inner, _)
            | ArrayElemTypeDef::AngleBracket(inner)
            | ArrayElemTypeDef::Parenthesis(inner)
            | ArrayElemTypeDef::Qualified(inner, _),
        ) => array_type(inner)?,
        DataType::Custom(name, modifiers) => custom(name, modifiers)?,
        other => custom_text(&other.to_string())?,
    })
}

fn array_type(inner: &DataType) -> Result<Typed, SqlError> {
    let element = of_ast(inner)?;
    if element_of(element.oid).is_some() {
        return Ok(element);
    }
    let oid = array_of(element.oid).ok_or_else(|| errors::undefined_type(&format!("{inner}[]")))?;
    Ok(Typed { oid, typmod: element.typmod })
}

fn with_zone(zone: &TimezoneInfo) -> bool {
    matches!(zone, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz)
}

fn numeric_typmod(info: &ExactNumberInfo) -> i32 {
    match info {
        ExactNumberInfo::None => -1,
        ExactNumberInfo::Precision(precision) => ((*precision as i32) << 16) + 4,
        ExactNumberInfo::PrecisionAndScale(precision, scale) => {
            (((*precision as i32) << 16) | (*scale as i32 & 0x7ff)) + 4
        }
    }
}

fn custom(name: &ObjectName, modifiers: &[String]) -> Result<Typed, SqlError> {
    let parts: Vec<_> = name.0.iter().filter_map(|part| part.as_ident()).collect();
    let Some(last) = parts.last() else { return Err(errors::undefined_type(&name.to_string())) };
    let quoted = last.quote_style.is_some();
    let word = if quoted { last.value.clone() } else { last.value.to_ascii_lowercase() };
    let oid = if quoted || parts.len() > 1 && word == "char" {
        TYPE_NAMES.get(word.as_str()).copied()
    } else {
        by_sql_name(&word)
    };
    let oid = oid.ok_or_else(|| errors::undefined_type(&written(&parts)))?;
    let modifiers: Vec<i64> = modifiers.iter().filter_map(|text| text.parse().ok()).collect();
    let typmod = match (oid, modifiers.as_slice()) {
        (NUMERIC, [precision]) => ((*precision as i32) << 16) + 4,
        (NUMERIC, [precision, scale]) => (((*precision as i32) << 16) | (*scale as i32 & 0x7ff)) + 4,
        (VARCHAR | BPCHAR, [length]) => *length as i32 + 4,
        (_, [digits]) => *digits as i32,
        _ => -1,
    };
    Ok(Typed { oid, typmod })
}

fn written(parts: &[&sqlparser::ast::Ident]) -> String {
    parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".")
}

fn custom_text(text: &str) -> Result<Typed, SqlError> {
    by_sql_name(&text.to_ascii_lowercase()).map(Typed::plain).ok_or_else(|| errors::undefined_type(text))
}
