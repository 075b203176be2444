//! `sort`: orders lines by whole line or by keys, as GNU sort does in the C locale. Field and key rules follow coreutils'
//! `sort.c` (`begfield`, `limfield`, `keycompare`).

use super::{lines, options, sources};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};
use std::cmp::Ordering;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "sort",
    aliases: &[],
    group: Group::Text,
    usage: "sort [-nrufbhgVs] [-t C] [-k F[.C][OPTS][,F[.C][OPTS]]]… [FILE]…",
    summary: "order lines",
    manual: "Prints the lines of all FILEs, or of standard input, in order (of bytes, as in the C locale).",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('n', "numeric-sort", "", "by number"),
    flag('g', "general-numeric-sort", "", "by general number (1e3)"),
    flag('h', "human-numeric-sort", "", "by human-readable size (2K, 1G)"),
    flag('V', "version-sort", "", "by version"),
    flag('f', "ignore-case", "", "ignore case"),
    flag('b', "ignore-leading-blanks", "", "ignore leading blanks"),
    flag('r', "reverse", "", "reversed"),
    flag('u', "unique", "", "one of each run of equal lines"),
    flag('s', "stable", "", "keep the order of equal lines"),
    flag(
        'k',
        "key",
        "F[.C][OPTS][,F[.C][OPTS]]",
        "by the key from field F, character C, to the end or to the second position",
    ),
    flag('t', "field-separator", "C", "C separates fields, instead of the change from non-blank to blank"),
    flag('c', "check", "", "only tell whether it is in order"),
];

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    General,
    Human,
    Version,
}

/// A key: where it starts and ends, and how it is compared.
#[derive(Debug, Clone, Copy)]
struct Key {
    /// Fields and characters to skip to its start.
    start: (usize, usize),
    /// Field (from 1) and character where it ends; 0 characters is the field's end.
    end: Option<(usize, usize)>,
    order: Order,
    skip_end_blanks: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Order {
    kind: Kind,
    reverse: bool,
    fold: bool,
    skip_blanks: bool,
}

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    match sort(call, session) {
        Ok(output) | Err(output) => output,
    }
}

fn sort(call: &Call<'_>, session: &Session) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 2)?;
    let letters: String = parsed.options.iter().map(|(letter, _)| *letter).collect();
    let global = order(&letters);
    let separator = match parsed.value('t') {
        None => None,
        Some("\\0") => Some(0),
        Some(text) if text.len() == 1 => Some(text.as_bytes()[0]),
        Some("") => return Err(Output::failure_with(2, "sort: empty tab")),
        Some(text) => return Err(Output::failure_with(2, format!("sort: multi-character tab '{text}'"))),
    };
    let mut keys = Vec::new();
    for (_, text) in parsed.options.iter().filter(|(letter, _)| *letter == 'k') {
        keys.push(key(text, global).map_err(|message| Output::failure_with(2, format!("sort: {message}")))?);
    }
    let mut output = Output::default();
    let found = sources(call, &parsed.operands, session, ("cannot read: ", ""), &mut output, 2);
    let mut all: Vec<&str> = found.iter().flat_map(|source| lines(&source.text)).collect();
    let sorter = Sorter { keys, global, separator };
    let last_resort = !parsed.has('s') && !parsed.has('u');
    if parsed.has('c') {
        let wrong = |pair: &[&str]| {
            let order = sorter.compare(pair[0], pair[1], last_resort);
            order == Ordering::Greater || (parsed.has('u') && order == Ordering::Equal)
        };
        if let Some(place) = all.windows(2).position(wrong) {
            let name = found.first().and_then(|source| source.name.as_deref()).unwrap_or("-");
            return Err(Output::failure(format!("sort: {name}:{}: disorder: {}", place + 2, all[place + 1])));
        }
        return Ok(output);
    }
    all.sort_by(|a, b| sorter.compare(a, b, last_resort));
    if parsed.has('u') {
        all.dedup_by(|a, b| sorter.compare(a, b, false) == Ordering::Equal);
    }
    let status = output.status;
    output.out(all.iter().map(|line| format!("{line}\n")).collect::<String>());
    output.status = status;
    Ok(output)
}

