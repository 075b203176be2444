//! awk's grammar, by recursive descent.

use super::lex::{Token, tokens};
use crate::console::filters::pattern::{Syntax, compile};
use regex::Regex;

/// A program.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) begin: Vec<Statement>,
    pub(super) rules: Vec<Rule>,
    pub(super) end: Vec<Statement>,
}

impl Program {
    /// Whether any line has to be read.
    pub(super) fn needs_input(&self) -> bool {
        !self.rules.is_empty() || !self.end.is_empty()
    }
}

/// A pattern and what is done for lines that match.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    pub(super) action: Vec<Statement>,
}

/// Which lines.
#[derive(Debug)]
pub(super) enum Pattern {
    Always,
    When(Expression),
    /// From the first match to the second.
    Range(Expression, Expression),
}

/// A statement.
#[derive(Debug)]
pub(super) enum Statement {
    Expression(Expression),
    Print(Vec<Expression>),
    Printf(Vec<Expression>),
    If(Expression, Vec<Statement>, Vec<Statement>),
    While(Expression, Vec<Statement>),
    /// First, condition, step, body.
    For(Option<Box<Statement>>, Option<Expression>, Option<Box<Statement>>, Vec<Statement>),
    /// Variable, array, body.
    ForIn(String, String, Vec<Statement>),
    Delete(String, Option<Vec<Expression>>),
    Next,
    Break,
    Continue,
    Exit(Option<Expression>),
}

/// What can be assigned to.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Variable(String),
    Field(Box<Expression>),
    Element(String, Vec<Expression>),
}

/// An expression.
#[derive(Debug, Clone)]
pub(super) enum Expression {
    Number(f64),
    Text(String),
    /// A regular expression standing alone: matched against `$0`.
    Regex(Regex),
    Place(Place),
    Assign(Place, Option<&'static str>, Box<Expression>),
    /// `++x` and the like: by how much, and whether the value before is meant.
    Step(Place, f64, bool),
    Unary(&'static str, Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    Match(Box<Expression>, Box<Expression>, bool),
    In(Vec<Expression>, String),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    Call(String, Vec<Expression>),
    /// `(a, b)`: only before `in`, or as print's list.
    List(Vec<Expression>),
}

/// Deepest nesting of expressions and statements.
const MAX_DEPTH: usize = 100;

/// Reads a program; the error is one line.
pub(super) fn parse(text: &str) -> Result<Program, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, no_in: false, no_greater: false };
    parser.program()
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Inside the head of a `for`, where `in` isn't an operator.
    no_in: bool,
    /// Inside `print`, where `>` isn't an operator.
    no_greater: bool,
}

