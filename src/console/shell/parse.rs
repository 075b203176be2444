//! From a typed line to [`List`]. Written by hand: the grammar that matters at a prompt is small, and its errors should
//! read as bash's do.

use super::lex::{Kind, Token, embedded, tokens};
use super::syntax::{
    AssignedValue, Assignment, Command, Compound, Connector, List, Piece, Pipeline, Redirect, Word,
};

/// Longest line read, in bytes.
pub(crate) const MAX_LINE: usize = 65_536;
/// Deepest nesting of `$(…)` and of compound commands.
pub(crate) const MAX_DEPTH: usize = 16;

/// Why a line can't be read. `Display` gives bash's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// A token where none of its kind may stand.
    Unexpected(String),
    /// A quote or parenthesis never closed: more input could complete the line.
    Unclosed(char),
    /// A compound command or here-document not ended: more input could complete it.
    Incomplete,
    /// Longer than [`MAX_LINE`] or deeper than [`MAX_DEPTH`].
    TooLong,
    /// Shell grammar that this console doesn't have.
    Unsupported(&'static str),
}

impl ParseError {
    /// Whether more lines could complete what was typed.
    pub(crate) fn wants_more(&self) -> bool {
        matches!(self, ParseError::Unclosed(_) | ParseError::Incomplete)
    }
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParseError::Unexpected(token) => {
                write!(out, "bash: syntax error near unexpected token `{token}'")
            }
            ParseError::Unclosed(quote) => {
                write!(out, "bash: unexpected EOF while looking for matching `{quote}'")
            }
            ParseError::Incomplete => write!(out, "bash: syntax error: unexpected end of file"),
            ParseError::TooLong => write!(out, "bash: line too long"),
            ParseError::Unsupported(what) => write!(out, "bash: {what} is not available in this shell"),
        }
    }
}

/// Reads a whole line (or script: line ends separate commands).
pub(crate) fn parse(line: &str) -> Result<List, ParseError> {
    parse_at(line, 0)
}

/// [`parse`] inside so many substitutions.
pub(super) fn parse_at(line: &str, depth: usize) -> Result<List, ParseError> {
    if line.len() > MAX_LINE || depth > MAX_DEPTH {
        return Err(ParseError::TooLong);
    }
    Parser { line, tokens: tokens(line, depth)?, at: 0, depth }.list(&[])
}

