//! LIKE and regular expressions: `patternsel_common` and prefixes of `like_support.c`.

use super::scalar::{clamp, most_common_share};
use super::{DEFAULT_MATCH, Estimator, Variable};
use crate::postgres::datum::{Collation, Datum, Value};
use crate::postgres::sql::{Operator, OperatorKind};
use crate::postgres::types::TypeId;

/// Selectivity of one fixed character after the prefix (`FIXED_CHAR_SEL`).
const FIXED_CHARACTER: f64 = 0.20;
/// Of `_` (`ANY_CHAR_SEL`).
const ANY_CHARACTER: f64 = 0.9;
/// Of `%` (`FULL_WILDCARD_SEL`).
const WILDCARD: f64 = 5.0;

/// What a pattern's start says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Prefix {
    /// Nothing.
    None,
    /// Matches start with this.
    Partial(String),
    /// Only this matches.
    Exact(String),
}

/// `like_fixed_prefix`: the fixed start of a LIKE pattern, and the selectivity of the rest.
pub(crate) fn like_prefix(pattern: &str, ignore_case: bool) -> (Prefix, f64) {
    let mut prefix = String::new();
    let mut chars = pattern.chars();
    let mut rest = "";
    loop {
        let before = chars.as_str();
        match chars.next() {
            None => break,
            Some('%' | '_') => {
                rest = before;
                break;
            }
            Some('\\') => prefix.extend(chars.next()),
            // Under ILIKE a letter matches in either case, so the prefix ends before it.
            Some(c) if ignore_case && c.is_alphabetic() => {
                rest = before;
                break;
            }
            Some(c) => prefix.push(c),
        }
    }
    let selectivity = like_rest(rest);
    let found = if rest.is_empty() && !ignore_case {
        Prefix::Exact(prefix)
    } else if prefix.is_empty() {
        Prefix::None
    } else {
        Prefix::Partial(prefix)
    };
    (found, selectivity)
}

/// `like_selectivity` of what follows the prefix.
fn like_rest(pattern: &str) -> f64 {
    let mut chars = pattern.chars().skip_while(|c| *c == '%' || *c == '_').peekable();
    let mut selectivity = 1.0;
    while let Some(c) = chars.next() {
        selectivity *= match c {
            '%' => WILDCARD,
            '_' => ANY_CHARACTER,
            '\\' => {
                chars.next();
                FIXED_CHARACTER
            }
            _ => FIXED_CHARACTER,
        };
    }
    f64::min(selectivity, 1.0)
}

/// Whether a text matches a LIKE pattern.
pub(crate) fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    like_from(&text, &pattern)
}

