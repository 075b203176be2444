//! From words as typed to arguments: braces, variables, substituted output, arithmetic, field splitting, and names of scratch
//! files (POSIX.1 "Word Expansions").

use super::session::Session;
use super::syntax::{Change, Command, List, Piece, Redirect, Word};
use super::{arithmetic, glob};

/// Most arguments one command may get.
pub(crate) const MAX_ARGUMENTS: usize = 10_000;
/// The process id that `$$` tells.
const SHELL_PID: &str = "4711";

/// The substitutions inside a command, in the order in which their outputs are needed.
pub(crate) fn substitutions(command: &Command) -> Vec<&List> {
    let words = command.assignments.iter().map(|(_, word)| word).chain(&command.words);
    let operands = command.redirects.iter().filter_map(operand);
    let mut found = Vec::new();
    for word in words.chain(operands) {
        collect(word, &mut found);
    }
    found
}

fn collect<'w>(word: &'w Word, found: &mut Vec<&'w List>) {
    for piece in &word.0 {
        match piece {
            Piece::Substitution { list, .. } => found.push(list),
            Piece::Arithmetic { word, .. } => collect(word, found),
            Piece::Literal { .. } | Piece::Variable { .. } => {}
        }
    }
}

fn operand(redirect: &Redirect) -> Option<&Word> {
    match redirect {
        Redirect::Output { file, .. }
        | Redirect::Errors { file, .. }
        | Redirect::Both { file }
        | Redirect::Input { file } => Some(file),
        Redirect::Text { word, .. } | Redirect::Document { word } => Some(word),
        Redirect::ErrorsToOutput | Redirect::OutputToErrors => None,
    }
}

/// Expands words with the outputs of their substitutions, taken in order.
pub(crate) struct Expander<'a, I> {
    session: &'a Session,
    outputs: I,
    /// The first thing that couldn't be expanded, in bash's words.
    pub(crate) error: Option<String>,
}

/// A field under construction: its text, and the same as a pattern in which quoted signs are escaped.
#[derive(Default)]
struct Field {
    text: String,
    pattern: String,
    globs: bool,
}

impl Field {
    fn push(&mut self, c: char, quoted: bool) {
        self.text.push(c);
        if quoted && matches!(c, '*' | '?' | '[' | '\\') {
            self.pattern.push('\\');
        }
        self.globs |= !quoted && matches!(c, '*' | '?' | '[');
        self.pattern.push(c);
    }
}