struct Parser<'a> {
    line: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn kind(&self) -> &Kind {
        &self.tokens[self.at].kind
    }

    fn operator(&self) -> Option<&'static str> {
        match self.kind() {
            Kind::Operator(operator) => Some(operator),
            _ => None,
        }
    }

    /// Whether the next token is this reserved word or operator.
    fn is(&self, word: &str) -> bool {
        match self.kind() {
            Kind::Word(found) => found.is_bare(word),
            Kind::Operator(operator) => *operator == word,
            _ => false,
        }
    }

    fn skip_lines(&mut self) {
        while self.operator() == Some("\n") {
            self.at += 1;
        }
    }

    /// Takes a reserved word or operator that must stand here.
    fn expect(&mut self, word: &str) -> Result<(), ParseError> {
        self.skip_lines();
        if self.is(word) {
            self.at += 1;
            return Ok(());
        }
        Err(if *self.kind() == Kind::End { ParseError::Incomplete } else { self.unexpected() })
    }

    fn unexpected(&self) -> ParseError {
        ParseError::Unexpected(match self.kind() {
            Kind::Operator("\n") | Kind::End => "newline".to_owned(),
            _ => self.line[self.tokens[self.at].start..self.tokens[self.at].end].to_owned(),
        })
    }

    /// Pipelines up to the end, or up to one of the reserved words or operators given, which is left.
    fn list(&mut self, ends: &[&str]) -> Result<List, ParseError> {
        let mut items: Vec<(Connector, Pipeline)> = Vec::new();
        let mut joined = Connector::Always;
        loop {
            self.skip_lines();
            let over = *self.kind() == Kind::End;
            if over && !ends.is_empty() {
                return Err(ParseError::Incomplete);
            }
            if over || ends.iter().any(|end| self.is(end)) {
                return if joined != Connector::Always || (items.is_empty() && !ends.is_empty()) {
                    Err(self.unexpected())
                } else {
                    Ok(List(items))
                };
            }
            let mut pipeline = self.pipeline()?;
            let next = match self.operator() {
                Some("&&") => Connector::And,
                Some("||") => Connector::Or,
                Some("&") => {
                    pipeline.background = true;
                    Connector::Always
                }
                Some(";" | "\n") => Connector::Always,
                None if *self.kind() == Kind::End => Connector::Always,
                Some(operator) if ends.contains(&operator) => {
                    items.push((joined, pipeline));
                    return Ok(List(items));
                }
                _ => return Err(self.unexpected()),
            };
            if *self.kind() != Kind::End {
                self.at += 1;
            }
            items.push((std::mem::replace(&mut joined, next), pipeline));
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, ParseError> {
        let start = self.tokens[self.at].start;
        let mut pipeline = Pipeline::default();
        while self.is("!") {
            pipeline.negated = !pipeline.negated;
            self.at += 1;
        }
        loop {
            let mut command = self.command()?;
            let both = self.operator() == Some("|&");
            if both {
                command.redirects.push(Redirect::ErrorsToOutput);
            }
            pipeline.commands.push(command);
            if !both && self.operator() != Some("|") {
                break;
            }
            self.at += 1;
            self.skip_lines();
        }
        pipeline.text = self.line[start..self.tokens[self.at - 1].end].to_owned();
        Ok(pipeline)
    }

    fn command(&mut self) -> Result<Command, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH * 2 {
            return Err(ParseError::TooLong);
        }
        let command = self.compound()?;
        self.depth -= 1;
        match command {
            Some(mut command) => {
                while let Some(redirect) = self.redirect()? {
                    command.redirects.push(redirect);
                }
                Ok(command)
            }
            None => self.simple(),
        }
    }

    fn simple(&mut self) -> Result<Command, ParseError> {
        let mut command = Command::default();
        loop {
            if let Some(redirect) = self.redirect()? {
                command.redirects.push(redirect);
                continue;
            }
            if self.operator() == Some("<(") {
                self.at += 1;
                let list = self.list(&[")"])?;
                self.expect(")")?;
                command.words.push(Word(vec![Piece::Process { list }]));
                continue;
            }
            let Kind::Word(word) = self.kind().clone() else { break };
            let end = self.tokens[self.at].end;
            self.at += 1;
            // `declare -a NAME=(…)` and its like take arrays too.
            let declares = command
                .words
                .first()
                .is_some_and(|first| DECLARERS.iter().any(|declarer| first.is_bare(declarer)));
            match assignment(&word) {
                Some(assigned) if command.words.is_empty() || declares => {
                    let opens = self.operator() == Some("(") && self.tokens[self.at].start == end;
                    match assigned.value {
                        AssignedValue::Text(ref text) if opens && text.plain().as_deref() == Some("") => {
                            let value = AssignedValue::Elements(self.elements()?);
                            command.assignments.push(Assignment { value, ..assigned });
                        }
                        _ if declares => command.words.push(word),
                        _ => command.assignments.push(assigned),
                    }
                }
                _ => command.words.push(word),
            }
            if self.operator() == Some("(") && command.words.len() == 1 && command.assignments.is_empty() {
                return self.function(&command.words[0].clone());
            }
        }
        if command == Command::default() {
            return Err(self.unexpected());
        }
        Ok(command)
    }

    /// `(word …)` after `NAME=`.
    fn elements(&mut self) -> Result<Vec<(Option<Word>, Word)>, ParseError> {
        self.at += 1;
        let mut elements = Vec::new();
        loop {
            self.skip_lines();
            match self.kind().clone() {
                Kind::Operator(")") => {
                    self.at += 1;
                    return Ok(elements);
                }
                Kind::Word(word) => {
                    self.at += 1;
                    elements.push(match keyed(&word) {
                        Some((key, _, value)) => (Some(key), value),
                        None => (None, word),
                    });
                }
                Kind::End => return Err(ParseError::Incomplete),
                _ => return Err(self.unexpected()),
            }
        }
    }

    /// A compound command, if one starts here.
    fn compound(&mut self) -> Result<Option<Command>, ParseError> {
        let opens = ["for", "while", "until", "if", "case", "{", "(", "function", "select"];
        let Some(open) = opens.into_iter().find(|open| self.is(open)) else {
            let closes = ["do", "done", "then", "elif", "else", "fi", "esac", "}"];
            return if closes.iter().any(|close| self.is(close)) { Err(self.unexpected()) } else { Ok(None) };
        };
        self.at += 1;
        let mut command = Command::default();
        let compound = match open {
            "for" => self.for_loop(&mut command)?,
            "while" | "until" => {
                let condition = self.list(&["do"])?;
                let body = self.body("do", "done")?;
                Compound::While { condition, body, until: open == "until", again: None }
            }
            "if" => self.condition()?,
            "case" => self.case(&mut command)?,
            "{" => {
                let list = self.list(&["}"])?;
                self.expect("}")?;
                Compound::Group(list)
            }
            "(" => {
                let list = self.list(&[")"])?;
                self.expect(")")?;
                Compound::Subshell(list)
            }
            "function" => {
                let Kind::Word(name) = self.kind().clone() else { return Err(self.unexpected()) };
                self.at += 1;
                return self.function(&name).map(Some);
            }
            _ => self.select()?,
        };
        command.compound = Some(Box::new(compound));
        Ok(Some(command))
    }

    /// `open list close`.
    fn body(&mut self, open: &str, close: &str) -> Result<List, ParseError> {
        self.expect(open)?;
        let list = self.list(&[close])?;
        self.expect(close)?;
        Ok(list)
    }

    fn for_loop(&mut self, command: &mut Command) -> Result<Compound, ParseError> {
        let Kind::Word(word) = self.kind() else {
            return Err(if *self.kind() == Kind::End { ParseError::Incomplete } else { self.unexpected() });
        };
        if word.plain().as_deref() == Some("((") {
            return self.counting_loop();
        }
        let name = word.plain().filter(|name| is_name(name)).ok_or_else(|| self.unexpected())?;
        self.at += 1;
        self.skip_lines();
        if self.is("in") {
            self.at += 1;
            while let Kind::Word(word) = self.kind() {
                command.words.push(word.clone());
                self.at += 1;
            }
        } else {
            let change = super::syntax::Change::None;
            let all = Piece::Variable { name: "@".into(), index: None, change, quoted: true };
            command.words.push(Word(vec![all]));
        }
        if self.operator() == Some(";") {
            self.at += 1;
        }
        Ok(Compound::For { name, body: self.body("do", "done")? })
    }

    /// `((first; condition; again)); do body; done`, the position on `((`.
    fn counting_loop(&mut self) -> Result<Compound, ParseError> {
        self.at += 1;
        let token = &self.tokens[self.at];
        let head = self.line.get(token.start + 2..token.end - 2).unwrap_or("").to_owned();
        let parts: Vec<&str> = head.split(';').collect();
        let [first, condition, again] = parts.as_slice() else { return Err(self.unexpected()) };
        self.at += 1;
        if self.operator() == Some(";") {
            self.at += 1;
        }
        let body = self.body("do", "done")?;
        let calculation = |text: &str| -> Result<List, ParseError> {
            let words = vec![Word::literal("(("), embedded(text, self.depth + 1)?];
            Ok(List::of(Command { words, ..Command::default() }))
        };
        let condition = if condition.trim().is_empty() { "1" } else { condition };
        let turns = Compound::While {
            condition: calculation(condition)?,
            body,
            until: false,
            again: Some(calculation(again)?),
        };
        let mut list = calculation(first)?;
        list.0.extend(List::of(Command { compound: Some(Box::new(turns)), ..Command::default() }).0);
        Ok(Compound::Group(list))
    }

    /// `select NAME in words; do body; done`: a loop over a command of that name, which shows the menu and reads the choice.
    fn select(&mut self) -> Result<Compound, ParseError> {
        let Kind::Word(name) = self.kind().clone() else { return Err(self.unexpected()) };
        self.at += 1;
        let mut words = vec![Word::literal("select"), name];
        self.skip_lines();
        if self.is("in") {
            self.at += 1;
            while let Kind::Word(word) = self.kind() {
                words.push(word.clone());
                self.at += 1;
            }
        }
        if self.operator() == Some(";") {
            self.at += 1;
        }
        let condition = List::of(Command { words, ..Command::default() });
        Ok(Compound::While { condition, body: self.body("do", "done")?, until: false, again: None })
    }

    fn condition(&mut self) -> Result<Compound, ParseError> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.list(&["then"])?;
            self.expect("then")?;
            branches.push((condition, self.list(&["elif", "else", "fi"])?));
            if self.is("elif") {
                self.at += 1;
                continue;
            }
            if self.is("else") {
                self.at += 1;
                otherwise = Some(self.list(&["fi"])?);
            }
            self.expect("fi")?;
            return Ok(Compound::If { branches, otherwise });
        }
    }

    fn case(&mut self, command: &mut Command) -> Result<Compound, ParseError> {
        let Kind::Word(subject) = self.kind().clone() else { return Err(self.unexpected()) };
        self.at += 1;
        command.words.push(subject);
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_lines();
            if self.is("esac") {
                self.at += 1;
                return Ok(Compound::Case { arms });
            }
            if self.is("(") {
                self.at += 1;
            }
            let mut patterns = Vec::new();
            loop {
                match self.kind().clone() {
                    Kind::Word(pattern) => patterns.push(pattern),
                    Kind::End => return Err(ParseError::Incomplete),
                    _ => return Err(self.unexpected()),
                }
                self.at += 1;
                if self.operator() != Some("|") {
                    break;
                }
                self.at += 1;
            }
            self.expect(")")?;
            self.skip_lines();
            let body = if self.is(";;") { List::default() } else { self.list(&[";;", "esac"])? };
            if self.is(";;") {
                self.at += 1;
            }
            arms.push((patterns, body));
        }
    }

    /// `() { … }` after a function's name.
    fn function(&mut self, name: &Word) -> Result<Command, ParseError> {
        let name = name.plain().filter(|name| !name.is_empty()).ok_or_else(|| self.unexpected())?;
        if self.is("(") {
            self.at += 1;
            self.expect(")")?;
        }
        self.skip_lines();
        if *self.kind() == Kind::End {
            return Err(ParseError::Incomplete);
        }
        let body = self.compound()?.ok_or_else(|| self.unexpected())?;
        let pipeline = Pipeline { commands: vec![body], ..Pipeline::default() };
        let body = List(vec![(Connector::Always, pipeline)]);
        Ok(Command { compound: Some(Box::new(Compound::Function { name, body })), ..Command::default() })
    }

    /// Reads the redirection that starts here, if one does.
    fn redirect(&mut self) -> Result<Option<Redirect>, ParseError> {
        if let Kind::Document(word) = self.kind() {
            let word = word.clone();
            self.at += 1;
            return Ok(Some(Redirect::Document { word }));
        }
        let Some(operator) = self.operator() else { return Ok(None) };
        let redirect = match operator {
            "2>&1" => Redirect::ErrorsToOutput,
            "1>&2" | ">&2" => Redirect::OutputToErrors,
            ">&1" => {
                self.at += 1;
                return self.redirect();
            }
            ">" | ">|" | "1>" | ">>" | "1>>" => {
                Redirect::Output { append: operator.ends_with(">>"), file: self.operand()? }
            }
            "2>" | "2>>" => Redirect::Errors { append: operator == "2>>", file: self.operand()? },
            "&>" | "&>>" => Redirect::Both { file: self.operand()? },
            "<" if matches!(
                self.tokens.get(self.at + 1).map(|token| &token.kind),
                Some(Kind::Operator("<("))
            ) =>
            {
                self.at += 2;
                let list = self.list(&[")"])?;
                if !self.is(")") {
                    return Err(self.unexpected());
                }
                let word = Word(vec![Piece::Substitution { list, quoted: true }]);
                Redirect::Text { word, process: true }
            }
            "<" => Redirect::Input { file: self.operand()? },
            "<<<" => Redirect::Text { word: self.operand()?, process: false },
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(redirect))
    }

    /// The word after a redirection operator; leaves the position on it.
    fn operand(&mut self) -> Result<Word, ParseError> {
        self.at += 1;
        match self.kind() {
            Kind::Word(word) => Ok(word.clone()),
            _ => Err(self.unexpected()),
        }
    }
}

