//! awk's tokens. Whether a `/` divides or opens a regular expression depends on the token before it.

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    /// A variable or keyword.
    Name(String),
    /// A name directly followed by `(`.
    Call(String),
    /// An operator or a punctuation mark.
    Mark(&'static str),
    Newline,
    End,
}

/// Marks, longest first.
const MARKS: [&str; 37] = [
    "&&", "||", "==", "!=", "<=", ">=", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "!~", ">>", "**",
    "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "=", "~", "?",
];
/// Marks of one character that the table above has no room for.
const MORE_MARKS: [&str; 3] = [":", "$", "|"];

/// Most tokens in a program.
const MAX_TOKENS: usize = 10_000;

/// Takes a program apart.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if out.len() > MAX_TOKENS {
            return Err("program too long".into());
        }
        match c {
            ' ' | '\t' | '\r' => rest = &rest[1..],
            '\\' if rest[1..].starts_with('\n') => rest = &rest[2..],
            '\n' => {
                out.push(Token::Newline);
                rest = &rest[1..];
            }
            '#' => rest = &rest[rest.find('\n').unwrap_or(rest.len())..],
            '"' => {
                let (text, used) = string(&rest[1..])?;
                out.push(Token::Text(text));
                rest = &rest[1 + used..];
            }
            '/' if regex_may_stand(out.last()) => {
                let (pattern, used) = regex(&rest[1..])?;
                out.push(Token::Regex(pattern));
                rest = &rest[1 + used..];
            }
            '0'..='9' => rest = number(rest, &mut out),
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => rest = number(rest, &mut out),
            c if c.is_ascii_alphabetic() || c == '_' => {
                let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
                let name = rest[..length].to_owned();
                rest = &rest[length..];
                out.push(if rest.starts_with('(') { Token::Call(name) } else { Token::Name(name) });
            }
            _ => {
                let mark = MARKS.iter().chain(&MORE_MARKS).find(|mark| rest.starts_with(**mark));
                let mark = mark.ok_or_else(|| format!("syntax error at '{c}'"))?;
                out.push(Token::Mark(if *mark == "**" { "^" } else { mark }));
                rest = &rest[mark.len()..];
            }
        }
    }
    out.push(Token::End);
    Ok(out)
}

fn regex_may_stand(before: Option<&Token>) -> bool {
    !matches!(
        before,
        Some(Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Mark(")" | "]" | "$" | "++" | "--"))
    )
}

fn number<'t>(text: &'t str, out: &mut Vec<Token>) -> &'t str {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let power = if end + 1 + sign <= bytes.len() { digits(end + 1 + sign) } else { 0 };
        if power > 0 {
            end += 1 + sign + power;
        }
    }
    out.push(Token::Number(text[..end].parse().unwrap_or(0.0)));
    &text[end..]
}

/// A string up to its closing quote, escapes read, and the bytes used, the quote included.
fn string(text: &str) -> Result<(String, usize), String> {
    let mut out = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Ok((out, at + 1)),
            '\\' => match characters.next().map(|(_, c)| c) {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('"') => out.push('"'),
                Some('\\') => out.push('\\'),
                Some('/') => out.push('/'),
                Some(other) => out.extend(['\\', other]),
                None => break,
            },
            other => out.push(other),
        }
    }
    Err("runaway string constant".into())
}

/// A regular expression up to its closing slash, and the bytes used, the slash included.
fn regex(text: &str) -> Result<(String, usize), String> {
    let mut out = String::new();
    let mut in_bracket = false;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '/' if !in_bracket => return Ok((out, at + 1)),
            '\\' => match characters.next() {
                Some((_, '/')) => out.push('/'),
                Some((_, other)) => out.extend(['\\', other]),
                None => break,
            },
            '\n' => break,
            other => {
                in_bracket = match other {
                    '[' => true,
                    ']' => false,
                    _ => in_bracket,
                };
                out.push(other);
            }
        }
    }
    Err("regular expression compile failed (missing '/')".into())
}
