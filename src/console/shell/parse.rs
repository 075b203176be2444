//! From a typed line to [`List`]. Written by hand: the grammar that matters at a prompt is small, and its errors should
//! read as bash's do.

use super::syntax::{Command, Connector, List, Piece, Pipeline, Redirect, Word};

/// Longest line read, in bytes.
pub(crate) const MAX_LINE: usize = 65_536;
/// Deepest nesting of `$(…)`.
pub(crate) const MAX_DEPTH: usize = 16;

/// Why a line can't be read. `Display` gives bash's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// A token where none of its kind may stand.
    Unexpected(String),
    /// A quote or parenthesis never closed: more input could complete the line.
    Unclosed(char),
    /// Longer than [`MAX_LINE`] or deeper than [`MAX_DEPTH`].
    TooLong,
    /// Shell grammar that this console doesn't have.
    Unsupported(&'static str),
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
            ParseError::TooLong => write!(out, "bash: line too long"),
            ParseError::Unsupported(what) => write!(out, "bash: {what} is not available in this shell"),
        }
    }
}

/// Reads a whole line (or script: line ends separate commands).
pub(crate) fn parse(line: &str) -> Result<List, ParseError> {
    parse_at(line, 0)
}

fn parse_at(line: &str, depth: usize) -> Result<List, ParseError> {
    if line.len() > MAX_LINE || depth > MAX_DEPTH {
        return Err(ParseError::TooLong);
    }
    let mut tokens = Lexer::new(line, depth).tokens()?;
    tokens.push(Token { kind: Kind::End, start: line.len(), end: line.len() });
    Parser { line, tokens, at: 0 }.list()
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Word(Word),
    /// `;`, `&&`, `||`, `|`, `&`, newline, and redirection operators, as written.
    Operator(&'static str),
    End,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    kind: Kind,
    start: usize,
    end: usize,
}

/// Operators, longest first, so that the first match is the right one.
const OPERATORS: [&str; 22] = [
    "2>&1", "1>&2", "2>>", "&>>", "1>>", "<<<", "&>", "2>", "1>", ">&2", ">>", "&&", "||", "|&", ";;", ">",
    "<", "|", ";", "&", "\n", "(",
];

struct Lexer<'a> {
    line: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Lexer<'a> {
    fn new(line: &'a str, depth: usize) -> Lexer<'a> {
        Lexer { line, at: 0, depth }
    }

    fn rest(&self) -> &'a str {
        &self.line[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let found = self.peek()?;
        self.at += found.len_utf8();
        Some(found)
    }

    fn tokens(&mut self) -> Result<Vec<Token>, ParseError> {
        let mut tokens = Vec::new();
        loop {
            while self.rest().starts_with("\\\n") || matches!(self.peek(), Some(' ' | '\t' | '\r')) {
                self.at += if self.rest().starts_with('\\') { 2 } else { 1 };
            }
            let start = self.at;
            let kind = match self.peek() {
                None => return Ok(tokens),
                Some('#') => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                    continue;
                }
                Some(')') => return Err(ParseError::Unexpected(")".into())),
                Some(_) => match OPERATORS.iter().find(|operator| self.rest().starts_with(**operator)) {
                    Some(operator) => {
                        self.at += operator.len();
                        Kind::Operator(operator)
                    }
                    None => Kind::Word(self.word()?),
                },
            };
            tokens.push(Token { kind, start, end: self.at });
        }
    }

    fn word(&mut self) -> Result<Word, ParseError> {
        let mut pieces = Pieces::default();
        while let Some(next) = self.peek() {
            match next {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    self.at += 1;
                    let length = self.rest().find('\'').ok_or(ParseError::Unclosed('\''))?;
                    pieces.quoted(&self.rest()[..length]);
                    self.at += length + 1;
                }
                '"' => {
                    self.at += 1;
                    self.double_quoted(&mut pieces)?;
                }
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => {}
                        Some(escaped) => pieces.quoted(escaped.encode_utf8(&mut [0; 4])),
                        None => pieces.plain('\\'),
                    }
                }
                '$' if self.rest().starts_with("$'") => {
                    self.at += 2;
                    self.ansi_quoted(&mut pieces)?;
                }
                '$' | '`' => self.dollar(&mut pieces, false)?,
                _ => {
                    self.at += next.len_utf8();
                    pieces.plain(next);
                }
            }
        }
        Ok(Word(pieces.0))
    }

    fn double_quoted(&mut self, pieces: &mut Pieces) -> Result<(), ParseError> {
        pieces.quoted("");
        loop {
            match self.peek().ok_or(ParseError::Unclosed('"'))? {
                '"' => {
                    self.at += 1;
                    return Ok(());
                }
                '\\' => {
                    self.at += 1;
                    match self.next().ok_or(ParseError::Unclosed('"'))? {
                        '\n' => {}
                        escaped @ ('$' | '`' | '"' | '\\') => {
                            pieces.quoted(escaped.encode_utf8(&mut [0; 4]));
                        }
                        other => {
                            pieces.quoted("\\");
                            pieces.quoted(other.encode_utf8(&mut [0; 4]));
                        }
                    }
                }
                '$' | '`' => self.dollar(pieces, true)?,
                other => {
                    self.at += other.len_utf8();
                    pieces.quoted(other.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }

    /// `$'…'` with C's escapes.
    fn ansi_quoted(&mut self, pieces: &mut Pieces) -> Result<(), ParseError> {
        pieces.quoted("");
        loop {
            let text = match self.next().ok_or(ParseError::Unclosed('\''))? {
                '\'' => return Ok(()),
                '\\' => match self.next().ok_or(ParseError::Unclosed('\''))? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'e' => '\u{1b}',
                    other => other,
                },
                other => other,
            };
            pieces.quoted(text.encode_utf8(&mut [0; 4]));
        }
    }

    /// What a `$` or a backquote starts.
    fn dollar(&mut self, pieces: &mut Pieces, quoted: bool) -> Result<(), ParseError> {
        if self.next() == Some('`') {
            let length = self.rest().find('`').ok_or(ParseError::Unclosed('`'))?;
            let list = parse_at(&self.rest()[..length], self.depth + 1)?;
            self.at += length + 1;
            pieces.0.push(Piece::Substitution { list, quoted });
            return Ok(());
        }
        match self.peek() {
            Some('(') => {
                self.at += 1;
                if self.peek() == Some('(') {
                    return Err(ParseError::Unsupported("arithmetic expansion"));
                }
                let length = closing(self.rest()).ok_or(ParseError::Unclosed(')'))?;
                let list = parse_at(&self.rest()[..length], self.depth + 1)?;
                self.at += length + 1;
                pieces.0.push(Piece::Substitution { list, quoted });
            }
            Some('{') => {
                self.at += 1;
                let length = self.rest().find('}').ok_or(ParseError::Unclosed('}'))?;
                let inside = &self.rest()[..length];
                self.at += length + 1;
                let (name, default) = match inside.split_once(":-") {
                    Some((name, default)) => (name, Some(default.to_owned())),
                    None => (inside, None),
                };
                if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                    return Err(ParseError::Unsupported("this parameter expansion"));
                }
                pieces.0.push(Piece::Variable { name: name.to_owned(), default, quoted });
            }
            Some(special @ ('?' | '#' | '$')) => {
                self.at += 1;
                pieces.0.push(Piece::Variable { name: special.to_string(), default: None, quoted });
            }
            Some(first) if first.is_ascii_alphabetic() || first == '_' => {
                let name: String =
                    self.rest().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                self.at += name.len();
                pieces.0.push(Piece::Variable { name, default: None, quoted });
            }
            _ if quoted => pieces.quoted("$"),
            _ => pieces.plain('$'),
        }
        Ok(())
    }
}

/// Where the `)` is that closes a `$(` already passed, quotes and nesting minded.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => escaped = true,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return Some(at),
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

/// A word under construction: neighbouring literals of one kind are one piece.
#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn plain(&mut self, c: char) {
        self.literal(c.encode_utf8(&mut [0; 4]), false);
    }

    fn quoted(&mut self, text: &str) {
        self.literal(text, true);
    }

    fn literal(&mut self, text: &str, quoted: bool) {
        match self.0.last_mut() {
            Some(Piece::Literal { text: last, quoted: was }) if *was == quoted => last.push_str(text),
            _ => self.0.push(Piece::Literal { text: text.to_owned(), quoted }),
        }
    }
}