impl<'a, I: Iterator<Item = String>> Expander<'a, I> {
    /// An expander over what the session knows and the outputs that [`substitutions`] asked for.
    pub(crate) fn new(session: &'a Session, outputs: I) -> Expander<'a, I> {
        Expander { session, outputs, error: None }
    }

    /// A word that stays one field: an assignment's value or a redirection's operand.
    pub(crate) fn single(&mut self, word: &Word) -> String {
        word.0.iter().map(|piece| self.piece(piece).0).collect()
    }

    /// A word as a pattern: what stood in quotes means itself.
    pub(crate) fn pattern(&mut self, word: &Word) -> String {
        let mut field = Field::default();
        for piece in &word.0 {
            let quoted = !matches!(
                piece,
                Piece::Literal { quoted: false, .. } | Piece::Variable { quoted: false, .. }
            );
            self.piece(piece).0.chars().for_each(|c| field.push(c, quoted));
        }
        field.pattern
    }

    /// Words as fields.
    pub(crate) fn fields(&mut self, words: &[Word]) -> Vec<String> {
        let mut fields = Vec::new();
        for word in words {
            match braces(word) {
                Some(texts) => texts.into_iter().for_each(|text| {
                    self.split(&Word(vec![Piece::Literal { text, quoted: false }]), &mut fields);
                }),
                None => self.split(word, &mut fields),
            }
        }
        fields.truncate(MAX_ARGUMENTS);
        fields
    }

    fn split(&mut self, word: &Word, fields: &mut Vec<String>) {
        let mut field: Option<Field> = None;
        for piece in &word.0 {
            if let Piece::Variable { name, quoted: true, .. } = piece
                && name == "@"
            {
                // "$@" gives each argument as a field of its own.
                for (place, argument) in self.session.positional.iter().enumerate() {
                    if place > 0 {
                        fields.extend(field.take().map(|field| field.text));
                    }
                    let field = field.get_or_insert_default();
                    argument.chars().for_each(|c| field.push(c, true));
                }
                continue;
            }
            let (text, splits) = self.piece(piece);
            let quoted = !splits && !matches!(piece, Piece::Literal { quoted: false, .. });
            if !splits {
                let field = field.get_or_insert_default();
                text.chars().for_each(|c| field.push(c, quoted));
                continue;
            }
            for c in text.chars() {
                if matches!(c, ' ' | '\t' | '\n') {
                    self.finish(field.take(), fields);
                } else {
                    field.get_or_insert_default().push(c, false);
                }
            }
        }
        self.finish(field, fields);
    }

    /// Adds a field: the names of the scratch files that it is a pattern of, if there are any.
    fn finish(&self, field: Option<Field>, fields: &mut Vec<String>) {
        let Some(field) = field else { return };
        let before = fields.len();
        if field.globs && glob::is_pattern(&field.text) {
            fields.extend(
                self.session.files.keys().filter(|name| glob::matches(&field.pattern, name)).cloned(),
            );
        }
        if fields.len() == before {
            fields.push(field.text);
        }
    }

    /// A piece's text, and whether blanks in it separate fields.
    fn piece(&mut self, piece: &Piece) -> (String, bool) {
        match piece {
            Piece::Literal { text, .. } => (text.clone(), false),
            Piece::Variable { name, change, quoted } => (self.variable(name, change), !quoted),
            Piece::Substitution { quoted, .. } => {
                let output = self.outputs.next().unwrap_or_default();
                (output.trim_end_matches('\n').to_owned(), !quoted)
            }
            Piece::Arithmetic { word, quoted } => {
                let text = self.single(word);
                let value = arithmetic::value(&text, self.session).unwrap_or_else(|message| {
                    self.error.get_or_insert(message);
                    0
                });
                (value.to_string(), !quoted)
            }
        }
    }

    fn variable(&mut self, name: &str, change: &Change) -> String {
        let value = match name {
            "?" => Some(self.session.status.to_string()),
            "#" => Some(self.session.positional.len().to_string()),
            "$" => Some(SHELL_PID.to_owned()),
            "0" => Some("bash".to_owned()),
            "@" | "*" if self.session.positional.is_empty() => None,
            "@" | "*" => Some(self.session.positional.join(" ")),
            _ => match name.parse::<usize>() {
                Ok(number) => self.session.positional.get(number - 1).cloned(),
                Err(_) => self.session.variables.get(name).cloned(),
            },
        };
        let filled = value.as_ref().is_some_and(|value| !value.is_empty());
        match change {
            Change::Default(word) | Change::Assign(word) if !filled => return self.single(word),
            Change::Alternative(word) => return if filled { self.single(word) } else { String::new() },
            _ => {}
        }
        let value = value.unwrap_or_default();
        match change {
            Change::None | Change::Default(_) | Change::Assign(_) | Change::Alternative(_) => value,
            Change::Length => value.chars().count().to_string(),
            Change::Head { pattern, longest } => {
                let pattern = self.single(pattern);
                let mut ends: Vec<usize> =
                    value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
                if *longest {
                    ends.reverse();
                }
                let end = ends.into_iter().find(|end| glob::matches(&pattern, &value[..*end]));
                value[end.unwrap_or(0)..].to_owned()
            }
            Change::Tail { pattern, longest } => {
                let pattern = self.single(pattern);
                let mut starts: Vec<usize> =
                    value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
                if !*longest {
                    starts.reverse();
                }
                let start = starts.into_iter().find(|start| glob::matches(&pattern, &value[*start..]));
                value[..start.unwrap_or(value.len())].to_owned()
            }
            Change::Replace { text, with, all } => {
                let (text, with) = (self.single(text), self.single(with));
                if text.is_empty() {
                    value
                } else if *all {
                    value.replace(&text, &with)
                } else {
                    value.replacen(&text, &with, 1)
                }
            }
            Change::Part { start, length } => {
                let count = value.chars().count() as i64;
                let first = if *start < 0 { (count + start).max(0) } else { *start };
                let part = value.chars().skip(usize::try_from(first).unwrap_or(0));
                part.take(length.unwrap_or(usize::MAX)).collect()
            }
        }
    }
}

/// What `a{b,c}d` and `{1..5}` stand for, when a word has no more than one brace and nothing else to expand.
fn braces(word: &Word) -> Option<Vec<String>> {
    let [Piece::Literal { text, quoted: false }] = word.0.as_slice() else { return None };
    let (head, rest) = text.split_once('{')?;
    let (inside, tail) = rest.split_once('}')?;
    if head.ends_with('$') || inside.contains('{') {
        return None;
    }
    let items: Vec<String> = if let Some((first, last)) = inside.split_once("..") {
        let (first, last): (i64, i64) = (first.parse().ok()?, last.parse().ok()?);
        if first.abs_diff(last) >= MAX_ARGUMENTS as u64 {
            return None;
        }
        let (low, high) = (first.min(last), first.max(last));
        let mut numbers: Vec<String> = (low..=high).map(|number| number.to_string()).collect();
        if first > last {
            numbers.reverse();
        }
        numbers
    } else if inside.contains(',') {
        inside.split(',').map(str::to_owned).collect()
    } else {
        return None;
    };
    Some(items.into_iter().map(|item| format!("{head}{item}{tail}")).collect())
}
