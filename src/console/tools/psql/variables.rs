//! psql's variables: what `\set` keeps, and where `:name` stands for it in statements and commands (`psqlscan.l`).

use std::collections::BTreeMap;

/// The variables of a session.
#[derive(Debug, Clone)]
pub(super) struct Variables(BTreeMap<String, String>);

/// What psql sets by itself, beside what depends on the connection.
const DEFAULTS: &[(&str, &str)] = &[
    ("AUTOCOMMIT", "on"),
    ("COMP_KEYWORD_CASE", "preserve-upper"),
    ("ECHO", "none"),
    ("ECHO_HIDDEN", "off"),
    ("ENCODING", "UTF8"),
    ("FETCH_COUNT", "0"),
    ("HIDE_TABLEAM", "off"),
    ("HIDE_TOAST_COMPRESSION", "off"),
    ("HISTCONTROL", "none"),
    ("HISTSIZE", "500"),
    ("IGNOREEOF", "0"),
    ("LAST_ERROR_MESSAGE", ""),
    ("LAST_ERROR_SQLSTATE", "00000"),
    ("ON_ERROR_ROLLBACK", "off"),
    ("ON_ERROR_STOP", "off"),
    ("PROMPT1", "%/%R%x%# "),
    ("PROMPT2", "%/%R%x%# "),
    ("PROMPT3", ">> "),
    ("QUIET", "off"),
    ("SERVER_VERSION_NAME", super::VERSION),
    ("SERVER_VERSION_NUM", "180004"),
    ("SHOW_ALL_RESULTS", "on"),
    ("SHOW_CONTEXT", "errors"),
    ("SINGLELINE", "off"),
    ("SINGLESTEP", "off"),
    ("VERBOSITY", "default"),
    ("VERSION_NAME", super::VERSION),
    ("VERSION_NUM", "180004"),
    ("WATCH_INTERVAL", "2"),
];

impl Variables {
    /// Those of a fresh session.
    pub(super) fn new(address: &super::Address) -> Variables {
        let mut values: BTreeMap<String, String> =
            DEFAULTS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        for (name, value) in [
            ("DBNAME", &address.database),
            ("HOST", &address.host),
            ("PORT", &address.port),
            ("USER", &address.user),
        ] {
            values.insert(name.to_owned(), value.clone());
        }
        Variables(values)
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What `\set` alone prints.
    pub(super) fn list(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name} = '{value}'\n")).collect()
    }

    /// A statement with the values in place of `:name`, `:'name'`, `:"name"` and `:{?name}`; not within quotes and comments.
    pub(super) fn in_statement(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let skipped = match c {
                '\'' | '"' => super::split::quoted(rest, c).unwrap_or(rest.len()),
                '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => super::split::comment(rest).unwrap_or(rest.len()),
                '$' => super::split::dollar(rest).flatten().unwrap_or(1),
                ':' if rest.starts_with("::") || rest.starts_with(":=") => 2,
                ':' => match self.reference(rest) {
                    Some((length, value)) => {
                        out.push_str(&value);
                        rest = &rest[length..];
                        continue;
                    }
                    None => 1,
                },
                other => other.len_utf8(),
            };
            out.push_str(&rest[..skipped]);
            rest = &rest[skipped..];
        }
        out
    }

    /// The reference that a text starts with, when its variable is set: its length and what stands for it.
    fn reference(&self, text: &str) -> Option<(usize, String)> {
        let after = &text[1..];
        let name_length =
            |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        if let Some(inner) = after.strip_prefix("{?") {
            let length = name_length(inner);
            let known = if self.get(&inner[..length]).is_some() { "TRUE" } else { "FALSE" };
            return inner[length..].starts_with('}').then(|| (length + 4, known.to_owned()));
        }
        for quote in ['\'', '"'] {
            if let Some(inner) = after.strip_prefix(quote) {
                let length = name_length(inner);
                if length == 0 || !inner[length..].starts_with(quote) {
                    return None;
                }
                let value = self.get(&inner[..length])?;
                let doubled = value.replace(quote, &format!("{quote}{quote}"));
                return Some((length + 3, format!("{quote}{doubled}{quote}")));
            }
        }
        let length = name_length(after);
        Some((length + 1, self.get(&after[..length])?.to_owned()))
    }

    /// The arguments of a backslash command: words, quotes taken off, `:name` replaced.
    pub(super) fn arguments(&self, text: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let mut word = String::new();
            while let Some(c) = rest.chars().next().filter(|c| !c.is_whitespace()) {
                let reference = if c == ':' { self.reference(rest) } else { None };
                if let Some((length, value)) = reference {
                    word.push_str(&value);
                    rest = &rest[length..];
                } else if c == '\'' {
                    let length = super::split::quoted(rest, c).unwrap_or(rest.len());
                    let inner = rest[1..length].strip_suffix('\'').unwrap_or(&rest[1..length]);
                    word.push_str(&unescaped(&inner.replace("''", "'")));
                    rest = &rest[length..];
                } else {
                    word.push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
            out.push(word);
            rest = rest.trim_start();
        }
        out
    }
}

/// Backslash sequences within single quotes.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}

/// Whether an argument of `\if` is true; psql takes unique beginnings of the words.
pub(super) fn is_true(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    let begins = |word: &str| !text.is_empty() && word.starts_with(&text);
    if begins("true") || begins("yes") || text == "on" || text == "1" {
        Some(true)
    } else if begins("false") || begins("no") || text == "off" || text == "of" || text == "0" {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let mut variables = Variables(BTreeMap::new());
        variables.set("t", "orders");
        variables.set("quote", "it's");
        variables
    }

    #[test]
    fn names_stand_for_values_outside_quotes_only() {
        let check = |text: &str, expected: &str| assert_eq!(variables().in_statement(text), expected);
        check("select :t, :'t', :\"t\"", "select orders, 'orders', \"orders\"");
        check("select :'quote'", "select 'it''s'");
        check("select ':t' -- :t\n, $$:t$$", "select ':t' -- :t\n, $$:t$$");
        check("select x::t, :nope, a[1:2]", "select x::t, :nope, a[1:2]");
        check("select :{?t}, :{?nope}", "select TRUE, FALSE");
    }

    #[test]
    fn arguments_lose_their_quotes() {
        assert_eq!(variables().arguments(" a 'b  c''d\\n' :t x:t "), ["a", "b  c'd\n", "orders", "xorders"]);
    }
}
