//! Tokens of PromQL.

use super::Error;

/// One token and the byte where it starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Lexeme,
    pub(super) at: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Lexeme {
    /// A metric's, label's or function's name, or a keyword.
    Word(String),
    /// A number.
    Number(f64),
    /// `5m`, in milliseconds.
    Duration(i64),
    /// A quoted text, unescaped.
    Text(String),
    /// An operator or bracket.
    Sign(&'static str),
    /// The end.
    End,
}

impl std::fmt::Display for Lexeme {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Lexeme::Word(word) => write!(out, "identifier {word:?}"),
            Lexeme::Number(number) => write!(out, "number {:?}", number.to_string()),
            Lexeme::Duration(_) => write!(out, "duration"),
            Lexeme::Text(text) => write!(out, "string {text:?}"),
            Lexeme::Sign(sign) => write!(out, "{sign:?}"),
            Lexeme::End => write!(out, "end of input"),
        }
    }
}

const SIGNS: [&str; 24] = [
    "=~", "!~", "!=", "==", ">=", "<=", "(", ")", "{", "}", "[", "]", ",", "=", "+", "-", "*", "/", "%", "^",
    "<", ">", ":", "@",
];

/// Takes a query apart.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut in_brackets = false;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if next.is_whitespace() {
            at += next.len_utf8();
            continue;
        }
        if next == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (kind, length) = match next {
            '"' | '\'' | '`' => {
                quoted(rest, next).ok_or_else(|| fault(text, at, "unterminated quoted string"))?
            }
            '0'..='9' => number(rest).ok_or_else(|| fault(text, at, "bad number or duration syntax"))?,
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                number(rest).ok_or_else(|| fault(text, at, "bad number or duration syntax"))?
            }
            _ if next.is_ascii_alphabetic() || next == '_' || (next == ':' && !in_brackets) => {
                word(rest, in_brackets)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| fault(text, at, &format!("unexpected character: {next:?}")))?;
                in_brackets = match *sign {
                    "[" => true,
                    "]" => false,
                    _ => in_brackets,
                };
                (Lexeme::Sign(sign), sign.len())
            }
        };
        tokens.push(Token { kind, at });
        at += length;
    }
    tokens.push(Token { kind: Lexeme::End, at: text.len() });
    Ok(tokens)
}

/// An error that names the place, as Prometheus does: `1:7: parse error: …`.
pub(super) fn fault(text: &str, at: usize, what: &str) -> Error {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    Error(format!("{line}:{column}: parse error: {what}"))
}

fn word(rest: &str, in_brackets: bool) -> (Lexeme, usize) {
    let belongs = |c: char| c.is_ascii_alphanumeric() || c == '_' || (c == ':' && !in_brackets);
    let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
    let word = &rest[..length];
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "inf" => (Lexeme::Number(f64::INFINITY), length),
        "nan" => (Lexeme::Number(f64::NAN), length),
        _ => (Lexeme::Word(word.to_owned()), length),
    }
}

fn quoted(rest: &str, quote: char) -> Option<(Lexeme, usize)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            _ if c == quote => return Some((Lexeme::Text(text), at + 1)),
            '\\' if quote != '`' => text.push(match characters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }),
            '\n' if quote != '`' => return None,
            other => text.push(other),
        }
    }
    None
}

/// A number or a duration: which of them the letters after the digits tell.
fn number(rest: &str) -> Option<(Lexeme, usize)> {
    if let Some(hex) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        let length = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
        let value = u64::from_str_radix(&hex[..length], 16).ok()?;
        return Some((Lexeme::Number(value as f64), length + 2));
    }
    let bytes = rest.as_bytes();
    let digits = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(0);
    if end > 0 && bytes.get(end).is_some_and(|byte| b"smhdwy".contains(byte)) {
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        return Some((Lexeme::Duration(duration_ms(&rest[..length])?), length));
    }
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let after = digits(end + 1 + sign);
        if after == end + 1 + sign {
            return None;
        }
        end = after;
    }
    if bytes.get(end).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_') {
        return None;
    }
    Some((Lexeme::Number(rest[..end].parse().ok()?), end))
}

/// Prometheus' durations: `1h30m`, units from `y` to `ms`, each at most once and in falling order.
pub(super) fn duration_ms(text: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 7] = [
        ("y", 365 * 86_400_000),
        ("w", 7 * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    let mut rest = text;
    let mut total: i64 = 0;
    let mut next_unit = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let place = UNITS.iter().position(|(unit, _)| *unit == &rest[..letters])?;
        if place < next_unit {
            return None;
        }
        next_unit = place + 1;
        total = total.checked_add(number.checked_mul(UNITS[place].1)?)?;
        rest = &rest[letters..];
    }
    (!text.is_empty()).then_some(total)
}
