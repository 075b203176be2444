//! `sed`: the commands people type at a prompt: `s`, `p`, `d`, `q`, `y`, `=`, with addresses and ranges.

use super::pattern::{Syntax, compile};
use super::{options, sources};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};
use regex::{Captures, Regex};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "sed",
    aliases: &[],
    group: Group::Text,
    usage: "sed [-nE] [-e SCRIPT]… SCRIPT [FILE]…",
    summary: "edit a stream of lines",
    manual: "Applies SCRIPT to each line of FILE, or of standard input.

  s/RE/TEXT/FLAGS  replace; flags g (all), N (the Nth), p (print), I (ignore case); & and \\1 … \\9 in TEXT
  p  print      d  delete      q  quit      =  print the line number      y/abc/xyz/  exchange characters
  a, i, c TEXT  append, insert, change
  Addresses before a command: N, $, /RE/, FIRST,LAST, FIRST,+N, each followed by ! for all other lines.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('n', "quiet", "", "print only what p asks for"),
    flag('n', "silent", "", ""),
    flag('E', "regexp-extended", "", "extended regular expressions"),
    flag('r', "", "", "as -E"),
    flag('e', "expression", "SCRIPT", "add a script"),
    flag('s', "separate", "", "accepted: files are one stream here"),
];

enum Address {
    Line(usize),
    /// `FIRST~STEP`.
    Every(usize, usize),
    Last,
    Match(Regex),
    Plus(usize),
}

struct Step {
    from: Option<Address>,
    to: Option<Address>,
    negated: bool,
    action: Action,
    /// The last line of a range under way.
    open: Option<usize>,
    active: bool,
}

enum Action {
    Substitute { regex: Regex, text: String, all: bool, nth: usize, print: bool },
    Print,
    Delete,
    Quit,
    Number,
    Exchange(Vec<(char, char)>),
    Append(String),
    Insert(String),
    Change(String),
}

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    match sed(call, session) {
        Ok(output) | Err(output) => output,
    }
}

fn sed(call: &Call<'_>, session: &Session) -> Result<Output, Output> {
    let mut parsed = options(call, FLAGS, 1)?;
    let given: Vec<String> = parsed.values('e').map(str::to_owned).collect();
    let script = if given.is_empty() {
        if parsed.operands.is_empty() {
            return Err(Output::failure(
                "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...",
            ));
        }
        parsed.operands.remove(0)
    } else {
        given.join("\n")
    };
    let syntax = if parsed.has('E') || parsed.has('r') { Syntax::Extended } else { Syntax::Basic };
    let mut steps = Reader { text: &script, at: 0, syntax }
        .script()
        .map_err(|(at, message)| Output::failure(format!("sed: -e expression #1, char {at}: {message}")))?;
    let mut output = Output::default();
    let found = sources(call, &parsed.operands, session, ("can't read ", ""), &mut output, 2);
    let text: String = found.iter().map(|source| source.text.as_str()).collect();
    let status = output.status;
    output.out(edit(&text, &mut steps, parsed.has('n')));
    output.status = status;
    Ok(output)
}

fn edit(text: &str, steps: &mut [Step], quiet: bool) -> String {
    let lines = super::lines(text);
    let unfinished = !text.is_empty() && !text.ends_with('\n');
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let last = index + 1 == lines.len();
        let end = if last && unfinished { "" } else { "\n" };
        let mut space = (*line).to_owned();
        let mut after = String::new();
        let mut deleted = false;
        let mut quits = false;
        for step in steps.iter_mut() {
            if !step.selects(&space, index + 1, last) {
                continue;
            }
            match &step.action {
                Action::Substitute { regex, text, all, nth, print } => {
                    if let Some(changed) = substitute(&space, regex, text, *all, *nth) {
                        space = changed;
                        if *print {
                            out.push_str(&format!("{space}\n"));
                        }
                    }
                }
                Action::Print => out.push_str(&format!("{space}\n")),
                Action::Delete => deleted = true,
                Action::Quit => quits = true,
                Action::Number => out.push_str(&format!("{}\n", index + 1)),
                Action::Exchange(pairs) => {
                    let exchanged = |c| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                    space = space.chars().map(exchanged).collect();
                }
                Action::Append(text) => after.push_str(&format!("{text}\n")),
                Action::Insert(text) => out.push_str(&format!("{text}\n")),
                Action::Change(text) => {
                    if step.open.is_none() {
                        out.push_str(&format!("{text}\n"));
                    }
                    deleted = true;
                }
            }
            if deleted || quits {
                break;
            }
        }
        if !deleted && !quiet {
            out.push_str(&space);
            out.push_str(end);
        }
        out.push_str(&after);
        if quits {
            break;
        }
    }
    out
}

