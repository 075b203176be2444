//! Runs an awk program over lines.

use super::parse::{Expression, Pattern, Place, Program, Statement};
use super::value::{Value, number_text};
use crate::console::filters::pattern::{Syntax, compile};
use crate::console::filters::{Source, lines};
use crate::console::table::MAX_OUTPUT;
use crate::console::tools::{FormatArgument, formatted};
use regex::Regex;
use std::collections::BTreeMap;

/// Functions that there are.
pub(super) const FUNCTIONS: [&str; 16] = [
    "length", "substr", "index", "split", "sub", "gsub", "match", "tolower", "toupper", "sprintf", "int",
    "sqrt", "exp", "log", "strftime", "systime",
];
/// Most statements and expressions carried out by one program.
const MAX_STEPS: u64 = 3_000_000;
/// Most elements of all arrays together.
const MAX_ELEMENTS: usize = 1_000_000;
/// Most fields that an assignment may create.
const MAX_FIELDS: usize = 100_000;

/// What ends a statement list early.
enum Flow {
    Normal,
    Next,
    Break,
    Continue,
    Exit,
}

type Step<T> = Result<T, String>;

/// The program's memory.
pub(super) struct Machine {
    variables: BTreeMap<String, Value>,
    arrays: BTreeMap<String, BTreeMap<String, Value>>,
    record: String,
    fields: Vec<Value>,
    regexes: BTreeMap<String, Regex>,
    out: String,
    steps: u64,
    elements: usize,
    exit: u8,
}

impl Machine {
    /// An empty memory with awk's own variables.
    pub(super) fn new() -> Machine {
        let texts = [("FS", " "), ("OFS", " "), ("ORS", "\n"), ("SUBSEP", "\u{1c}"), ("FILENAME", "")];
        let mut variables: BTreeMap<String, Value> =
            texts.iter().map(|(name, text)| ((*name).to_owned(), Value::text(*text))).collect();
        for (name, number) in [("NR", 0.0), ("FNR", 0.0), ("NF", 0.0), ("RSTART", 0.0), ("RLENGTH", -1.0)] {
            variables.insert(name.to_owned(), Value::Number(number));
        }
        Machine {
            variables,
            arrays: BTreeMap::new(),
            record: String::new(),
            fields: Vec::new(),
            regexes: BTreeMap::new(),
            out: String::new(),
            steps: 0,
            elements: 0,
            exit: 0,
        }
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        if name == "NF" {
            self.resize(value.number().clamp(0.0, MAX_FIELDS as f64) as usize);
        }
        self.variables.insert(name.to_owned(), value);
    }

    fn get(&self, name: &str) -> Value {
        self.variables.get(name).cloned().unwrap_or_default()
    }

    /// Runs the program; what it printed, and its exit status or complaint.
    pub(super) fn run(mut self, program: &Program, sources: &[Source]) -> (String, Step<u8>) {
        let result = self.all(program, sources);
        (self.out, result.map(|()| self.exit))
    }

