//! Arrays: elements by number, or by any text (`declare -A`).

use super::session::MAX_NAMES;

/// Most elements of one array; more are refused silently, as variables beyond [`MAX_NAMES`] are.
const MAX_ELEMENTS: usize = MAX_NAMES * 20;

/// One array.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Array {
    /// By number in the order of the numbers, by text in the order in which they came.
    items: Vec<(String, String)>,
    map: bool,
}

impl Array {
    /// An empty one, with texts as keys if `map`.
    pub(crate) fn new(map: bool) -> Array {
        Array { items: Vec::new(), map }
    }

    /// Whether its keys are texts.
    pub(crate) fn is_map(&self) -> bool {
        self.map
    }

    /// All keys.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.items.iter().map(|(key, _)| key.clone()).collect()
    }

    /// All values, in the order of the keys.
    pub(crate) fn values(&self) -> Vec<String> {
        self.items.iter().map(|(_, value)| value.clone()).collect()
    }

    /// The element of this key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.items.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The number after the highest one.
    pub(crate) fn next_number(&self) -> i64 {
        self.items.last().and_then(|(key, _)| key.parse::<i64>().ok()).map_or(0, |last| last + 1)
    }

    /// Sets an element, or adds to what is there.
    pub(crate) fn set(&mut self, key: &str, value: &str, append: bool) {
        if let Some((_, known)) = self.items.iter_mut().find(|(known, _)| known == key) {
            if !append {
                known.clear();
            }
            known.push_str(value);
            return;
        }
        if self.items.len() >= MAX_ELEMENTS {
            return;
        }
        let number = |key: &str| key.parse::<i64>().unwrap_or(0);
        let place = if self.map {
            self.items.len()
        } else {
            self.items.partition_point(|(known, _)| number(known) < number(key))
        };
        self.items.insert(place, (key.to_owned(), value.to_owned()));
    }

    /// Adds an element after the last.
    pub(crate) fn push(&mut self, value: &str) {
        let key = self.next_number().to_string();
        self.set(&key, value, false);
    }

    /// Takes an element out.
    pub(crate) fn remove(&mut self, key: &str) {
        self.items.retain(|(known, _)| known != key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_in_order_and_texts_as_they_came() {
        let mut list = Array::new(false);
        list.push("a");
        list.set("10", "c", false);
        list.set("2", "b", false);
        list.push("d");
        assert_eq!(list.keys(), ["0", "2", "10", "11"]);
        assert_eq!(list.values(), ["a", "b", "c", "d"]);
        let mut map = Array::new(true);
        map.set("web", "1", false);
        map.set("db", "2", false);
        map.set("web", "1", true);
        assert_eq!((map.keys(), map.get("web")), (vec!["web".to_owned(), "db".to_owned()], Some("11")));
    }
}