impl Address {
    fn matches(&self, line: &str, number: usize, last: bool) -> bool {
        match self {
            Address::Line(wanted) => number == *wanted,
            Address::Every(first, 0) => number == *first,
            Address::Every(first, step) => number >= *first && (number - first).is_multiple_of(*step),
            Address::Last => last,
            Address::Match(regex) => regex.is_match(line),
            Address::Plus(_) => false,
        }
    }
}

impl Step {
    fn selects(&mut self, line: &str, number: usize, last: bool) -> bool {
        self.in_range(line, number, last) != self.negated
    }

    fn in_range(&mut self, line: &str, number: usize, last: bool) -> bool {
        let Some(from) = &self.from else { return true };
        let Some(to) = &self.to else { return from.matches(line, number, last) };
        if self.active {
            let ends = match to {
                Address::Line(end) => number >= *end,
                Address::Plus(_) => self.open.is_some_and(|end| number >= end),
                other => other.matches(line, number, last),
            };
            self.active = !ends;
            if ends {
                self.open = None;
            }
            // A range whose last line is already past covers no later line.
            return !matches!(to, Address::Line(end) if number > *end);
        }
        if !from.matches(line, number, last) {
            return false;
        }
        self.open = Some(number);
        self.active = match to {
            Address::Line(end) => *end > number,
            Address::Plus(count) => {
                self.open = Some(number + count);
                *count > 0
            }
            _ => !last,
        };
        if !self.active {
            self.open = None;
        }
        true
    }
}

/// Replaces matches; nothing when there is none to replace.
fn substitute(line: &str, regex: &Regex, text: &str, all: bool, nth: usize) -> Option<String> {
    let mut out = String::new();
    let mut copied = 0;
    let mut changed = false;
    for (index, captures) in regex.captures_iter(line).enumerate() {
        if index + 1 < nth {
            continue;
        }
        let whole = captures.get(0)?;
        out.push_str(&line[copied..whole.start()]);
        replacement(text, &captures, &mut out);
        copied = whole.end();
        changed = true;
        if !all {
            break;
        }
    }
    out.push_str(&line[copied..]);
    changed.then_some(out)
}

