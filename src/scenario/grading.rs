//! The weights of a grade.

use serde::Deserialize;

/// What each part of a score of 100 is worth; they sum to 100.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// How soon the root cause was named in full, against the real responders.
    pub diagnosis_time: u32,
    /// How much of the cause was named, and nothing that is not.
    pub diagnosis_quality: u32,
    /// How soon the objective was met again, against the real responders.
    pub mitigation_time: u32,
    /// Visitors and orders lost, against the real incident.
    pub impact: u32,
    /// Acknowledged, declared, people told, verified before it was declared over.
    pub process: u32,
    /// Nothing was made worse on the way.
    pub safety: u32,
    /// Points off for a wrong diagnosis.
    pub wrong_diagnosis_penalty: u32,
    /// Points off for a rollback of something harmless.
    pub needless_rollback_penalty: u32,
}

impl Grading {
    /// The parts by name.
    pub fn parts(&self) -> [(&'static str, u32); 6] {
        [
            ("diagnosis_time", self.diagnosis_time),
            ("diagnosis_quality", self.diagnosis_quality),
            ("mitigation_time", self.mitigation_time),
            ("impact", self.impact),
            ("process", self.process),
            ("safety", self.safety),
        ]
    }
}
