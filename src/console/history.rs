//! Lines typed, for recall by arrow keys, `!` expansion and reverse search.

/// Most lines kept; the oldest leave first.
pub const MAX_HISTORY: usize = 1_000;

/// The lines typed, oldest first. A line repeated at once is kept once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    lines: Vec<String>,
    dropped: usize,
}

impl History {
    /// Remembers a line; blank lines, lines that start with a space and immediate repetitions are not kept.
    pub fn push(&mut self, line: &str) {
        if line.trim().is_empty()
            || line.starts_with(' ')
            || self.lines.last().is_some_and(|last| last == line)
        {
            return;
        }
        if self.lines.len() >= MAX_HISTORY {
            self.lines.remove(0);
            self.dropped += 1;
        }
        self.lines.push(line.to_owned());
    }

    /// The lines kept, oldest first.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Number that `history` prints for the first line kept.
    pub fn first_number(&self) -> usize {
        self.dropped + 1
    }

    /// The index of the newest line older than `before` (an index into [`History::lines`]) that contains `needle`: what
    /// Ctrl-R finds. Start with `before = lines().len()`.
    pub fn search_back(&self, needle: &str, before: usize) -> Option<usize> {
        let older = self.lines.get(..before.min(self.lines.len()))?;
        older.iter().rposition(|line| line.contains(needle))
    }

    /// Replaces `!!`, `!N`, `!-N`, `!prefix` and `!$` outside single quotes; `$!`, `${!NAME}` and `[!…]` are none of them. Returns the line itself when it has none, and
    /// bash's complaint when an event isn't found.
    pub fn expand(&self, line: &str) -> Result<String, String> {
        let mut out = String::with_capacity(line.len());
        let mut rest = line;
        let mut single = false;
        while let Some(next) = rest.chars().next() {
            let after = &rest[next.len_utf8()..];
            match next {
                '\'' => single = !single,
                '\\' if !single => {
                    out.push('\\');
                    if let Some(escaped) = after.chars().next() {
                        out.push(escaped);
                        rest = &after[escaped.len_utf8()..];
                    } else {
                        rest = after;
                    }
                    continue;
                }
                '!' if !single && !out.ends_with(['$', '[']) && !out.ends_with("${") => {
                    if let Some((text, used)) = self.event(after)? {
                        out.push_str(&text);
                        rest = &after[used..];
                        continue;
                    }
                }
                _ => {}
            }
            out.push(next);
            rest = after;
        }
        Ok(out)
    }

    /// The text of the event named after a `!`, and how many bytes named it.
    fn event(&self, text: &str) -> Result<Option<(String, usize)>, String> {
        let Some(first) = text.chars().next() else { return Ok(None) };
        let word: String =
            text.chars().take_while(|c| !c.is_whitespace() && !";|&\"'".contains(*c)).collect();
        let not_found = || format!("bash: !{word}: event not found");
        let last = || self.lines.last().cloned().ok_or_else(not_found);
        match first {
            '!' => Ok(Some((last()?, 1))),
            '$' => Ok(Some((last()?.split_whitespace().last().unwrap_or("").to_owned(), 1))),
            '-' | '0'..='9' => {
                let digits: String = text
                    .chars()
                    .enumerate()
                    .take_while(|(i, c)| c.is_ascii_digit() || (*i == 0 && *c == '-'))
                    .map(|(_, c)| c)
                    .collect();
                let Ok(number) = digits.parse::<i64>() else { return Ok(None) };
                let index = if number < 0 {
                    self.lines.len() as i64 + number
                } else {
                    number - self.first_number() as i64
                };
                let line = usize::try_from(index).ok().and_then(|index| self.lines.get(index));
                Ok(Some((line.cloned().ok_or_else(not_found)?, digits.len())))
            }
            c if c.is_ascii_alphabetic() => {
                let line = self.lines.iter().rev().find(|line| line.starts_with(&word));
                Ok(Some((line.cloned().ok_or_else(not_found)?, word.len())))
            }
            _ => Ok(None),
        }
    }
}
