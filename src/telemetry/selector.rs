//! Which series of a family are meant: a metric's name and tests on its labels, as
//! `http_requests_total{code="500"}`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A family's name and the tests that a series' labels must pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    /// The family, in Prometheus' form.
    pub name: String,
    /// Label and test; all must hold.
    #[serde(default)]
    pub labels: Vec<(String, LabelTest)>,
}

/// A test on the value of one label; a label that is not there has the empty value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelTest {
    /// `label="value"`
    Is(String),
    /// `label!="value"`
    Not(String),
    /// `label=~"a|b"`
    OneOf(Vec<String>),
    /// `label=~"prefix.*"`
    StartsWith(String),
}

impl Selector {
    /// All series of a family.
    pub fn new(name: &str) -> Selector {
        Selector { name: name.to_owned(), labels: Vec::new() }
    }

    /// Only those series whose label has this value.
    #[must_use]
    pub fn with(mut self, label: &str, value: &str) -> Selector {
        self.labels.push((label.to_owned(), LabelTest::Is(value.to_owned())));
        self
    }

    /// Only those series that pass a test.
    #[must_use]
    pub fn test(mut self, label: &str, test: LabelTest) -> Selector {
        self.labels.push((label.to_owned(), test));
        self
    }

    /// True when a series with these labels is meant. The family's name is not looked at.
    pub fn matches(&self, labels: &[(String, String)]) -> bool {
        self.labels.iter().all(|(label, test)| {
            let value = labels.iter().find(|(name, _)| name == label).map_or("", |(_, value)| value);
            test.accepts(value)
        })
    }
}

impl LabelTest {
    /// True when a label's value passes.
    pub fn accepts(&self, value: &str) -> bool {
        match self {
            LabelTest::Is(wanted) => value == wanted,
            LabelTest::Not(unwanted) => value != unwanted,
            LabelTest::OneOf(wanted) => wanted.iter().any(|wanted| wanted == value),
            LabelTest::StartsWith(prefix) => value.starts_with(prefix.as_str()),
        }
    }
}

/// As PromQL writes it.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.labels.is_empty() {
            return Ok(());
        }
        for (index, (label, test)) in self.labels.iter().enumerate() {
            f.write_str(if index == 0 { "{" } else { "," })?;
            match test {
                LabelTest::Is(value) => write!(f, "{label}=\"{value}\"")?,
                LabelTest::Not(value) => write!(f, "{label}!=\"{value}\"")?,
                LabelTest::OneOf(values) => write!(f, "{label}=~\"{}\"", values.join("|"))?,
                LabelTest::StartsWith(prefix) => write!(f, "{label}=~\"{prefix}.*\"")?,
            }
        }
        f.write_str("}")
    }
}