    fn all(&mut self, program: &Program, sources: &[Source]) -> Step<()> {
        let mut exited = matches!(self.block(&program.begin)?, Flow::Exit);
        let mut in_range = vec![false; program.rules.len()];
        let mut number = 0.0;
        'input: for source in sources {
            self.set("FILENAME", Value::text(source.name.clone().unwrap_or_default()));
            for (index, line) in lines(&source.text).iter().enumerate() {
                if exited {
                    break 'input;
                }
                number += 1.0;
                self.variables.insert("NR".into(), Value::Number(number));
                self.variables.insert("FNR".into(), Value::Number(index as f64 + 1.0));
                self.set_record((*line).to_owned());
                exited = matches!(self.line(program, &mut in_range)?, Flow::Exit);
            }
        }
        self.block(&program.end)?;
        Ok(())
    }

    fn line(&mut self, program: &Program, in_range: &mut [bool]) -> Step<Flow> {
        for (rule, open) in program.rules.iter().zip(in_range) {
            let selected = match &rule.pattern {
                Pattern::Always => true,
                Pattern::When(condition) => self.condition(condition)?,
                Pattern::Range(from, to) => {
                    let inside = *open || self.condition(from)?;
                    *open = inside && !self.condition(to)?;
                    inside
                }
            };
            if selected {
                match self.block(&rule.action)? {
                    Flow::Next => return Ok(Flow::Normal),
                    Flow::Exit => return Ok(Flow::Exit),
                    _ => {}
                }
            }
        }
        Ok(Flow::Normal)
    }

    fn step(&mut self) -> Step<()> {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.out.len() > MAX_OUTPUT {
            return Err("the program ran too long or printed too much".into());
        }
        Ok(())
    }

    fn block(&mut self, statements: &[Statement]) -> Step<Flow> {
        for statement in statements {
            match self.statement(statement)? {
                Flow::Normal => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Normal)
    }

    fn statement(&mut self, statement: &Statement) -> Step<Flow> {
        self.step()?;
        match statement {
            Statement::Expression(expression) => {
                self.value(expression)?;
            }
            Statement::Print(list) => self.print(list)?,
            Statement::Printf(list) => {
                let text = self.formatted(list)?;
                self.out.push_str(&text);
            }
            Statement::If(condition, yes, no) => {
                let chosen = if self.condition(condition)? { yes } else { no };
                return self.block(chosen);
            }
            Statement::While(condition, body) => {
                while self.condition(condition)? {
                    self.step()?;
                    match self.block(body)? {
                        Flow::Break => break,
                        Flow::Normal | Flow::Continue => {}
                        other => return Ok(other),
                    }
                }
            }
            Statement::For(first, condition, step, body) => {
                return self.for_loop(first.as_deref(), condition.as_ref(), step.as_deref(), body);
            }
            Statement::ForIn(variable, array, body) => {
                let keys: Vec<String> =
                    self.arrays.get(array).map(|a| a.keys().cloned().collect()).unwrap_or_default();
                for key in keys {
                    self.set(variable, Value::input(&key));
                    match self.block(body)? {
                        Flow::Break => break,
                        Flow::Normal | Flow::Continue => {}
                        other => return Ok(other),
                    }
                }
            }
            Statement::Delete(array, None) => drop(self.arrays.remove(array)),
            Statement::Delete(array, Some(index)) => {
                let key = self.key(index)?;
                self.arrays.entry(array.clone()).or_default().remove(&key);
            }
            Statement::Next => return Ok(Flow::Next),
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
            Statement::Exit(code) => {
                if let Some(code) = code {
                    self.exit = self.value(code)?.number() as u8;
                }
                return Ok(Flow::Exit);
            }
        }
        Ok(Flow::Normal)
    }

    fn for_loop(
        &mut self,
        first: Option<&Statement>,
        condition: Option<&Expression>,
        step: Option<&Statement>,
        body: &[Statement],
    ) -> Step<Flow> {
        if let Some(first) = first {
            self.statement(first)?;
        }
        loop {
            self.step()?;
            if let Some(condition) = condition
                && !self.condition(condition)?
            {
                return Ok(Flow::Normal);
            }
            match self.block(body)? {
                Flow::Break => return Ok(Flow::Normal),
                Flow::Normal | Flow::Continue => {}
                other => return Ok(other),
            }
            if let Some(step) = step {
                self.statement(step)?;
            }
        }
    }

    fn print(&mut self, list: &[Expression]) -> Step<()> {
        let text = if list.is_empty() {
            self.record.clone()
        } else {
            let between = self.get("OFS").string();
            self.texts(list)?.join(&between)
        };
        self.out.push_str(&text);
        let end = self.get("ORS").string();
        self.out.push_str(&end);
        Ok(())
    }

    fn texts(&mut self, list: &[Expression]) -> Step<Vec<String>> {
        list.iter().map(|expression| Ok(self.value(expression)?.string())).collect()
    }

    /// What printf and sprintf make of a format and its arguments.
    fn formatted(&mut self, list: &[Expression]) -> Step<String> {
        let mut arguments: Vec<FormatArgument> = Vec::new();
        for expression in list {
            let value = self.value(expression)?;
            let numeric = matches!(value, Value::Number(_));
            arguments.push(FormatArgument { text: value.string(), number: value.number(), numeric });
        }
        let (format, mut rest) =
            arguments.split_first().map_or(("", &[][..]), |(first, rest)| (first.text.as_str(), rest));
        Ok(formatted(format, &mut rest))
    }

    fn condition(&mut self, expression: &Expression) -> Step<bool> {
        Ok(self.value(expression)?.is_true())
    }

    fn key(&mut self, index: &[Expression]) -> Step<String> {
        let between = self.get("SUBSEP").string();
        Ok(self.texts(index)?.join(&between))
    }

    fn set_record(&mut self, text: String) {
        let separator = self.get("FS").string();
        self.fields = self.split(&text, &separator).iter().map(|field| Value::input(field)).collect();
        self.record = text;
        self.variables.insert("NF".into(), Value::Number(self.fields.len() as f64));
    }

    fn split(&mut self, text: &str, separator: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        let owned = |part: &str| part.to_owned();
        match separator {
            " " => text.split([' ', '\t', '\n']).filter(|part| !part.is_empty()).map(owned).collect(),
            "" => text.chars().map(String::from).collect(),
            one if one.chars().count() == 1 && one != "\\" => text.split(one).map(owned).collect(),
            pattern => match self.regex(pattern) {
                Ok(regex) => regex.split(text).map(owned).collect(),
                Err(_) => vec![text.to_owned()],
            },
        }
    }

    fn resize(&mut self, count: usize) {
        self.fields.resize(count, Value::Nothing);
        self.join_fields();
    }

    fn join_fields(&mut self) {
        let between = self.get("OFS").string();
        self.record = self.fields.iter().map(Value::string).collect::<Vec<_>>().join(&between);
        self.variables.insert("NF".into(), Value::Number(self.fields.len() as f64));
    }

    fn read(&mut self, place: &Place) -> Step<Value> {
        Ok(match place {
            Place::Variable(name) => self.get(name),
            Place::Field(index) => match self.value(index)?.number() {
                negative if negative < 0.0 => {
                    return Err(format!("trying to access out of range field {negative}"));
                }
                number if number < 1.0 => Value::input(&self.record),
                number => self.fields.get(number as usize - 1).cloned().unwrap_or_default(),
            },
            Place::Element(array, index) => {
                let key = self.key(index)?;
                self.element(array, &key)?.clone()
            }
        })
    }

    /// An array's element, which comes to be by being looked at.
    fn element(&mut self, array: &str, key: &str) -> Step<&mut Value> {
        let elements = self.arrays.entry(array.to_owned()).or_default();
        if !elements.contains_key(key) {
            self.elements += 1;
            if self.elements > MAX_ELEMENTS {
                return Err("too many array elements".into());
            }
        }
        Ok(elements.entry(key.to_owned()).or_default())
    }

    fn write(&mut self, place: &Place, value: Value) -> Step<()> {
        match place {
            Place::Variable(name) => self.set(name, value),
            Place::Element(array, index) => {
                let key = self.key(index)?;
                *self.element(array, &key)? = value;
            }
            Place::Field(index) => {
                let index = self.value(index)?.number();
                if !(0.0..MAX_FIELDS as f64).contains(&index) {
                    return Err(format!("trying to access out of range field {index}"));
                }
                let index = index as usize;
                if index == 0 {
                    self.set_record(value.string());
                } else {
                    if self.fields.len() < index {
                        self.fields.resize(index, Value::Nothing);
                    }
                    self.fields[index - 1] = value;
                    self.join_fields();
                }
            }
        }
        Ok(())
    }

    fn regex(&mut self, pattern: &str) -> Step<Regex> {
        if let Some(known) = self.regexes.get(pattern) {
            return Ok(known.clone());
        }
        let regex = compile(pattern, Syntax::Extended, false)?;
        self.regexes.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }

    /// The regular expression that an operand means: itself, or its text read as one.
    fn pattern(&mut self, expression: &Expression) -> Step<Regex> {
        match expression {
            Expression::Regex(regex) => Ok(regex.clone()),
            other => {
                let text = self.value(other)?.string();
                self.regex(&text)
            }
        }
    }

    fn value(&mut self, expression: &Expression) -> Step<Value> {
        self.step()?;
        Ok(match expression {
            Expression::Number(number) => Value::Number(*number),
            Expression::Text(text) => Value::text(text.clone()),
            Expression::Regex(regex) => Value::truth(regex.is_match(&self.record)),
            Expression::Place(place) => self.read(place)?,
            Expression::List(list) => Value::text(self.key(list)?),
            Expression::Assign(place, operator, right) => {
                let right = self.value(right)?;
                let value = match operator {
                    None => right,
                    Some(operator) => {
                        Value::Number(arithmetic(operator, self.read(place)?.number(), right.number())?)
                    }
                };
                self.write(place, value.clone())?;
                value
            }
            Expression::Step(place, by, before) => {
                let old = self.read(place)?.number();
                self.write(place, Value::Number(old + by))?;
                Value::Number(if *before { old } else { old + by })
            }
            Expression::Unary(operator, operand) => {
                let operand = self.value(operand)?;
                match *operator {
                    "!" => Value::truth(!operand.is_true()),
                    "-" => Value::Number(-operand.number()),
                    "+" => Value::Number(operand.number()),
                    _ => operand,
                }
            }
            Expression::Binary(operator, left, right) => self.binary(operator, left, right)?,
            Expression::Match(text, pattern, negated) => {
                let text = self.value(text)?.string();
                Value::truth(self.pattern(pattern)?.is_match(&text) != *negated)
            }
            Expression::In(keys, array) => {
                let key = self.key(keys)?;
                Value::truth(self.arrays.get(array).is_some_and(|elements| elements.contains_key(&key)))
            }
            Expression::Choice(condition, yes, no) => {
                let chosen = if self.condition(condition)? { yes } else { no };
                self.value(chosen)?
            }
            Expression::Call(name, arguments) => self.call(name, arguments)?,
        })
    }

    fn binary(&mut self, operator: &'static str, left: &Expression, right: &Expression) -> Step<Value> {
        match operator {
            "&&" => return Ok(Value::truth(self.condition(left)? && self.condition(right)?)),
            "||" => return Ok(Value::truth(self.condition(left)? || self.condition(right)?)),
            _ => {}
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        let order = || left.compare(&right);
        Ok(match operator {
            " " => Value::text(left.string() + &right.string()),
            "<" => Value::truth(order().is_lt()),
            "<=" => Value::truth(order().is_le()),
            ">" => Value::truth(order().is_gt()),
            ">=" => Value::truth(order().is_ge()),
            "==" => Value::truth(order().is_eq()),
            "!=" => Value::truth(order().is_ne()),
            _ => Value::Number(arithmetic(operator, left.number(), right.number())?),
        })
    }

    fn call(&mut self, name: &str, arguments: &[Expression]) -> Step<Value> {
        match name {
            "split" => return self.split_call(arguments),
            "sub" | "gsub" => return self.substitute(arguments, name == "gsub"),
            "match" => {
                let text = self.argument(arguments, 0)?.string();
                let regex = self.pattern(arguments.get(1).ok_or("match: not enough arguments")?)?;
                let found = regex.find(&text);
                let start = found.map_or(0, |found| text[..found.start()].chars().count() + 1);
                let length = found.map_or(-1.0, |found| found.as_str().chars().count() as f64);
                self.set("RSTART", Value::Number(start as f64));
                self.set("RLENGTH", Value::Number(length));
                return Ok(Value::Number(start as f64));
            }
            "length" => {
                if let Some(Expression::Place(Place::Variable(array))) = arguments.first()
                    && let Some(elements) = self.arrays.get(array)
                {
                    return Ok(Value::Number(elements.len() as f64));
                }
                let text = if arguments.is_empty() {
                    self.record.clone()
                } else {
                    self.argument(arguments, 0)?.string()
                };
                return Ok(Value::Number(text.chars().count() as f64));
            }
            "sprintf" => return Ok(Value::text(self.formatted(arguments)?)),
            "strftime" | "systime" => return Err(format!("{name} is not available: use date")),
            _ => {}
        }
        let values: Vec<Value> =
            arguments.iter().map(|argument| self.value(argument)).collect::<Step<_>>()?;
        let first = values.first().ok_or_else(|| format!("{name}: not enough arguments"))?;
        Ok(match name {
            "tolower" => Value::text(first.string().to_lowercase()),
            "toupper" => Value::text(first.string().to_uppercase()),
            "int" => Value::Number(first.number().trunc()),
            "sqrt" => Value::Number(libm::sqrt(first.number())),
            "exp" => Value::Number(libm::exp(first.number())),
            "log" => Value::Number(libm::log(first.number())),
            "index" => {
                let text = first.string();
                let found = text.find(&values.get(1).map(Value::string).unwrap_or_default());
                Value::Number(found.map_or(0, |at| text[..at].chars().count() + 1) as f64)
            }
            "substr" => Value::text(substring(
                &first.string(),
                values.get(1).map_or(1.0, Value::number),
                values.get(2).map_or(f64::INFINITY, Value::number),
            )),
            _ => Value::Nothing,
        })
    }

    fn argument(&mut self, arguments: &[Expression], index: usize) -> Step<Value> {
        arguments.get(index).map_or(Err("not enough arguments".into()), |argument| self.value(argument))
    }

    fn split_call(&mut self, arguments: &[Expression]) -> Step<Value> {
        let text = self.argument(arguments, 0)?.string();
        let Some(Expression::Place(Place::Variable(array))) = arguments.get(1) else {
            return Err("split: second argument must be an array".into());
        };
        let parts: Vec<String> = match arguments.get(2) {
            Some(Expression::Regex(regex)) => regex.split(&text).map(str::to_owned).collect(),
            Some(other) => {
                let separator = self.value(other)?.string();
                self.split(&text, &separator)
            }
            None => {
                let separator = self.get("FS").string();
                self.split(&text, &separator)
            }
        };
        let elements = parts
            .iter()
            .enumerate()
            .map(|(index, part)| (number_text(index as f64 + 1.0), Value::input(part)));
        let elements: BTreeMap<String, Value> = elements.collect();
        let count = elements.len();
        self.arrays.insert(array.clone(), elements);
        Ok(Value::Number(count as f64))
    }

    fn substitute(&mut self, arguments: &[Expression], all: bool) -> Step<Value> {
        let regex = self.pattern(arguments.first().ok_or("sub: not enough arguments")?)?;
        let replacement = self.argument(arguments, 1)?.string();
        let whole = Place::Field(Box::new(Expression::Number(0.0)));
        let place = match arguments.get(2) {
            None => whole,
            Some(Expression::Place(place)) => place.clone(),
            Some(_) => return Err("sub: third argument must be a variable".into()),
        };
        let text = self.read(&place)?.string();
        let mut out = String::new();
        let mut copied = 0;
        let mut count = 0;
        for found in regex.find_iter(&text) {
            out.push_str(&text[copied..found.start()]);
            expand(&replacement, found.as_str(), &mut out);
            copied = found.end();
            count += 1;
            if !all {
                break;
            }
        }
        out.push_str(&text[copied..]);
        if count > 0 {
            self.write(&place, Value::input(&out))?;
        }
        Ok(Value::Number(f64::from(count)))
    }
}

/// `&` is what matched, `\&` an ampersand.
fn expand(replacement: &str, matched: &str, out: &mut String) {
    let mut characters = replacement.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '&' => out.push_str(matched),
            '\\' if characters.peek() == Some(&'&') => {
                characters.next();
                out.push('&');
            }
            other => out.push(other),
        }
    }
}

fn arithmetic(operator: &str, left: f64, right: f64) -> Step<f64> {
    Ok(match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" if right == 0.0 => return Err("division by zero".into()),
        "/" => left / right,
        "%" if right == 0.0 => return Err("division by zero in %".into()),
        "%" => libm::fmod(left, right),
        _ => libm::pow(left, right),
    })
}

/// POSIX's substr: characters from `start` (rounded), as many as `length` rounds to.
fn substring(text: &str, start: f64, length: f64) -> String {
    let start = start.round();
    let end = if length.is_finite() { start + length.round() } else { f64::INFINITY };
    text.chars()
        .enumerate()
        .filter(|(index, _)| {
            let position = *index as f64 + 1.0;
            position >= start && position < end
        })
        .map(|(_, c)| c)
        .collect()
}
