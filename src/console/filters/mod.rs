//! Text filters for pipes. Each behaves byte for byte as its GNU namesake in the C locale does for the options it has; what it
//! hasn't it refuses in getopt's words.

pub(crate) mod awk;
pub(crate) mod cat;
pub(crate) mod column;
pub(crate) mod comm;
pub(crate) mod cut;
pub(crate) mod fold;
pub(crate) mod grep;
pub(crate) mod head;
pub(crate) mod join;
pub(crate) mod jq;
pub(crate) mod nl;
pub(crate) mod paste;
pub(crate) mod pattern;
pub(crate) mod rev;
mod run;
pub(crate) mod sed;
pub(crate) mod seq;
pub(crate) mod sort;
pub(crate) mod tail;
pub(crate) mod tee;
pub(crate) mod tr;
pub(crate) mod uniq;
pub(crate) mod wc;
pub(crate) mod xargs;

pub use run::{Filtered, filter};

use super::shell::options::{Flag, Parsed, parse};
use super::shell::session::Session;
use super::table::{Call, Output, Tool};

/// Every filter, in the order `help` shows them.
pub(crate) const TOOLS: &[&Tool] = &[
    &grep::TOOL,
    &head::TOOL,
    &tail::TOOL,
    &sort::TOOL,
    &uniq::TOOL,
    &wc::TOOL,
    &cut::TOOL,
    &tr::TOOL,
    &awk::TOOL,
    &sed::TOOL,
    &jq::TOOL,
    &column::TOOL,
    &cat::TOOL,
    &rev::TAC,
    &rev::TOOL,
    &nl::TOOL,
    &paste::TOOL,
    &comm::TOOL,
    &join::TOOL,
    &fold::TOOL,
    &fold::YES,
    &tee::TOOL,
    &seq::TOOL,
    &xargs::TOOL,
];

/// A text to read and the name it goes by; `None` is standard input.
pub(crate) struct Source {
    /// The file's name as given.
    pub(crate) name: Option<String>,
    /// All of it.
    pub(crate) text: String,
}

/// How a tool words that a file can't be read: what stands before and after the name.
pub(crate) type Complaint = (&'static str, &'static str);

/// Reads the operands, or standard input when there are none or for `-`. Complaints go to `errors`, whose status becomes
/// `status`.
pub(crate) fn sources(
    call: &Call<'_>,
    operands: &[String],
    session: &Session,
    complaint: Complaint,
    errors: &mut Output,
    status: u8,
) -> Vec<Source> {
    let mut found = Vec::new();
    let stdin = |errors: &mut Output| match call.stdin {
        Some(text) => text.to_owned(),
        None => {
            errors
                .err(format!("{}: nothing to read: give it a file, or pipe something into it\n", call.name));
            errors.status = status;
            String::new()
        }
    };
    if operands.is_empty() {
        let text = stdin(errors);
        found.push(Source { name: None, text });
    }
    for operand in operands {
        if operand == "-" {
            let text = stdin(errors);
            found.push(Source { name: None, text });
        } else if let Some(text) = session.read(operand) {
            found.push(Source { name: Some(operand.clone()), text: text.to_owned() });
        } else {
            let (before, after) = complaint;
            errors.err(format!("{}: {before}{operand}{after}: No such file or directory\n", call.name));
            errors.status = status;
        }
    }
    found
}

/// Reads the two operands of a tool that compares files, or words GNU's complaint.
pub(crate) fn two_sources(
    call: &Call<'_>,
    operands: &[String],
    session: &Session,
) -> Result<[Source; 2], Output> {
    let complaint = match operands {
        [_, _] => None,
        [] => Some("missing operand".to_owned()),
        [one] => Some(format!("missing operand after '{one}'")),
        [.., last] => Some(format!("extra operand '{last}'")),
    };
    if let Some(complaint) = complaint {
        return Err(misused(call.name, &complaint, 1));
    }
    let mut errors = Output::default();
    let found = sources(call, operands, session, ("", ""), &mut errors, 1);
    if errors.status != 0 {
        return Err(errors);
    }
    found.try_into().map_err(|_| errors)
}

/// Takes the arguments apart, or words GNU's complaint.
pub(crate) fn options(call: &Call<'_>, flags: &[Flag], status: u8) -> Result<Parsed, Output> {
    parse(flags, call.arguments).map_err(|message| misused(call.name, &message, status))
}

/// GNU's complaint about arguments, with where to read more.
pub(crate) fn misused(name: &str, message: &str, status: u8) -> Output {
    Output::failure_with(status, format!("{name}: {message}\nTry 'man {name}' for more information."))
}

/// The lines of a text, without their ends; a last line without an end counts.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    lines
}
