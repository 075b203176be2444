//! What scripts are made of: `test`, `[[ ]]`, `(( ))`, `read`, `set`, `break`, `continue`, `return`.

use crate::console::Context;
use crate::console::shell::session::{Leave, Session};
use crate::console::shell::{arithmetic, glob, parse};
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// Every row.
pub(crate) const TOOLS: &[&Tool] = &[&TEST, &READ, &SET, &BREAK, &RETURN, &ARITHMETIC];

const TEST: Tool = Tool {
    name: "test",
    aliases: &["[", "[["],
    group: Group::Shell,
    usage: "test EXPRESSION\n[ EXPRESSION ]\n[[ EXPRESSION ]]",
    summary: "test texts, numbers and files",
    manual: "Succeeds when EXPRESSION is true.

  -n TEXT, -z TEXT            not empty, empty
  A = B, A != B, A < B, A > B texts; in [[ ]], = and != take a pattern on the right
  A =~ RE                     in [[ ]]: an extended regular expression
  N -eq M, -ne -lt -le -gt -ge  numbers
  -e FILE, -f FILE, -s FILE   a scratch file exists, has something in it
  ! E, E -a E, E -o E, ( E )  not, and, or; in [[ ]] also && and ||",
    complete: nothing,
    run: Handler::Tool(test),
};

const READ: Tool = Tool {
    name: "read",
    aliases: &[],
    group: Group::Shell,
    usage: "read [-r] [NAME]…",
    summary: "read a line into variables",
    manual: "Reads a line of standard input and puts its words into the variables NAME, the rest of the line into the last one. Fails at the end of input, so that \
             `while read -r line` ends there. IFS holds the characters between words.",
    complete: nothing,
    run: Handler::Tool(read),
};

const SET: Tool = Tool {
    name: "set",
    aliases: &["shopt"],
    group: Group::Shell,
    usage: "set [-euxo pipefail]\nset -- ARGUMENT…",
    summary: "set the shell's options or arguments",
    manual: "With --, sets $1, $2 and so on. Scripts begin with set -euo pipefail; the options are read and change nothing here, for a prompt that ends at the first \
             failure would be of no use.",
    complete: nothing,
    run: Handler::Tool(|call, session, _| {
        match call.arguments.split_first() {
            Some((first, rest)) if first == "--" => session.positional = rest.to_vec(),
            None => {
                let lines = session.variables.iter().map(|(name, value)| format!("{name}={value}\n"));
                return Output::text(lines.collect::<String>()).into();
            }
            Some(_) => {}
        }
        Output::default().into()
    }),
};

const BREAK: Tool = Tool {
    name: "break",
    aliases: &["continue"],
    group: Group::Shell,
    usage: "break [N]\ncontinue [N]",
    summary: "leave a loop, or go on with its next turn",
    manual: "Leaves the innermost loop, or the N innermost. continue goes on with the next turn.",
    complete: nothing,
    run: Handler::Tool(|call, session, _| {
        let levels = call.arguments.first().and_then(|text| text.parse().ok()).unwrap_or(1).max(1);
        session.leave =
            Some(if call.name == "continue" { Leave::Continue(levels) } else { Leave::Break(levels) });
        Output::default().into()
    }),
};

const RETURN: Tool = Tool {
    name: "return",
    aliases: &[],
    group: Group::Shell,
    usage: "return [STATUS]",
    summary: "leave a function",
    manual: "Leaves the function under way with STATUS, or that of the last command.",
    complete: nothing,
    run: Handler::Tool(|call, session, _| {
        let status = call.arguments.first().and_then(|text| text.parse().ok()).unwrap_or(session.status);
        session.leave = Some(Leave::Return(status));
        Output { parts: Vec::new(), status }.into()
    }),
};

const ARITHMETIC: Tool = Tool {
    name: "((",
    aliases: &["let"],
    group: Group::Shell,
    usage: "((EXPRESSION))",
    summary: "calculate with whole numbers",
    manual: "Evaluates EXPRESSION and carries out its assignments (((n++)), ((total += size))). Succeeds when the value isn't 0. $((EXPRESSION)) gives the value.",
    complete: nothing,
    run: Handler::Tool(|call, session, _| match arithmetic::evaluate(&call.arguments.join(" "), session) {
        Ok(value) => Output { parts: Vec::new(), status: u8::from(value == 0) }.into(),
        Err(message) => Output::failure(message).into(),
    }),
};

