//! From a command as read to one that can be called: words expanded, assignments carried out, redirections opened.

use super::array::Array;
use super::expand::Expander;
use super::parse::DECLARERS;
use super::redirect::Target;
use super::session::{MAX_NAMES, Session};
use super::syntax::{AssignedValue, Command, Redirect, Word};

/// A command ready to call.
pub(super) struct Prepared {
    pub(super) arguments: Vec<String>,
    pub(super) stdin: Option<String>,
    pub(super) redirects: Vec<Target>,
    /// Whether the output of a list stands in it.
    pub(super) substituted: bool,
    /// Variables that are set for this command alone, with what they held before.
    pub(super) borrowed: Vec<(String, Option<String>)>,
    /// Files of `<(list)`.
    pub(super) opened: Vec<String>,
}

/// Expands a command, carries out its assignments and opens its redirections; the error is bash's.
pub(super) fn prepare(
    command: Command,
    substituted: Vec<String>,
    session: &mut Session,
) -> Result<Prepared, String> {
    let has_output = !substituted.is_empty();
    let mut expander = Expander::new(session, substituted.into_iter());
    let assigned: Vec<Assigned> =
        command.assignments.iter().map(|assignment| Assigned::of(assignment, &mut expander)).collect();
    let arguments = expander.fields(&command.words);
    let mut stdin_source = None;
    let mut redirects = Vec::new();
    for redirect in &command.redirects {
        match redirect {
            Redirect::Output { file, append } => {
                redirects.push(Target::Output(expander.single(file), *append))
            }
            Redirect::Errors { file, append } => {
                redirects.push(Target::Errors(expander.single(file), *append))
            }
            Redirect::Both { file } => {
                redirects.push(Target::ErrorsToOutput);
                redirects.insert(0, Target::Output(expander.single(file), false));
            }
            Redirect::ErrorsToOutput => redirects.push(Target::ErrorsToOutput),
            Redirect::OutputToErrors => redirects.push(Target::OutputToErrors),
            Redirect::Input { file } => stdin_source = Some(Err(expander.single(file))),
            Redirect::Text { word, process } => {
                let text = expander.single(word);
                let empty = *process && text.is_empty();
                stdin_source = Some(Ok(if empty { text } else { text + "\n" }));
            }
            Redirect::Document { word } => stdin_source = Some(Ok(expander.single(word))),
        }
    }
    if let Some(message) = expander.error {
        return Err(message);
    }
    let opened = std::mem::take(&mut expander.opened);
    let assigned_on_the_way = std::mem::take(&mut expander.assigned);
    let opened: Vec<String> = opened
        .into_iter()
        .map(|(name, text)| {
            session.files.insert(name.clone(), text);
            name
        })
        .collect();
    for (name, value) in assigned_on_the_way {
        session.assign(&name, &value, false);
    }
    let stdin = match stdin_source {
        None => None,
        Some(Ok(text)) => Some(text),
        Some(Err(file)) => Some(
            session
                .read(&file)
                .map(str::to_owned)
                .ok_or_else(|| format!("bash: {file}: No such file or directory"))?,
        ),
    };
    let first = command.words.first();
    let declares = first.is_some_and(|word| DECLARERS.iter().any(|declarer| word.is_bare(declarer)));
    let for_command = !command.words.is_empty() && command.compound.is_none() && !declares;
    let mut borrowed = Vec::new();
    for assigned in assigned {
        if for_command {
            borrowed.push((assigned.name.clone(), session.variables.get(&assigned.name).cloned()));
        }
        let map =
            declares && arguments.iter().any(|argument| argument.starts_with('-') && argument.contains('A'));
        if arguments.first().is_some_and(|name| name == "local") {
            session.make_local(&assigned.name);
        }
        assigned.carry_out(map, session);
    }
    let arguments =
        if command.compound.is_some() { arguments } else { unalias(arguments, &command.words, session) };
    Ok(Prepared { arguments, stdin, redirects, substituted: has_output, borrowed, opened })
}

/// An assignment with its words expanded.
struct Assigned {
    name: String,
    index: Option<String>,
    append: bool,
    value: Value,
}

enum Value {
    Text(String),
    Elements(Vec<(Option<String>, Vec<String>)>),
}

impl Assigned {
    fn of<I: Iterator<Item = String>>(
        assignment: &super::syntax::Assignment,
        expander: &mut Expander<'_, I>,
    ) -> Assigned {
        let index = assignment.index.as_ref().map(|index| expander.single(index));
        let value = match &assignment.value {
            AssignedValue::Text(word) => Value::Text(expander.single(word)),
            AssignedValue::Elements(elements) => {
                let element = |(key, word): &(Option<Word>, Word)| match key {
                    Some(key) => (Some(expander.single(key)), vec![expander.single(word)]),
                    None => (None, expander.fields(std::slice::from_ref(word))),
                };
                Value::Elements(elements.iter().map(element).collect())
            }
        };
        Assigned { name: assignment.name.clone(), index, append: assignment.append, value }
    }

    /// Sets it; `map` makes a new array one with texts as keys.
    fn carry_out(self, map: bool, session: &mut Session) {
        let name = self.name.as_str();
        match self.value {
            Value::Text(text) => match self.index {
                Some(key) => session.assign_element(name, &key, &text, self.append),
                None => session.assign(name, &text, self.append),
            },
            Value::Elements(elements) => {
                let map = map || session.arrays.get(name).is_some_and(Array::is_map);
                if !self.append || !session.arrays.contains_key(name) {
                    if session.arrays.len() >= MAX_NAMES {
                        return;
                    }
                    session.variables.remove(name);
                    session.arrays.insert(name.to_owned(), Array::new(map));
                }
                for (key, words) in elements {
                    match key {
                        Some(key) => session.assign_element(name, &key, &words.concat(), false),
                        None => {
                            let array = session.arrays.entry(name.to_owned()).or_default();
                            words.iter().for_each(|word| array.push(word));
                        }
                    }
                }
            }
        }
    }
}

/// Replaces an alias in the command's place by its words.
fn unalias(mut arguments: Vec<String>, words: &[Word], session: &Session) -> Vec<String> {
    use super::syntax::Piece;
    let plain =
        matches!(words.first().map(|word| word.0.as_slice()), Some([Piece::Literal { quoted: false, .. }]));
    let Some(text) = arguments.first().and_then(|name| session.aliases.get(name)).filter(|_| plain) else {
        return arguments;
    };
    let Ok(list) = super::parse::parse(text) else { return arguments };
    let Some(command) = list.0.first().and_then(|(_, pipeline)| pipeline.commands.first()) else {
        return arguments;
    };
    let mut replaced = Expander::new(session, std::iter::empty()).fields(&command.words);
    replaced.extend(arguments.drain(1..));
    replaced
}
