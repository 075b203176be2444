//! `tsmatchsel`: `tsvector @@ tsquery` by the most common lexemes.

use super::scalar::clamp;
use super::{Estimator, Variable};
use crate::postgres::datum::{Datum, Value};

/// Selectivity of one lexeme without statistics (`DEFAULT_TS_MATCH_SEL`).
const DEFAULT_LEXEME: f64 = 0.005;

impl<'a> Estimator<'a> {
    /// The share of rows whose vector matches the query.
    pub(crate) fn text_search(&self, variable: &Variable<'a>, query: Option<&Value>) -> f64 {
        let Some(Value { datum: Datum::Text(query), .. }) = query else { return DEFAULT_LEXEME };
        let nulls = variable.statistics.map_or(0.0, |s| s.null_fraction);
        let mut parser = Parser { rest: query, lexeme: &|lexeme| lexeme_share(variable, lexeme) };
        clamp(parser.either() * (1.0 - nulls))
    }
}

fn lexeme_share(variable: &Variable<'_>, lexeme: &str) -> f64 {
    let Some(elements) = variable.statistics.and_then(|s| s.elements.as_ref()) else { return DEFAULT_LEXEME };
    let found =
        elements.most_common.binary_search_by(|(d, _)| by_length(d.as_str().unwrap_or_default(), lexeme));
    found.map_or_else(
        |_| f64::min(DEFAULT_LEXEME, elements.min_frequency / 2.0),
        |at| elements.most_common[at].1,
    )
}

/// `compare_lexeme_textfreq`: shorter lexemes first. PostgreSQL searches the stored list in this order whatever order it was stored
/// in, so restored statistics in another order are found in part only, there as here.
fn by_length(stored: &str, lexeme: &str) -> std::cmp::Ordering {
    stored.len().cmp(&lexeme.len()).then_with(|| stored.as_bytes().cmp(lexeme.as_bytes()))
}

/// A reader of a `tsquery`'s text (`'a' & ( 'b' | !'c' )`) that computes its selectivity as it goes.
struct Parser<'q, 'f> {
    rest: &'q str,
    lexeme: &'f dyn Fn(&str) -> f64,
}

impl Parser<'_, '_> {
    fn either(&mut self) -> f64 {
        let mut share = self.both();
        while self.accept("|") {
            let other = self.both();
            share = share + other - share * other;
        }
        share
    }

    fn both(&mut self) -> f64 {
        let mut share = self.single();
        while self.accept("&") || self.accept("<->") {
            share *= self.single();
        }
        share
    }

    fn single(&mut self) -> f64 {
        if self.accept("!") {
            return 1.0 - self.single();
        }
        if self.accept("(") {
            let share = self.either();
            self.accept(")");
            return share;
        }
        self.rest = self.rest.trim_start();
        let quoted = self.rest.strip_prefix('\'');
        let body = quoted.unwrap_or(self.rest);
        let end =
            if quoted.is_some() { body.find('\'') } else { body.find(|c: char| " &|!():<".contains(c)) };
        let end = end.unwrap_or(body.len());
        let share = (self.lexeme)(&body[..end]);
        self.rest = body[end..].trim_start_matches('\'');
        if self.rest.starts_with(':') {
            self.rest = self.rest.trim_start_matches(|c: char| !c.is_whitespace() && c != ')');
        }
        share
    }

    fn accept(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}
