//! PostgreSQL's SQL as `sqlparser` reads it: forms that it doesn't know are put in ones that it does, token by token, each
//! with its place in the text, so that errors still point where the user typed.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Whitespace, Word};

/// The name under which `expression COLLATE name` reaches the binder when it stands behind a cast.
pub(crate) const COLLATE_OPERATOR: &str = "collate";

/// Types whose `type 'literal'` the parser doesn't read.
const LITERAL_TYPES: &[&str] = &[
    "pg_lsn",
    "regclass",
    "regtype",
    "regproc",
    "regprocedure",
    "regrole",
    "regnamespace",
    "oid",
    "xid",
    "inet",
    "cidr",
    "name",
    "uuid",
    "int4",
    "int8",
    "float8",
    "text",
    "varchar",
    "bool",
    "int2vector",
    "oidvector",
];

/// Rewrites a text's tokens.
pub(super) fn adapted(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    rewritten(without_idle_words(whole_numbers(table_command(tokens))))
}

/// `TABLE name` is `SELECT * FROM name`.
fn table_command(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let first = tokens.iter().position(|token| !matches!(token.token, Token::Whitespace(_)));
    let Some(at) = first else { return tokens };
    match &tokens[at].token {
        Token::Word(word) if is(word, "TABLE") => {}
        _ => return tokens,
    }
    let span = tokens[at].span;
    let blank = || TokenWithSpan { token: Token::Whitespace(Whitespace::Space), span };
    let mut out = tokens;
    let star = TokenWithSpan { token: Token::Mul, span };
    let words = [keyword(Keyword::SELECT, span), blank(), star, blank(), keyword(Keyword::FROM, span)];
    out.splice(at..=at, words);
    out
}

/// `0b101` and `0o17`, which the tokenizer takes for a number and a word, as one number.
fn whole_numbers(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let number = match (&token.token, out.last().map(|last| &last.token)) {
            (Token::Word(word), Some(Token::Number(zero, false))) if zero == "0" => based(&word.value),
            _ => None,
        };
        match (number, out.last_mut()) {
            (Some(number), Some(last)) => last.token = Token::Number(number.to_string(), false),
            _ => out.push(token),
        }
    }
    out
}

/// The value of `b101` or `o17`.
fn based(word: &str) -> Option<i64> {
    let (radix, digits) = match word.split_at_checked(1)? {
        ("b" | "B", digits) => (2, digits),
        ("o" | "O", digits) => (8, digits),
        _ => return None,
    };
    i64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// Drops words that the parser does not know and that change no plan: ONLY before a table (the model has no inheritance), and
/// KEY and NO KEY in row locks.
fn without_idle_words(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let word = |t: &TokenWithSpan| match &t.token {
        Token::Word(w) if w.quote_style.is_none() => w.value.to_ascii_uppercase(),
        _ => String::new(),
    };
    let mut before = [String::new(), String::new()];
    for token in tokens {
        if matches!(token.token, Token::Whitespace(_)) {
            out.push(token);
            continue;
        }
        let this = word(&token);
        let drop = match this.as_str() {
            "ONLY" => matches!(before[1].as_str(), "FROM" | "UPDATE" | "JOIN"),
            "NO" => before[1] == "FOR",
            "KEY" => before[1] == "FOR" || (before[1] == "NO" && before[0] == "FOR"),
            _ => false,
        };
        if drop && this != "ONLY" {
            before = ["FOR".to_owned(), if this == "NO" { "NO".to_owned() } else { "FOR KEY".to_owned() }];
            continue;
        }
        if drop {
            continue;
        }
        before = [std::mem::take(&mut before[1]), this];
        out.push(token);
    }
    out
}

/// `ISNULL` and `NOTNULL`, `type 'literal'`, `EXTRACT('field' FROM …)`, and `COLLATE` behind a cast.
fn rewritten(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // The last two tokens that aren't blank, by their place in `out`.
    let mut before: [Option<usize>; 2] = [None, None];
    let mut in_cast_type = false;
    for token in tokens {
        if matches!(token.token, Token::Whitespace(_)) {
            out.push(token);
            continue;
        }
        let span = token.span;
        let last = before[1].map(|at| out[at].token.clone());
        match (&token.token, &last) {
            (Token::Word(word), _) if is(word, "ISNULL") => {
                out.extend([keyword(Keyword::IS, span), keyword(Keyword::NULL, span)])
            }
            (Token::Word(word), _) if is(word, "NOTNULL") => {
                out.extend([
                    keyword(Keyword::IS, span),
                    keyword(Keyword::NOT, span),
                    keyword(Keyword::NULL, span),
                ]);
            }
            (Token::Word(word), _) if in_cast_type && word.keyword == Keyword::COLLATE => {
                out.extend(collate_operator(span));
            }
            (Token::SingleQuotedString(_), Some(Token::Word(word))) if names_a_type(word, &before, &out) => {
                let name = before[1].map(|at| std::mem::replace(&mut out[at], token.clone()));
                out.push(TokenWithSpan { token: Token::DoubleColon, span });
                out.extend(name);
            }
            (Token::SingleQuotedString(field), Some(Token::LParen)) if follows_extract(&before, &out) => {
                out.push(TokenWithSpan { token: Token::make_word(field, None), span });
            }
            (Token::SingleQuotedString(name), Some(Token::RParen)) if is_collation(&out) => {
                out.push(TokenWithSpan { token: Token::SingleQuotedString(name.clone()), span });
            }
            (Token::Word(word), Some(Token::RParen)) if word.quote_style.is_some() && is_collation(&out) => {
                out.push(TokenWithSpan { token: Token::SingleQuotedString(word.value.clone()), span });
            }
            _ => out.push(token),
        }
        in_cast_type = continues_cast_type(in_cast_type, &out);
        before = [before[1], Some(out.len() - 1)];
    }
    out
}

fn is(word: &Word, text: &str) -> bool {
    word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text)
}

