//! What a seed draws.

use std::collections::BTreeSet;

use firedrill::scenario::{Scenario, embedded};

fn june_4() -> Scenario {
    embedded::load_embedded("june-4")
        .and_then(|loaded| loaded.scenario)
        .expect("the drill is inside the binary")
}

#[test]
fn a_seed_draws_the_same_variant_every_time() {
    let scenario = june_4();
    assert_eq!(scenario.variant(7), scenario.variant(7));
}

#[test]
fn a_variant_has_as_many_changes_as_the_draw_says_and_none_that_exclude_each_other() {
    let scenario = june_4();
    for seed in 0..500 {
        let variant = scenario.variant(seed);
        let within =
            |(least, most): (u32, u32), drawn: usize| (least as usize..=most as usize).contains(&drawn);
        assert!(within(scenario.draw.harmful, variant.harmful.len()), "seed {seed}: {variant:?}");
        assert!(within(scenario.draw.harmless, variant.harmless.len()), "seed {seed}: {variant:?}");
        let drawn: Vec<&String> = variant.harmful.iter().chain(&variant.harmless).collect();
        for (index, one) in drawn.iter().enumerate() {
            for other in &drawn[..index] {
                assert!(!scenario.draw.excludes(one, other), "seed {seed}: {one} with {other}");
            }
        }
    }
}

#[test]
fn every_candidate_is_drawn_by_some_seed_and_so_is_every_number_of_causes() {
    let scenario = june_4();
    let variants: Vec<_> = (0..500).map(|seed| scenario.variant(seed)).collect();
    let drawn: BTreeSet<&str> = variants
        .iter()
        .flat_map(|variant| variant.changes(&scenario))
        .map(|change| change.id.as_str())
        .collect();
    assert_eq!(drawn.len(), scenario.changes.len());
    let counts: BTreeSet<usize> = variants.iter().map(|variant| variant.harmful.len()).collect();
    assert_eq!(counts, BTreeSet::from([2, 3]));
}

#[test]
fn what_the_real_team_rolled_back_first_leaves_a_cause_in_place() {
    let scenario = june_4();
    for seed in 0..500 {
        let variant = scenario.variant(seed);
        assert!(variant.is_deployed(&variant.wrong), "seed {seed}: {variant:?}");
        let left = variant.harmful.iter().filter(|id| **id != variant.wrong).count();
        assert!(left >= 2, "seed {seed}: {variant:?}");
    }
}

#[test]
fn every_variant_has_a_cause_of_each_group_even_without_what_was_rolled_back_first() {
    let scenario = june_4();
    for seed in 0..500 {
        let variant = scenario.variant(seed);
        let left = variant.harmful.iter().filter(|id| **id != variant.wrong);
        assert!(scenario.draw.is_met_by(left), "seed {seed}: {variant:?}");
    }
}

#[test]
fn placeholders_are_filled_from_what_was_drawn() {
    let scenario = june_4();
    let variant = scenario.variant(1);
    assert_eq!(
        variant.fill("{harmful.0}, not {wrong}"),
        format!("{}, not {}", variant.harmful[0], variant.wrong)
    );
    assert_eq!(variant.fill("{harmful}"), variant.harmful.join(", "));
}
