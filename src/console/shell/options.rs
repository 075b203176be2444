//! Command-line options as GNU's getopt reads them: clusters, joined and separate values, long names, `--`, operands
//! anywhere. A tool's table of [`Flag`]s is all there is to know of them: parsing, the manual page's list, completion and
//! `docs/commands.md` read the same rows.

/// One option of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag {
    /// What the tool asks for it by. Two rows with one key are two spellings of one option.
    pub(crate) key: char,
    /// Whether the key is typed, after one dash.
    pub(crate) letter: bool,
    /// The word after two dashes; empty when it has none.
    pub(crate) long: &'static str,
    /// What stands for its value in the manual; empty when it takes none, in brackets when the value may be left out (and is
    /// then joined: `-I[FORMAT]`, `--color[=WHEN]`).
    pub(crate) value: &'static str,
    /// What it does; empty for a further spelling, which the manual doesn't list.
    pub(crate) does: &'static str,
}

/// An option that is typed as a letter, and as a word unless `long` is empty.
pub(crate) const fn flag(letter: char, long: &'static str, value: &'static str, does: &'static str) -> Flag {
    Flag { key: letter, letter: true, long, value, does }
}

/// An option that is typed as a word only.
pub(crate) const fn word(key: char, long: &'static str, value: &'static str, does: &'static str) -> Flag {
    Flag { key, letter: false, long, value, does }
}

impl Flag {
    /// As the manual writes it: `-n, --lines N`.
    pub(crate) fn spelled(&self) -> String {
        let letter = if self.letter { format!("-{}", self.key) } else { String::new() };
        let comma = if self.letter && !self.long.is_empty() { ", " } else { "" };
        let long = if self.long.is_empty() { String::new() } else { format!("--{}", self.long) };
        let value = match (self.value.strip_prefix('['), self.long.is_empty()) {
            (Some(optional), false) => format!("[={optional}"),
            (Some(_), true) => self.value.to_owned(),
            (None, _) if self.value.is_empty() => String::new(),
            (None, _) => format!(" {}", self.value),
        };
        format!("{letter}{comma}{long}{value}")
    }

    fn takes_value(&self) -> bool {
        !self.value.is_empty() && !self.may_take_value()
    }

    fn may_take_value(&self) -> bool {
        self.value.starts_with('[')
    }
}

/// What an option does that is read and changes nothing here.
pub(crate) const ACCEPTED: &str = "accepted";

/// The manual page's list of options, each line indented by two; empty when there are none.
pub(crate) fn listed(flags: &[Flag]) -> String {
    let told = |flag: &&Flag| !flag.does.is_empty() && flag.does != ACCEPTED;
    let rows: Vec<(String, &str)> =
        flags.iter().filter(told).map(|flag| (flag.spelled(), flag.does)).collect();
    let widest =
        rows.iter().map(|(spelled, _)| spelled.chars().count()).filter(|width| *width <= WIDEST).max();
    let widest = widest.unwrap_or(0);
    let mut out: String =
        rows.iter().map(|(spelled, does)| format!("  {spelled:widest$}  {does}\n")).collect();
    let accepted: Vec<String> =
        flags.iter().filter(|flag| flag.does == ACCEPTED).map(Flag::spelled).collect();
    if !accepted.is_empty() {
        out.push_str(&format!("\nRead, without effect here: {}.\n", accepted.join("; ")));
    }
    out
}

/// Widest spelling that the list's columns are made for.
const WIDEST: usize = 30;

/// Arguments taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// Keys of the options in order, each with its value or an empty text.
    pub(crate) options: Vec<(char, String)>,
    /// What isn't an option.
    pub(crate) operands: Vec<String>,
}

impl Parsed {
    /// Whether the option was given.
    pub(crate) fn has(&self, key: char) -> bool {
        self.options.iter().any(|(given, _)| *given == key)
    }

    /// The last value given for an option.
    pub(crate) fn value(&self, key: char) -> Option<&str> {
        self.options.iter().rev().find(|(given, _)| *given == key).map(|(_, value)| value.as_str())
    }

    /// Every value given for an option, in order.
    pub(crate) fn values(&self, key: char) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(given, _)| *given == key).map(|(_, value)| value.as_str())
    }
}

/// Takes the arguments apart; the error is getopt's, without the tool's name.
pub(crate) fn parse(flags: &[Flag], arguments: &[String]) -> Result<Parsed, String> {
    take(flags, arguments, false).map(|(parsed, _)| parsed)
}

/// Takes apart the options that stand before the first operand, as tools do whose operands are another command; gives what
/// follows them.
pub(crate) fn parse_leading<'a>(
    flags: &[Flag],
    arguments: &'a [String],
) -> Result<(Parsed, &'a [String]), String> {
    let (parsed, left) = take(flags, arguments, true)?;
    Ok((parsed, &arguments[arguments.len() - left..]))
}

