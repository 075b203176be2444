//! `tr`: characters exchanged, deleted or squeezed.

use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "tr",
    aliases: &[],
    group: Group::Text,
    usage: "tr [-cdst] SET1 [SET2]",
    summary: "exchange, delete or squeeze characters",
    manual: "Copies standard input with each character of SET1 replaced by the one at the same place in SET2.

Sets know ranges (a-z), escapes (\\n \\t \\\\ \\NNN) and classes ([:upper:] [:lower:] [:alpha:] [:digit:] [:alnum:]
[:space:] [:blank:] [:punct:]).",
    flags: FLAGS,
    complete: nothing,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('d', "delete", "", "delete the characters of SET1"),
    flag('s', "squeeze-repeats", "", "squeeze repeats of the last SET into one"),
    flag('c', "complement", "", "the characters not in SET1"),
    flag('C', "", "", "as -c"),
    flag('t', "truncate-set1", "", "cut SET1 to SET2's length"),
];

fn run(call: &Call<'_>, _: &mut Session) -> Output {
    match tr(call) {
        Ok(output) | Err(output) => output,
    }
}

fn tr(call: &Call<'_>) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    let (delete, squeeze) = (parsed.has('d'), parsed.has('s'));
    let fail = |text: String| Output::failure(format!("tr: {text}\nTry 'man tr' for more information."));
    let (first, second) = match parsed.operands.as_slice() {
        [] => return Err(fail("missing operand".into())),
        [first] if delete || squeeze => (first, None),
        [first] => {
            return Err(fail(format!(
                "missing operand after '{first}'\nTwo strings must be given when translating."
            )));
        }
        [first, second] if !delete || squeeze => (first, Some(second)),
        [_, extra, ..] if delete && !squeeze => {
            return Err(fail(format!(
                "extra operand '{extra}'\nOnly one string may be given when deleting without squeezing repeats."
            )));
        }
        [_, _, extra, ..] => return Err(fail(format!("extra operand '{extra}'"))),
        [_, extra] => return Err(fail(format!("extra operand '{extra}'"))),
    };
    let Some(input) = call.stdin else {
        return Err(Output::failure("tr: nothing to read: pipe something into it"));
    };
    let mut from = set(first);
    if parsed.has('c') || parsed.has('C') {
        from = (0..=255).filter(|byte| !from.contains(byte)).collect();
    }
    let to = second.map(|text| set(text)).unwrap_or_default();
    let translates = !delete && second.is_some();
    if translates && to.is_empty() {
        return Err(Output::failure("tr: when not truncating set1, string2 must be non-empty"));
    }
    let table = mapping(&from, &to, translates, parsed.has('t'));
    let squeezed: &[u8] = if second.is_some() { &to } else { &from };
    let mut out: Vec<u8> = Vec::with_capacity(input.len());
    for byte in input.bytes() {
        if delete && from.contains(&byte) {
            continue;
        }
        let byte = table[usize::from(byte)];
        if squeeze && out.last() == Some(&byte) && squeezed.contains(&byte) {
            continue;
        }
        out.push(byte);
    }
    Ok(Output::text(String::from_utf8_lossy(&out)))
}

fn mapping(from: &[u8], to: &[u8], translates: bool, truncate: bool) -> [u8; 256] {
    let mut table: [u8; 256] = std::array::from_fn(|byte| byte as u8);
    let Some(&padding) = to.last().filter(|_| translates) else { return table };
    for (index, byte) in from.iter().enumerate() {
        match to.get(index) {
            Some(target) => table[usize::from(*byte)] = *target,
            None if truncate => {}
            None => table[usize::from(*byte)] = padding,
        }
    }
    table
}

/// Class names with what belongs to each.
const CLASSES: [(&str, fn(&u8) -> bool); 9] = [
    ("upper", u8::is_ascii_uppercase),
    ("lower", u8::is_ascii_lowercase),
    ("alpha", u8::is_ascii_alphabetic),
    ("digit", u8::is_ascii_digit),
    ("alnum", u8::is_ascii_alphanumeric),
    ("punct", u8::is_ascii_punctuation),
    ("xdigit", u8::is_ascii_hexdigit),
    ("blank", |byte| matches!(byte, b' ' | b'\t')),
    ("space", |byte| matches!(byte, b' ' | 9..=13)),
];

/// The bytes that a set names, in order.
fn set(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out: Vec<u8> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix("[:"))
            && let Some((name, _)) = rest.split_once(":]")
            && let Some((_, belongs)) = CLASSES.iter().find(|(class, _)| *class == name)
        {
            out.extend((0..=255_u8).filter(belongs));
            at += name.len() + 4;
            continue;
        }
        let (byte, used) = character(&bytes[at..]);
        at += used;
        if bytes.get(at) == Some(&b'-') && at + 1 < bytes.len() {
            let (last, used) = character(&bytes[at + 1..]);
            out.extend(byte..=last);
            at += used + 1;
        } else {
            out.push(byte);
        }
    }
    out
}

/// One character of a set, escapes read, and how many bytes it took.
fn character(bytes: &[u8]) -> (u8, usize) {
    match bytes {
        [b'\\', b'n', ..] => (b'\n', 2),
        [b'\\', b't', ..] => (b'\t', 2),
        [b'\\', b'r', ..] => (b'\r', 2),
        [b'\\', digits @ ..] if matches!(digits.first(), Some(b'0'..=b'7')) => {
            let octal: Vec<u8> =
                digits.iter().take(3).take_while(|d| matches!(d, b'0'..=b'7')).copied().collect();
            let value = octal.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
            (value as u8, octal.len() + 1)
        }
        [b'\\', escaped, ..] => (*escaped, 2),
        [byte, ..] => (*byte, 1),
        [] => (0, 1),
    }
}
