//! The weights of a grade. A scenario that says nothing about them gets the defaults.

use serde::Deserialize;

/// What each part of a score of 100 is worth; the five parts sum to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grading {
    /// How soon the root cause was named in full, against the real responders.
    pub diagnosis: u32,
    /// Visitors spared, between what nobody's acting and the ideal response would have left.
    pub impact: u32,
    /// No wrong diagnoses, nothing harmful or useless done on the way.
    pub precision: u32,
    /// What told the causes apart was on screen before they were named.
    pub evidence: u32,
    /// Acknowledged, declared, people told and kept told, verified before it was declared over.
    pub communication: u32,
    /// Points off the precision part for each wrong diagnosis.
    pub wrong_diagnosis_penalty: u32,
    /// Points off the precision part for each action that was useless or did harm.
    pub needless_action_penalty: u32,
    /// The severity that the incident has, 1 (the worst) to 4.
    pub severity: u8,
}

impl Default for Grading {
    fn default() -> Grading {
        Grading {
            diagnosis: 40,
            impact: 25,
            precision: 15,
            evidence: 10,
            communication: 10,
            wrong_diagnosis_penalty: 4,
            needless_action_penalty: 4,
            severity: 1,
        }
    }
}

impl Grading {
    /// The parts by name, in the order of a report.
    pub fn parts(&self) -> [(&'static str, u32); 5] {
        [
            ("diagnosis", self.diagnosis),
            ("impact", self.impact),
            ("precision", self.precision),
            ("evidence", self.evidence),
            ("communication", self.communication),
        ]
    }
}
