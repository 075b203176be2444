//! `xargs`: commands built from standard input. It hands a list back to the shell, so that what it runs may take time.

use crate::console::Context;
use crate::console::filters::misused;
use crate::console::shell::options::{Flag, flag, parse_leading};
use crate::console::shell::session::Session;
use crate::console::shell::syntax::List;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "xargs",
    aliases: &[],
    group: Group::Text,
    usage: "xargs [-n N] [-I TEXT] [-L N] [-d C] [-rt] COMMAND [ARGUMENT]…",
    summary: "run a command with arguments from standard input",
    manual: "Runs COMMAND with the words of standard input as further arguments.",
    flags: FLAGS,
    complete: nothing,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('n', "max-args", "N", "at most N words a run"),
    flag('L', "max-lines", "N", "at most N lines a run"),
    flag('I', "replace", "TEXT", "one run a line, with the line in place of TEXT"),
    flag('d', "delimiter", "C", "C separates items"),
    flag('0', "null", "", "items end with a zero byte"),
    flag('r', "no-run-if-empty", "", "not at all when there are no words"),
    flag('t', "verbose", "", "print each command first"),
    flag('P', "max-procs", "N", "accepted: runs follow one another"),
];

/// Most commands started by one `xargs`.
const MAX_RUNS: usize = 1_000;

fn run(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    match commands(call) {
        Ok(list) => Outcome::Run(list),
        Err(output) => output.into(),
    }
}

/// The commands that standard input leads to.
pub(super) fn commands(call: &Call<'_>) -> Result<List, Output> {
    let (parsed, command) =
        parse_leading(FLAGS, call.arguments).map_err(|message| misused(call.name, &message, 1))?;
    let Some(text) = call.stdin else {
        return Err(Output::failure("xargs: nothing to read: pipe something into it"));
    };
    let command: Vec<String> = if command.is_empty() { vec!["echo".into()] } else { command.to_vec() };
    let number =
        |letter: char| parsed.value(letter).and_then(|text| text.parse::<usize>().ok()).filter(|n| *n > 0);
    let runs: Vec<Vec<String>> = if let Some(mark) = parsed.value('I') {
        let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty());
        lines.map(|line| command.iter().map(|word| word.replace(mark, line)).collect()).collect()
    } else {
        let items = match (parsed.value('d'), number('L')) {
            (Some(delimiter), _) => {
                let separator = if delimiter == "\\n" { "\n" } else { delimiter };
                text.trim_end_matches('\n').split(separator).map(|item| vec![item.to_owned()]).collect()
            }
            (None, Some(_)) => text.lines().map(words).filter(|line| !line.is_empty()).collect(),
            (None, None) => words(text).into_iter().map(|word| vec![word]).collect::<Vec<_>>(),
        };
        let size = number('n').or(number('L')).unwrap_or(usize::MAX);
        if items.is_empty() {
            if parsed.has('r') { Vec::new() } else { vec![command.clone()] }
        } else {
            items.chunks(size).map(|chunk| [command.clone(), chunk.concat()].concat()).collect()
        }
    };
    let mut list = List::default();
    for words in runs.iter().take(MAX_RUNS) {
        if parsed.has('t') {
            let echo = [vec!["echo".to_owned()], words.clone()].concat();
            list.0.extend(List::simple(&echo).0);
        }
        list.0.extend(List::simple(words).0);
    }
    Ok(list)
}

/// Words with quotes and backslashes read as `xargs` does.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                word.extend(characters.by_ref().take_while(|inside| *inside != c));
            }
            '\\' => word.get_or_insert_default().extend(characters.next()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}
