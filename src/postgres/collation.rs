//! The order of strings in the database's default collation: a reduced form of the Unicode Collation Algorithm
//! (CLDR root, as ICU `en-US` has it), exact for ASCII and by code point beyond it.
//!
//! The full algorithm's tables weigh a megabyte and would decide nothing in a histogram of customer names.

use std::cmp::Ordering;

/// ASCII in the order of the CLDR root collation; letters and digits follow.
const PUNCTUATION: &str = "\t\n\u{b}\u{c}\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// Where digits start among primary weights; letters follow at [`FIRST_LETTER`].
const FIRST_DIGIT: u32 = 64;
/// Where letters start among primary weights.
const FIRST_LETTER: u32 = 80;
/// Where everything outside ASCII starts.
const FIRST_OTHER: u32 = 128;

/// The primary weight of a character: what it is, whatever its case.
pub(super) fn primary_weight(c: char) -> u32 {
    match c {
        '0'..='9' => FIRST_DIGIT + (c as u32 - '0' as u32),
        'a'..='z' => FIRST_LETTER + (c as u32 - 'a' as u32),
        'A'..='Z' => FIRST_LETTER + (c as u32 - 'A' as u32),
        _ if c.is_ascii() => PUNCTUATION.find(c).map_or(0, |i| i as u32 + 1),
        _ => FIRST_OTHER + c as u32,
    }
}

/// Compares as the default collation does: primary weights, then lower case before upper, then bytes.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let primary = a.chars().map(primary_weight).cmp(b.chars().map(primary_weight));
    primary
        .then_with(|| {
            let case = |c: char| c.is_ascii_uppercase();
            a.chars().map(case).cmp(b.chars().map(case))
        })
        .then_with(|| a.as_bytes().cmp(b.as_bytes()))
}
