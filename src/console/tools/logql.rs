//! LogQL's log queries, as `logs` reads them: a selector of sources in braces, then tests of the lines
//! (`{kind="web"} |= "error" !~ "timeout|refused"`). Parsers and metric queries of LogQL are left to `grep`, `awk` and `jq`.

use crate::console::promql::{Expr, Matcher, parse};
use crate::telemetry::{LogLine, LogSelector, Logs};
use regex::Regex;

/// The label that a line's severity goes by.
const LEVEL: &str = "level";

/// A query taken apart.
pub(crate) struct Query {
    matchers: Vec<Matcher>,
    filters: Vec<Filter>,
}

/// A test of a line's text.
enum Filter {
    Contains(String, bool),
    Matches(Regex, bool),
}

impl Query {
    /// Reads a query; the error says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Query, String> {
        let end = text.find('}').ok_or("parse error: the selector's closing brace is missing")?;
        let (selector, mut rest) = text.split_at(end + 1);
        let matchers = match parse(selector) {
            Ok(Expr::Selector(selector)) => selector.matchers,
            Ok(_) => return Err("parse error: a selector in braces comes first".into()),
            Err(error) => return Err(error.to_string()),
        };
        let mut filters = Vec::new();
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return Ok(Query { matchers, filters });
            }
            let operators = ["|=", "!=", "|~", "!~"];
            let found = operators.into_iter().find(|operator| rest.starts_with(operator));
            let operator =
                found.ok_or_else(|| format!("parse error: |=, !=, |~ or !~ is wanted before '{rest}'"))?;
            let quoted = rest[operator.len()..].trim_start();
            let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '`'));
            let quote =
                quote.ok_or_else(|| format!("parse error: a text in quotes is wanted after {operator}"))?;
            let length = quoted[1..].find(quote).ok_or("parse error: unterminated text")?;
            let wanted = &quoted[1..=length];
            rest = &quoted[length + 2..];
            let accepts = operator.starts_with('|');
            filters.push(if operator.ends_with('~') {
                let pattern =
                    Regex::new(wanted).map_err(|_| format!("'{wanted}' is no regular expression"))?;
                Filter::Matches(pattern, accepts)
            } else {
                Filter::Contains(wanted.to_owned(), accepts)
            });
        }
    }

    /// A selector for each source that is meant. Sources are told apart by `kind` (also `app`, `job`) and `source` (also
    /// `pod`, `instance`).
    pub(crate) fn selectors(&self, logs: &Logs, template: &LogSelector) -> Vec<LogSelector> {
        let mut found = Vec::new();
        for (kind, kind_name) in logs.kinds() {
            for (source, name) in logs.sources(kind) {
                let passes = self.matchers.iter().all(|matcher| match matcher.label.as_str() {
                    LEVEL => true,
                    "kind" | "app" | "job" | "container" => matcher.accepts(kind_name),
                    "source" | "pod" | "instance" | "host" => matcher.accepts(name),
                    _ => matcher.accepts(""),
                });
                if passes {
                    found.push(LogSelector { source: Some(source), ..template.clone() });
                }
            }
        }
        found
    }

    /// Whether a line passes the tests.
    pub(crate) fn accepts(&self, line: &LogLine) -> bool {
        let level = line.level.name().to_lowercase();
        let by_level = |matcher: &&Matcher| matcher.label == LEVEL;
        self.matchers.iter().filter(by_level).all(|matcher| matcher.accepts(&level))
            && self.filters.iter().all(|filter| match filter {
                Filter::Contains(text, wanted) => line.text.contains(text.as_str()) == *wanted,
                Filter::Matches(pattern, wanted) => pattern.is_match(&line.text) == *wanted,
            })
    }

    /// Whether lines are tested one by one.
    pub(crate) fn tests_lines(&self) -> bool {
        !self.filters.is_empty() || self.matchers.iter().any(|matcher| matcher.label == LEVEL)
    }
}
