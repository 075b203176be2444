//! From words as typed to arguments: variables, substituted output, field splitting (POSIX.1 "Word Expansions", without
//! path names: there are no files to match).

use super::session::Session;
use super::syntax::{Command, List, Piece, Redirect, Word};

/// Most arguments one command may get.
pub(crate) const MAX_ARGUMENTS: usize = 10_000;

/// The substitutions inside a command, in the order in which their outputs are needed.
pub(crate) fn substitutions(command: &Command) -> Vec<&List> {
    let words = command.assignments.iter().map(|(_, word)| word).chain(&command.words);
    let operands = command.redirects.iter().filter_map(operand);
    words
        .chain(operands)
        .flat_map(|word| &word.0)
        .filter_map(|piece| match piece {
            Piece::Substitution { list, .. } => Some(list),
            _ => None,
        })
        .collect()
}

fn operand(redirect: &Redirect) -> Option<&Word> {
    match redirect {
        Redirect::Output { file, .. }
        | Redirect::Errors { file, .. }
        | Redirect::Both { file }
        | Redirect::Input { file } => Some(file),
        Redirect::Text { word } => Some(word),
        Redirect::ErrorsToOutput | Redirect::OutputToErrors => None,
    }
}

/// Expands words with the outputs of their substitutions, taken in order.
pub(crate) struct Expander<'a, I> {
    session: &'a Session,
    outputs: I,
}

impl<'a, I: Iterator<Item = String>> Expander<'a, I> {
    /// An expander over what the session knows and the outputs that [`substitutions`] asked for.
    pub(crate) fn new(session: &'a Session, outputs: I) -> Expander<'a, I> {
        Expander { session, outputs }
    }

    /// A word that stays one field: an assignment's value or a redirection's operand.
    pub(crate) fn single(&mut self, word: &Word) -> String {
        word.0.iter().map(|piece| self.piece(piece).0).collect()
    }

    /// Words as fields.
    pub(crate) fn fields(&mut self, words: &[Word]) -> Vec<String> {
        let mut fields = Vec::new();
        for word in words {
            self.split(word, &mut fields);
        }
        fields.truncate(MAX_ARGUMENTS);
        fields
    }

    fn split(&mut self, word: &Word, fields: &mut Vec<String>) {
        let mut field: Option<String> = None;
        for piece in &word.0 {
            let (text, splits) = self.piece(piece);
            if !splits {
                field.get_or_insert_default().push_str(&text);
                continue;
            }
            for c in text.chars() {
                if matches!(c, ' ' | '\t' | '\n') {
                    fields.extend(field.take());
                } else {
                    field.get_or_insert_default().push(c);
                }
            }
        }
        fields.extend(field);
    }

    /// A piece's text, and whether blanks in it separate fields.
    fn piece(&mut self, piece: &Piece) -> (String, bool) {
        match piece {
            Piece::Literal { text, .. } => (text.clone(), false),
            Piece::Variable { name, default, quoted } => {
                let value = match name.as_str() {
                    "?" => Some(self.session.status.to_string()),
                    "#" => Some("0".to_owned()),
                    "$" => Some("4711".to_owned()),
                    _ => self.session.variables.get(name).cloned(),
                };
                let value = value.filter(|value| default.is_none() || !value.is_empty());
                (value.or_else(|| default.clone()).unwrap_or_default(), !quoted)
            }
            Piece::Substitution { quoted, .. } => {
                let output = self.outputs.next().unwrap_or_default();
                (output.trim_end_matches('\n').to_owned(), !quoted)
            }
        }
    }
}
