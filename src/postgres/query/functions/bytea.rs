//! Byte strings, held in their hexadecimal text form (`\x6162`): `encode`, `decode`, conversions, lengths, SHA-256.

use super::{Args, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::errors;
use crate::postgres::query::types as t;
use crate::postgres::query::value::Value;

pub(super) const TABLE: Table = &[
    ("encode", encode),
    ("decode", decode),
    ("sha256", |a| Ok(value(&sha256(&bytes(a.str(0)))))),
    ("convert_to", |a| Ok(value(a.str(0).as_bytes()))),
    ("convert_from", |a| {
        let text = String::from_utf8(bytes(a.str(0)));
        text.map(Value::text).map_err(|_| {
            errors::new(SqlState("22021"), "invalid byte sequence for encoding \"UTF8\"".to_owned())
        })
    }),
    ("get_byte", |a| {
        let (all, at) = (bytes(a.str(0)), a.int(1));
        let found = usize::try_from(at).ok().and_then(|at| all.get(at).copied());
        found.map(|byte| Value::Int(i64::from(byte))).ok_or_else(|| {
            let last = all.len() as i64 - 1;
            errors::new(SqlState("2202E"), format!("index {at} out of valid range, 0..{last}"))
        })
    }),
];

/// A byte string's value.
pub(crate) fn value(bytes: &[u8]) -> Value {
    Value::text(format!("\\x{}", hex(bytes)))
}

/// The bytes of a value's text form.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    text.strip_prefix("\\x").and_then(from_hex).unwrap_or_else(|| text.as_bytes().to_vec())
}

/// Reads a literal in either of the input forms, hex or escape.
pub(crate) fn parse(text: &str) -> Option<Value> {
    match text.strip_prefix("\\x") {
        Some(digits) => from_hex(digits).map(|bytes| value(&bytes)),
        None => unescaped(text).map(|bytes| value(&bytes)),
    }
}

/// What is wrong with a text that can't be decoded.
fn complaint(encoding: &str, text: &str) -> String {
    match (encoding, text.chars().find(|c| !c.is_ascii_hexdigit() && !c.is_whitespace())) {
        ("hex", Some(digit)) => format!("invalid hexadecimal digit: \"{digit}\""),
        ("hex", None) => "invalid hexadecimal data: odd number of digits".to_owned(),
        ("base64", _) => "invalid base64 end sequence".to_owned(),
        _ => "invalid input syntax for type bytea".to_owned(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    digits.chunks_exact(2).map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
}

/// The escape form: `\\` and `\ooo`.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            out.push(*first);
        } else if after.first() == Some(&b'\\') {
            out.push(b'\\');
            rest = &after[1..];
        } else {
            let digits = std::str::from_utf8(after.get(..3)?).ok()?;
            out.push(u8::from_str_radix(digits, 8).ok()?);
            rest = &after[3..];
        }
    }
    Some(out)
}

fn unknown_encoding(name: &str) -> SqlError {
    errors::invalid_parameter(format!("unrecognized encoding: \"{name}\""))
}

fn encode(args: &Args<'_>) -> Result<Value, SqlError> {
    let all = bytes(args.str(0));
    Ok(Value::text(match args.str(1).to_ascii_lowercase().as_str() {
        "hex" => hex(&all),
        "base64" => base64(&all),
        "escape" => escaped(&all),
        _ => return Err(unknown_encoding(args.str(1))),
    }))
}

fn decode(args: &Args<'_>) -> Result<Value, SqlError> {
    let text = args.str(0);
    let name = args.str(1).to_ascii_lowercase();
    let decoded = match name.as_str() {
        "hex" => from_hex(text),
        "base64" => from_base64(text),
        "escape" => unescaped(text),
        _ => return Err(unknown_encoding(args.str(1))),
    };
    decoded.map(|bytes| value(&bytes)).ok_or_else(|| errors::invalid_parameter(complaint(&name, text)))
}

fn escaped(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b'\\' => "\\\\".to_owned(),
        0 | 0x80.. => format!("\\{byte:03o}"),
        byte => char::from(*byte).to_string(),
    };
    bytes.iter().map(one).collect()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Lines of 76 characters, as PostgreSQL breaks them.
fn base64(bytes: &[u8]) -> String {
    const LINE: usize = 76;
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = (word >> (18 - 6 * at) & 63) as usize;
            out.push(if at > chunk.len() { '=' } else { char::from(BASE64[digit]) });
        }
    }
    let lines: Vec<&str> =
        (0..out.len()).step_by(LINE).map(|at| &out[at..(at + LINE).min(out.len())]).collect();
    lines.join("\n")
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').collect();
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    for chunk in digits.chunks(4) {
        let places: Option<Vec<u32>> = chunk
            .iter()
            .map(|digit| BASE64.iter().position(|known| known == digit).map(|at| at as u32))
            .collect();
        let word = places?.iter().fold(0u32, |word, place| word << 6 | place) << (6 * (4 - chunk.len()));
        let count = chunk.len().checked_sub(1).filter(|count| *count > 0)?;
        out.extend((0..count).map(|at| (word >> (16 - 8 * at) & 0xff) as u8));
    }
    Some(out)
}

/// SHA-256 (FIPS 180-4, section 6.2).
fn sha256(message: &[u8]) -> Vec<u8> {
    // The first 32 bits of the fractional parts of the cube roots, and of the square roots, of the first primes.
    let primes: Vec<f64> = (2u32..312)
        .filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0))
        .map(f64::from)
        .collect();
    let fraction = |root: f64| ((root - root.floor()) * 4_294_967_296.0) as u32;
    let constants: Vec<u32> = primes.iter().take(64).map(|prime| fraction(libm::cbrt(*prime))).collect();
    let mut state: Vec<u32> = primes.iter().take(8).map(|prime| fraction(libm::sqrt(*prime))).collect();
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut words: Vec<u32> =
            block.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect();
        for at in 16..64 {
            let (a, b) = (words[at - 15], words[at - 2]);
            let small0 = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let small1 = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            words.push(words[at - 16].wrapping_add(small0).wrapping_add(words[at - 7]).wrapping_add(small1));
        }
        let mut now = state.clone();
        for (word, constant) in words.iter().zip(&constants) {
            let (a, e) = (now[0], now[4]);
            let large1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & now[5]) ^ (!e & now[6]);
            let first =
                now[7].wrapping_add(large1).wrapping_add(choice).wrapping_add(*constant).wrapping_add(*word);
            let large0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let majority = (a & now[1]) ^ (a & now[2]) ^ (now[1] & now[2]);
            now.rotate_right(1);
            now[4] = now[4].wrapping_add(first);
            now[0] = first.wrapping_add(large0).wrapping_add(majority);
        }
        for (total, part) in state.iter_mut().zip(now) {
            *total = total.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// How many bytes (`length`, `octet_length` of a byte string).
pub(super) fn length(args: &Args<'_>) -> Option<Value> {
    (args.type_of(0) == t::BYTEA).then(|| Value::Int(bytes(args.str(0)).len() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn base64_goes_both_ways() {
        for text in ["", "a", "ab", "abc", "any carnal pleas"] {
            assert_eq!(from_base64(&base64(text.as_bytes())).unwrap(), text.as_bytes());
        }
        assert_eq!(base64(b"ab"), "YWI=");
    }
}
