//! From text to [`Expr`], types checked, with errors in Prometheus' words.

use super::Error;
use super::ast::{AGGREGATIONS, Aggregate, At, Binary, Expr, Group, Kind, Matching, Op, Selector, Shift};
use super::functions::{self, Function};
use super::labels::{Matcher, NAME};
use super::lex::{Lexeme, Token, fault, tokens};

/// Deepest nesting of expressions.
const MAX_DEPTH: usize = 100;
/// Longest query, in bytes.
const MAX_QUERY: usize = 16_384;

/// Reads a query.
pub fn parse(text: &str) -> Result<Expr, Error> {
    if text.len() > MAX_QUERY {
        return Err(Error("query is too long".into()));
    }
    let tokens = tokens(text)?;
    if tokens.len() == 1 {
        return Err(Error("unknown position: parse error: no expression found in input".into()));
    }
    let mut parser = Parser { text, tokens, at: 0, depth: 0, selectors: 0 };
    let expr = parser.binary(0)?;
    match parser.peek() {
        Lexeme::End => Ok(expr),
        _ => Err(parser.unexpected("")),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    selectors: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Lexeme {
        &self.tokens[self.at].kind
    }

    fn place(&self) -> usize {
        self.tokens[self.at].at
    }

    fn fault(&self, what: &str) -> Error {
        fault(self.text, self.place(), what)
    }

    fn unexpected(&self, inside: &str) -> Error {
        let inside = if inside.is_empty() { String::new() } else { format!(" in {inside}") };
        self.fault(&format!("unexpected {}{inside}", self.peek()))
    }

    fn step(&mut self) -> Lexeme {
        let token = self.tokens[self.at].kind.clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Lexeme::Sign(known) if *known == sign);
        if found {
            self.step();
        }
        found
    }

    fn expect(&mut self, sign: &str, inside: &str) -> Result<(), Error> {
        if self.sign(sign) { Ok(()) } else { Err(self.unexpected(inside)) }
    }

    /// Whether the next token is this keyword, in any case; takes it.
    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Lexeme::Word(known) if known.eq_ignore_ascii_case(word));
        if found {
            self.step();
        }
        found
    }

    fn operator(&self) -> Option<(Op, u8)> {
        let word = match self.peek() {
            Lexeme::Sign(sign) => (*sign).to_owned(),
            Lexeme::Word(word) => word.to_ascii_lowercase(),
            _ => return None,
        };
        Op::TABLE.iter().find(|(text, ..)| *text == word).map(|(_, op, binds)| (*op, *binds))
    }

    fn binary(&mut self, least: u8) -> Result<Expr, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault("expression nested too deeply"));
        }
        let start = self.place();
        let mut left = self.unary()?;
        while let Some((op, binds)) = self.operator().filter(|(_, binds)| *binds >= least) {
            let at = self.place();
            self.step();
            let returns_bool = self.keyword("bool");
            if returns_bool && !op.compares() {
                return Err(fault(self.text, at, "bool modifier can only be used on comparison operators"));
            }
            let matching = self.matching(op)?;
            // The power operator alone binds to the right.
            let right_start = self.place();
            let right = self.binary(if op == Op::Pow { binds } else { binds + 1 })?;
            left = self.checked_binary(
                [start, at, right_start],
                Binary { op, returns_bool, matching, left, right },
            )?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// Checks a binary expression's types; the places are those of its left side, operator and right side.
    fn checked_binary(&self, [left, at, right]: [usize; 3], mut binary: Binary) -> Result<Expr, Error> {
        let error = |what: &str| Err(fault(self.text, at, what));
        let kinds = (binary.left.kind(), binary.right.kind());
        for (start, kind) in [(left, kinds.0), (right, kinds.1)] {
            if !matches!(kind, Kind::Scalar | Kind::Vector) {
                let what = "binary expression must contain only scalar and instant vector types";
                return Err(fault(self.text, start, what));
            }
        }
        let both_vectors = kinds == (Kind::Vector, Kind::Vector);
        if binary.op.is_set() && !both_vectors {
            return error("set operator not allowed in binary scalar expression");
        }
        if binary.op.compares() && kinds == (Kind::Scalar, Kind::Scalar) && !binary.returns_bool {
            return error("comparisons between scalars must use BOOL modifier");
        }
        if !both_vectors && (binary.matching.on || !binary.matching.labels.is_empty()) {
            return error("vector matching only allowed between instant vectors");
        }
        if binary.matching.on {
            let both = |label: &&String| binary.matching.include.contains(label);
            if let Some(label) = binary.matching.labels.iter().find(both) {
                return error(&format!("label \"{label}\" must not occur in ON and GROUP clause at once"));
            }
        }
        if !both_vectors {
            binary.matching = Matching::default();
        }
        Ok(Expr::Binary(Box::new(binary)))
    }

    fn matching(&mut self, op: Op) -> Result<Matching, Error> {
        let mut matching = Matching::default();
        let on = self.keyword("on");
        if on || self.keyword("ignoring") {
            matching.on = on;
            matching.labels = self.label_list()?;
            let left = self.keyword("group_left");
            if left || self.keyword("group_right") {
                if op.is_set() {
                    return Err(self.fault(&format!("no grouping allowed for {op:?} operation")));
                }
                matching.group = if left { Group::Left } else { Group::Right };
                if matches!(self.peek(), Lexeme::Sign("(")) {
                    matching.include = self.label_list()?;
                }
            }
        }
        Ok(matching)
    }

    fn label_list(&mut self) -> Result<Vec<String>, Error> {
        self.expect("(", "grouping opts, expected \"(\"")?;
        let mut labels = Vec::new();
        loop {
            if self.sign(")") {
                return Ok(labels);
            }
            match self.step() {
                Lexeme::Word(word) => labels.push(word),
                _ => {
                    self.at = self.at.saturating_sub(1);
                    return Err(self.unexpected("grouping opts, expected label"));
                }
            }
            if !self.sign(",") && !matches!(self.peek(), Lexeme::Sign(")")) {
                return Err(self.unexpected("grouping opts, expected \",\" or \")\""));
            }
        }
    }

    fn unary(&mut self) -> Result<Expr, Error> {
        let at = self.place();
        let negative = self.sign("-");
        if negative || self.sign("+") {
            // A sign binds as multiplication does, looser than a power.
            let operand = self.binary(6)?;
            if !matches!(operand.kind(), Kind::Scalar | Kind::Vector) {
                let what = format!(
                    "unary expression only allowed on expressions of type scalar or instant vector, got {:?}",
                    operand.kind().as_str()
                );
                return Err(fault(self.text, at, &what));
            }
            return Ok(match operand {
                Expr::Number(number) if negative => Expr::Number(-number),
                operand if negative => Expr::Negated(Box::new(operand)),
                operand => operand,
            });
        }
        let primary = self.primary()?;
        self.postfix(primary)
    }

    fn primary(&mut self) -> Result<Expr, Error> {
        let at = self.place();
        match self.peek().clone() {
            Lexeme::Number(number) => {
                self.step();
                Ok(Expr::Number(number))
            }
            Lexeme::Text(text) => {
                self.step();
                Ok(Expr::Text(text))
            }
            Lexeme::Sign("(") => {
                self.step();
                let inner = self.binary(0)?;
                self.expect(")", "parenthesised expression")?;
                Ok(Expr::Parens(Box::new(inner)))
            }
            Lexeme::Sign("{") => self.selector(None),
            Lexeme::Word(word) => {
                self.step();
                let lower = word.to_ascii_lowercase();
                if let Some((op, takes, _)) = AGGREGATIONS.iter().find(|(name, ..)| *name == lower) {
                    let opens = matches!(self.peek(), Lexeme::Sign("("));
                    let grouped = matches!(self.peek(), Lexeme::Word(next) if ["by", "without"].iter().any(|k| next.eq_ignore_ascii_case(k)));
                    if opens || grouped {
                        return self.aggregate(at, op, *takes);
                    }
                }
                if matches!(self.peek(), Lexeme::Sign("(")) {
                    return self.call(at, &word);
                }
                self.selector(Some(word))
            }
            _ => Err(self.unexpected("")),
        }
    }

    fn selector(&mut self, name: Option<String>) -> Result<Expr, Error> {
        let at = self.place();
        let mut matchers = Vec::new();
        if let Some(name) = &name {
            matchers.push(Matcher::new(NAME, "=", name)?);
        }
        if self.sign("{") {
            while !self.sign("}") {
                let Lexeme::Word(label) = self.peek().clone() else {
                    return Err(self.unexpected("label matching, expected identifier or \"}\""));
                };
                self.step();
                let Lexeme::Sign(operator @ ("=" | "!=" | "=~" | "!~")) = *self.peek() else {
                    return Err(self.unexpected("label matching, expected label matching operator"));
                };
                self.step();
                let Lexeme::Text(value) = self.peek().clone() else {
                    return Err(self.unexpected("label matching, expected string"));
                };
                self.step();
                matchers.push(Matcher::new(&label, operator, &value)?);
                if !self.sign(",") && !matches!(self.peek(), Lexeme::Sign("}")) {
                    return Err(self.unexpected("label matching, expected \",\" or \"}\""));
                }
            }
        }
        if matchers.iter().all(|matcher| matcher.accepts("")) {
            return Err(fault(self.text, at, "vector selector must contain at least one non-empty matcher"));
        }
        let index = self.selectors;
        self.selectors += 1;
        Ok(Expr::Selector(Selector { matchers, range: None, shift: Shift::default(), index }))
    }

    /// Ranges, subqueries, `offset` and `@` after an expression.
    fn postfix(&mut self, mut expr: Expr) -> Result<Expr, Error> {
        loop {
            let at = self.place();
            if self.sign("[") {
                expr = self.brackets(at, expr)?;
            } else if self.keyword("offset") {
                let sign = if self.sign("-") { -1 } else { 1 };
                let duration = self.duration("offset")?;
                self.shift(at, &mut expr, |shift| shift.offset = sign * duration)?;
            } else if self.sign("@") {
                let time = self.at_time()?;
                self.shift(at, &mut expr, |shift| shift.at = Some(time))?;
            } else {
                return Ok(expr);
            }
        }
    }

    fn brackets(&mut self, at: usize, expr: Expr) -> Result<Expr, Error> {
        let range = self.duration("subquery or range selector")?;
        if range <= 0 {
            return Err(fault(self.text, at, "duration must be greater than 0"));
        }
        if self.sign(":") {
            let step = if matches!(self.peek(), Lexeme::Sign("]")) {
                None
            } else {
                Some(self.duration("subquery")?)
            };
            self.expect("]", "subquery selector")?;
            if expr.kind() != Kind::Vector {
                let what = format!(
                    "subquery is only allowed on instant vector, got {} instead",
                    expr.kind().as_str()
                );
                return Err(fault(self.text, at, &what));
            }
            return Ok(Expr::Subquery { expr: Box::new(expr), range, step, shift: Shift::default() });
        }
        self.expect("]", "range selector")?;
        match expr {
            Expr::Selector(selector) if selector.range.is_none() && selector.shift == Shift::default() => {
                Ok(Expr::Selector(Selector { range: Some(range), ..selector }))
            }
            Expr::Selector(selector) if selector.shift != Shift::default() => {
                Err(fault(self.text, at, "no offset modifiers allowed before range"))
            }
            _ => Err(fault(self.text, at, "ranges only allowed for vector selectors")),
        }
    }

    fn duration(&mut self, inside: &str) -> Result<i64, Error> {
        match *self.peek() {
            Lexeme::Duration(duration) => {
                self.step();
                Ok(duration)
            }
            _ => Err(self.unexpected(&format!("{inside}, expected duration"))),
        }
    }

    fn at_time(&mut self) -> Result<At, Error> {
        for (word, at) in [("start", At::Start), ("end", At::End)] {
            if self.keyword(word) {
                self.expect("(", "@")?;
                self.expect(")", "@")?;
                return Ok(at);
            }
        }
        let sign = if self.sign("-") { -1.0 } else { 1.0 };
        match *self.peek() {
            Lexeme::Number(seconds) if seconds.is_finite() => {
                self.step();
                Ok(At::Time((sign * seconds * 1000.0).round() as i64))
            }
            _ => Err(self.unexpected("@, expected timestamp")),
        }
    }

    fn shift(&self, at: usize, expr: &mut Expr, change: impl FnOnce(&mut Shift)) -> Result<(), Error> {
        match expr {
            Expr::Selector(selector) => change(&mut selector.shift),
            Expr::Subquery { shift, .. } => change(shift),
            _ => {
                let what = "offset modifier must be preceded by an instant vector selector or range vector selector or a \
                            subquery";
                return Err(fault(self.text, at, what));
            }
        }
        Ok(())
    }

    fn aggregate(&mut self, at: usize, op: &'static str, takes: bool) -> Result<Expr, Error> {
        let mut grouping = self.grouping()?;
        self.expect("(", "aggregation")?;
        let mut arguments = vec![(self.place(), self.binary(0)?)];
        while self.sign(",") {
            arguments.push((self.place(), self.binary(0)?));
        }
        self.expect(")", "aggregation")?;
        if grouping.is_none() {
            grouping = self.grouping()?;
        }
        let wanted = if takes { 2 } else { 1 };
        if arguments.len() != wanted {
            let what = format!(
                "wrong number of arguments for aggregate expression provided, expected {wanted}, got {}",
                arguments.len()
            );
            return Err(fault(self.text, at, &what));
        }
        let Some((start, expr)) = arguments.pop() else { return Err(self.unexpected("aggregation")) };
        self.require(start, &expr, Kind::Vector, "aggregation expression")?;
        let parameter = arguments.pop();
        if let Some((start, parameter)) = &parameter {
            let kind = if op == "count_values" { Kind::Text } else { Kind::Scalar };
            self.require(*start, parameter, kind, "aggregation parameter")?;
        }
        let parameter = parameter.map(|(_, parameter)| parameter);
        let (without, labels) = grouping.unwrap_or((false, Vec::new()));
        Ok(Expr::Aggregate(Box::new(Aggregate { op, parameter, expr, without, labels })))
    }

    fn grouping(&mut self) -> Result<Option<(bool, Vec<String>)>, Error> {
        let by = self.keyword("by");
        if by || self.keyword("without") {
            return Ok(Some((!by, self.label_list()?)));
        }
        Ok(None)
    }

    fn require(&self, at: usize, expr: &Expr, wanted: Kind, inside: &str) -> Result<(), Error> {
        let kind = expr.kind();
        if kind == wanted {
            return Ok(());
        }
        let what = format!("expected type {} in {inside}, got {}", wanted.as_str(), kind.as_str());
        Err(fault(self.text, at, &what))
    }

    fn call(&mut self, at: usize, word: &str) -> Result<Expr, Error> {
        let function: &'static Function = functions::find(word)
            .ok_or_else(|| fault(self.text, at, &format!("unknown function with name {word:?}")))?;
        self.expect("(", "function call")?;
        let mut arguments = Vec::new();
        while !self.sign(")") {
            arguments.push((self.place(), self.binary(0)?));
            if !self.sign(",") && !matches!(self.peek(), Lexeme::Sign(")")) {
                return Err(self.unexpected("function call"));
            }
        }
        let (least, most) = function.arity();
        if arguments.len() < least || arguments.len() > most {
            let many = if least == most {
                format!("{least}")
            } else if arguments.len() < least {
                format!("at least {least}")
            } else {
                format!("at most {most}")
            };
            let what = format!("expected {many} argument(s) in call to {word:?}, got {}", arguments.len());
            return Err(fault(self.text, at, &what));
        }
        for (place, (start, argument)) in arguments.iter().enumerate() {
            let inside = format!("call to function {word:?}");
            self.require(*start, argument, function.argument(place), &inside)?;
        }
        let arguments = arguments.into_iter().map(|(_, argument)| argument).collect();
        Ok(Expr::Call { function, arguments })
    }
}
