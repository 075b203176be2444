//! Label sets and tests on them.

use super::Error;
use regex::Regex;

/// The label that holds a metric's name.
pub(super) const NAME: &str = "__name__";

/// Names and values, ordered by name; a label with an empty value is a label that isn't there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Labels(Vec<(String, String)>);

impl Labels {
    /// Labels in any order.
    pub fn new(mut pairs: Vec<(String, String)>) -> Labels {
        pairs.retain(|(_, value)| !value.is_empty());
        pairs.sort();
        Labels(pairs)
    }

    /// A label's value; empty when it isn't there.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The metric's name, possibly empty.
    pub fn name(&self) -> &str {
        self.get(NAME)
    }

    /// All pairs in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Sets a label, or takes it away when the value is empty.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|(known, _)| known != name);
        if !value.is_empty() {
            let at = self.0.partition_point(|(known, _)| known.as_str() < name);
            self.0.insert(at, (name.to_owned(), value.to_owned()));
        }
    }

    /// The same labels without the metric's name.
    #[must_use]
    pub fn nameless(&self) -> Labels {
        Labels(self.0.iter().filter(|(name, _)| name != NAME).cloned().collect())
    }

    /// Only the labels named.
    #[must_use]
    pub fn only(&self, names: &[String]) -> Labels {
        Labels(self.0.iter().filter(|(name, _)| names.contains(name)).cloned().collect())
    }

    /// All labels but those named and the metric's name.
    #[must_use]
    pub fn without(&self, names: &[String]) -> Labels {
        Labels(self.0.iter().filter(|(name, _)| name != NAME && !names.contains(name)).cloned().collect())
    }
}

/// As Prometheus writes them: `name{a="b", c="d"}`.
impl std::fmt::Display for Labels {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())?;
        let rest: Vec<String> = self
            .0
            .iter()
            .filter(|(name, _)| name != NAME)
            .map(|(name, value)| format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
            .collect();
        if rest.is_empty() && !self.name().is_empty() {
            return Ok(());
        }
        write!(out, "{{{}}}", rest.join(", "))
    }
}

/// How a matcher compares.
#[derive(Debug, Clone)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`, the whole value
    Regex(Regex),
    /// `!~`
    NotRegex(Regex),
}

/// A test on one label.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// The label.
    pub label: String,
    /// How it is compared.
    pub op: MatchOp,
    /// With what, as written.
    pub value: String,
}

impl Matcher {
    /// A matcher from its parts; an operator is one of `=`, `!=`, `=~`, `!~`.
    pub(super) fn new(label: &str, operator: &str, value: &str) -> Result<Matcher, Error> {
        let op = match operator {
            "=" => MatchOp::Equal,
            "!=" => MatchOp::NotEqual,
            "=~" => MatchOp::Regex(whole(value)?),
            _ => MatchOp::NotRegex(whole(value)?),
        };
        Ok(Matcher { label: label.to_owned(), op, value: value.to_owned() })
    }

    /// Whether a value passes.
    pub fn accepts(&self, value: &str) -> bool {
        match &self.op {
            MatchOp::Equal => value == self.value,
            MatchOp::NotEqual => value != self.value,
            MatchOp::Regex(pattern) => pattern.is_match(value),
            MatchOp::NotRegex(pattern) => !pattern.is_match(value),
        }
    }

    /// Whether labels pass.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.accepts(labels.get(&self.label))
    }
}

/// Two matchers are the same when they are written the same.
impl PartialEq for Matcher {
    fn eq(&self, other: &Matcher) -> bool {
        let same = std::mem::discriminant(&self.op) == std::mem::discriminant(&other.op);
        same && self.label == other.label && self.value == other.value
    }
}

/// A pattern that must match a whole value.
pub(super) fn whole(pattern: &str) -> Result<Regex, Error> {
    regex::RegexBuilder::new(&format!("^(?s:{pattern})$"))
        .size_limit(1 << 20)
        .build()
        .map_err(|_| Error(format!("error parsing regexp: {pattern:?} is no regular expression")))
}
