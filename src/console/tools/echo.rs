//! `echo`, `printf`, `true`, `false`.

use crate::console::Context;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// `echo`'s row.
pub(crate) const TOOL: Tool = Tool {
    name: "echo",
    aliases: &[],
    group: Group::Shell,
    usage: "echo [-n] [-e] [WORD]…",
    summary: "print words",
    manual: "Prints its WORDs with a blank between them.",
    flags: FLAGS,
    complete: nothing,
    run: Handler::Tool(run),
};

/// `printf`'s row.
pub(crate) const PRINTF: Tool = Tool {
    name: "printf",
    aliases: &[],
    group: Group::Shell,
    usage: "printf FORMAT [ARGUMENT]…",
    summary: "print with a format",
    manual: "Prints ARGUMENTs by FORMAT: %s %d %f %x %o %c %% with flags, width and precision; \\n, \\t, \\\\. The format is used again while \
             arguments remain.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(printf),
};

/// `true`'s row.
pub(crate) const TRUE: Tool = Tool {
    name: "true",
    aliases: &[":"],
    group: Group::Shell,
    usage: "true",
    summary: "succeed",
    manual: "Does nothing, with exit status 0.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(|_, _, _| Output::default().into()),
};

/// `false`' row.
pub(crate) const FALSE: Tool = Tool {
    name: "false",
    aliases: &[],
    group: Group::Shell,
    usage: "false",
    summary: "fail",
    manual: "Does nothing, with exit status 1.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(|_, _, _| Output { status: 1, ..Output::default() }.into()),
};

const FLAGS: &[Flag] = &[
    flag('n', "", "", "no line end"),
    flag('e', "", "", "read \n, \t and \\ as line end, tab and backslash"),
    flag('E', "", "", "read nothing into backslashes"),
];

fn run(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    echo(call.arguments).into()
}

/// What `echo` prints.
pub(crate) fn echo(arguments: &[String]) -> Output {
    let flags = arguments
        .iter()
        .take_while(|word| {
            word.len() > 1 && word.starts_with('-') && word[1..].bytes().all(|b| b"neE".contains(&b))
        })
        .count();
    let (flags, words) = arguments.split_at(flags);
    let has = |letter: char| flags.iter().any(|flag| flag.contains(letter));
    let mut text = words.join(" ");
    if has('e') {
        text = unescape(&text);
    }
    if !has('n') {
        text.push('\n');
    }
    Output::text(text)
}

/// Text with C's simple escapes read.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\\') => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

fn printf(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    let Some((format, arguments)) = call.arguments.split_first() else {
        return Output::failure_with(2, "printf: usage: printf format [arguments]").into();
    };
    let format = unescape(format);
    let mut out = String::new();
    let arguments: Vec<FormatArgument> = arguments
        .iter()
        .map(|text| FormatArgument { text: text.clone(), number: leading_number(text), numeric: false })
        .collect();
    let mut left = arguments.as_slice();
    loop {
        let before = left.len();
        out.push_str(&formatted(&format, &mut left));
        if left.is_empty() || left.len() == before {
            break;
        }
    }
    Output::text(out).into()
}

/// An argument of printf.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormatArgument {
    pub(crate) text: String,
    /// What the text starts with, or zero.
    pub(crate) number: f64,
    /// It is a number rather than text, so `%c` is the character of that number.
    pub(crate) numeric: bool,
}

/// One use of a printf format, which takes arguments off the front of `arguments`. `awk` uses it too.
pub(crate) fn formatted(format: &str, arguments: &mut &[FormatArgument]) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let length = rest.bytes().take_while(|b| b"-+ 0#.123456789*".contains(b)).count();
        let (spec, after) = rest.split_at(length);
        let Some(kind) = after.chars().next() else {
            out.push('%');
            out.push_str(spec);
            return out;
        };
        rest = &after[kind.len_utf8()..];
        if kind == '%' {
            out.push('%');
            continue;
        }
        let mut take = || match arguments.split_first() {
            Some((first, others)) => {
                *arguments = others;
                first.clone()
            }
            None => FormatArgument::default(),
        };
        let spec = if spec.contains('*') { spec.replacen('*', &take().text, 1) } else { spec.to_owned() };
        out.push_str(&conversion(&spec, kind, &take()));
    }
    out.push_str(rest);
    out
}

fn conversion(spec: &str, kind: char, argument: &FormatArgument) -> String {
    let FormatArgument { text: argument, number, numeric } = argument;
    let number = *number;
    let flags: &str = &spec[..spec.bytes().take_while(|b| b"-+ 0#".contains(b)).count()];
    let (width, precision) = match spec[flags.len()..].split_once('.') {
        Some((width, precision)) => (width, Some(precision.parse::<usize>().unwrap_or(0))),
        None => (&spec[flags.len()..], None),
    };
    let signed = |text: String, negative: bool| {
        if flags.contains('+') && !negative { format!("+{text}") } else { text }
    };
    let text = match kind {
        'd' | 'i' | 'u' => signed((number as i64).to_string(), number < 0.0),
        'f' | 'F' => signed(format!("{:.*}", precision.unwrap_or(6), number), number < 0.0),
        'e' => exponent(number, precision.unwrap_or(6)),
        'g' => shortest(number, precision.unwrap_or(6)),
        'x' => format!("{:x}", number as i64),
        'X' => format!("{:X}", number as i64),
        'o' => format!("{:o}", number as i64),
        'c' if *numeric => char::from_u32(number as u32).map_or_else(String::new, String::from),
        'c' => argument.chars().take(1).collect(),
        's' => argument.chars().take(precision.unwrap_or(usize::MAX)).collect(),
        other => format!("%{spec}{other}"),
    };
    let width: usize = width.parse().unwrap_or(0);
    let missing = width.saturating_sub(text.chars().count());
    if flags.contains('-') {
        text + &" ".repeat(missing)
    } else if flags.contains('0') && kind != 's' && kind != 'c' {
        let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
        format!("{sign}{}{digits}", "0".repeat(missing))
    } else {
        " ".repeat(missing) + &text
    }
}

/// `1.234560e+03`, as C prints `%e`.
fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// `%g`: the shorter of `%e` and `%f` with `precision` significant digits and no trailing zeros.
pub(crate) fn shortest(value: f64, precision: usize) -> String {
    let precision = precision.max(1);
    if value == 0.0 {
        return "0".into();
    }
    if !value.is_finite() {
        return if value.is_nan() {
            "nan".into()
        } else if value > 0.0 {
            "inf".into()
        } else {
            "-inf".into()
        };
    }
    let scientific = format!("{value:.*e}", precision - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let trimmed = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if power < -4 || power >= precision as i32 {
        let text = exponent(value, precision - 1);
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "+00"));
        return format!("{}e{power}", trimmed(mantissa));
    }
    let decimals = (precision as i32 - 1 - power).max(0) as usize;
    trimmed(&format!("{value:.decimals$}"))
}

/// The number that a text starts with, or zero.
pub(crate) fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let bytes = text.as_bytes();
    let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    end += digits(end);
    if bytes.get(end) == Some(&b'.') {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let power = bytes.get(end + 1 + sign..).map_or(0, |_| digits(end + 1 + sign));
        if power > 0 {
            end += 1 + sign + power;
        }
    }
    text[..end].parse().unwrap_or(0.0)
}