/// Whether a text may name a variable.
pub(crate) fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Commands whose arguments are assignments.
pub(super) const DECLARERS: [&str; 5] = ["declare", "local", "typeset", "readonly", "export"];

/// `NAME=rest`, `NAME+=rest`, `NAME[index]=rest`, when the word is an assignment.
pub(crate) fn assignment(word: &Word) -> Option<Assignment> {
    let Some(Piece::Literal { text, quoted: false }) = word.0.first() else { return None };
    let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    if !is_name(name) {
        return None;
    }
    let after = |rest: &str| {
        let mut pieces = vec![Piece::Literal { text: rest.to_owned(), quoted: false }];
        pieces.extend(word.0[1..].iter().cloned());
        Word(pieces)
    };
    if rest.starts_with('[') {
        let (index, append, value) = keyed(&after(rest))?;
        let value = AssignedValue::Text(value);
        return Some(Assignment { name: name.to_owned(), index: Some(index), append, value });
    }
    let append = rest.starts_with("+=");
    let rest = rest.strip_prefix("+=").or(rest.strip_prefix('='))?;
    let value = AssignedValue::Text(unsplit(after(rest)));
    Some(Assignment { name: name.to_owned(), index: None, append, value })
}

/// `[key]=value` and `[key]+=value` as key, whether it adds, and value.
fn keyed(word: &Word) -> Option<(Word, bool, Word)> {
    let Some(Piece::Literal { text, quoted: false }) = word.0.first() else { return None };
    let first = text.strip_prefix('[')?;
    let mut key = Vec::new();
    for (place, piece) in word.0.iter().enumerate() {
        let text = match piece {
            Piece::Literal { text, quoted: false } => {
                if place == 0 {
                    first
                } else {
                    text
                }
            }
            other => {
                key.push(other.clone());
                continue;
            }
        };
        let Some((head, tail)) = text.split_once(']') else {
            key.push(Piece::Literal { text: text.to_owned(), quoted: true });
            continue;
        };
        let append = tail.starts_with("+=");
        let tail = tail.strip_prefix("+=").or(tail.strip_prefix('='))?;
        key.push(Piece::Literal { text: head.to_owned(), quoted: true });
        let mut value = vec![Piece::Literal { text: tail.to_owned(), quoted: false }];
        value.extend(word.0[place + 1..].iter().cloned());
        return Some((Word(key), append, unsplit(Word(value))));
    }
    None
}

/// A word whose first piece is a value's: never split.
fn unsplit(mut word: Word) -> Word {
    if let Some(Piece::Literal { quoted, .. }) = word.0.first_mut() {
        *quoted = true;
    }
    word
}
