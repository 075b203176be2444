//! What was on screen before a cause was named: a diagnosis is *supported* by it, or a lucky guess.
//!
//! For each harmful change two things tell it from its neighbours: its *effect* (one of the queries it hurts was seen, in a
//! plan, an activity list, a slow-query log, a trace) and its *definition* (the object was seen by name, in `\d`, in a
//! change's SQL, in a catalog view). Read from the transcript's output lines, never from what was asked for.

use super::milestones::harms;
use super::views::Views;
use crate::console::transcript::{LineKind, Transcript};
use crate::kernel::SimTime;
use crate::scenario::{Query, Scenario, Variant};

/// Shortest start of a query's text by which it is known in a list that cuts it.
const SHORTEST_START: usize = 40;

/// When the evidence for one harmful change was first on screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The change.
    pub change: String,
    /// When one of the queries it hurts was seen.
    pub effect: Option<SimTime>,
    /// When its object was seen by name.
    pub definition: Option<SimTime>,
}

impl Seen {
    /// How much of the evidence was on screen before `at`, from 0 to 2.
    pub fn before(&self, at: SimTime) -> u32 {
        u32::from(self.effect.is_some_and(|seen| seen < at))
            + u32::from(self.definition.is_some_and(|seen| seen < at))
    }
}

/// Reads the transcript as it grows.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    marks: Vec<Marks>,
    seen: Vec<Seen>,
    /// Lines of the transcript read so far.
    read: u64,
}

/// By which words one harmful change is recognised.
#[derive(Clone, Debug)]
struct Marks {
    objects: Vec<String>,
    queries: Vec<String>,
    /// Starts of the queries' texts that no other query shares.
    starts: Vec<String>,
}

impl Evidence {
    pub(crate) fn new(scenario: &Scenario, variant: &Variant) -> Evidence {
        let mut evidence = Evidence { marks: Vec::new(), seen: Vec::new(), read: 0 };
        for (change, harm) in harms(scenario, variant) {
            let hurt = |query: &&Query| harm.queries.contains(&query.name);
            let (queries, others): (Vec<&Query>, Vec<&Query>) =
                scenario.workload.queries.iter().partition(hurt);
            let others: Vec<String> = others.iter().map(|query| shape(&query.sql)).collect();
            evidence.seen.push(Seen { change: change.id.clone(), ..Seen::default() });
            evidence.marks.push(Marks {
                objects: std::iter::once(&harm.object).chain(&harm.accepts).cloned().collect(),
                queries: queries.iter().map(|query| query.name.clone()).collect(),
                starts: queries.iter().map(|query| telling_start(&shape(&query.sql), &others)).collect(),
            });
        }
        evidence
    }

    /// What has been seen so far, one entry for each harmful change.
    pub(crate) fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// Reads what the console has printed since the last time; each line of output goes to `views` too.
    pub(crate) fn read(&mut self, transcript: &Transcript, views: &mut Views) {
        if transcript.total() == self.read {
            return;
        }
        for line in transcript.since(self.read) {
            // A plan does not repeat the query that it is of: the line that asked for it tells.
            let asks_for_plan = line.kind == LineKind::Prompt && line.text.to_lowercase().contains("explain");
            if line.kind == LineKind::Output {
                views.printed(&line.text);
                self.saw(line.at, &line.text);
            } else if asks_for_plan {
                self.saw_query(line.at, &line.text);
            }
        }
        self.read = transcript.total();
    }

    /// Notes what a line that was on screen tells.
    pub(crate) fn saw(&mut self, at: SimTime, line: &str) {
        self.saw_query(at, line);
        let text = squeeze(line);
        for (marks, seen) in self.marks.iter().zip(&mut self.seen) {
            if seen.definition.is_none() && marks.objects.iter().any(|object| has_word(&text, object)) {
                seen.definition = Some(at);
            }
        }
    }

    fn saw_query(&mut self, at: SimTime, line: &str) {
        let (text, shape) = (squeeze(line), shape(line));
        for (marks, seen) in self.marks.iter().zip(&mut self.seen) {
            if seen.effect.is_none() && marks.is_effect(&text, &shape) {
                seen.effect = Some(at);
            }
        }
    }
}

impl Marks {
    fn is_effect(&self, text: &str, shape: &str) -> bool {
        self.starts.iter().any(|start| shape.contains(start.as_str()))
            || self.queries.iter().any(|name| has_word(text, name))
    }
}

/// The shortest start of a query's shape, from [`SHORTEST_START`] on, that none of the others has; all of it when it is the
/// start of another.
fn telling_start(query: &str, others: &[String]) -> String {
    let lengths = SHORTEST_START..query.chars().count();
    let start = |length: usize| query.chars().take(length).collect::<String>();
    let telling = |start: &String| !others.iter().any(|other| other.starts_with(start.as_str()));
    lengths.map(start).find(telling).unwrap_or_else(|| query.to_owned())
}

/// A statement without its values, so that `$1`, `4815` and `'x'` are one: lower case, one blank for any white space.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    let mut characters = squeeze(text).chars().collect::<Vec<_>>().into_iter().peekable();
    while let Some(c) = characters.next() {
        let in_name = shape.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_');
        match c {
            '\'' => {
                // To the closing quote, or the end of a text that was cut.
                characters.by_ref().find(|c| *c == '\'');
                shape.push('?');
            }
            '$' | '0'..='9' if !in_name => {
                while characters.next_if(char::is_ascii_digit).is_some() {}
                shape.push('?');
            }
            _ => shape.push(c),
        }
    }
    shape
}

/// Lower case, with one blank for any white space.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether `text` has `word` with nothing of a name before or behind it.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(&word.to_lowercase())
        .any(|(at, found)| !text[..at].ends_with(part) && !text[at + found.len()..].starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_known_whatever_its_values_are() {
        assert_eq!(
            shape("SELECT id  FROM t1 WHERE a = $1 AND b = 'x y' LIMIT 12"),
            "select id from t1 where a = ? and b = ? limit ?"
        );
        assert_eq!(
            shape("SELECT id FROM t1 WHERE a = 4815 AND b = $2 LIMIT 5"),
            shape("select id from t1 where a = $1 and b = 'q' limit 12")
        );
    }

    #[test]
    fn a_query_is_known_by_a_start_that_no_other_has() {
        let others = [shape("SELECT id, created_at, ship_city, total_cents FROM orders ORDER BY 1")];
        let query = shape("SELECT id, created_at, ship_city, total_cents FROM carts WHERE id = $1");
        assert_eq!(telling_start(&query, &others), "select id, created_at, ship_city, total_cents from c");
    }
}