fn like_from(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skip| like_from(&text[skip..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like_from(&text[1..], rest),
        ['\\', c, rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && like_from(&text[1..], rest),
    }
}

/// `make_greater_string` in byte order: the least string above every string with this prefix.
pub(crate) fn successor(prefix: &str) -> Option<String> {
    let mut bytes = prefix.as_bytes().to_vec();
    while let Some(last) = bytes.pop() {
        if last < 0x7f {
            bytes.push(last + 1);
            return String::from_utf8(bytes).ok();
        }
    }
    None
}

impl<'a> Estimator<'a> {
    /// `patternsel_common` for LIKE and its kin.
    pub(crate) fn pattern(
        &self,
        variable: &Variable<'a>,
        kind: OperatorKind,
        pattern: Option<&Value>,
    ) -> f64 {
        use OperatorKind::{ILike, IRegex, Like, NotILike, NotIRegex, NotLike, NotRegex, Regex};
        let negate = matches!(kind, NotLike | NotILike | NotRegex | NotIRegex);
        let Some(Value { datum: Datum::Text(text), .. }) = pattern else {
            return if negate { 1.0 - DEFAULT_MATCH } else { DEFAULT_MATCH };
        };
        let nulls = variable.statistics.map_or(0.0, |s| s.null_fraction);
        let ignore_case = matches!(kind, ILike | NotILike | IRegex | NotIRegex);
        let regex = matches!(kind, Regex | NotRegex | IRegex | NotIRegex);
        debug_assert!(regex || matches!(kind, Like | NotLike | ILike | NotILike), "only patterns come here");
        let (prefix, rest) =
            if regex { regex_prefix(text, ignore_case) } else { like_prefix(text, ignore_case) };
        let share = match &prefix {
            Prefix::Exact(exact) => {
                self.equal_const(variable, &Value { datum: Datum::text(exact), type_id: TypeId::TEXT }, false)
            }
            _ => self.pattern_share(variable, &prefix, rest, &|candidate| {
                if regex {
                    regex_matches(candidate, text, ignore_case)
                } else if ignore_case {
                    like(&candidate.to_lowercase(), &text.to_lowercase())
                } else {
                    like(candidate, text)
                }
            }),
        };
        clamp(if negate { 1.0 - share - nulls } else { share })
    }

    fn pattern_share(
        &self,
        variable: &Variable<'a>,
        prefix: &Prefix,
        rest: f64,
        matches: &dyn Fn(&str) -> bool,
    ) -> f64 {
        /// Histograms with fewer bounds say nothing.
        const LEAST_BOUNDS: usize = 10;
        /// Those with as many are believed alone.
        const ENOUGH_BOUNDS: usize = 100;
        let bounds = variable.statistics.map_or(&[][..], |s| &s.histogram);
        let passes = |d: &Datum| d.as_str().is_some_and(matches);
        let by_histogram = (bounds.len() > LEAST_BOUNDS).then(|| {
            let inner = &bounds[1..bounds.len() - 1];
            inner.iter().filter(|d| passes(d)).count() as f64 / inner.len() as f64
        });
        let mut share = match by_histogram {
            Some(share) if bounds.len() >= ENOUGH_BOUNDS => share,
            by_histogram => {
                let prefix_share = match prefix {
                    Prefix::Partial(prefix) => self.prefix_share(variable, prefix),
                    _ => 1.0,
                };
                let heuristic = prefix_share * rest;
                let weight = bounds.len() as f64 / ENOUGH_BOUNDS as f64;
                by_histogram.map_or(heuristic, |h| h * weight + heuristic * (1.0 - weight))
            }
        };
        share = share.clamp(0.0001, 0.9999);
        let Some(statistics) = variable.statistics else { return share };
        let (common, total) = most_common_share(statistics, &mut |d| passes(d));
        share * (1.0 - statistics.null_fraction - total) + common
    }

    /// `prefix_selectivity`: the share between a prefix and its successor.
    fn prefix_share(&self, variable: &Variable<'a>, prefix: &str) -> f64 {
        let Some(statistics) = variable.statistics else { return DEFAULT_MATCH };
        let at_least = Operator::comparison(OperatorKind::Ge, TypeId::TEXT);
        let below = Operator::comparison(OperatorKind::Lt, TypeId::TEXT);
        let order = Collation::Default;
        let Some(mut share) =
            self.histogram_share(variable, statistics, at_least, &Datum::text(prefix), order)
        else {
            return DEFAULT_MATCH;
        };
        if let Some(above) = successor(prefix) {
            let top =
                self.histogram_share(variable, statistics, below, &Datum::text(&above), order).unwrap_or(1.0);
            share += top - 1.0;
        }
        let exact = Value { datum: Datum::text(prefix), type_id: TypeId::TEXT };
        clamp(share.max(self.equal_const(variable, &exact, false)))
    }
}

/// The fixed prefix of an anchored regular expression of plain characters, and a guess for the rest.
fn regex_prefix(pattern: &str, ignore_case: bool) -> (Prefix, f64) {
    let plain = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '@' | '/' | ':' | ',');
    let rest_share = |rest: &str| {
        let fixed = rest.chars().filter(plain).count() as i32;
        let wild = rest.matches('*').count() as i32 + rest.matches('+').count() as i32;
        f64::min(libm::pow(FIXED_CHARACTER, f64::from(fixed)) * libm::pow(2.0, f64::from(wild)), 1.0)
    };
    match pattern.strip_prefix('^') {
        Some(body) if !ignore_case => {
            let prefix: String = body.chars().take_while(plain).collect();
            let rest = &body[prefix.len()..];
            match rest {
                "$" => (Prefix::Exact(prefix), 1.0),
                _ if prefix.is_empty() => (Prefix::None, rest_share(rest)),
                _ => (Prefix::Partial(prefix), rest_share(rest)),
            }
        }
        _ => (Prefix::None, rest_share(pattern)),
    }
}

fn regex_matches(text: &str, pattern: &str, ignore_case: bool) -> bool {
    let built = regex::RegexBuilder::new(pattern).case_insensitive(ignore_case).build();
    built.is_ok_and(|r| r.is_match(text))
}
