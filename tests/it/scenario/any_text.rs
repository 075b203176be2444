//! Properties: no text brings the loader down, and every finding stands inside the file.

use firedrill::scenario::load;
use proptest::prelude::*;

use super::tiny_file;

fn loads(text: &str) -> Result<(), TestCaseError> {
    let loaded =
        load("tiny", |name| if name == "scenario.ron" { Some(text.to_owned()) } else { tiny_file(name) });
    let lines = text.matches('\n').count() + 1;
    for finding in &loaded.diagnostics {
        prop_assert!((1..=lines).contains(&finding.line), "{finding}");
        let line = text.split('\n').nth(finding.line - 1).unwrap_or_default();
        prop_assert!((1..=line.chars().count() + 1).contains(&finding.column), "{finding}");
    }
    prop_assert!(loaded.scenario.is_some() || !loaded.diagnostics.is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_is_read_or_refused_with_words(text in "(?s).{0,200}") {
        loads(&text)?;
    }

    #[test]
    fn any_text_of_the_formats_own_signs_is_read_or_refused_with_words(text in "[(){}\\[\\]\",:#!ra-c\\\\/*\n 01.]{0,200}") {
        loads(&text)?;
    }

    #[test]
    fn a_scenario_with_a_piece_taken_out_is_read_or_refused_with_words(at in 0usize..7000, length in 1usize..60) {
        let text = tiny_file("scenario.ron").expect("the fixture is there");
        let kept = |(index, _): &(usize, char)| *index < at || *index >= at + length;
        loads(&text.char_indices().filter(kept).map(|(_, c)| c).collect::<String>())?;
    }

    #[test]
    fn a_scenario_with_a_piece_put_in_is_read_or_refused_with_words(at in 0usize..7000, piece in "[\"(),:a1é]{1,4}") {
        let mut text = tiny_file("scenario.ron").expect("the fixture is there");
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.insert_str(at, &piece);
        loads(&text)?;
    }
}
