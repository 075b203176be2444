//! `$((…))` and `((…))`: whole numbers with C's operators (POSIX.1 "Arithmetic Expansion").

use super::session::Session;

/// Deepest nesting of variables that hold expressions, and of parentheses.
const MAX_DEPTH: usize = 32;

/// Evaluates an expression, carrying out its assignments; the error is bash's, without the line.
pub(crate) fn evaluate(text: &str, session: &mut Session) -> Result<i64, String> {
    let mut reader = Reader { text, at: 0, session: Some(session), known: None, depth: 0 };
    reader.whole()
}

/// [`evaluate`] where nothing can be assigned.
pub(crate) fn value(text: &str, session: &Session) -> Result<i64, String> {
    Reader { text, at: 0, session: None, known: Some(session), depth: 0 }.whole()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    session: Option<&'a mut Session>,
    known: Option<&'a Session>,
    depth: usize,
}

/// Binary operators by level, loosest first; longer ones before their heads.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Reader<'_> {
    fn whole(&mut self) -> Result<i64, String> {
        self.blanks();
        if self.at == self.text.len() {
            return Ok(0);
        }
        let value = self.ternary()?;
        self.blanks();
        if self.at < self.text.len() { Err(self.fault("syntax error in expression")) } else { Ok(value) }
    }

    fn fault(&self, what: &str) -> String {
        format!("bash: {}: {what} (error token is \"{}\")", self.text.trim(), self.text[self.at..].trim())
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn sign(&mut self, sign: &str) -> bool {
        self.blanks();
        let found = self.text[self.at..].starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn ternary(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault("expression recursion level exceeded"));
        }
        let condition = self.binary(0)?;
        let value = if self.sign("?") {
            let yes = self.ternary()?;
            if !self.sign(":") {
                return Err(self.fault("`:' expected for conditional expression"));
            }
            let no = self.ternary()?;
            if condition != 0 { yes } else { no }
        } else {
            condition
        };
        self.depth -= 1;
        Ok(value)
    }

    fn binary(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        loop {
            self.blanks();
            let rest = &self.text[self.at..];
            let Some(operator) = operators.iter().find(|operator| rest.starts_with(**operator)) else {
                return Ok(left);
            };
            let after = &rest[operator.len()..];
            // The heads of longer operators and of assignments are not these operators.
            let longer = match *operator {
                "|" | "&" => after.starts_with(*operator),
                "<" | ">" => after.starts_with(*operator),
                "*" => after.starts_with('*'),
                _ => false,
            };
            if longer || (after.starts_with('=') && !matches!(*operator, "==" | "!=" | "<=" | ">=")) {
                return Ok(left);
            }
            self.at += operator.len();
            let right = self.binary(level + 1)?;
            left = self.apply(operator, left, right)?;
        }
    }

    fn apply(&self, operator: &str, left: i64, right: i64) -> Result<i64, String> {
        Ok(match operator {
            "||" => i64::from(left != 0 || right != 0),
            "&&" => i64::from(left != 0 && right != 0),
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<<" => left.wrapping_shl(right as u32),
            ">>" => left.wrapping_shr(right as u32),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            _ if right == 0 => return Err(self.fault("division by 0")),
            "/" => left.wrapping_div(right),
            _ => left.wrapping_rem(right),
        })
    }

    fn power(&mut self) -> Result<i64, String> {
        let base = self.unary()?;
        if !self.sign("**") {
            return Ok(base);
        }
        let exponent = self.power()?;
        let exponent = u32::try_from(exponent).map_err(|_| self.fault("exponent less than 0"))?;
        Ok(base.wrapping_pow(exponent))
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault("expression recursion level exceeded"));
        }
        let value = if self.sign("++") {
            self.step(1)?
        } else if self.sign("--") {
            self.step(-1)?
        } else if self.sign("-") {
            self.unary()?.wrapping_neg()
        } else if self.sign("+") {
            self.unary()?
        } else if self.sign("!") {
            i64::from(self.unary()? == 0)
        } else if self.sign("~") {
            !self.unary()?
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(value)
    }

    /// `++NAME`, `--NAME`.
    fn step(&mut self, by: i64) -> Result<i64, String> {
        let name = self.name().ok_or_else(|| self.fault("syntax error: operand expected"))?;
        let value = self.variable(&name)?.wrapping_add(by);
        self.assign(&name, value)?;
        Ok(value)
    }

    fn name(&mut self) -> Option<String> {
        self.blanks();
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = &rest[..length];
        if !super::parse::is_name(name) {
            return None;
        }
        self.at += length;
        let after = &self.text[self.at..];
        if let Some(close) = after.starts_with('[').then(|| after.find(']')).flatten() {
            // An element of an array: its key is part of the name.
            self.at += close + 1;
            return Some(format!("{name}{}", &after[..=close]));
        }
        Some(name.to_owned())
    }

    fn primary(&mut self) -> Result<i64, String> {
        if self.sign("(") {
            let value = self.ternary()?;
            return if self.sign(")") { Ok(value) } else { Err(self.fault("missing `)'")) };
        }
        if let Some(name) = self.name() {
            return self.named(&name);
        }
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let digits = &rest[..length];
        let number = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
            Some(hex) => i64::from_str_radix(hex, 16).ok(),
            None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok(),
            None => digits.parse().ok(),
        };
        let number = number.ok_or_else(|| self.fault("syntax error: operand expected"))?;
        self.at += length;
        Ok(number)
    }

    /// A variable, and an assignment to it if one follows.
    fn named(&mut self, name: &str) -> Result<i64, String> {
        self.blanks();
        let rest = &self.text[self.at..];
        for operator in ["+=", "-=", "*=", "/=", "%="] {
            if rest.starts_with(operator) {
                self.at += 2;
                let right = self.ternary()?;
                let value = self.apply(&operator[..1], self.variable(name)?, right)?;
                self.assign(name, value)?;
                return Ok(value);
            }
        }
        if rest.starts_with('=') && !rest.starts_with("==") {
            self.at += 1;
            let value = self.ternary()?;
            self.assign(name, value)?;
            return Ok(value);
        }
        let value = self.variable(name)?;
        for (sign, by) in [("++", 1), ("--", -1)] {
            if rest.starts_with(sign) {
                self.at += 2;
                self.assign(name, value.wrapping_add(by))?;
                break;
            }
        }
        Ok(value)
    }

    fn variable(&self, name: &str) -> Result<i64, String> {
        let session = self.session.as_deref().or(self.known);
        let Some(text) = session.and_then(|session| self.text_of(name, session)) else { return Ok(0) };
        let text = text.trim();
        if text.is_empty() {
            return Ok(0);
        }
        text.parse()
            .map_err(|_| format!("bash: {text}: syntax error: operand expected (error token is \"{text}\")"))
    }

    /// What a variable or an element (`NAME[key]`) holds.
    fn text_of<'s>(&self, name: &str, session: &'s Session) -> Option<&'s str> {
        let Some((name, key)) = name.split_once('[') else {
            let plain = session.variables.get(name).map(String::as_str);
            return plain.or_else(|| session.arrays.get(name)?.get("0"));
        };
        let array = session.arrays.get(name)?;
        let key = key.trim_end_matches(']');
        if array.is_map() {
            return array.get(key);
        }
        let nested = Reader { text: key, at: 0, session: None, known: Some(session), depth: self.depth + 1 };
        let number = { nested }.whole().ok()?;
        array.get(&number.to_string())
    }

    fn assign(&mut self, name: &str, value: i64) -> Result<(), String> {
        match &mut self.session {
            Some(session) => {
                session.assign(name, &value.to_string(), false);
                Ok(())
            }
            None => Err(format!("bash: {}: assign in a command: (({}))", self.text.trim(), self.text.trim())),
        }
    }
}
