//! `grep`: lines that match.

use super::pattern::{Syntax, build, translate};
use super::{Source, lines, options, sources};
use crate::console::shell::options::{Flag, Parsed, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};
use regex::Regex;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "grep",
    aliases: &["egrep", "fgrep", "rg"],
    group: Group::Text,
    usage: "grep [-EFPivcnowxqlLHhs] [-A N] [-B N] [-C N] [-m N] [-e PATTERN]… PATTERN [FILE]…",
    summary: "print lines that match a pattern",
    manual: "Prints the lines of each FILE, or of standard input, that match PATTERN.

Exit status: 0 when a line was selected, 1 when none was, 2 on error.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('E', "extended-regexp", "", "extended regular expressions: | + ? ( ) without backslash"),
    flag('F', "fixed-strings", "", "the pattern is plain text"),
    flag('G', "basic-regexp", "", "basic regular expressions, the default"),
    flag('P', "perl-regexp", "", "Perl-like expressions: \\d and the like"),
    flag('i', "ignore-case", "", "ignore case"),
    flag('v', "invert-match", "", "lines that do not match"),
    flag('c', "count", "", "count lines"),
    flag('n', "line-number", "", "with line numbers"),
    flag('o', "only-matching", "", "only the matched part"),
    flag('w', "word-regexp", "", "whole words"),
    flag('x', "line-regexp", "", "whole lines"),
    flag('A', "after-context", "N", "N lines after each match"),
    flag('B', "before-context", "N", "N lines before each match"),
    flag('C', "context", "N", "N lines before and after; -N is short for it"),
    flag('m', "max-count", "N", "stop after N lines"),
    flag('e', "regexp", "PATTERN", "a pattern; may be repeated"),
    flag('q', "quiet", "", "nothing but the exit status"),
    flag('q', "silent", "", ""),
    flag('l', "files-with-matches", "", "names of files with a match"),
    flag('L', "files-without-match", "", "names of files without one"),
    flag('H', "with-filename", "", "with file names"),
    flag('h', "no-filename", "", "without file names"),
    flag('s', "no-messages", "", "no complaints about files"),
    word('Z', "line-buffered", "", "accepted: output is never held back"),
    word('K', "color", "[WHEN]", "accepted: the transcript has no colours"),
    word('K', "colour", "[WHEN]", ""),
];

/// What to print, settled once.
struct Settings {
    regex: Regex,
    invert: bool,
    only: bool,
    numbers: bool,
    names: bool,
    before: usize,
    after: usize,
    most: usize,
}

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    match grep(call, session) {
        Ok(output) | Err(output) => output,
    }
}

fn grep(call: &Call<'_>, session: &Session) -> Result<Output, Output> {
    let arguments = modern(call.arguments);
    let stripped = Call { arguments: &arguments, ..*call };
    let mut parsed = options(&stripped, FLAGS, 2)?;
    let patterns = patterns(call, &mut parsed)?;
    let mut output = Output::default();
    let found = sources(call, &parsed.operands, session, ("", ""), &mut output, 2);
    if parsed.has('s') {
        output.parts.clear();
    }
    let settings = settings(call, &parsed, &patterns, found.len() + usize::from(output.status == 2))?;
    let mut any = false;
    for source in &found {
        any |= search(source, &settings, &parsed, &mut output);
    }
    if output.status == 0 || (any && parsed.has('q')) {
        output.status = u8::from(!any);
    }
    Ok(output)
}

/// `-3` as `-C 3`.
fn modern(arguments: &[String]) -> Vec<String> {
    let number = |argument: &str| {
        let digits = argument.strip_prefix('-')?;
        (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| format!("-C{digits}"))
    };
    arguments.iter().map(|argument| number(argument).unwrap_or_else(|| argument.clone())).collect()
}

fn patterns(call: &Call<'_>, parsed: &mut Parsed) -> Result<Vec<String>, Output> {
    let given: Vec<&String> =
        parsed.options.iter().filter(|(letter, _)| *letter == 'e').map(|(_, text)| text).collect();
    let texts: Vec<String> = if given.is_empty() {
        if parsed.operands.is_empty() {
            let name = call.name;
            return Err(Output::failure_with(
                2,
                format!(
                    "Usage: {name} [OPTION]... PATTERNS [FILE]...\nTry 'man {name}' for more information."
                ),
            ));
        }
        vec![parsed.operands.remove(0)]
    } else {
        given.into_iter().cloned().collect()
    };
    Ok(texts.iter().flat_map(|text| text.split('\n')).map(str::to_owned).collect())
}

