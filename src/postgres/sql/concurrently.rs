//! `DROP INDEX CONCURRENTLY`, which `sqlparser` does not read. The word moves to the statement's end as `PURGE`, which is
//! another database's and for which the syntax tree has a place; [`drops_concurrently`] reads it there.

use sqlparser::ast;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// Whether a statement is `DROP INDEX CONCURRENTLY`.
pub fn drops_concurrently(statement: &ast::Statement) -> bool {
    matches!(statement, ast::Statement::Drop { object_type: ast::ObjectType::Index, purge: true, .. })
}

/// Moves the word in every statement of a text.
pub(super) fn moved(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut words: Vec<Keyword> = Vec::new();
    let mut pending = None;
    for token in tokens {
        match &token.token {
            Token::Whitespace(_) => {}
            Token::Word(word)
                if words == [Keyword::DROP, Keyword::INDEX] && word.keyword == Keyword::CONCURRENTLY =>
            {
                words.push(word.keyword);
                pending = Some(token.span);
                continue;
            }
            Token::SemiColon => {
                out.extend(pending.take().map(purge));
                words.clear();
            }
            Token::Word(word) => words.push(word.keyword),
            _ => words.push(Keyword::NoKeyword),
        }
        out.push(token);
    }
    out.extend(pending.map(purge));
    out
}

fn purge(span: sqlparser::tokenizer::Span) -> TokenWithSpan {
    let word = Word { value: "PURGE".to_owned(), quote_style: None, keyword: Keyword::PURGE };
    TokenWithSpan { token: Token::Word(word), span }
}