struct Parser<'a> {
    line: &'a str,
    tokens: Vec<Token>,
    at: usize,
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

    fn unexpected(&self) -> ParseError {
        ParseError::Unexpected(match self.kind() {
            Kind::Operator("\n") | Kind::End => "newline".to_owned(),
            _ => self.line[self.tokens[self.at].start..self.tokens[self.at].end].to_owned(),
        })
    }

    fn list(&mut self) -> Result<List, ParseError> {
        let mut items: Vec<(Connector, Pipeline)> = Vec::new();
        let mut joined = Connector::Always;
        loop {
            while self.operator() == Some("\n") {
                self.at += 1;
            }
            if *self.kind() == Kind::End {
                return if joined == Connector::Always { Ok(List(items)) } else { Err(self.unexpected()) };
            }
            let mut pipeline = self.pipeline()?;
            let next = match self.operator() {
                Some("&&") => Connector::And,
                Some("||") => Connector::Or,
                Some("&") => {
                    pipeline.background = true;
                    Connector::Always
                }
                Some(";" | "\n") | None => Connector::Always,
                Some(_) => return Err(self.unexpected()),
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
        if let Kind::Word(word) = self.kind()
            && *word == Word(vec![Piece::Literal { text: "!".into(), quoted: false }])
        {
            pipeline.negated = true;
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
            while self.operator() == Some("\n") {
                self.at += 1;
            }
        }
        pipeline.text = self.line[start..self.tokens[self.at - 1].end].to_owned();
        Ok(pipeline)
    }

    fn command(&mut self) -> Result<Command, ParseError> {
        let mut command = Command::default();
        loop {
            match self.kind().clone() {
                Kind::Word(word) => {
                    self.at += 1;
                    match assignment(&word) {
                        Some(assigned) if command.words.is_empty() => command.assignments.push(assigned),
                        _ => command.words.push(word),
                    }
                }
                Kind::Operator(operator) => match self.redirect(operator)? {
                    Some(redirect) => command.redirects.push(redirect),
                    None => break,
                },
                Kind::End => break,
            }
        }
        if command == Command::default() {
            return Err(self.unexpected());
        }
        if let Some(Word(pieces)) = command.words.first()
            && let [Piece::Literal { text, quoted: false }] = pieces.as_slice()
            && RESERVED.contains(&text.as_str())
        {
            return Err(ParseError::Unsupported("a compound command"));
        }
        Ok(command)
    }

    /// Reads the redirection that `operator` starts, or nothing when it starts none.
    fn redirect(&mut self, operator: &'static str) -> Result<Option<Redirect>, ParseError> {
        let redirect = match operator {
            "2>&1" => Redirect::ErrorsToOutput,
            "1>&2" | ">&2" => Redirect::OutputToErrors,
            ">" | "1>" | ">>" | "1>>" => {
                Redirect::Output { append: operator.ends_with(">>"), file: self.operand()? }
            }
            "2>" | "2>>" => Redirect::Errors { append: operator == "2>>", file: self.operand()? },
            "&>" | "&>>" => Redirect::Both { file: self.operand()? },
            "<" => Redirect::Input { file: self.operand()? },
            "<<<" => Redirect::Text { word: self.operand()? },
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

/// Words that open compound commands in a real shell.
const RESERVED: [&str; 8] = ["if", "for", "while", "until", "case", "function", "{", "[["];

/// `NAME=rest` split into name and value, when the word is an assignment.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Piece::Literal { text, quoted: false }) = word.0.first() else { return None };
    let (name, rest) = text.split_once('=')?;
    let mut characters = name.chars();
    let first = characters.next()?;
    if !(first.is_ascii_alphabetic() || first == '_')
        || !characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        return None;
    }
    let mut value = vec![Piece::Literal { text: rest.to_owned(), quoted: true }];
    value.extend(word.0[1..].iter().cloned());
    Some((name.to_owned(), Word(value)))
}
