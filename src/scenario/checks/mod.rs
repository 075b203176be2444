//! What the format's types cannot say: names that must exist, weights that must sum, times that must be in order.
//!
//! One file a check; [`CHECKS`] lists them in reading order. A check adds findings and never gives up, and never looks at
//! SQL: that is for the room that knows SQL.

mod identity;
mod files;
mod duplicates;
mod times;
mod traffic;
mod pages;
mod steps;
mod queries;
mod components;
mod changes;
mod draw;
mod alerts;
mod people;
mod herrings;
mod timeline;
mod script;
mod grading;
mod placeholders;

use super::{
    Scenario,
    diagnostic::Findings,
    source::{Place, Source},
};

/// What a check looks at.
pub(super) struct Subject<'a> {
    scenario: &'a Scenario,
    /// The whole file, from which places are found by field and index.
    root: Place<'a>,
    folder: &'a Folder<'a>,
}

/// The folder around `scenario.ron`.
pub(super) struct Folder<'a> {
    /// Its own name.
    pub(super) name: &'a str,
    /// Whether it has a file of a name.
    pub(super) has: &'a dyn Fn(&str) -> bool,
}

/// A row of the table.
struct Check {
    /// What holds of a good scenario.
    #[cfg_attr(not(test), expect(dead_code, reason = "the rule in words, for readers and the table's test"))]
    rule: &'static str,
    run: fn(&Subject<'_>, &mut Findings),
}

/// Every check.
const CHECKS: &[Check] = &[
    Check { rule: "the id is the folder's name, the date is a date", run: identity::check },
    Check { rule: "the files beside scenario.ron are there", run: files::check },
    Check { rule: "no name is used twice in one list", run: duplicates::check },
    Check { rule: "the scenario's own times are in order", run: times::check },
    Check { rule: "the traffic curve is in order and above zero", run: traffic::check },
    Check { rule: "pages ask for endpoints and lead to pages, with probabilities", run: pages::check },
    Check { rule: "steps name queries, services and key spaces that exist", run: steps::check },
    Check { rule: "queries name a pool and have an example for each parameter", run: queries::check },
    Check { rule: "pools lead to databases, one of which is the primary", run: components::check },
    Check { rule: "changes have a way back and name what they harm", run: changes::check },
    Check { rule: "the draw can be satisfied", run: draw::check },
    Check { rule: "alert rules name exports and runbooks that exist", run: alerts::check },
    Check { rule: "teams and triggers name people, teams and alerts that exist", run: people::check },
    Check { rule: "red herrings name changes, alerts and pages that exist", run: herrings::check },
    Check { rule: "the real timeline is in order", run: timeline::check },
    Check { rule: "the real script names changes and placeholders that exist", run: script::check },
    Check { rule: "the weights of a grade sum to 100", run: grading::check },
    Check { rule: "texts use placeholders that exist", run: placeholders::check },
];

/// Runs every check over a scenario that was read whole.
pub(super) fn run(scenario: &Scenario, source: &Source<'_>, folder: &Folder<'_>, findings: &mut Findings) {
    let subject = Subject { scenario, root: source.root(), folder };
    for check in CHECKS {
        (check.run)(&subject, findings);
    }
}

/// Whether a number can be a probability.
fn is_probability(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
}

#[cfg(test)]
mod tests {
    use super::CHECKS;

    #[test]
    fn every_check_states_its_own_rule() {
        let mut rules: Vec<&str> = CHECKS.iter().map(|check| check.rule).collect();
        assert!(rules.iter().all(|rule| rule.len() > 10));
        rules.sort_unstable();
        rules.dedup();
        assert_eq!(rules.len(), CHECKS.len());
    }
}
