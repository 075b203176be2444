//! From a typed line to [`List`]. Written by hand: the grammar that matters at a prompt is small, and its errors should
//! read as bash's do.

use super::lex::{Kind, Token, tokens};
use super::syntax::{Command, Compound, Connector, List, Piece, Pipeline, Redirect, Word};

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
            let Kind::Word(word) = self.kind().clone() else { break };
            self.at += 1;
            match assignment(&word) {
                Some(assigned) if command.words.is_empty() => command.assignments.push(assigned),
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
                Compound::While { condition, body: self.body("do", "done")?, until: open == "until" }
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
            _ => return Err(ParseError::Unsupported("select")),
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
            return Err(ParseError::Unsupported("a for loop with an arithmetic head"));
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
            let all = Piece::Variable { name: "@".into(), change: super::syntax::Change::None, quoted: true };
            command.words.push(Word(vec![all]));
        }
        if self.operator() == Some(";") {
            self.at += 1;
        }
        Ok(Compound::For { name, body: self.body("do", "done")? })
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
            ">" | "1>" | ">>" | "1>>" => {
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
            "<(" => return Err(ParseError::Unsupported("process substitution other than < <(…)")),
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

/// `NAME=rest` split into name and value, when the word is an assignment.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Piece::Literal { text, quoted: false }) = word.0.first() else { return None };
    let (name, rest) = text.split_once('=')?;
    if !is_name(name) {
        return None;
    }
    let mut value = vec![Piece::Literal { text: rest.to_owned(), quoted: true }];
    value.extend(word.0[1..].iter().cloned());
    Some((name.to_owned(), Word(value)))
}