/// The ordering that option letters say.
fn order(letters: &str) -> Order {
    let kinds = [('n', Kind::Number), ('g', Kind::General), ('h', Kind::Human), ('V', Kind::Version)];
    let kind =
        kinds.iter().find(|(letter, _)| letters.contains(*letter)).map_or(Kind::Text, |(_, kind)| *kind);
    Order {
        kind,
        reverse: letters.contains('r'),
        fold: letters.contains('f'),
        skip_blanks: letters.contains('b'),
    }
}

/// Reads `F[.C][OPTS][,F[.C][OPTS]]`.
fn key(text: &str, global: Order) -> Result<Key, String> {
    let invalid = |what: &str| format!("{what}: invalid field specification '{text}'");
    let (first, second) = match text.split_once(',') {
        Some((first, second)) => (first, Some(second)),
        None => (text, None),
    };
    let (field, character, letters) = position(first)
        .ok_or_else(|| format!("invalid number at field start: invalid count at start of '{text}'"))?;
    if field == 0 {
        return Err(invalid("field number is zero"));
    }
    if character == Some(0) {
        return Err(invalid("character offset is zero"));
    }
    let mut all_letters = letters.to_owned();
    let mut end = None;
    let mut end_blanks = false;
    if let Some(second) = second {
        let (field, character, letters) = position(second)
            .ok_or_else(|| format!("invalid number after ',': invalid count at start of '{second}'"))?;
        if field == 0 {
            return Err(invalid("field number is zero"));
        }
        end_blanks = letters.contains('b');
        all_letters.push_str(&letters.replace('b', ""));
        end = Some((field, character.unwrap_or(0)));
    }
    let own = order(&all_letters);
    let inherits = all_letters.is_empty() && !end_blanks;
    Ok(Key {
        start: (field - 1, character.unwrap_or(1) - 1),
        end,
        order: if inherits { global } else { own },
        skip_end_blanks: if inherits { global.skip_blanks } else { end_blanks },
    })
}

/// Field, character and letters of one half of a key.
fn position(text: &str) -> Option<(usize, Option<usize>, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let field = text[..digits].parse().ok()?;
    let rest = &text[digits..];
    let Some(after) = rest.strip_prefix('.') else { return Some((field, None, rest)) };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    Some((field, Some(after[..digits].parse().ok()?), &after[digits..]))
}

struct Sorter {
    keys: Vec<Key>,
    global: Order,
    separator: Option<u8>,
}

impl Sorter {
    fn compare(&self, a: &str, b: &str, last_resort: bool) -> Ordering {
        let (a, b) = (a.as_bytes(), b.as_bytes());
        let by_keys = if self.keys.is_empty() {
            let whole = Key { start: (0, 0), end: None, order: self.global, skip_end_blanks: false };
            self.compare_key(a, b, &whole)
        } else {
            self.keys
                .iter()
                .map(|key| self.compare_key(a, b, key))
                .find(|o| o.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        if by_keys.is_ne() || !last_resort {
            return by_keys;
        }
        if self.global.reverse { b.cmp(a) } else { a.cmp(b) }
    }

    fn compare_key(&self, a: &[u8], b: &[u8], key: &Key) -> Ordering {
        let (a, b) = (self.part(a, key), self.part(b, key));
        let ordering = match key.order.kind {
            Kind::Number => numeric(a, b),
            Kind::General => general(a).partial_cmp(&general(b)).unwrap_or(Ordering::Equal),
            Kind::Human => human(a, b),
            Kind::Version => version(a, b),
            Kind::Text if key.order.fold => a.to_ascii_uppercase().cmp(&b.to_ascii_uppercase()),
            Kind::Text => a.cmp(b),
        };
        if key.order.reverse { ordering.reverse() } else { ordering }
    }

    /// The bytes of a line that a key covers.
    fn part<'l>(&self, line: &'l [u8], key: &Key) -> &'l [u8] {
        let from = self.start(line, key);
        let to = key.end.map_or(line.len(), |end| self.end(line, end, key.skip_end_blanks));
        &line[from..to.max(from)]
    }

    fn start(&self, line: &[u8], key: &Key) -> usize {
        let (fields, characters) = key.start;
        let mut at = 0;
        for _ in 0..fields {
            match self.separator {
                Some(separator) => {
                    at += line[at..].iter().take_while(|byte| **byte != separator).count();
                    at = (at + 1).min(line.len());
                }
                None => at = past_field(line, at),
            }
        }
        if key.order.skip_blanks {
            at += blanks(&line[at..]);
        }
        (at + characters).min(line.len())
    }