fn settings(call: &Call<'_>, parsed: &Parsed, patterns: &[String], files: usize) -> Result<Settings, Output> {
    let fail = |message: String| Output::failure_with(2, format!("{}: {message}", call.name));
    let number = |letter: char, what: &str| match parsed.value(letter) {
        None => Ok(None),
        Some(text) => text.parse::<usize>().map(Some).map_err(|_| fail(format!("{text}: invalid {what}"))),
    };
    let syntax = if parsed.has('F') || call.name == "fgrep" {
        Syntax::Fixed
    } else if parsed.has('P') {
        Syntax::Perl
    } else if parsed.has('E') || call.name == "egrep" || call.name == "rg" {
        Syntax::Extended
    } else {
        Syntax::Basic
    };
    let mut alternatives = Vec::new();
    for pattern in patterns {
        alternatives.push(format!("(?:{})", translate(pattern, syntax).map_err(&fail)?));
    }
    let mut expression = alternatives.join("|");
    if parsed.has('x') {
        expression = format!("^(?:{expression})$");
    } else if parsed.has('w') {
        expression = format!(r"\b{{start-half}}(?:{expression})\b{{end-half}}");
    }
    let around = number('C', "context length argument")?;
    let context = |explicit: Option<usize>| explicit.or(around).unwrap_or(0);
    Ok(Settings {
        regex: build(&expression, parsed.has('i')).map_err(&fail)?,
        invert: parsed.has('v'),
        only: parsed.has('o'),
        numbers: parsed.has('n'),
        names: (files > 1 || parsed.has('H')) && !parsed.has('h'),
        before: context(number('B', "context length argument")?),
        after: context(number('A', "context length argument")?),
        most: number('m', "max count")?.unwrap_or(usize::MAX),
    })
}

/// Searches one text; true when a line was selected.
fn search(source: &Source, settings: &Settings, parsed: &Parsed, output: &mut Output) -> bool {
    let lines = lines(&source.text);
    let mut selected: Vec<usize> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if selected.len() >= settings.most {
            break;
        }
        if settings.regex.is_match(line) != settings.invert {
            selected.push(at);
        }
    }
    let name = source.name.as_deref().unwrap_or("(standard input)");
    let any = !selected.is_empty();
    if parsed.has('q') {
    } else if parsed.has('l') || parsed.has('L') {
        if any != parsed.has('L') {
            output.out(format!("{name}\n"));
        }
    } else if parsed.has('c') {
        let prefix = if settings.names { format!("{name}:") } else { String::new() };
        output.out(format!("{prefix}{}\n", selected.len()));
    } else {
        output.out(print(&lines, &selected, settings, name));
    }
    any
}

fn print(lines: &[&str], selected: &[usize], settings: &Settings, name: &str) -> String {
    let mut out = String::new();
    let mut next = 0;
    let mut shown_any = false;
    let prefix = |at: usize, mark: char| {
        let mut text = String::new();
        if settings.names {
            text.push_str(name);
            text.push(mark);
        }
        if settings.numbers {
            text.push_str(&format!("{}{mark}", at + 1));
        }
        text
    };
    for (index, &at) in selected.iter().enumerate() {
        let first = at.saturating_sub(settings.before).max(next);
        if shown_any && first > next && (settings.before > 0 || settings.after > 0) {
            out.push_str("--\n");
        }
        let following = selected.get(index + 1).copied().unwrap_or(lines.len());
        let last = (at + settings.after).min(following.saturating_sub(1)).min(lines.len() - 1);
        shown_any = true;
        next = last.max(at) + 1;
        if settings.only {
            if !settings.invert {
                for found in settings.regex.find_iter(lines[at]).filter(|found| !found.is_empty()) {
                    out.push_str(&format!("{}{}\n", prefix(at, ':'), found.as_str()));
                }
            }
            continue;
        }
        for (context, line) in lines.iter().enumerate().take(at).skip(first) {
            out.push_str(&format!("{}{}\n", prefix(context, '-'), line));
        }
        out.push_str(&format!("{}{}\n", prefix(at, ':'), lines[at]));
        for (context, line) in lines.iter().enumerate().take(last + 1).skip(at + 1) {
            out.push_str(&format!("{}{}\n", prefix(context, '-'), line));
        }
    }
    out
}
