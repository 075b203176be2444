//! `-o jsonpath=…` and `-o custom-columns=…`: kubectl's JSONPath (`k8s.io/client-go/util/jsonpath`) over the objects' JSON.

use serde_json::Value;

/// Deepest nesting of `range`.
const MAX_DEPTH: usize = 8;

/// One part of a template.
enum Part {
    Text(String),
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Part>),
}

/// One step of a path.
enum Step {
    Field(String),
    /// `[*]`
    All,
    /// `[n]`, from the end when negative.
    Index(i64),
    /// `[a:b]`
    Slice(Option<i64>, Option<i64>),
    /// `..name`
    Deep(String),
    /// `[?(@.path op value)]`
    Filter(Vec<Step>, String, Value),
}

/// What a template prints of a value; the error is kubectl's.
pub(super) fn print(template: &str, root: &Value) -> Result<String, String> {
    let mut reader = Reader { text: template, at: 0 };
    let parts = reader.parts(0)?;
    let mut out = String::new();
    write(&parts, root, &mut out);
    Ok(out)
}

/// The values that a column's path finds, as `-o custom-columns` prints them.
pub(super) fn column(path: &str, root: &Value) -> Result<String, String> {
    let path = path.trim_matches(['{', '}']);
    let path = if path.starts_with(['.', '[']) { path.to_owned() } else { format!(".{path}") };
    let steps = Reader { text: &path, at: 0 }.steps()?;
    let found: Vec<String> = find(&steps, root).into_iter().map(shown).collect();
    Ok(if found.is_empty() { "<none>".into() } else { found.join(",") })
}

fn write(parts: &[Part], current: &Value, out: &mut String) {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Path(steps) => {
                let found: Vec<String> = find(steps, current).into_iter().map(shown).collect();
                out.push_str(&found.join(" "));
            }
            Part::Range(steps, body) => {
                for value in find(steps, current) {
                    write(body, value, out);
                }
            }
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn find<'v>(steps: &[Step], root: &'v Value) -> Vec<&'v Value> {
    let mut found = vec![root];
    for step in steps {
        found = found.into_iter().flat_map(|value| apply(step, value)).collect();
    }
    found
}

fn apply<'v>(step: &Step, value: &'v Value) -> Vec<&'v Value> {
    let place = |index: i64, length: usize| {
        let index = if index < 0 { index + length as i64 } else { index };
        usize::try_from(index).unwrap_or(0)
    };
    match step {
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::All => match value {
            Value::Array(list) => list.iter().collect(),
            Value::Object(map) => map.values().collect(),
            _ => Vec::new(),
        },
        Step::Index(index) => {
            let list = value.as_array().map_or(&[][..], Vec::as_slice);
            list.get(place(*index, list.len())).into_iter().collect()
        }
        Step::Slice(from, to) => {
            let list = value.as_array().map_or(&[][..], Vec::as_slice);
            let (from, to) =
                (from.map_or(0, |n| place(n, list.len())), to.map_or(list.len(), |n| place(n, list.len())));
            list.iter().take(to).skip(from).collect()
        }
        Step::Deep(name) => {
            let mut found = Vec::new();
            deep(name, value, &mut found);
            found
        }
        Step::Filter(path, operator, wanted) => {
            let list = value.as_array().map_or(&[][..], Vec::as_slice);
            let passes = |item: &&Value| {
                find(path, item).first().is_some_and(|found| compares(found, operator, wanted))
            };
            list.iter().filter(passes).collect()
        }
    }
}

fn deep<'v>(name: &str, value: &'v Value, found: &mut Vec<&'v Value>) {
    found.extend(value.get(name));
    match value {
        Value::Object(map) => map.values().for_each(|inner| deep(name, inner, found)),
        Value::Array(list) => list.iter().for_each(|inner| deep(name, inner, found)),
        _ => {}
    }
}

