//! Takes what is typed at psql apart: statements end at a semicolon outside quotes, comments and parentheses; a backslash
//! outside quotes starts a command of psql's own that goes to the end of its line (psql's `psqlscan.l`).

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A statement, without its semicolon.
    Sql(String),
    /// A backslash command with its arguments, and the statement typed before it that has not been sent.
    Meta {
        /// The line from the backslash on.
        line: String,
        /// What stood before it.
        buffer: String,
    },
}

/// What the end of the text is inside of, from which the prompt follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// Nothing: a statement may start.
    Nothing,
    /// A statement.
    Statement,
    /// A parenthesis.
    Parenthesis,
    /// A quoted text.
    Quote,
    /// A quoted name.
    Name,
    /// A dollar-quoted text.
    Dollar,
    /// A comment.
    Comment,
}

impl Inside {
    /// The character that psql's prompt shows for it.
    pub(super) fn mark(self) -> char {
        match self {
            Inside::Nothing => '=',
            Inside::Statement => '-',
            Inside::Parenthesis => '(',
            Inside::Quote => '\'',
            Inside::Name => '"',
            Inside::Dollar => '$',
            Inside::Comment => '*',
        }
    }
}

/// Finished items, what is left over, and what the leftover ends inside of.
pub(super) fn split(text: &str) -> (Vec<Item>, String, Inside) {
    let mut items = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut depth = 0_usize;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let skipped = match c {
            '\'' => quoted(rest, '\'').ok_or(Inside::Quote),
            '"' => quoted(rest, '"').ok_or(Inside::Name),
            '-' if rest.starts_with("--") => Ok(rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => comment(rest).ok_or(Inside::Comment),
            '$' => dollar(rest).map_or(Ok(1), |end| end.ok_or(Inside::Dollar)),
            '(' => {
                depth += 1;
                Ok(1)
            }
            ')' => {
                depth = depth.saturating_sub(1);
                Ok(1)
            }
            ';' if depth == 0 => {
                let statement = text[start..at].trim();
                if !statement.is_empty() {
                    items.push(Item::Sql(statement.to_owned()));
                }
                start = at + 1;
                Ok(1)
            }
            '\\' => {
                let length = rest.find('\n').unwrap_or(rest.len());
                let line = rest[..length].trim_end().to_owned();
                items.push(Item::Meta { line, buffer: text[start..at].trim().to_owned() });
                start = at + length;
                depth = 0;
                Ok(length)
            }
            other => Ok(other.len_utf8()),
        };
        match skipped {
            Ok(length) => at += length,
            Err(inside) => return (items, leftover(text, start), inside),
        }
    }
    let left = leftover(text, start);
    let inside = match (left.is_empty(), depth) {
        (true, _) => Inside::Nothing,
        (false, 0) => Inside::Statement,
        (false, _) => Inside::Parenthesis,
    };
    (items, left, inside)
}

fn leftover(text: &str, start: usize) -> String {
    let left = &text[start..];
    // A comment alone, or blanks, start no statement.
    let only_comments =
        left.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with("--"));
    if only_comments { String::new() } else { left.trim_start().to_owned() }
}

/// Length of a quoted text, its quotes included; a doubled quote is part of it.
pub(super) fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == quote {
            if characters.peek().is_some_and(|(_, next)| *next == quote) {
                characters.next();
            } else {
                return Some(at + 1);
            }
        }
    }
    None
}

/// Length of a comment, nested ones included.
pub(super) fn comment(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

/// For a text that starts with a dollar quote (`$$`, `$tag$`): its length, or nothing when it is not closed. For one that
/// doesn't (`$1`): nothing at all.
pub(super) fn dollar(text: &str) -> Option<Option<usize>> {
    let length = text[1..].find('$')?;
    let tag = &text[1..=length];
    let is_tag = tag.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !tag.starts_with(|c: char| c.is_ascii_digit());
    if !is_tag {
        return None;
    }
    let mark = &text[..length + 2];
    Some(text[mark.len()..].find(mark).map(|end| end + 2 * mark.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_only_at_a_bare_semicolon() {
        let (items, left, inside) = split("SELECT ';' AS \"a;b\" -- c;\n FROM (SELECT 1; ); SELECT $$;$$");
        assert_eq!(items, [Item::Sql("SELECT ';' AS \"a;b\" -- c;\n FROM (SELECT 1; )".into())]);
        assert_eq!((left.as_str(), inside), ("SELECT $$;$$", Inside::Statement));
    }

    #[test]
    fn a_backslash_takes_the_rest_of_its_line_and_what_was_typed_before() {
        let (items, left, inside) = split("SELECT 1 \\watch 5\nSELECT 2;");
        let watch = Item::Meta { line: "\\watch 5".into(), buffer: "SELECT 1".into() };
        assert_eq!(items, [watch, Item::Sql("SELECT 2".into())]);
        assert_eq!((left.as_str(), inside), ("", Inside::Nothing));
    }

    #[test]
    fn the_prompt_tells_what_is_open() {
        let inside = |text| split(text).2.mark();
        assert_eq!(
            [
                inside(""),
                inside("select"),
                inside("f("),
                inside("'x"),
                inside("\"x"),
                inside("$$x"),
                inside("/* x")
            ],
            ['=', '-', '(', '\'', '"', '$', '*']
        );
        assert_eq!(inside("select $1"), '-');
    }
}
