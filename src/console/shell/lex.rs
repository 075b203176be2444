//! Tokens of a command line: words with their quotes, variables and substitutions taken apart, and operators.

use super::parse::{ParseError, parse_at};
use super::syntax::{Change, Piece, Word};

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Word(Word),
    /// `;`, `&&`, `||`, `|`, `&`, newline, and redirection operators, as written.
    Operator(&'static str),
    /// `<<DELIMITER` with the lines that follow.
    Document(Word),
    End,
}

/// A token with the bytes it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Operators, longest first, so that the first match is the right one.
const OPERATORS: [&str; 26] = [
    "2>&1", "1>&2", "2>>", "&>>", "1>>", "<<<", "&>", "2>", "1>", ">&2", ">&1", ">|", ">>", "<(", "&&", "||",
    "|&", ";;", ">", "<", "|", ";", "&", "\n", "(", ")",
];

/// Takes a line apart.
pub(super) fn tokens(line: &str, depth: usize) -> Result<Vec<Token>, ParseError> {
    let mut tokens = Lexer::new(line, depth).tokens()?;
    tokens.push(Token { kind: Kind::End, start: line.len(), end: line.len() });
    Ok(tokens)
}

struct Lexer<'a> {
    line: &'a str,
    at: usize,
    depth: usize,
    /// Inside `[[ … ]]`, where operators are words.
    in_test: bool,
    /// Places of `<<` tokens whose lines are still to come: token, delimiter, whether it was quoted, whether tabs go.
    documents: Vec<(usize, String, bool, bool)>,
}

impl<'a> Lexer<'a> {
    fn new(line: &'a str, depth: usize) -> Lexer<'a> {
        Lexer { line, at: 0, depth, in_test: false, documents: Vec::new() }
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
        let mut tokens: Vec<Token> = Vec::new();
        loop {
            while self.rest().starts_with("\\\n") || matches!(self.peek(), Some(' ' | '\t' | '\r')) {
                self.at += if self.rest().starts_with('\\') { 2 } else { 1 };
            }
            let start = self.at;
            let kind = match self.peek() {
                None if self.documents.is_empty() => return Ok(tokens),
                None => return Err(ParseError::Incomplete),
                Some('#') => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                    continue;
                }
                Some(_) if self.in_test => self.test_word()?,
                Some('<') if self.rest().starts_with("<<") && !self.rest().starts_with("<<<") => {
                    self.document_start(tokens.len())?
                }
                Some('(') if self.rest().starts_with("((") => {
                    let text = self.arithmetic(2)?;
                    tokens.push(Token { kind: Kind::Word(Word::literal("((")), start, end: start + 2 });
                    Kind::Word(text)
                }
                Some(_) => match OPERATORS.iter().find(|operator| self.rest().starts_with(**operator)) {
                    Some(operator) => {
                        self.at += operator.len();
                        Kind::Operator(operator)
                    }
                    None => {
                        let word = self.word()?;
                        self.in_test = word.is_bare("[[");
                        Kind::Word(word)
                    }
                },
            };
            let line_ended = kind == Kind::Operator("\n");
            tokens.push(Token { kind, start, end: self.at });
            if line_ended {
                self.read_documents(&mut tokens)?;
            }
        }
    }

