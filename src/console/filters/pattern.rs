//! POSIX regular expressions in the syntax of the `regex` crate. GNU's dialect differs in what must be escaped (basic
//! expressions) and inside brackets; alternatives match leftmost-first here, not leftmost-longest, which shows only with
//! `-o` and overlapping alternatives.

use regex::{Regex, RegexBuilder};

/// Which dialect a pattern is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `grep`, `sed`: `\(`, `\|`, `\+` are special.
    Basic,
    /// `grep -E`, `sed -E`, `awk`.
    Extended,
    /// `grep -F`: plain text.
    Fixed,
    /// `grep -P`.
    Perl,
}

/// Largest compiled expression, in bytes.
const MAX_COMPILED: usize = 1 << 20;

/// Compiles a pattern; the error is one line without the tool's name.
pub(crate) fn compile(pattern: &str, syntax: Syntax, ignore_case: bool) -> Result<Regex, String> {
    build(&translate(pattern, syntax)?, ignore_case)
}

/// Compiles an expression that is already in the crate's syntax.
pub(crate) fn build(expression: &str, ignore_case: bool) -> Result<Regex, String> {
    RegexBuilder::new(expression)
        .case_insensitive(ignore_case)
        .size_limit(MAX_COMPILED)
        .build()
        .map_err(|error| complaint(&error))
}

/// The crate's error in the words GNU's regcomp uses, as far as they have the same kinds.
fn complaint(error: &regex::Error) -> String {
    let text = error.to_string();
    let known = [
        ("unclosed group", "Unmatched ( or \\("),
        ("unopened group", "Unmatched ) or \\)"),
        ("unclosed character class", "Unmatched [, [^, [:, [., or [="),
        ("repetition", "Invalid preceding regular expression"),
        ("size limit", "Regular expression too big"),
    ];
    let found = known.iter().find(|(theirs, _)| text.contains(theirs));
    found.map_or("Invalid regular expression", |(_, ours)| ours).to_owned()
}

/// A pattern in the `regex` crate's syntax.
pub(crate) fn translate(pattern: &str, syntax: Syntax) -> Result<String, String> {
    match syntax {
        Syntax::Fixed => Ok(regex::escape(pattern)),
        Syntax::Perl => Ok(pattern.to_owned()),
        Syntax::Basic => posix(pattern, false),
        Syntax::Extended => posix(pattern, true),
    }
}

fn posix(pattern: &str, extended: bool) -> Result<String, String> {
    let characters: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        let starts = out.is_empty() || out.ends_with('(') || out.ends_with('|') || out.ends_with('^');
        match c {
            '[' => {
                at = bracket(&characters, at, &mut out)?;
                continue;
            }
            '\\' => {
                at += 1;
                let Some(&escaped) = characters.get(at) else { return Err("Trailing backslash".into()) };
                match escaped {
                    '{' if !extended && characters.get(at + 1) == Some(&',') => out.push_str("{0"),
                    '(' | ')' | '|' | '+' | '?' | '{' | '}' if !extended => out.push(escaped),
                    '1'..='9' => return Err("Back references are not available".into()),
                    '<' => out.push_str(r"\b{start}"),
                    '>' => out.push_str(r"\b{end}"),
                    '`' => out.push_str(r"\A"),
                    '\'' => out.push_str(r"\z"),
                    'w' | 'W' | 's' | 'S' | 'b' | 'B' => out.extend(['\\', escaped]),
                    'n' => out.push_str(r"\n"),
                    't' => out.push_str(r"\t"),
                    other => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
                }
            }
            '(' | ')' | '|' | '+' | '?' if !extended => out.extend(['\\', c]),
            '{' if !extended || !interval(&characters[at..]) => out.push_str(r"\{"),
            '{' if characters.get(at + 1) == Some(&',') => out.push_str("{0"),
            '}' if !extended => out.push_str(r"\}"),
            '*' if starts => out.push_str(r"\*"),
            '^' if !extended && !starts => out.push_str(r"\^"),
            '$' if !extended && !ends(&characters, at) => out.push_str(r"\$"),
            other => out.push(other),
        }
        at += 1;
    }
    Ok(out)
}

/// Whether a `$` of a basic expression is an anchor: at the end, or before `\)` or `\|`.
fn ends(characters: &[char], at: usize) -> bool {
    matches!((characters.get(at + 1), characters.get(at + 2)), (None, _) | (Some('\\'), Some(')' | '|')))
}

/// Whether a `{` starts a repetition: `{n}`, `{n,}`, `{n,m}`, `{,m}`.
fn interval(characters: &[char]) -> bool {
    let inside: String = characters[1..].iter().take_while(|c| **c != '}').collect();
    characters.len() > inside.chars().count() + 1
        && inside.chars().any(|c| c.is_ascii_digit())
        && inside.chars().all(|c| c.is_ascii_digit() || c == ',')
}

/// Copies a bracket expression, whose rules differ: a backslash is itself, `]` may come first, classes nest.
fn bracket(characters: &[char], start: usize, out: &mut String) -> Result<usize, String> {
    let unclosed = || "Unmatched [, [^, [:, [., or [=".to_owned();
    let mut at = start + 1;
    out.push('[');
    if characters.get(at) == Some(&'^') {
        out.push('^');
        at += 1;
    }
    let first = at;
    loop {
        let c = *characters.get(at).ok_or_else(unclosed)?;
        match c {
            ']' if at > first => {
                out.push(']');
                return Ok(at + 1);
            }
            '[' if characters.get(at + 1) == Some(&':') => {
                let length = characters[at..]
                    .windows(2)
                    .position(|pair| pair == [':', ']'])
                    .filter(|length| *length > 1);
                let length = length.ok_or_else(unclosed)?;
                out.extend(&characters[at..at + length + 2]);
                at += length + 2;
                continue;
            }
            '[' | ']' | '\\' | '&' | '~' => out.extend(['\\', c]),
            '-' if at == first || characters.get(at + 1) == Some(&']') => out.push_str(r"\-"),
            other => out.push(other),
        }
        at += 1;
    }
}
