//! Shell patterns: `*`, `?`, `[…]` (POSIX.1 "Pattern Matching Notation").

/// Whether a whole text matches a pattern.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // The usual walk with one point to come back to: linear in practice, quadratic at worst.
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            back = Some((p, t));
            p += 1;
            continue;
        }
        if let Some(after) = one(&pattern, p, text[t]) {
            p = after;
            t += 1;
            continue;
        }
        let Some((star, at)) = back else { return false };
        back = Some((star, at + 1));
        p = star + 1;
        t = at + 1;
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Where the pattern goes on when its next element matches a character.
fn one(pattern: &[char], at: usize, c: char) -> Option<usize> {
    match pattern.get(at)? {
        '?' => Some(at + 1),
        '\\' => (pattern.get(at + 1)? == &c).then_some(at + 2),
        '[' => {
            let negated = matches!(pattern.get(at + 1), Some('!' | '^'));
            let first = at + 1 + usize::from(negated);
            let end = pattern.iter().skip(first + 1).position(|c| *c == ']').map(|place| first + 1 + place);
            let Some(end) = end else { return (c == '[').then_some(at + 1) };
            let mut inside = false;
            let mut place = first;
            while place < end {
                let low = pattern[place];
                if pattern.get(place + 1) == Some(&'-') && place + 2 < end {
                    inside |= (low..=pattern[place + 2]).contains(&c);
                    place += 3;
                } else {
                    inside |= low == c;
                    place += 1;
                }
            }
            (inside != negated).then_some(end + 1)
        }
        same => (*same == c).then_some(at + 1),
    }
}

/// Whether a word has a sign that makes it a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}