type Parsed<T> = Result<T, String>;

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at]
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn is(&self, mark: &str) -> bool {
        matches!(self.peek(), Token::Mark(found) if *found == mark)
    }

    fn takes(&mut self, mark: &str) -> bool {
        let found = self.is(mark);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, mark: &str) -> Parsed<()> {
        if self.takes(mark) { Ok(()) } else { Err(self.error()) }
    }

    fn is_name(&self, name: &str) -> bool {
        matches!(self.peek(), Token::Name(found) | Token::Call(found) if found == name)
    }

    fn takes_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        if found {
            self.at += 1;
        }
        found
    }

    fn error(&self) -> String {
        match self.peek() {
            Token::End => "syntax error at end of program".into(),
            Token::Newline => "syntax error at end of line".into(),
            Token::Mark(mark) => format!("syntax error at or near {mark}"),
            Token::Name(name) | Token::Call(name) => format!("syntax error at or near {name}"),
            Token::Number(number) => format!("syntax error at or near {number}"),
            Token::Text(text) => format!("syntax error at or near \"{text}\""),
            Token::Regex(text) => format!("syntax error at or near /{text}/"),
        }
    }

    fn skip_breaks(&mut self) {
        while self.is(";") || *self.peek() == Token::Newline {
            self.at += 1;
        }
    }

    fn skip_newlines(&mut self) {
        while *self.peek() == Token::Newline {
            self.at += 1;
        }
    }

    fn program(&mut self) -> Parsed<Program> {
        let mut program = Program { begin: Vec::new(), rules: Vec::new(), end: Vec::new() };
        loop {
            self.skip_breaks();
            if *self.peek() == Token::End {
                return Ok(program);
            }
            if self.is_name("function") || self.is_name("func") {
                return Err("functions of your own are not available".into());
            }
            if self.takes_name("BEGIN") {
                program.begin.extend(self.block()?);
            } else if self.takes_name("END") {
                program.end.extend(self.block()?);
            } else {
                program.rules.push(self.rule()?);
            }
        }
    }

    fn rule(&mut self) -> Parsed<Rule> {
        let mut pattern = Pattern::Always;
        if !self.is("{") {
            let first = self.expression()?;
            pattern = if self.takes(",") {
                self.skip_newlines();
                Pattern::Range(first, self.expression()?)
            } else {
                Pattern::When(first)
            };
        }
        let action = if self.is("{") { self.block()? } else { vec![Statement::Print(Vec::new())] };
        Ok(Rule { pattern, action })
    }

    fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.expect("{")?;
        let mut statements = Vec::new();
        loop {
            self.skip_breaks();
            if self.takes("}") {
                return Ok(statements);
            }
            statements.push(self.statement()?);
        }
    }

    /// The body of `if`, `while`, `for`: a block or one statement.
    fn body(&mut self) -> Parsed<Vec<Statement>> {
        self.skip_newlines();
        if self.takes(";") {
            return Ok(Vec::new());
        }
        if self.is("{") { self.block() } else { Ok(vec![self.statement()?]) }
    }

    fn statement(&mut self) -> Parsed<Statement> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("program nested too deeply".into());
        }
        let statement = self.any_statement();
        self.depth -= 1;
        let statement = statement?;
        if !(self.takes(";") || self.is("}") || *self.peek() == Token::Newline || *self.peek() == Token::End)
            && !matches!(
                statement,
                Statement::If(..) | Statement::While(..) | Statement::For(..) | Statement::ForIn(..)
            )
        {
            return Err(self.error());
        }
        Ok(statement)
    }

    fn any_statement(&mut self) -> Parsed<Statement> {
        if self.is("{") {
            return Ok(Statement::If(Expression::Number(1.0), self.block()?, Vec::new()));
        }
        if self.takes_name("if") {
            return self.if_statement();
        }
        if self.takes_name("while") {
            self.expect("(")?;
            let condition = self.expression()?;
            self.expect(")")?;
            return Ok(Statement::While(condition, self.body()?));
        }
        if self.takes_name("for") {
            return self.for_statement();
        }
        if self.takes_name("next") {
            return Ok(Statement::Next);
        }
        if self.takes_name("break") {
            return Ok(Statement::Break);
        }
        if self.takes_name("continue") {
            return Ok(Statement::Continue);
        }
        if self.takes_name("exit") {
            let code = if self.ends_statement() { None } else { Some(self.expression()?) };
            return Ok(Statement::Exit(code));
        }
        if self.is_name("getline") || self.is_name("do") {
            return Err(format!("{} is not available", if self.is_name("do") { "do" } else { "getline" }));
        }
        self.simple()
    }

    fn ends_statement(&self) -> bool {
        self.is(";") || self.is("}") || matches!(self.peek(), Token::Newline | Token::End)
    }

    fn if_statement(&mut self) -> Parsed<Statement> {
        self.expect("(")?;
        let condition = self.expression()?;
        self.expect(")")?;
        let then = self.body()?;
        let before = self.at;
        self.skip_breaks();
        if self.takes_name("else") {
            return Ok(Statement::If(condition, then, self.body()?));
        }
        self.at = before;
        Ok(Statement::If(condition, then, Vec::new()))
    }

    fn for_statement(&mut self) -> Parsed<Statement> {
        self.expect("(")?;
        if let (
            Token::Name(variable),
            Some(Token::Name(word)),
            Some(Token::Name(array)),
            Some(Token::Mark(")")),
        ) = (
            self.peek().clone(),
            self.tokens.get(self.at + 1),
            self.tokens.get(self.at + 2),
            self.tokens.get(self.at + 3),
        ) && word == "in"
        {
            let array = array.clone();
            self.at += 4;
            return Ok(Statement::ForIn(variable, array, self.body()?));
        }
        let was = std::mem::replace(&mut self.no_in, true);
        let first = if self.is(";") { None } else { Some(Box::new(self.simple()?)) };
        self.no_in = was;
        self.expect(";")?;
        let condition = if self.is(";") { None } else { Some(self.expression()?) };
        self.expect(";")?;
        let step = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(")")?;
        Ok(Statement::For(first, condition, step, self.body()?))
    }

    fn simple(&mut self) -> Parsed<Statement> {
        if self.takes_name("print") {
            return Ok(Statement::Print(self.print_list()?));
        }
        if self.takes_name("printf") {
            let list = self.print_list()?;
            return if list.is_empty() {
                Err("printf: no format".into())
            } else {
                Ok(Statement::Printf(list))
            };
        }
        if self.takes_name("delete") {
            let Token::Name(array) = self.next() else { return Err(self.error()) };
            let index = if self.takes("[") { Some(self.subscripts()?) } else { None };
            return Ok(Statement::Delete(array, index));
        }
        Ok(Statement::Expression(self.expression()?))
    }

    fn print_list(&mut self) -> Parsed<Vec<Expression>> {
        if self.ends_statement() {
            return Ok(Vec::new());
        }
        let was = std::mem::replace(&mut self.no_greater, true);
        let mut list = vec![self.expression()?];
        while self.takes(",") {
            self.skip_newlines();
            list.push(self.expression()?);
        }
        self.no_greater = was;
        if self.is(">") || self.is(">>") || self.is("|") {
            return Err("output to files and commands is not available".into());
        }
        if let [Expression::List(inner)] = list.as_slice() {
            return Ok(inner.clone());
        }
        Ok(list)
    }

    fn subscripts(&mut self) -> Parsed<Vec<Expression>> {
        let was = (std::mem::take(&mut self.no_in), std::mem::take(&mut self.no_greater));
        let mut list = vec![self.expression()?];
        while self.takes(",") {
            list.push(self.expression()?);
        }
        (self.no_in, self.no_greater) = was;
        self.expect("]")?;
        Ok(list)
    }

    fn expression(&mut self) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("program nested too deeply".into());
        }
        let left = self.ternary();
        self.depth -= 1;
        let left = left?;
        let operator = match self.peek() {
            Token::Mark("=") => None,
            Token::Mark("+=") => Some("+"),
            Token::Mark("-=") => Some("-"),
            Token::Mark("*=") => Some("*"),
            Token::Mark("/=") => Some("/"),
            Token::Mark("%=") => Some("%"),
            Token::Mark("^=") => Some("^"),
            _ => return Ok(left),
        };
        let Expression::Place(place) = left else { return Err(self.error()) };
        self.at += 1;
        self.skip_newlines();
        Ok(Expression::Assign(place, operator, Box::new(self.expression()?)))
    }

    fn ternary(&mut self) -> Parsed<Expression> {
        let condition = self.or()?;
        if !self.takes("?") {
            return Ok(condition);
        }
        self.skip_newlines();
        let yes = self.expression()?;
        self.skip_newlines();
        self.expect(":")?;
        self.skip_newlines();
        let no = self.expression()?;
        Ok(Expression::Choice(Box::new(condition), Box::new(yes), Box::new(no)))
    }

    fn or(&mut self) -> Parsed<Expression> {
        let mut left = self.and()?;
        while self.takes("||") {
            self.skip_newlines();
            left = Expression::Binary("||", Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expression> {
        let mut left = self.membership()?;
        while self.takes("&&") {
            self.skip_newlines();
            left = Expression::Binary("&&", Box::new(left), Box::new(self.membership()?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Parsed<Expression> {
        let mut left = self.matching()?;
        while !self.no_in && self.is_name("in") {
            self.at += 1;
            let Token::Name(array) = self.next() else { return Err(self.error()) };
            let keys = match left {
                Expression::List(keys) => keys,
                one => vec![one],
            };
            left = Expression::In(keys, array);
        }
        Ok(left)
    }

    fn matching(&mut self) -> Parsed<Expression> {
        let mut left = self.comparison()?;
        loop {
            let negated = if self.takes("~") {
                false
            } else if self.takes("!~") {
                true
            } else {
                return Ok(left);
            };
            left = Expression::Match(Box::new(left), Box::new(self.comparison()?), negated);
        }
    }

    fn comparison(&mut self) -> Parsed<Expression> {
        let left = self.concatenation()?;
        for operator in ["<=", ">=", "==", "!=", "<", ">"] {
            if operator == ">" && self.no_greater {
                continue;
            }
            if self.takes(operator) {
                return Ok(Expression::Binary(operator, Box::new(left), Box::new(self.concatenation()?)));
            }
        }
        Ok(left)
    }

    fn concatenation(&mut self) -> Parsed<Expression> {
        let mut left = self.sum()?;
        while self.starts_operand() {
            left = Expression::Binary(" ", Box::new(left), Box::new(self.sum()?));
        }
        Ok(left)
    }

    /// Whether what comes can be the right side of a concatenation.
    fn starts_operand(&self) -> bool {
        match self.peek() {
            Token::Number(_) | Token::Text(_) | Token::Call(_) | Token::Regex(_) => true,
            Token::Name(name) => name != "in",
            Token::Mark(mark) => matches!(*mark, "$" | "!" | "(" | "-" | "+" | "++" | "--"),
            Token::Newline | Token::End => false,
        }
    }

    fn sum(&mut self) -> Parsed<Expression> {
        let mut left = self.product()?;
        loop {
            let operator = if self.takes("+") {
                "+"
            } else if self.takes("-") {
                "-"
            } else {
                return Ok(left);
            };
            left = Expression::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Parsed<Expression> {
        let mut left = self.unary()?;
        loop {
            let Some(operator) = ["*", "/", "%"].into_iter().find(|operator| self.is(operator)) else {
                return Ok(left);
            };
            self.at += 1;
            left = Expression::Binary(operator, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Parsed<Expression> {
        for operator in ["!", "-", "+"] {
            if self.takes(operator) {
                return Ok(Expression::Unary(operator, Box::new(self.unary()?)));
            }
        }
        self.power()
    }

    fn power(&mut self) -> Parsed<Expression> {
        let left = self.postfix()?;
        if self.takes("^") {
            // Right-associative, and binds tighter than a sign on its left.
            return Ok(Expression::Binary("^", Box::new(left), Box::new(self.unary()?)));
        }
        Ok(left)
    }

    fn postfix(&mut self) -> Parsed<Expression> {
        let operand = self.primary()?;
        if let Expression::Place(place) = &operand {
            for (mark, by) in [("++", 1.0), ("--", -1.0)] {
                if self.takes(mark) {
                    return Ok(Expression::Step(place.clone(), by, true));
                }
            }
        }
        Ok(operand)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        for (mark, by) in [("++", 1.0), ("--", -1.0)] {
            if self.takes(mark) {
                let Expression::Place(place) = self.primary()? else { return Err(self.error()) };
                return Ok(Expression::Step(place, by, false));
            }
        }
        if self.takes("$") {
            let index =
                if self.is("++") || self.is("--") || self.is("-") { self.unary()? } else { self.primary()? };
            return Ok(Expression::Place(Place::Field(Box::new(index))));
        }
        if self.takes("(") {
            return self.group();
        }
        match self.next() {
            Token::Number(number) => Ok(Expression::Number(number)),
            Token::Text(text) => Ok(Expression::Text(text)),
            Token::Regex(text) => Ok(Expression::Regex(compile(&text, Syntax::Extended, false)?)),
            Token::Call(name) => self.call(name),
            Token::Name(name) if name == "length" => Ok(Expression::Call(name, Vec::new())),
            Token::Name(name) => {
                let place = if self.takes("[") {
                    Place::Element(name, self.subscripts()?)
                } else {
                    Place::Variable(name)
                };
                Ok(Expression::Place(place))
            }
            Token::End => Err("syntax error at end of program".into()),
            _ => {
                self.at -= 1;
                Err(self.error())
            }
        }
    }

    fn group(&mut self) -> Parsed<Expression> {
        let was = (std::mem::take(&mut self.no_in), std::mem::take(&mut self.no_greater));
        let mut list = vec![self.expression()?];
        while self.takes(",") {
            self.skip_newlines();
            list.push(self.expression()?);
        }
        (self.no_in, self.no_greater) = was;
        self.expect(")")?;
        // One in parentheses is itself, but not a place: `(x)++` is refused as in awk.
        Ok(match list.len() {
            1 => match list.remove(0) {
                Expression::Place(place) => Expression::Unary("()", Box::new(Expression::Place(place))),
                other => other,
            },
            _ => Expression::List(list),
        })
    }

    fn call(&mut self, name: String) -> Parsed<Expression> {
        if !super::run::FUNCTIONS.contains(&name.as_str()) {
            return Err(format!("function {name} not defined"));
        }
        self.expect("(")?;
        let was = (std::mem::take(&mut self.no_in), std::mem::take(&mut self.no_greater));
        let mut arguments = Vec::new();
        if !self.is(")") {
            arguments.push(self.expression()?);
            while self.takes(",") {
                self.skip_newlines();
                arguments.push(self.expression()?);
            }
        }
        (self.no_in, self.no_greater) = was;
        self.expect(")")?;
        Ok(Expression::Call(name, arguments))
    }
}