    /// A word inside `[[ ]]`: an operator, or a word that is never split.
    fn test_word(&mut self) -> Result<Kind, ParseError> {
        const SIGNS: [&str; 6] = ["&&", "||", "(", ")", "<", ">"];
        if self.rest().starts_with('\n') {
            self.at += 1;
            return Ok(Kind::Operator("\n"));
        }
        if let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
            self.at += sign.len();
            return Ok(Kind::Word(Word(vec![Piece::Literal { text: (*sign).to_owned(), quoted: false }])));
        }
        let start = self.at;
        let mut word = self.word_until(|c| matches!(c, ' ' | '\t' | '\n' | ';'))?;
        if self.at == start {
            return Err(ParseError::Unexpected(self.peek().map(String::from).unwrap_or_default()));
        }
        if word.is_bare("]]") {
            self.in_test = false;
        } else {
            for piece in &mut word.0 {
                match piece {
                    Piece::Variable { quoted, .. }
                    | Piece::Substitution { quoted, .. }
                    | Piece::Arithmetic { quoted, .. } => {
                        *quoted = true;
                    }
                    Piece::Literal { .. } | Piece::Process { .. } => {}
                }
            }
        }
        Ok(Kind::Word(word))
    }

    /// `<<DELIMITER`, `<<-DELIMITER`.
    fn document_start(&mut self, place: usize) -> Result<Kind, ParseError> {
        self.at += 2;
        let tabs_go = self.rest().starts_with('-');
        self.at += usize::from(tabs_go);
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.at += 1;
        }
        let word = self.word()?;
        let delimiter = word.plain().filter(|text| !text.is_empty());
        let delimiter = delimiter.ok_or_else(|| ParseError::Unexpected("newline".into()))?;
        let quoted = word.0.iter().any(|piece| matches!(piece, Piece::Literal { quoted: true, .. }));
        self.documents.push((place, delimiter, quoted, tabs_go));
        Ok(Kind::Document(Word::default()))
    }

    /// Reads the lines of the here-documents that the line before began.
    fn read_documents(&mut self, tokens: &mut [Token]) -> Result<(), ParseError> {
        for (place, delimiter, quoted, tabs_go) in std::mem::take(&mut self.documents) {
            let mut text = String::new();
            loop {
                if self.at >= self.line.len() {
                    return Err(ParseError::Incomplete);
                }
                let length = self.rest().find('\n').unwrap_or(self.rest().len());
                let line = &self.rest()[..length];
                self.at = (self.at + length + 1).min(self.line.len());
                let line = if tabs_go { line.trim_start_matches('\t') } else { line };
                if line == delimiter {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            let word = if quoted { Word::literal(&text) } else { embedded(&text, self.depth + 1)? };
            if let Some(token) = tokens.get_mut(place) {
                token.kind = Kind::Document(word);
            }
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Word, ParseError> {
        self.word_until(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')'))
    }

    fn word_until(&mut self, ends: impl Fn(char) -> bool) -> Result<Word, ParseError> {
        let mut pieces = Pieces::default();
        while let Some(next) = self.peek().filter(|next| !ends(*next)) {
            match next {
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
            Some('(') if self.rest().starts_with("((") => {
                let word = self.arithmetic(2)?;
                pieces.0.push(Piece::Arithmetic { word, quoted });
            }
            Some('(') => {
                self.at += 1;
                let length = closing(self.rest(), '(', ')').ok_or(ParseError::Unclosed(')'))?;
                let list = parse_at(&self.rest()[..length], self.depth + 1)?;
                self.at += length + 1;
                pieces.0.push(Piece::Substitution { list, quoted });
            }
            Some('{') => {
                self.at += 1;
                let length = closing(self.rest(), '{', '}').ok_or(ParseError::Unclosed('}'))?;
                let inside = &self.rest()[..length];
                self.at += length + 1;
                let (name, index, change) = parameter(inside, self.depth + 1)?;
                pieces.0.push(Piece::Variable { name, index, change, quoted });
            }
            Some(special @ ('?' | '#' | '$' | '@' | '*' | '!' | '0'..='9')) => {
                self.at += 1;
                let name = special.to_string();
                pieces.0.push(Piece::Variable { name, index: None, change: Change::None, quoted });
            }
            Some(first) if first.is_ascii_alphabetic() || first == '_' => {
                let name: String =
                    self.rest().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                self.at += name.len();
                pieces.0.push(Piece::Variable { name, index: None, change: Change::None, quoted });
            }
            _ if quoted => pieces.quoted("$"),
            _ => pieces.plain('$'),
        }
        Ok(())
    }

    /// `((…))`, its opening parentheses ahead; leaves the place after the closing ones.
    fn arithmetic(&mut self, opening: usize) -> Result<Word, ParseError> {
        self.at += opening;
        let length = closing(self.rest(), '(', ')').ok_or(ParseError::Unclosed(')'))?;
        let inside = &self.rest()[..length];
        if !self.rest()[length + 1..].starts_with(')') {
            return Err(ParseError::Unclosed(')'));
        }
        self.at += length + 2;
        embedded(inside, self.depth + 1)
    }
}

/// A text with variables, as inside double quotes, up to its end.
pub(super) fn embedded(text: &str, depth: usize) -> Result<Word, ParseError> {
    if depth > super::parse::MAX_DEPTH {
        return Err(ParseError::TooLong);
    }
    let mut lexer = Lexer::new(text, depth);
    let mut pieces = Pieces::default();
    pieces.quoted("");
    while let Some(next) = lexer.peek() {
        match next {
            '$' | '`' => lexer.dollar(&mut pieces, true)?,
            '\\' => {
                lexer.at += 1;
                match lexer.next() {
                    Some(escaped @ ('$' | '`' | '\\')) => pieces.quoted(escaped.encode_utf8(&mut [0; 4])),
                    Some('\n') => {}
                    Some(other) => {
                        pieces.quoted("\\");
                        pieces.quoted(other.encode_utf8(&mut [0; 4]));
                    }
                    None => pieces.quoted("\\"),
                }
            }
            other => {
                lexer.at += other.len_utf8();
                pieces.quoted(other.encode_utf8(&mut [0; 4]));
            }
        }
    }
    Ok(Word(pieces.0))
}

/// The inside of `${…}`: name, index and change.
fn parameter(inside: &str, depth: usize) -> Result<(String, Option<Word>, Change), ParseError> {
    const UNSUPPORTED: ParseError = ParseError::Unsupported("this parameter expansion");
    if let Some(counted) = inside.strip_prefix('#').filter(|rest| !rest.is_empty()) {
        let (name, index, rest) = subscripted(counted, depth)?.ok_or(UNSUPPORTED)?;
        return if rest.is_empty() { Ok((name, index, Change::Length)) } else { Err(UNSUPPORTED) };
    }
    if let Some(named) = inside.strip_prefix('!').filter(|rest| !rest.is_empty()) {
        let (name, index, rest) = subscripted(named, depth)?.ok_or(UNSUPPORTED)?;
        return if rest.is_empty() { Ok((name, index, Change::Indirect)) } else { Err(UNSUPPORTED) };
    }
    let (name, index, rest) = subscripted(inside, depth)?.ok_or(UNSUPPORTED)?;
    let operand = |text: &str| operand(text, depth);
    let change = match rest {
        "" => Change::None,
        "^" | "^^" | "," | ",," => Change::Case { upper: rest.starts_with('^'), all: rest.len() == 2 },
        _ if rest.starts_with(":-") => Change::Default(operand(&rest[2..])?),
        _ if rest.starts_with(":=") => Change::Assign(operand(&rest[2..])?),
        _ if rest.starts_with(":+") => Change::Alternative(operand(&rest[2..])?),
        _ if rest.starts_with(":?") => Change::Required(operand(&rest[2..])?),
        _ if rest.starts_with('-') => Change::Default(operand(&rest[1..])?),
        _ if rest.starts_with('=') => Change::Assign(operand(&rest[1..])?),
        _ if rest.starts_with('+') => Change::Alternative(operand(&rest[1..])?),
        _ if rest.starts_with('?') => Change::Required(operand(&rest[1..])?),
        _ if rest.starts_with("##") => Change::Head { pattern: operand(&rest[2..])?, longest: true },
        _ if rest.starts_with('#') => Change::Head { pattern: operand(&rest[1..])?, longest: false },
        _ if rest.starts_with("%%") => Change::Tail { pattern: operand(&rest[2..])?, longest: true },
        _ if rest.starts_with('%') => Change::Tail { pattern: operand(&rest[1..])?, longest: false },
        _ if rest.starts_with('/') => {
            let all = rest.starts_with("//");
            let (text, with) =
                rest[1 + usize::from(all)..].split_once('/').unwrap_or((&rest[1 + usize::from(all)..], ""));
            Change::Replace { text: operand(text)?, with: operand(with)?, all }
        }
        _ => {
            let part = rest.strip_prefix(':').ok_or(UNSUPPORTED)?;
            let (start, length) = match part.split_once(':') {
                Some((start, length)) => (start, Some(operand(length)?)),
                None => (part, None),
            };
            Change::Part { start: operand(start)?, length }
        }
    };
    Ok((name, index, change))
}

/// A name, with its index in brackets if it has one, at the start of a text; and what follows.
fn subscripted(text: &str, depth: usize) -> Result<Option<(String, Option<Word>, &str)>, ParseError> {
    let special = |c: char| matches!(c, '?' | '#' | '@' | '*' | '!' | '$');
    let Some(first) = text.chars().next() else { return Ok(None) };
    let length = if special(first) {
        1
    } else {
        text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
    };
    if length == 0 {
        return Ok(None);
    }
    let (name, rest) = text.split_at(length);
    let Some(after) = rest.strip_prefix('[') else { return Ok(Some((name.to_owned(), None, rest))) };
    let Some(close) = closing(after, '[', ']') else { return Ok(None) };
    let index = operand(&after[..close], depth)?;
    Ok(Some((name.to_owned(), Some(index), &after[close + 1..])))
}

/// A word inside `${…}`. Quotes in it only group; it is never split.
pub(super) fn operand(text: &str, depth: usize) -> Result<Word, ParseError> {
    embedded(&text.replace(['"', '\''], ""), depth)
}

/// Where the sign is that closes an opening one already passed, quotes and nesting minded.
fn closing(text: &str, opens: char, closes: char) -> Option<usize> {
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
            (None, c) if c == opens => depth += 1,
            (None, c) if c == closes && depth == 0 => return Some(at),
            (None, c) if c == closes => depth -= 1,
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
