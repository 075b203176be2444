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
            let Some(end) = closing(pattern, first) else { return (c == '[').then_some(at + 1) };
            let mut inside = false;
            let mut place = first;
            while place < end {
                let low = pattern[place];
                if let Some((name, after)) = class(pattern, place) {
                    inside |= is_in_class(&name, c);
                    place = after;
                } else if pattern.get(place + 1) == Some(&'-') && place + 2 < end {
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

/// Where the bracket ends whose inside starts at `first`; a `]` in the first place means itself.
fn closing(pattern: &[char], first: usize) -> Option<usize> {
    let mut place = first;
    while place < pattern.len() {
        if let Some((_, after)) = class(pattern, place) {
            place = after;
            continue;
        }
        if pattern[place] == ']' && place > first {
            return Some(place);
        }
        place += 1;
    }
    None
}

/// The name of the class `[:name:]` that starts at a place, and the place after it.
fn class(pattern: &[char], at: usize) -> Option<(String, usize)> {
    if pattern.get(at) != Some(&'[') || pattern.get(at + 1) != Some(&':') {
        return None;
    }
    let length = pattern[at + 2..].iter().position(|c| *c == ':')?;
    let end = at + 2 + length;
    (pattern.get(end + 1) == Some(&']')).then(|| (pattern[at + 2..end].iter().collect(), end + 2))
}

fn is_in_class(name: &str, c: char) -> bool {
    match name {
        "alpha" => c.is_ascii_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_ascii_alphanumeric(),
        "upper" => c.is_ascii_uppercase(),
        "lower" => c.is_ascii_lowercase(),
        "space" => c.is_ascii_whitespace(),
        "blank" => matches!(c, ' ' | '\t'),
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        _ => false,
    }
}

/// A pattern as a regular expression, longest match first, for `${NAME/pattern/text}`.
pub(crate) fn as_regex(pattern: &str) -> String {
    let signs: Vec<char> = pattern.chars().collect();
    let mut out = String::from("(?s)");
    let mut at = 0;
    while at < signs.len() {
        match signs[at] {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '\\' if at + 1 < signs.len() => {
                at += 1;
                out.push_str(&regex::escape(&signs[at].to_string()));
            }
            '[' => {
                let negated = matches!(signs.get(at + 1), Some('!' | '^'));
                let first = at + 1 + usize::from(negated);
                let Some(end) = closing(&signs, first) else {
                    out.push_str("\\[");
                    at += 1;
                    continue;
                };
                out.push_str(if negated { "[^" } else { "[" });
                let mut place = first;
                while place < end {
                    if let Some((name, after)) = class(&signs, place) {
                        out.push_str(&format!("[:{name}:]"));
                        place = after;
                        continue;
                    }
                    if matches!(signs[place], '[' | ']' | '^' | '\\' | '&' | '~') {
                        out.push('\\');
                    }
                    out.push(signs[place]);
                    place += 1;
                }
                out.push(']');
                at = end;
            }
            other => out.push_str(&regex::escape(&other.to_string())),
        }
        at += 1;
    }
    out
}

/// Whether a word has a sign that makes it a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}