fn replacement(text: &str, captures: &Captures<'_>, out: &mut String) {
    let group = |number: usize| captures.get(number).map_or("", |found| found.as_str());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '&' => out.push_str(group(0)),
            '\\' => match characters.next() {
                Some(digit) if digit.is_ascii_digit() => out.push_str(group(digit as usize - '0' as usize)),
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
}

type ScriptError = (usize, String);

struct Reader<'s> {
    text: &'s str,
    at: usize,
    syntax: Syntax,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn fail<T>(&self, message: &str) -> Result<T, ScriptError> {
        Err((self.at, message.to_owned()))
    }

    fn script(&mut self) -> Result<Vec<Step>, ScriptError> {
        let mut steps = Vec::new();
        loop {
            while matches!(self.peek(), Some(c) if c.is_whitespace() || c == ';') {
                self.next();
            }
            if self.peek().is_none() {
                return Ok(steps);
            }
            steps.push(self.step()?);
        }
    }

    fn step(&mut self) -> Result<Step, ScriptError> {
        let from = self.address()?;
        let mut to = None;
        if self.peek() == Some(',') {
            self.next();
            to = self.address()?;
            if to.is_none() {
                return self.fail("unexpected `,'");
            }
        }
        while self.peek() == Some(' ') {
            self.next();
        }
        let negated = self.peek() == Some('!');
        if negated {
            self.next();
        }
        let action = match self.next() {
            Some('s') => self.substitution()?,
            Some('p') => Action::Print,
            Some('d') => Action::Delete,
            Some('q') => Action::Quit,
            Some('=') => Action::Number,
            Some('y') => self.exchange()?,
            Some('a') => Action::Append(self.rest_of_line()),
            Some('i') => Action::Insert(self.rest_of_line()),
            Some('c') => Action::Change(self.rest_of_line()),
            Some(c) => return self.fail(&format!("unknown command: `{c}'")),
            None => return self.fail("missing command"),
        };
        match self.peek() {
            None | Some(';' | '\n' | ' ' | '}') => {}
            Some(_) if matches!(action, Action::Substitute { .. }) => {
                return self.fail("unknown option to `s'");
            }
            Some(_) => return self.fail("extra characters after command"),
        }
        Ok(Step { from, to, negated, action, open: None, active: false })
    }

    fn number(&mut self) -> Option<usize> {
        let digits: String = self.text[self.at..].chars().take_while(char::is_ascii_digit).collect();
        self.at += digits.len();
        digits.parse().ok()
    }

    fn address(&mut self) -> Result<Option<Address>, ScriptError> {
        Ok(match self.peek() {
            Some('0'..='9') => {
                let first = self.number();
                if self.peek() == Some('~') {
                    self.next();
                    let step = self.number().unwrap_or(0);
                    first.map(|first| Address::Every(first, step))
                } else {
                    first.map(Address::Line)
                }
            }
            Some('+') => {
                self.next();
                self.number().map(Address::Plus)
            }
            Some('$') => {
                self.next();
                Some(Address::Last)
            }
            Some('/') => {
                self.next();
                let Some(pattern) = self.until('/') else { return self.fail("unterminated address regex") };
                let ignore_case = self.peek() == Some('I');
                if ignore_case {
                    self.next();
                }
                Some(Address::Match(compile(&pattern, self.syntax, ignore_case).map_err(|m| (self.at, m))?))
            }
            _ => None,
        })
    }

    /// The text up to an unescaped delimiter, which is passed over. An escaped delimiter loses its backslash.
    fn until(&mut self, delimiter: char) -> Option<String> {
        let mut out = String::new();
        let mut in_bracket = false;
        loop {
            match self.next()? {
                '\\' => match self.next()? {
                    c if c == delimiter => out.push(c),
                    c => out.extend(['\\', c]),
                },
                c if c == delimiter && !in_bracket => return Some(out),
                c => {
                    in_bracket = match c {
                        '[' => self.text[self.at..].contains(']'),
                        ']' => false,
                        _ => in_bracket,
                    };
                    out.push(c);
                }
            }
        }
    }

    fn substitution(&mut self) -> Result<Action, ScriptError> {
        let Some(delimiter) = self.next() else { return self.fail("unterminated `s' command") };
        let Some(pattern) = self.until(delimiter) else { return self.fail("unterminated `s' command") };
        let Some(text) = self.until_plain(delimiter) else { return self.fail("unterminated `s' command") };
        let (mut all, mut print, mut ignore_case, mut nth) = (false, false, false, 1);
        loop {
            match self.peek() {
                Some('g') => all = true,
                Some('p') => print = true,
                Some('i' | 'I') => ignore_case = true,
                Some('0'..='9') => {
                    nth = self.number().unwrap_or(1);
                    continue;
                }
                _ => break,
            }
            self.next();
        }
        let regex = compile(&pattern, self.syntax, ignore_case).map_err(|message| (self.at, message))?;
        Ok(Action::Substitute { regex, text, all, nth, print })
    }

    /// Like [`Reader::until`], where brackets mean nothing.
    fn until_plain(&mut self, delimiter: char) -> Option<String> {
        let mut out = String::new();
        loop {
            match self.next()? {
                '\\' => match self.next()? {
                    c if c == delimiter => out.push(c),
                    c => out.extend(['\\', c]),
                },
                c if c == delimiter => return Some(out),
                c => out.push(c),
            }
        }
    }

    fn exchange(&mut self) -> Result<Action, ScriptError> {
        let Some(delimiter) = self.next() else { return self.fail("unterminated `y' command") };
        let (Some(from), Some(to)) = (self.until_plain(delimiter), self.until_plain(delimiter)) else {
            return self.fail("unterminated `y' command");
        };
        if from.chars().count() != to.chars().count() {
            return self.fail("strings for `y' command are different lengths");
        }
        Ok(Action::Exchange(from.chars().zip(to.chars()).collect()))
    }

    /// The text of `a`, `i` and `c`: to the end of the line, without the backslash of the long form.
    fn rest_of_line(&mut self) -> String {
        let rest = &self.text[self.at..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        self.at += line.len();
        line.trim_start().trim_start_matches('\\').trim_start().to_owned()
    }
}
