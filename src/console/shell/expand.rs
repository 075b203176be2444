//! From words as typed to arguments: braces, variables, substituted output, arithmetic, field splitting, and names of scratch
//! files (POSIX.1 "Word Expansions").

use super::session::Session;
use super::syntax::{AssignedValue, Change, Command, List, Piece, Redirect, Word};
use super::{arithmetic, glob};

/// Most arguments one command may get.
pub(crate) const MAX_ARGUMENTS: usize = 10_000;
/// The process id that `$$` tells.
const SHELL_PID: &str = "4711";
/// The descriptor under which the first `<(list)` of a command is read, as bash numbers them.
const LAST_DESCRIPTOR: usize = 63;
/// Added to a background command's number for the process id that `$!` tells.
const FIRST_BACKGROUND_PID: usize = 4_800;

/// The substitutions inside a command, in the order in which their outputs are needed.
pub(crate) fn substitutions(command: &Command) -> Vec<&List> {
    let mut found = Vec::new();
    for assignment in &command.assignments {
        assignment.index.iter().for_each(|index| collect(index, &mut found));
        match &assignment.value {
            AssignedValue::Text(word) => collect(word, &mut found),
            AssignedValue::Elements(elements) => {
                for (key, word) in elements {
                    key.iter().for_each(|key| collect(key, &mut found));
                    collect(word, &mut found);
                }
            }
        }
    }
    for word in command.words.iter().chain(command.redirects.iter().filter_map(operand)) {
        collect(word, &mut found);
    }
    found
}