/// The arguments taken apart, and how many are left when it stops at the first operand.
fn take(flags: &[Flag], arguments: &[String], leading: bool) -> Result<(Parsed, usize), String> {
    let mut parsed = Parsed::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.clone().next() {
        let is_option = argument.len() > 1 && argument.starts_with('-');
        if leading && !is_option {
            break;
        }
        rest.next();
        if argument == "--" {
            if leading {
                break;
            }
            parsed.operands.extend(rest.by_ref().cloned());
        } else if let Some(long) = argument.strip_prefix("--") {
            long_option(flags, long, &mut rest, &mut parsed)?;
        } else if is_option {
            cluster(flags, &argument[1..], &mut rest, &mut parsed)?;
        } else {
            parsed.operands.push(argument.clone());
        }
    }
    Ok((parsed, rest.len()))
}

fn long_option(
    flags: &[Flag],
    text: &str,
    rest: &mut std::slice::Iter<'_, String>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    let named = |flag: &&Flag| !flag.long.is_empty();
    let exact = flags.iter().filter(named).find(|flag| flag.long == name);
    let mut starting = flags.iter().filter(named).filter(|flag| flag.long.starts_with(name));
    let found = exact.or_else(|| starting.next().filter(|_| starting.next().is_none()));
    let flag = found.ok_or_else(|| format!("unrecognized option '--{name}'"))?;
    let long = flag.long;
    let value = match value {
        Some(_) if flag.value.is_empty() => {
            return Err(format!("option '--{long}' doesn't allow an argument"));
        }
        Some(value) => value,
        None if flag.takes_value() => {
            rest.next().cloned().ok_or_else(|| format!("option '--{long}' requires an argument"))?
        }
        None => String::new(),
    };
    parsed.options.push((flag.key, value));
    Ok(())
}

fn cluster(
    flags: &[Flag],
    letters: &str,
    rest: &mut std::slice::Iter<'_, String>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    for (at, letter) in letters.char_indices() {
        let flag = flags
            .iter()
            .find(|flag| flag.letter && flag.key == letter)
            .ok_or_else(|| format!("invalid option -- '{letter}'"))?;
        if flag.value.is_empty() {
            parsed.options.push((letter, String::new()));
            continue;
        }
        let joined = &letters[at + letter.len_utf8()..];
        let value = if joined.is_empty() && flag.takes_value() {
            rest.next().cloned().ok_or_else(|| format!("option requires an argument -- '{letter}'"))?
        } else {
            joined.to_owned()
        };
        parsed.options.push((letter, value));
        break;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        flag('n', "lines", "N", "so many lines"),
        flag('v', "verbose", "", "more"),
        word('V', "version", "", "which version"),
        flag('I', "iso", "[FORMAT]", "as ISO 8601"),
    ];

    fn parsed(line: &str) -> Result<Parsed, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        parse(FLAGS, &words)
    }

    #[test]
    fn clusters_values_and_words_are_read_as_getopt_reads_them() {
        let given = parsed("-vn5 file --lines=6 --li 7 -- -v").unwrap();
        assert_eq!(given.values('n').collect::<Vec<_>>(), ["5", "6", "7"]);
        assert_eq!(given.operands, ["file", "-v"]);
        assert_eq!(parsed("-I --iso=date").unwrap().values('I').collect::<Vec<_>>(), ["", "date"]);
    }

    #[test]
    fn complaints_are_getopts() {
        assert_eq!(parsed("-x").unwrap_err(), "invalid option -- 'x'");
        assert_eq!(parsed("-V").unwrap_err(), "invalid option -- 'V'");
        assert_eq!(parsed("-n").unwrap_err(), "option requires an argument -- 'n'");
        assert_eq!(parsed("--ver").unwrap_err(), "unrecognized option '--ver'");
        assert_eq!(parsed("--verbose=1").unwrap_err(), "option '--verbose' doesn't allow an argument");
    }

    #[test]
    fn what_follows_the_leading_options_is_left_alone() {
        let words = ["-v", "-n", "2", "echo", "-v"].map(str::to_owned);
        let (given, rest) = parse_leading(FLAGS, &words).unwrap();
        assert_eq!(given.value('n'), Some("2"));
        assert_eq!(rest, ["echo", "-v"]);
    }

    #[test]
    fn the_manual_lists_each_flag_once() {
        assert_eq!(
            listed(FLAGS),
            concat!(
                "  -n, --lines N       so many lines\n",
                "  -v, --verbose       more\n",
                "  --version           which version\n",
                "  -I, --iso[=FORMAT]  as ISO 8601\n",
            )
        );
    }
}