fn compares(found: &Value, operator: &str, wanted: &Value) -> bool {
    if operator.is_empty() {
        return true;
    }
    let order = match (found.as_f64(), wanted.as_f64()) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        _ => Some(shown(found).cmp(&shown(wanted))),
    };
    match operator {
        "==" => order == Some(std::cmp::Ordering::Equal),
        "!=" => order != Some(std::cmp::Ordering::Equal),
        ">" => order == Some(std::cmp::Ordering::Greater),
        "<" => order == Some(std::cmp::Ordering::Less),
        ">=" => order.is_some_and(std::cmp::Ordering::is_ge),
        _ => order.is_some_and(std::cmp::Ordering::is_le),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fault(&self, what: &str) -> String {
        format!("error: error parsing jsonpath {}, {what}", self.text)
    }

    /// Text and `{…}` up to the end, or to the `{end}` of a range.
    fn parts(&mut self, depth: usize) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        while self.at < self.text.len() {
            if !self.rest().starts_with('{') {
                let length = self.rest().find('{').unwrap_or(self.rest().len());
                parts.push(Part::Text(self.rest()[..length].to_owned()));
                self.at += length;
                continue;
            }
            self.at += 1;
            let rest = self.rest().trim_start();
            self.at = self.text.len() - rest.len();
            if let Some(after) = rest.strip_prefix("range") {
                self.at = self.text.len() - after.trim_start().len();
                let steps = self.steps()?;
                self.close()?;
                if depth >= MAX_DEPTH {
                    return Err(self.fault("range nested too deeply"));
                }
                parts.push(Part::Range(steps, self.parts(depth + 1)?));
            } else if rest.starts_with("end") {
                self.at += 3;
                self.close()?;
                return if depth > 0 { Ok(parts) } else { Err(self.fault("not in range, nothing to end")) };
            } else if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
                let inside = &rest[1..];
                let length = inside.find(quote).ok_or_else(|| self.fault("unterminated quoted string"))?;
                let text = inside[..length].replace("\\n", "\n").replace("\\t", "\t");
                self.at += length + 2;
                self.close()?;
                parts.push(Part::Text(text));
            } else {
                let steps = self.steps()?;
                self.close()?;
                parts.push(Part::Path(steps));
            }
        }
        if depth > 0 { Err(self.fault("unclosed range")) } else { Ok(parts) }
    }

    fn close(&mut self) -> Result<(), String> {
        let rest = self.rest().trim_start();
        self.at = self.text.len() - rest.len();
        if !self.rest().starts_with('}') {
            return Err(self.fault("unclosed action"));
        }
        self.at += 1;
        Ok(())
    }

    fn steps(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            let rest = self.rest();
            if rest.starts_with(['$', '@']) {
                self.at += 1;
            } else if rest.starts_with("..") {
                self.at += 2;
                let name = self.name();
                steps.push(Step::Deep(name));
            } else if rest.starts_with('.') {
                self.at += 1;
                if self.rest().starts_with('*') {
                    self.at += 1;
                    steps.push(Step::All);
                    continue;
                }
                let name = self.name();
                if !name.is_empty() {
                    steps.push(Step::Field(name));
                }
            } else if rest.starts_with('[') {
                let step = self.bracket()?;
                steps.push(step);
            } else {
                return Ok(steps);
            }
        }
    }

    /// A field's name; `\.` is a dot in it.
    fn name(&mut self) -> String {
        let mut name = String::new();
        let mut characters = self.text[self.at..].chars();
        while let Some(c) = characters.next() {
            match c {
                '\\' => name.extend(characters.next()),
                c if c.is_alphanumeric() || matches!(c, '_' | '-' | '/') => name.push(c),
                _ => {
                    self.at = self.text.len() - characters.as_str().len() - c.len_utf8();
                    return name;
                }
            }
        }
        self.at = self.text.len();
        name
    }

    fn bracket(&mut self) -> Result<Step, String> {
        let end = self.rest().find(']').ok_or_else(|| self.fault("unterminated array"))?;
        let inside = self.rest()[1..end].trim().to_owned();
        self.at += end + 1;
        let number = |text: &str| text.trim().parse::<i64>().ok();
        if inside == "*" {
            return Ok(Step::All);
        }
        if let Some(filter) = inside.strip_prefix("?(").and_then(|filter| filter.strip_suffix(')')) {
            let operators = ["==", "!=", ">=", "<=", ">", "<"];
            let place =
                operators.iter().filter_map(|operator| Some((filter.find(operator)?, *operator))).min();
            let (path, operator, value) = match place {
                Some((at, operator)) => (&filter[..at], operator, filter[at + operator.len()..].trim()),
                None => (filter, "", ""),
            };
            let steps = Reader { text: path.trim(), at: 0 }.steps()?;
            let value = value.trim_matches(['"', '\'']);
            let wanted = match serde_json::from_str::<Value>(value) {
                Ok(value) if !value.is_string() => value,
                _ => Value::String(value.to_owned()),
            };
            return Ok(Step::Filter(steps, operator.to_owned(), wanted));
        }
        if let Some((from, to)) = inside.split_once(':') {
            return Ok(Step::Slice(number(from), number(to)));
        }
        if let Some(index) = number(&inside) {
            return Ok(Step::Index(index));
        }
        Ok(Step::Field(inside.trim_matches(['"', '\'']).to_owned()))
    }
}
