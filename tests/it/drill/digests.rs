//! Whole runs, event for event: the rows of `tests/digests/runs.tsv`, which `tests/digests/run` holds against an optimised
//! build too.

use firedrill::debrief::runs;
use firedrill::drill::responders::{self, Making};
use firedrill::drill::{Drill, Mode};
use firedrill::scenario::embedded;
use std::sync::Arc;

const RUNS: &str = include_str!("../../digests/runs.tsv");

#[test]
fn whole_runs_are_the_same_event_for_event_as_in_an_optimised_build() {
    let mut compared = 0;
    for line in RUNS.lines().skip(1) {
        let [scenario, seed, responder, events, digest] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}: five columns are wanted")
        };
        // June 4 takes a minute here; the script alone runs it.
        if scenario != "tour" {
            continue;
        }
        let seed: u64 = seed.parse().unwrap();
        let scenario = Arc::new(embedded::load_embedded(scenario).unwrap().scenario.unwrap());
        let variant = scenario.variant(seed);
        let making = Making { scenario: &scenario, variant: &variant, seed };
        let mut responder = responders::by_name(responder, making).unwrap();
        let mut drill = Drill::new(Arc::clone(&scenario), seed, Mode::Practice).unwrap();
        responders::play(&mut drill, &mut *responder, &mut |_| true);
        let outcome = runs::conclude(drill, &mut |_| true).unwrap();
        let found = (outcome.events.to_string(), format!("{:016x}", outcome.digest));
        assert_eq!(found, (events.to_owned(), digest.to_owned()), "{line}");
        compared += 1;
    }
    assert_eq!(compared, 3);
}
