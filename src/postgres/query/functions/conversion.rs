//! Conversions and digests: `encode`, `md5`, `pg_typeof`, sizes in words, `to_reg…`.

use super::{Args, Run, Table};
use crate::postgres::error::SqlError;
use crate::postgres::query::errors;
use crate::postgres::query::input;
use crate::postgres::query::names::Names;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::system::ProcRow;
use crate::postgres::query::types as t;
use crate::postgres::query::value::Value;

pub(super) const TABLE: Table = &[
    ("pg_typeof", |a| Ok(Value::Int(i64::from(a.type_of(0))))),
    ("pg_size_pretty", pretty),
    ("pg_size_bytes", bytes),
    ("to_regclass", |a| to_reg(a, t::REGCLASS)),
    ("to_regtype", to_regtype),
    ("to_regrole", |a| to_reg(a, t::REGROLE)),
    ("to_regnamespace", |a| to_reg(a, t::REGNAMESPACE)),
    ("to_regproc", |a| to_reg(a, t::REGPROC)),
    ("to_regprocedure", |a| to_reg(a, t::REGPROCEDURE)),
    ("host", |a| Ok(Value::text(a.str(0).split('/').next().unwrap_or_default()))),
    ("masklen", |a| {
        Ok(Value::Int(
            a.str(0).split_once('/').map_or(if a.str(0).contains(':') { 128 } else { 32 }, |(_, bits)| {
                bits.parse().unwrap_or(32)
            }),
        ))
    }),
    ("family", |a| Ok(Value::Int(if a.str(0).contains(':') { 6 } else { 4 }))),
    ("abbrev", |a| Ok(Value::text(a.str(0)))),
    ("num_nulls", |a| Ok(Value::Int(a.values.iter().filter(|value| value.is_null()).count() as i64))),
    ("num_nonnulls", |a| Ok(Value::Int(a.values.iter().filter(|value| !value.is_null()).count() as i64))),
];

/// Input and output functions of types (`textin`, `int2vectorout`), which some queries call by name.
pub(super) fn of_text_form(row: &ProcRow) -> Option<Run> {
    if row.result == t::CSTRING && row.args.len() == 1 && row.args[0] != t::CSTRING {
        return Some(|a| Ok(Value::optional_text(a.text(0))));
    }
    (row.args == [t::CSTRING]).then_some(|a| input::parse(a.str(0), a.result, a.context))
}

/// `pg_size_pretty`: from 10 of a unit on, the next, rounded half away (`dbsize.c`).
fn pretty(args: &Args<'_>) -> Result<Value, SqlError> {
    const UNITS: [&str; 6] = ["bytes", "kB", "MB", "GB", "TB", "PB"];
    if let Value::Numeric(number) = &args.values[0] {
        return Ok(Value::text(pretty_numeric(number, &UNITS)));
    }
    let mut size = args.int(0);
    let negative = size < 0;
    let mut unit = 0;
    // The value is kept at twice its size from the second unit on, so that the last halving rounds.
    if size.unsigned_abs() < 10 * 1024 {
        return Ok(Value::text(format!("{size} bytes")));
    }
    size >>= 9;
    unit += 1;
    while unit < UNITS.len() - 1 && size.unsigned_abs() >= 20 * 1024 - 1 {
        size /= 1 << 10;
        unit += 1;
    }
    let rounded = if negative { (size - 1) / 2 } else { (size + 1) / 2 };
    Ok(Value::text(format!("{rounded} {}", UNITS[unit])))
}

fn pretty_numeric(number: &Numeric, units: &[&str]) -> String {
    let limit = Numeric::from(10i64 * 1024);
    if number.abs().compare(&limit).is_lt() {
        return format!("{number} bytes");
    }
    let (mut size, mut unit) = (number.clone(), 0);
    let step = Numeric::from(1024i64);
    while unit < units.len() - 1 && size.abs().round(0).compare(&limit).is_ge() {
        size = size.divide(&step).unwrap_or_else(Numeric::zero);
        unit += 1;
    }
    format!("{} {}", size.round(0), units[unit])
}

fn bytes(args: &Args<'_>) -> Result<Value, SqlError> {
    let text = args.str(0).trim();
    let split =
        text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+')).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let number = Numeric::parse(digits)
        .ok_or_else(|| errors::invalid_parameter(format!("invalid size: \"{}\"", args.str(0))))?;
    let shift = match unit.trim().to_lowercase().as_str() {
        "" | "b" | "bytes" => 0,
        "kb" => 10,
        "mb" => 20,
        "gb" => 30,
        "tb" => 40,
        "pb" => 50,
        other => {
            return Err(errors::invalid_parameter(format!("invalid size: \"{}\"", args.str(0)))
                .detail(format!("Invalid size unit: \"{}\".", &text[text.len() - other.len()..]))
                .hint("Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\"."));
        }
    };
    let size = number.multiply(&Numeric::from(1i64 << shift)).to_i64();
    size.map(Value::Int).ok_or_else(|| errors::out_of_range("bigint out of range"))
}

fn to_reg(args: &Args<'_>, type_oid: u32) -> Result<Value, SqlError> {
    let text = args.str(0);
    if text.parse::<u32>().is_ok() {
        return Ok(Value::Int(text.parse().unwrap_or(0)));
    }
    Ok(args.context.name_oid(type_oid, text).map_or(Value::Null, |oid| Value::Int(i64::from(oid))))
}

fn to_regtype(args: &Args<'_>) -> Result<Value, SqlError> {
    Ok(t::by_sql_name(args.str(0)).map_or(Value::Null, |oid| Value::Int(i64::from(oid))))
}

/// MD5 as 32 hexadecimal digits (RFC 1321).
pub(super) fn md5_hex(text: &str) -> String {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let table: Vec<u32> =
        (0..64).map(|i| (libm::sin(f64::from(i + 1)).abs() * 4_294_967_296.0) as u32).collect();
    let mut message = text.as_bytes().to_vec();
    let bits = (message.len() as u64) * 8;
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend(bits.to_le_bytes());
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in message.chunks_exact(64) {
        let words: Vec<u32> =
            block.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for (i, constant) in table.iter().enumerate() {
            let (mix, word) = match i / 16 {
                0 => ((b & c) | (!b & d), i),
                1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | !d), (7 * i) % 16),
            };
            let sum = a.wrapping_add(mix).wrapping_add(*constant).wrapping_add(words[word]);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(SHIFTS[i / 16][i % 4])));
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d]) {
            *total = total.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).map(|byte| format!("{byte:02x}")).collect()
}