fn collect<'w>(word: &'w Word, found: &mut Vec<&'w List>) {
    for piece in &word.0 {
        match piece {
            Piece::Substitution { list, .. } | Piece::Process { list } => found.push(list),
            Piece::Arithmetic { word, .. } => collect(word, found),
            Piece::Variable { index, change, .. } => {
                index.iter().for_each(|index| collect(index, found));
                change.words().for_each(|word| collect(word, found));
            }
            Piece::Literal { .. } => {}
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
    /// What `${NAME:=word}` sets.
    pub(crate) assigned: Vec<(String, String)>,
    /// What `<(list)` wrote, by the names of files.
    pub(crate) opened: Vec<(String, String)>,
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
        Expander { session, outputs, error: None, assigned: Vec::new(), opened: Vec::new() }
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
            if let Piece::Variable { name, index, change, quoted: true } = piece
                && let Some(elements) = self.spread(name, index.as_ref(), change)
            {
                // "$@" and "${NAME[@]}" give each element as a field of its own.
                for (place, element) in elements.iter().enumerate() {
                    if place > 0 {
                        fields.extend(field.take().map(|field| field.text));
                    }
                    let field = field.get_or_insert_default();
                    element.chars().for_each(|c| field.push(c, true));
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
            Piece::Variable { name, index, change, quoted } => {
                (self.variable(name, index.as_ref(), change), !quoted)
            }
            Piece::Substitution { quoted, .. } => {
                let output = self.outputs.next().unwrap_or_default();
                (output.trim_end_matches('\n').to_owned(), !quoted)
            }
            Piece::Process { .. } => {
                let name = format!("/dev/fd/{}", LAST_DESCRIPTOR - self.opened.len());
                let output = self.outputs.next().unwrap_or_default();
                self.opened.push((name.clone(), output));
                (name, false)
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

    /// The elements of "$@" or "${NAME[@]}", each changed; nothing for anything else.
    fn spread(&mut self, name: &str, index: Option<&Word>, change: &Change) -> Option<Vec<String>> {
        let all = match index {
            None => name == "@",
            Some(index) => index.plain().as_deref() == Some("@"),
        };
        if !all || matches!(change, Change::Length) {
            return None;
        }
        let elements = self.elements(name, index.is_some(), matches!(change, Change::Indirect));
        Some(self.changed_elements(elements, change))
    }

    /// Everything that an array or the positional parameters hold; their keys if asked for.
    fn elements(&self, name: &str, indexed: bool, keys: bool) -> Vec<String> {
        if !indexed {
            return self.session.positional.clone();
        }
        match self.session.arrays.get(name) {
            Some(array) if keys => array.keys(),
            Some(array) => array.values(),
            None if keys => self.session.variables.get(name).map(|_| "0".to_owned()).into_iter().collect(),
            None => self.session.variables.get(name).cloned().into_iter().collect(),
        }
    }

    fn changed_elements(&mut self, elements: Vec<String>, change: &Change) -> Vec<String> {
        match change {
            Change::None | Change::Indirect | Change::Length => elements,
            Change::Part { start, length } => {
                // "${@:1}" counts from the first parameter, "${NAME[@]:0}" from the first element.
                let start = self.number(start);
                let length = length.as_ref().map(|length| self.number(length));
                let first = if start < 0 { (elements.len() as i64 + start).max(0) } else { start };
                let most = length.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(0));
                elements.into_iter().skip(usize::try_from(first).unwrap_or(0)).take(most).collect()
            }
            Change::Default(word) | Change::Assign(word) | Change::Required(word) => {
                if elements.is_empty() {
                    vec![self.single(word)]
                } else {
                    self.skip(word, elements)
                }
            }
            Change::Alternative(word) => {
                if elements.is_empty() {
                    self.skip(word, elements)
                } else {
                    vec![self.single(word)]
                }
            }
            _ => {
                let change = self.settled(change);
                elements.iter().map(|element| change.apply(element)).collect()
            }
        }
    }

    /// Takes the outputs of a word that isn't needed, and gives back what is.
    fn skip<T>(&mut self, word: &Word, result: T) -> T {
        let mut lists = Vec::new();
        collect(word, &mut lists);
        lists.iter().for_each(|_| drop(self.outputs.next()));
        result
    }

    fn number(&mut self, word: &Word) -> i64 {
        let text = self.single(word);
        arithmetic::value(&text, self.session).unwrap_or_else(|message| {
            self.error.get_or_insert(message);
            0
        })
    }

    /// The value of a parameter before any change.
    fn value(&mut self, name: &str, index: Option<&Word>) -> Option<String> {
        if let Some((_, text)) =
            self.assigned.iter().rev().find(|(known, _)| known == name && index.is_none())
        {
            return Some(text.clone());
        }
        if let Some(index) = index {
            let index = self.single(index);
            return match index.as_str() {
                "@" | "*" => {
                    let elements = self.elements(name, true, false);
                    (!elements.is_empty()).then(|| elements.join(" "))
                }
                key => self.element(name, key),
            };
        }
        match name {
            "?" => Some(self.session.status.to_string()),
            "#" => Some(self.session.positional.len().to_string()),
            "$" => Some(SHELL_PID.to_owned()),
            "!" => self.session.last_background.map(|number| background_pid(number).to_string()),
            "0" => Some("bash".to_owned()),
            "@" | "*" if self.session.positional.is_empty() => None,
            "@" | "*" => Some(self.session.positional.join(" ")),
            "SECONDS" | "RANDOM" | "LINENO" | "EPOCHSECONDS" => self.session.variables.get(name).cloned(),
            _ => match name.parse::<usize>() {
                Ok(number) => self.session.positional.get(number.wrapping_sub(1)).cloned(),
                Err(_) => match self.session.variables.get(name) {
                    Some(value) => Some(value.clone()),
                    None => self.element(name, "0"),
                },
            },
        }
    }

    /// One element of an array.
    fn element(&mut self, name: &str, key: &str) -> Option<String> {
        let Some(array) = self.session.arrays.get(name) else {
            return self.session.variables.get(name).filter(|_| key == "0").cloned();
        };
        if array.is_map() {
            return array.get(key).map(str::to_owned);
        }
        let number = arithmetic::value(key, self.session).ok()?;
        let number = if number < 0 { array.next_number() + number } else { number };
        array.get(&number.to_string()).map(str::to_owned)
    }

    fn variable(&mut self, name: &str, index: Option<&Word>, change: &Change) -> String {
        let all = index.is_some_and(|index| matches!(index.plain().as_deref(), Some("@" | "*")));
        if all || (index.is_none() && matches!(name, "@" | "*")) {
            let elements = self.elements(name, index.is_some(), matches!(change, Change::Indirect));
            if matches!(change, Change::Length) {
                return elements.len().to_string();
            }
            return self.changed_elements(elements, change).join(" ");
        }
        let value = self.value(name, index);
        let filled = value.as_ref().is_some_and(|value| !value.is_empty());
        match change {
            Change::Default(word) if filled => return self.skip(word, value.unwrap_or_default()),
            Change::Default(word) => return self.single(word),
            Change::Assign(word) if filled => return self.skip(word, value.unwrap_or_default()),
            Change::Assign(word) => {
                let text = self.single(word);
                self.assigned.push((name.to_owned(), text.clone()));
                return text;
            }
            Change::Required(word) if filled => return self.skip(word, value.unwrap_or_default()),
            Change::Required(word) => {
                let text = self.single(word);
                let text = if text.is_empty() { "parameter null or not set".to_owned() } else { text };
                self.error.get_or_insert(format!("bash: {name}: {text}"));
                return String::new();
            }
            Change::Alternative(word) if filled => return self.single(word),
            Change::Alternative(word) => return self.skip(word, String::new()),
            Change::Indirect => {
                let named = value.unwrap_or_default();
                return self.session.variables.get(&named).cloned().unwrap_or_default();
            }
            _ => {}
        }
        if value.is_none()
            && self.session.options.nounset
            && !name.starts_with(|c: char| "?#$!@*".contains(c))
        {
            self.error.get_or_insert(format!("bash: {name}: unbound variable"));
        }
        let value = value.unwrap_or_default();
        if matches!(change, Change::None) { value } else { self.settled(change).apply(&value) }
    }

    /// A change with its words expanded.
    fn settled(&mut self, change: &Change) -> Settled {
        match change {
            Change::Length => Settled::Length,
            Change::Case { upper, all } => Settled::Case { upper: *upper, all: *all },
            Change::Head { pattern, longest } => {
                Settled::Head { pattern: self.single(pattern), longest: *longest }
            }
            Change::Tail { pattern, longest } => {
                Settled::Tail { pattern: self.single(pattern), longest: *longest }
            }
            Change::Replace { text, with, all } => {
                Settled::Replace { pattern: self.single(text), with: self.single(with), all: *all }
            }
            Change::Part { start, length } => Settled::Part {
                start: self.number(start),
                length: length.as_ref().map(|length| self.number(length)),
            },
            _ => Settled::None,
        }
    }
}

/// The process id that `$!` tells of a background command.
pub(crate) fn background_pid(number: usize) -> usize {
    FIRST_BACKGROUND_PID + number
}

/// What is made of a value, its words expanded.
enum Settled {
    None,
    Length,
    Case { upper: bool, all: bool },
    Head { pattern: String, longest: bool },
    Tail { pattern: String, longest: bool },
    Replace { pattern: String, with: String, all: bool },
    Part { start: i64, length: Option<i64> },
}

impl Settled {
    fn apply(&self, value: &str) -> String {
        match self {
            Settled::None => value.to_owned(),
            Settled::Length => value.chars().count().to_string(),
            Settled::Case { upper, all } => {
                let turned = |text: &str| if *upper { text.to_uppercase() } else { text.to_lowercase() };
                let split = value.chars().next().map_or(0, char::len_utf8);
                if *all { turned(value) } else { turned(&value[..split]) + &value[split..] }
            }
            Settled::Head { pattern, longest } => {
                let mut ends: Vec<usize> =
                    value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
                if *longest {
                    ends.reverse();
                }
                let end = ends.into_iter().find(|end| glob::matches(pattern, &value[..*end]));
                value[end.unwrap_or(0)..].to_owned()
            }
            Settled::Tail { pattern, longest } => {
                let mut starts: Vec<usize> =
                    value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
                if !*longest {
                    starts.reverse();
                }
                let start = starts.into_iter().find(|start| glob::matches(pattern, &value[*start..]));
                value[..start.unwrap_or(value.len())].to_owned()
            }
            Settled::Replace { pattern, .. } if pattern.is_empty() => value.to_owned(),
            Settled::Replace { pattern, with, all } => replaced(value, pattern, with, *all),
            Settled::Part { start, length } => {
                let count = value.chars().count() as i64;
                let first = if *start < 0 { (count + start).max(0) } else { (*start).min(count) };
                let last = match length {
                    None => count,
                    Some(length) if *length < 0 => count + length,
                    Some(length) => first.saturating_add(*length),
                };
                let most = usize::try_from(last - first).unwrap_or(0);
                value.chars().skip(usize::try_from(first).unwrap_or(0)).take(most).collect()
            }
        }
    }
}

/// A text with the matches of a shell pattern replaced.
fn replaced(value: &str, pattern: &str, with: &str, all: bool) -> String {
    let Ok(regex) = regex::Regex::new(&glob::as_regex(pattern)) else { return value.to_owned() };
    let with = regex::NoExpand(with);
    if all { regex.replace_all(value, with).into_owned() } else { regex.replace(value, with).into_owned() }
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
