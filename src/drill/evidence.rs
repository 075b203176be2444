//! What was on screen before a cause was named: a diagnosis is *supported* by it, or a lucky guess.
//!
//! For each harmful change two things tell it from its neighbours: its *effect* (one of the queries it hurts was seen, in a
//! plan, an activity list, a slow-query log, a trace) and its *definition* (the object was seen by name, in `\d`, in a
//! change's SQL, in a catalog view). Read from the transcript's output lines, never from what was asked for.

use super::milestones::harms;
use crate::console::transcript::{LineKind, Transcript};
use crate::kernel::SimTime;
use crate::scenario::{Scenario, Variant};

/// Length of the start of a query's text by which it is known in a list that cuts it.
const FINGERPRINT: usize = 40;

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
    fingerprints: Vec<String>,
}

impl Evidence {
    pub(crate) fn new(scenario: &Scenario, variant: &Variant) -> Evidence {
        let mut evidence = Evidence { marks: Vec::new(), seen: Vec::new(), read: 0 };
        for (change, harm) in harms(scenario, variant) {
            let of = |name: &&String| scenario.workload.queries.iter().find(|query| &query.name == *name);
            let queries: Vec<_> = harm.queries.iter().filter_map(|name| of(&name)).collect();
            evidence.seen.push(Seen { change: change.id.clone(), ..Seen::default() });
            evidence.marks.push(Marks {
                objects: std::iter::once(&harm.object).chain(&harm.accepts).cloned().collect(),
                queries: queries.iter().map(|query| query.name.clone()).collect(),
                fingerprints: queries.iter().map(|query| fingerprint(&query.sql)).collect(),
            });
        }
        evidence
    }

    /// What has been seen so far, one entry for each harmful change.
    pub(crate) fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// Reads what the console has printed since the last time.
    pub(crate) fn read(&mut self, transcript: &Transcript) {
        if transcript.total() == self.read {
            return;
        }
        for line in transcript.since(self.read) {
            let text = squeeze(&line.text);
            // A plan does not repeat the query that it is of: the line that asked for it tells.
            let asks_for_plan = line.kind == LineKind::Prompt && text.contains("explain");
            if line.kind != LineKind::Output && !asks_for_plan {
                continue;
            }
            for (marks, seen) in self.marks.iter().zip(&mut self.seen) {
                if !asks_for_plan && marks.objects.iter().any(|object| has_word(&text, object)) {
                    seen.definition.get_or_insert(line.at);
                }
                if marks.is_effect(&text) {
                    seen.effect.get_or_insert(line.at);
                }
            }
        }
        self.read = transcript.total();
    }

    /// Notes the queries that a panel showed by name.
    pub(crate) fn saw_queries(&mut self, at: SimTime, names: &[String]) {
        for (marks, seen) in self.marks.iter().zip(&mut self.seen) {
            if marks.queries.iter().any(|query| names.contains(query)) {
                seen.effect.get_or_insert(at);
            }
        }
    }
}

impl Marks {
    fn is_effect(&self, text: &str) -> bool {
        self.fingerprints.iter().any(|start| text.contains(start.as_str()))
            || self.queries.iter().any(|name| has_word(text, name))
    }
}

fn fingerprint(sql: &str) -> String {
    squeeze(sql).chars().take(FINGERPRINT).collect()
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