fn read(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let mut names: Vec<&str> = Vec::new();
    let mut arguments = call.arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-p" | "-t" | "-n" | "-d" | "-u" => drop(arguments.next()),
            option if option.starts_with('-') => {}
            name => names.push(name),
        }
    }
    if let Some(bad) = names.iter().find(|name| !parse::is_name(name)) {
        return Output::failure(format!("bash: read: `{bad}': not a valid identifier")).into();
    }
    let line = match call.stdin {
        Some(text) => text.lines().next().map(str::to_owned),
        None => session.input.as_mut().and_then(|input| {
            let (line, rest) = match input.split_once('\n') {
                Some((line, rest)) => (line.to_owned(), rest.to_owned()),
                None if input.is_empty() => return None,
                None => (input.clone(), String::new()),
            };
            *input = rest;
            Some(line)
        }),
    };
    let ended = line.is_none();
    let line = line.unwrap_or_default();
    let separators = session.variables.get("IFS").cloned().unwrap_or_else(|| " \t\n".to_owned());
    let blank = |c: char| separators.contains(c);
    let whitespace = |c: char| blank(c) && c.is_whitespace();
    if names.is_empty() {
        names.push("REPLY");
    }
    let mut rest = line.trim_matches(whitespace);
    let last = names.len() - 1;
    for (place, name) in names.iter().enumerate() {
        let value = if place == last {
            std::mem::take(&mut rest)
        } else {
            let end = rest.find(blank).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let mut skipped = after.chars();
            skipped.next();
            rest = skipped.as_str().trim_start_matches(whitespace);
            word
        };
        session.set(name, value.to_owned());
    }
    Output { parts: Vec::new(), status: u8::from(ended) }.into()
}

fn test(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let double = call.name == "[[";
    let mut words: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
    let closing = match call.name {
        "[" => Some("]"),
        "[[" => Some("]]"),
        _ => None,
    };
    if let Some(closing) = closing
        && words.pop() != Some(closing)
    {
        return Output::failure_with(2, format!("bash: {}: missing `{closing}'", call.name)).into();
    }
    let mut reader = Reader { words: &words, at: 0, double, session };
    let truth = match reader.either() {
        Ok(truth) if reader.at == words.len() => Ok(truth),
        Ok(_) if !double => Err("too many arguments".to_owned()),
        Ok(_) => Err(format!("syntax error near `{}'", words.get(reader.at).unwrap_or(&""))),
        Err(message) => Err(message),
    };
    match truth {
        Ok(truth) => Output { parts: Vec::new(), status: u8::from(!truth) },
        Err(message) => Output::failure_with(2, format!("bash: {}: {message}", call.name)),
    }
    .into()
}

/// Reads a test's expression.
struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
    double: bool,
    session: &'a Session,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<&str> {
        self.words.get(self.at + ahead).copied()
    }

    fn either(&mut self) -> Result<bool, String> {
        let mut truth = self.both()?;
        while matches!((self.peek(0), self.double), (Some("-o"), false) | (Some("||"), true)) {
            self.at += 1;
            truth |= self.both()?;
        }
        Ok(truth)
    }

    fn both(&mut self) -> Result<bool, String> {
        let mut truth = self.one()?;
        while matches!((self.peek(0), self.double), (Some("-a"), false) | (Some("&&"), true)) {
            self.at += 1;
            truth &= self.one()?;
        }
        Ok(truth)
    }

    fn one(&mut self) -> Result<bool, String> {
        let Some(first) = self.words.get(self.at).copied() else { return Ok(false) };
        if let Some(operator) = self.words.get(self.at + 1).copied()
            && let Some(right) = self.words.get(self.at + 2).copied()
            && let Some(truth) = self.binary(first, operator, right)?
        {
            self.at += 3;
            return Ok(truth);
        }
        match first {
            "!" => {
                self.at += 1;
                self.one().map(|truth| !truth)
            }
            "(" => {
                self.at += 1;
                let truth = self.either()?;
                if self.peek(0) != Some(")") {
                    return Err("`)' expected".into());
                }
                self.at += 1;
                Ok(truth)
            }
            "-n" | "-z" | "-e" | "-f" | "-r" | "-s" | "-d" | "-v" if self.peek(1).is_some() => {
                let word = self.words[self.at + 1];
                self.at += 2;
                Ok(match first {
                    "-n" => !word.is_empty(),
                    "-z" => word.is_empty(),
                    "-s" => self.session.read(word).is_some_and(|text| !text.is_empty()),
                    "-d" => false,
                    "-v" => self.session.variables.contains_key(word),
                    _ => self.session.read(word).is_some(),
                })
            }
            text => {
                self.at += 1;
                Ok(!text.is_empty())
            }
        }
    }

    /// What a binary operator says; nothing when it is none.
    fn binary(&self, left: &str, operator: &str, right: &str) -> Result<Option<bool>, String> {
        let number = |text: &str| {
            if self.double {
                return arithmetic::value(text, self.session);
            }
            text.trim().parse::<i64>().map_err(|_| format!("{text}: integer expression expected"))
        };
        Ok(Some(match operator {
            "=" | "==" if self.double => glob::matches(right, left),
            "!=" if self.double => !glob::matches(right, left),
            "=" | "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            ">" => left > right,
            "=~" if self.double => regex::Regex::new(right)
                .map_err(|_| format!("{right}: no regular expression"))?
                .is_match(left),
            "-eq" => number(left)? == number(right)?,
            "-ne" => number(left)? != number(right)?,
            "-lt" => number(left)? < number(right)?,
            "-le" => number(left)? <= number(right)?,
            "-gt" => number(left)? > number(right)?,
            "-ge" => number(left)? >= number(right)?,
            _ => return Ok(None),
        }))
    }
}
