//! From a folder's files to a scenario and a list of findings.
//!
//! Loading never stops at the first finding if more can be told: what the RON reader refuses is reported where it stands,
//! and what it accepts is checked whole. No file is opened here: the caller hands in a reader, so that the same code
//! serves the folder on disk and the copy inside the binary.

use crate::kernel::Digest;

use super::{Scenario, diagnostic::Diagnostic};

/// What loading gives: what could be read, and what is wrong with it.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario, unless `scenario.ron` could not be read at all.
    pub scenario: Option<Scenario>,
    /// What is wrong, by file and position; empty when nothing is.
    pub diagnostics: Vec<Diagnostic>,
}

/// Loads the scenario of the folder `root`, whose files `read` gives by their name relative to it (`scenario.ron`,
/// `runbooks/failover.md`; `None` when there is no such file). `root` only heads the findings' file names.
pub fn load(root: &str, read: impl Fn(&str) -> Option<String>) -> Loaded {
    let mut diagnostics = Vec::new();
    let file = format!("{root}/scenario.ron");
    let Some(text) = read("scenario.ron") else {
        diagnostics.push(Diagnostic {
            file,
            line: 1,
            column: 1,
            message: "there is no such file".to_owned(),
            expected: None,
            nearest: None,
        });
        return Loaded { scenario: None, diagnostics };
    };
    match ron::from_str::<Scenario>(&text) {
        Ok(mut scenario) => {
            attach(&mut scenario, &text, read);
            Loaded { scenario: Some(scenario), diagnostics }
        }
        Err(error) => {
            diagnostics.push(Diagnostic {
                file,
                line: error.span.start.line,
                column: error.span.start.col,
                message: error.code.to_string(),
                expected: None,
                nearest: None,
            });
            Loaded { scenario: None, diagnostics }
        }
    }
}

/// Puts the texts beside `scenario.ron` in their places, and the digest of all.
fn attach(scenario: &mut Scenario, ron: &str, read: impl Fn(&str) -> Option<String>) {
    let mut digest = Digest::new();
    digest.write_str(ron);
    let mut text = |name: &str| {
        let text = read(name).unwrap_or_default();
        digest.write_str(&text);
        text
    };
    scenario.schema_sql = text("schema.sql");
    scenario.statistics_sql = text("statistics.sql");
    scenario.sizes_tsv = text("sizes.tsv");
    scenario.briefing = text("briefing.md");
    for runbook in &mut scenario.runbooks {
        runbook.text = text(&format!("runbooks/{}.md", runbook.id));
    }
    scenario.content_hash = digest.finish();
}