    fn end(&self, line: &[u8], (field, characters): (usize, usize), skip_blanks: bool) -> usize {
        let mut at = 0;
        let mut left = if characters == 0 { field } else { field - 1 };
        while at < line.len() && left > 0 {
            left -= 1;
            match self.separator {
                Some(separator) => {
                    at += line[at..].iter().take_while(|byte| **byte != separator).count();
                    if at < line.len() && (left > 0 || characters > 0) {
                        at += 1;
                    }
                }
                None => at = past_field(line, at),
            }
        }
        if characters > 0 {
            if skip_blanks {
                at += blanks(&line[at..]);
            }
            at = (at + characters).min(line.len());
        }
        at
    }
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// The end of the field at `at`: leading blanks, then non-blanks.
fn past_field(line: &[u8], at: usize) -> usize {
    let at = at + blanks(&line[at..]);
    at + line[at..].iter().take_while(|byte| !matches!(byte, b' ' | b'\t')).count()
}

/// A decimal number taken apart: negative, whole digits without leading zeros, digits after the point without trailing
/// zeros. Text that starts with no number is zero.
fn decimal(text: &[u8]) -> (bool, &[u8], &[u8], &[u8]) {
    let text = &text[blanks(text)..];
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = &text[..digits(text)];
    let mut rest = &text[whole.len()..];
    let mut fraction: &[u8] = &[];
    if let [b'.', after @ ..] = rest {
        fraction = &after[..digits(after)];
        rest = &after[fraction.len()..];
    }
    let whole = &whole[whole.iter().take_while(|byte| **byte == b'0').count()..];
    let fraction =
        &fraction[..fraction.len() - fraction.iter().rev().take_while(|byte| **byte == b'0').count()];
    (negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction, rest)
}

fn numeric(a: &[u8], b: &[u8]) -> Ordering {
    let (a_negative, a_whole, a_fraction, _) = decimal(a);
    let (b_negative, b_whole, b_fraction, _) = decimal(b);
    let magnitude =
        a_whole.len().cmp(&b_whole.len()).then(a_whole.cmp(b_whole)).then(a_fraction.cmp(b_fraction));
    match (a_negative, b_negative) {
        (false, false) => magnitude,
        (true, true) => magnitude.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

/// By sign, then unit, then number, as GNU's `human_numcompare`.
fn human(a: &[u8], b: &[u8]) -> Ordering {
    let rank = |text: &[u8]| {
        let (negative, whole, fraction, rest) = decimal(text);
        let unit = match rest.first() {
            Some(b'K' | b'k') => 1,
            Some(letter) => b"MGTPEZYRQ".iter().position(|unit| unit == letter).map_or(0, |at| at as i32 + 2),
            None => 0,
        };
        let rank = if whole.is_empty() && fraction.is_empty() { 0 } else { unit };
        if negative { -rank } else { rank }
    };
    rank(a).cmp(&rank(b)).then_with(|| numeric(a, b))
}

/// A floating-point number; text that starts with none sorts before all numbers.
fn general(text: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start();
    let longest = text
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take_while(|end| text[..*end].bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)))
        .filter_map(|end| text[..end].parse::<f64>().ok())
        .last();
    longest.unwrap_or(f64::NEG_INFINITY)
}

/// Runs of digits by number, everything else by byte, letters before other bytes.
fn version(mut a: &[u8], mut b: &[u8]) -> Ordering {
    let weight = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    while !a.is_empty() || !b.is_empty() {
        let text = |bytes: &[u8]| bytes.iter().take_while(|byte| !byte.is_ascii_digit()).count();
        let (a_text, b_text) = (text(a), text(b));
        for at in 0..a_text.max(b_text) {
            let ordering = weight(a[..a_text].get(at)).cmp(&weight(b[..b_text].get(at)));
            if ordering.is_ne() {
                return ordering;
            }
        }
        (a, b) = (&a[a_text..], &b[b_text..]);
        let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (a_digits, b_digits) = (digits(a), digits(b));
        let ordering = numeric(&a[..a_digits], &b[..b_digits]);
        if ordering.is_ne() {
            return ordering;
        }
        (a, b) = (&a[a_digits..], &b[b_digits..]);
    }
    Ordering::Equal
}
