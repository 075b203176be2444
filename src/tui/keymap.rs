//! Which key does what: the action table's keys, with a person's own in their place.

use super::{
    action::{self, ACTIONS, Action, Place, Row},
    keys,
};
use crossterm::event::KeyEvent;
use std::collections::BTreeMap;

/// The keys of each row of the action table, in its order.
#[derive(Clone, Debug)]
pub struct Keymap {
    rows: Vec<Vec<String>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let own = |row: &Row| row.keys.iter().map(|key| (*key).to_owned()).collect();
        Self { rows: ACTIONS.iter().map(own).collect() }
    }
}

impl Keymap {
    /// The built-in keys with some rows' replaced: `"view/pause"` to `["p"]`.
    ///
    /// # Errors
    /// One sentence: there is no such row, no such key, or the key has another meaning in that place.
    pub fn with(own: &BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        let mut keymap = Self::default();
        for (id, wanted) in own {
            let at = ACTIONS.iter().position(|row| row.id() == *id).ok_or_else(|| unknown(id))?;
            for key in wanted {
                let parsed = keys::parse(key).ok_or_else(|| format!("keys: {id}: there is no key {key}"))?;
                if keys::name(&parsed) != *key {
                    return Err(format!("keys: {id}: {key} is written {}", keys::name(&parsed)));
                }
            }
            keymap.rows[at].clone_from(wanted);
        }
        keymap.clash().map_or(Ok(keymap), Err)
    }

    fn clash(&self) -> Option<String> {
        for (i, a) in ACTIONS.iter().enumerate() {
            for (j, b) in ACTIONS.iter().enumerate().skip(i + 1) {
                let shared = self.rows[i].iter().find(|key| self.rows[j].contains(key));
                if let Some(key) = shared.filter(|_| a.place == b.place) {
                    return Some(format!("keys: {key} would be both {} and {}", a.id(), b.id()));
                }
            }
        }
        None
    }

    /// The keys of a row, by its index in the table; the first is the one to show.
    #[must_use]
    pub fn keys(&self, row: usize) -> &[String] {
        &self.rows[row]
    }

    /// The action of `key` at `place`: a row of the place itself before one that works everywhere.
    #[must_use]
    pub fn lookup(&self, key: &KeyEvent, place: Place) -> Option<Action> {
        let name = keys::name(key);
        let rank = |row: &Row| (row.place == Place::Anywhere, row.place == Place::Drill);
        let fits = ACTIONS
            .iter()
            .zip(&self.rows)
            .filter(|(row, keys)| action::works_in(row.place, place) && keys.contains(&name));
        fits.min_by_key(|(row, _)| rank(row)).map(|(row, _)| row.action)
    }
}

fn unknown(id: &str) -> String {
    let ids: Vec<String> = ACTIONS.iter().map(Row::id).collect();
    let nearest = ids.iter().min_by_key(|other| strsim::damerau_levenshtein(id, other));
    format!("keys: there is no action {id}; did you mean {}?", nearest.map_or("", String::as_str))
}
