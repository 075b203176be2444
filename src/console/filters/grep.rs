//! `grep`: lines that match.

use super::pattern::{Syntax, build, translate};
use super::{Source, lines, options, sources};
use crate::console::shell::options::{Options, Parsed};
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

  -E  extended regular expressions: | + ? ( ) without backslash
  -F  the pattern is plain text
  -P  Perl-like expressions: \\d and the like
  -i  ignore case            -v  lines that do not match
  -c  count lines            -n  with line numbers
  -o  only the matched part  -w  whole words      -x  whole lines
  -A N, -B N, -C N  lines after, before, around
  -m N  stop after N lines   -q  nothing but the exit status
  -l, -L  names of files with, without a match
  -H, -h  with, without file names

Exit status: 0 when a line was selected, 1 when none was, 2 on error.",
    complete: files,
    run: Handler::Filter(run),
};

const OPTIONS: Options = Options {
    short: "EFGPivcnowxqlLHhsA:B:C:m:e:0123456789Z",
    long: &[
        ("extended-regexp", 'E'),
        ("fixed-strings", 'F'),
        ("basic-regexp", 'G'),
        ("perl-regexp", 'P'),
        ("ignore-case", 'i'),
        ("invert-match", 'v'),
        ("count", 'c'),
        ("line-number", 'n'),
        ("only-matching", 'o'),
        ("word-regexp", 'w'),
        ("line-regexp", 'x'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("files-with-matches", 'l'),
        ("files-without-match", 'L'),
        ("with-filename", 'H'),
        ("no-filename", 'h'),
        ("no-messages", 's'),
        ("after-context", 'A'),
        ("before-context", 'B'),
        ("context", 'C'),
        ("max-count", 'm'),
        ("regexp", 'e'),
        ("line-buffered", 'Z'),
    ],
};

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
    // `--color` takes an optional value that getopt's table can't say; the transcript has no colours either way.
    let arguments: Vec<String> =
        call.arguments.iter().filter(|argument| !argument.starts_with("--colo")).cloned().collect();
    let stripped = Call { arguments: &arguments, ..*call };
    let mut parsed = options(&stripped, OPTIONS, 2)?;
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
    let digits: String =
        parsed.options.iter().map(|(letter, _)| *letter).filter(char::is_ascii_digit).collect();
    let around = match digits.parse().ok() {
        Some(number) => Some(number),
        None => number('C', "context length argument")?,
    };
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
