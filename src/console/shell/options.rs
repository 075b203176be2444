//! Command-line options as GNU's getopt reads them: clusters, joined and separate values, long names, `--`, operands
//! anywhere.

/// What a tool accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Short options as in getopt(3): a letter, then `:` when it takes a value.
    pub(crate) short: &'static str,
    /// Long names with the short letter that each stands for.
    pub(crate) long: &'static [(&'static str, char)],
}

/// Arguments taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// Options in order, each with its value or an empty text.
    pub(crate) options: Vec<(char, String)>,
    /// What isn't an option.
    pub(crate) operands: Vec<String>,
}

impl Parsed {
    /// Whether the option was given.
    pub(crate) fn has(&self, letter: char) -> bool {
        self.options.iter().any(|(given, _)| *given == letter)
    }

    /// The last value given for an option.
    pub(crate) fn value(&self, letter: char) -> Option<&str> {
        self.options.iter().rev().find(|(given, _)| *given == letter).map(|(_, value)| value.as_str())
    }
}

impl Options {
    /// Takes the arguments apart; the error is getopt's, without the tool's name.
    pub(crate) fn parse(&self, arguments: &[String]) -> Result<Parsed, String> {
        let mut parsed = Parsed::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--" {
                parsed.operands.extend(rest.by_ref().cloned());
            } else if let Some(long) = argument.strip_prefix("--") {
                self.long(long, &mut rest, &mut parsed)?;
            } else if argument.len() > 1 && argument.starts_with('-') {
                self.cluster(&argument[1..], &mut rest, &mut parsed)?;
            } else {
                parsed.operands.push(argument.clone());
            }
        }
        Ok(parsed)
    }

    fn takes_value(&self, letter: char) -> Option<bool> {
        let at = self.short.find(letter).filter(|_| letter != ':')?;
        Some(self.short[at + letter.len_utf8()..].starts_with(':'))
    }

    fn long(
        &self,
        text: &str,
        rest: &mut std::slice::Iter<'_, String>,
        parsed: &mut Parsed,
    ) -> Result<(), String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let exact = self.long.iter().find(|(long, _)| *long == name);
        let mut starting = self.long.iter().filter(|(long, _)| long.starts_with(name));
        let found = exact.or_else(|| starting.next().filter(|_| starting.next().is_none()));
        let (long, letter) = *found.ok_or_else(|| format!("unrecognized option '--{name}'"))?;
        let value = match (self.takes_value(letter).unwrap_or(false), value) {
            (true, Some(value)) => value,
            (true, None) => {
                rest.next().cloned().ok_or_else(|| format!("option '--{long}' requires an argument"))?
            }
            (false, Some(_)) => return Err(format!("option '--{long}' doesn't allow an argument")),
            (false, None) => String::new(),
        };
        parsed.options.push((letter, value));
        Ok(())
    }

    fn cluster(
        &self,
        letters: &str,
        rest: &mut std::slice::Iter<'_, String>,
        parsed: &mut Parsed,
    ) -> Result<(), String> {
        for (at, letter) in letters.char_indices() {
            let takes = self.takes_value(letter).ok_or_else(|| format!("invalid option -- '{letter}'"))?;
            if !takes {
                parsed.options.push((letter, String::new()));
                continue;
            }
            let joined = &letters[at + letter.len_utf8()..];
            let value = if joined.is_empty() {
                rest.next().cloned().ok_or_else(|| format!("option requires an argument -- '{letter}'"))?
            } else {
                joined.to_owned()
            };
            parsed.options.push((letter, value));
            break;
        }
        Ok(())
    }
}
