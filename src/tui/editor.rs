//! A one-line editor with the keys that fingers know from readline. It holds text and a cursor; what a line means, and
//! where the history comes from, is the caller's.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_width::UnicodeWidthChar;

/// The longest line that can be typed, in characters.
pub const LINE_LIMIT: usize = 4_096;

/// Text being typed.
#[derive(Clone, Debug, Default)]
pub struct Editor {
    text: String,
    /// Byte offset of the cursor; always on a character boundary.
    cursor: usize,
    /// What `ctrl-k`, `ctrl-u` and `ctrl-w` cut last.
    cut: String,
}

impl Editor {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Byte offset of the cursor in [`Self::text`].
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Columns before the cursor.
    #[must_use]
    pub fn column(&self) -> usize {
        self.text[..self.cursor].chars().map(|c| c.width().unwrap_or(0)).sum()
    }

    /// Replaces the text and puts the cursor at its end.
    pub fn set(&mut self, text: &str) {
        self.text = text.chars().filter(|c| !c.is_control()).take(LINE_LIMIT).collect();
        self.cursor = self.text.len();
    }

    /// Replaces the bytes from `from` to the cursor, as a completion does.
    pub fn replace_from(&mut self, from: usize, with: &str) {
        self.text.replace_range(from..self.cursor, with);
        self.cursor = from + with.len();
    }

    /// Inserts pasted or typed text at the cursor; control characters are dropped.
    pub fn insert(&mut self, text: &str) {
        let room = LINE_LIMIT.saturating_sub(self.text.chars().count());
        let clean: String = text.chars().filter(|c| !c.is_control()).take(room).collect();
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }

    /// Takes the text and leaves the editor empty.
    pub fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Handles an editing key; false where the key is none of the editor's.
    pub fn key(&mut self, key: &KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(c) if control => return self.control(c),
            KeyCode::Char('b') if alt => self.cursor = self.word_start(),
            KeyCode::Char('f') if alt => self.cursor = self.word_end(),
            KeyCode::Char('d') if alt => self.cut_range(self.cursor, self.word_end()),
            KeyCode::Backspace if alt => self.cut_range(self.word_start(), self.cursor),
            KeyCode::Char(_) if alt => return false,
            KeyCode::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.remove(self.before(), self.cursor),
            KeyCode::Delete => self.remove(self.cursor, self.after()),
            KeyCode::Left if control => self.cursor = self.word_start(),
            KeyCode::Right if control => self.cursor = self.word_end(),
            KeyCode::Left => self.cursor = self.before(),
            KeyCode::Right => self.cursor = self.after(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    fn control(&mut self, c: char) -> bool {
        match c {
            'a' => self.cursor = 0,
            'e' => self.cursor = self.text.len(),
            'b' => self.cursor = self.before(),
            'f' => self.cursor = self.after(),
            'h' => self.remove(self.before(), self.cursor),
            'k' => self.cut_range(self.cursor, self.text.len()),
            'u' => self.cut_range(0, self.cursor),
            'w' => self.cut_range(self.blank_start(), self.cursor),
            'y' => {
                let cut = self.cut.clone();
                self.insert(&cut);
            }
            _ => return false,
        }
        true
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn cut_range(&mut self, from: usize, to: usize) {
        if from < to {
            self.cut = self.text[from..to].to_owned();
            self.remove(from, to);
        }
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].char_indices().next_back().map_or(0, |(i, _)| i)
    }

    fn after(&self) -> usize {
        self.text[self.cursor..].chars().next().map_or(self.cursor, |c| self.cursor + c.len_utf8())
    }

    /// Start of the word before the cursor, a word being letters and digits.
    fn word_start(&self) -> usize {
        self.back_over(char::is_alphanumeric)
    }

    /// Start of the blank-separated word before the cursor.
    fn blank_start(&self) -> usize {
        self.back_over(|c| !c.is_whitespace())
    }

    fn back_over(&self, inside: impl Fn(char) -> bool) -> usize {
        let head = &self.text[..self.cursor];
        let end = head.trim_end_matches(|c| !inside(c));
        end.trim_end_matches(&inside).len()
    }

    fn word_end(&self) -> usize {
        let tail = &self.text[self.cursor..];
        let skipped = tail.trim_start_matches(|c: char| !c.is_alphanumeric());
        let rest = skipped.trim_start_matches(char::is_alphanumeric);
        self.text.len() - rest.len()
    }
}
