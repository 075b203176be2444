//! `test`, `[ ]` and `[[ ]]`.

use crate::console::Context;
use crate::console::shell::array::Array;
use crate::console::shell::session::Session;
use crate::console::shell::{arithmetic, glob};
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// `test`'s row.
pub(super) const TOOL: Tool = Tool {
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
    flags: &[],
    complete: nothing,
    run: Handler::Tool(test),
};

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
    let mut reader = Reader { words: &words, at: 0, double, session, captured: None };
    let truth = match reader.either() {
        Ok(truth) if reader.at == words.len() => Ok(truth),
        Ok(_) if !double => Err("too many arguments".to_owned()),
        Ok(_) => Err(format!("syntax error near `{}'", words.get(reader.at).unwrap_or(&""))),
        Err(message) => Err(message),
    };
    let captured = reader.captured.take();
    if let Some(groups) = captured {
        session.arrays.insert("BASH_REMATCH".to_owned(), Array::default());
        for (place, group) in groups.iter().enumerate() {
            session.assign_element("BASH_REMATCH", &place.to_string(), group, false);
        }
    }
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
    /// What the groups of the last `=~` that matched found.
    captured: Option<Vec<String>>,
}

impl Reader<'_> {
    fn is_set(&self, name: &str) -> bool {
        match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            Some((name, key)) => {
                self.session.arrays.get(name).is_some_and(|array| array.get(key.trim_matches('"')).is_some())
            }
            None => self.session.variables.contains_key(name) || self.session.arrays.contains_key(name),
        }
    }

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
            "-n" | "-z" | "-e" | "-f" | "-r" | "-w" | "-x" | "-s" | "-d" | "-v" | "-t" | "-p"
                if self.peek(1).is_some() =>
            {
                let word = self.words[self.at + 1];
                self.at += 2;
                Ok(match first {
                    "-n" => !word.is_empty(),
                    "-z" => word.is_empty(),
                    "-s" => self.session.read(word).is_some_and(|text| !text.is_empty()),
                    "-d" => matches!(word, "." | "/tmp" | "/home/oncall" | "~"),
                    "-x" | "-p" => false,
                    // Nothing here is a terminal.
                    "-t" => false,
                    "-v" => self.is_set(word),
                    _ => self.session.read(word).is_some(),
                })
            }
            text => {
                self.at += 1;
                Ok(!text.is_empty())
            }
        }
    }

    /// `=~`, which remembers what its groups found.
    fn matches(&mut self, text: &str, expression: &str) -> Result<bool, String> {
        let regex =
            regex::Regex::new(expression).map_err(|_| format!("{expression}: no regular expression"))?;
        let Some(found) = regex.captures(text) else { return Ok(false) };
        let groups = found.iter().map(|group| group.map_or(String::new(), |group| group.as_str().to_owned()));
        self.captured = Some(groups.collect());
        Ok(true)
    }

    /// What a binary operator says; nothing when it is none.
    fn binary(&mut self, left: &str, operator: &str, right: &str) -> Result<Option<bool>, String> {
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
            "=~" if self.double => self.matches(left, right)?,
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