fn keyword(keyword: Keyword, span: Span) -> TokenWithSpan {
    let word = Word { value: format!("{keyword:?}"), quote_style: None, keyword };
    TokenWithSpan { token: Token::Word(word), span }
}

/// `OPERATOR(pg_catalog.collate)`: binds like any other operator, tighter than comparisons.
fn collate_operator(span: Span) -> Vec<TokenWithSpan> {
    let name = |text: &str| TokenWithSpan { token: Token::make_word(text, None), span };
    let sign = |token| TokenWithSpan { token, span };
    vec![
        keyword(Keyword::OPERATOR, span),
        sign(Token::LParen),
        name("pg_catalog"),
        sign(Token::Period),
        name(COLLATE_OPERATOR),
        sign(Token::RParen),
    ]
}

/// Do the last tokens end the operator that stands for COLLATE?
fn is_collation(out: &[TokenWithSpan]) -> bool {
    let mut significant = out.iter().rev().filter(|token| !matches!(token.token, Token::Whitespace(_)));
    matches!(significant.nth(1), Some(TokenWithSpan { token: Token::Word(word), .. }) if is(word, COLLATE_OPERATOR))
        && matches!(significant.next(), Some(TokenWithSpan { token: Token::Period, .. }))
}

/// A type's name that begins a literal; behind `AS`, `::` or a dot it is something else.
fn names_a_type(word: &Word, before: &[Option<usize>; 2], out: &[TokenWithSpan]) -> bool {
    let begins = match before[0].map(|at| &out[at].token) {
        Some(Token::DoubleColon | Token::Period) => false,
        Some(Token::Word(word)) => word.keyword != Keyword::AS,
        _ => true,
    };
    begins
        && word.quote_style.is_none()
        && LITERAL_TYPES.iter().any(|name| word.value.eq_ignore_ascii_case(name))
}

fn follows_extract(before: &[Option<usize>; 2], out: &[TokenWithSpan]) -> bool {
    matches!(before[0].map(|at| &out[at].token), Some(Token::Word(word)) if is(word, "EXTRACT"))
}

/// Is the last token part of a type behind `::`?
fn continues_cast_type(inside: bool, out: &[TokenWithSpan]) -> bool {
    match out.last().map(|token| &token.token) {
        Some(Token::DoubleColon) => true,
        Some(
            Token::LBracket
            | Token::RBracket
            | Token::LParen
            | Token::RParen
            | Token::Number(..)
            | Token::Period,
        ) => inside,
        Some(Token::Word(word)) => {
            inside
                && !matches!(
                    word.keyword,
                    Keyword::AS
                        | Keyword::FROM
                        | Keyword::AND
                        | Keyword::OR
                        | Keyword::THEN
                        | Keyword::ELSE
                        | Keyword::END
                )
        }
        _ => false,
    }
}
