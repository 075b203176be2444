//! The action table and the text form of keys.

use firedrill::tui::action::{ACTIONS, Place, works_in};
use firedrill::tui::keymap::Keymap;
use firedrill::tui::keys;

#[test]
fn every_key_in_the_table_reads_back_as_itself() {
    for key in ACTIONS.iter().flat_map(|row| row.keys) {
        let event = keys::parse(key).unwrap_or_else(|| panic!("{key} is no key"));
        assert_eq!(keys::name(&event), *key);
    }
}

#[test]
fn no_two_rows_of_one_place_share_a_key() {
    for (i, a) in ACTIONS.iter().enumerate() {
        for b in &ACTIONS[i + 1..] {
            let shared = a.keys.iter().find(|key| b.keys.contains(key));
            assert!(a.place != b.place || shared.is_none(), "{} and {} share {shared:?}", a.name, b.name);
        }
    }
}

#[test]
fn every_action_has_a_name_a_doc_and_a_key_that_reaches_it() {
    for row in ACTIONS {
        assert!(!row.name.is_empty() && row.doc.len() > 5 && !row.keys.is_empty(), "{row:?}");
        let place = if row.place == Place::Anywhere { Place::Home } else { row.place };
        let reached = row.keys.iter().any(|key| {
            let event = keys::parse(key).expect("a key");
            let place = if place == Place::Drill { Place::View } else { place };
            works_in(row.place, place) && Keymap::default().lookup(&event, place) == Some(row.action)
        });
        assert!(reached, "{} is shadowed everywhere", row.name);
    }
}
