//! `dig`: asks the company's name server.

use super::{RESOLVER, find, hosts};
use crate::console::Context;
use crate::console::shell::options::{Flag, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::tools::date::written;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "dig",
    aliases: &[],
    group: Group::Observe,
    usage: "dig [@SERVER] NAME [TYPE] [+short] [+noall +answer]\ndig -x ADDRESS",
    summary: "ask the name server",
    manual: "Asks the company's name server for NAME and prints its answer. It knows A records, and PTR records the other way round. +short prints the addresses alone, \
             +noall +answer the answer's lines alone. How long the answer took isn't part of the network's model.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('x', "", "ADDRESS", "the name of an address"),
    flag('t', "", "TYPE", "the type of record"),
    flag('q', "", "NAME", "the name"),
    flag('p', "", "PORT", "accepted"),
    flag('4', "", "", "accepted"),
    flag('b', "", "ADDRESS", "accepted"),
    word('h', "help", "", ""),
];

/// How long the company's records may be kept, in seconds.
const TTL_S: u32 = 30;
/// Types of records that may be asked for.
const TYPES: [&str; 12] =
    ["A", "AAAA", "ANY", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT", "CAA", "HTTPS"];

/// What is asked.
struct Question {
    name: String,
    kind: String,
}

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if asking.current.starts_with('+') {
        return crate::console::table::words(&[
            ("+short", "addresses alone"),
            ("+noall", "nothing, to begin with"),
            ("+answer", "the answer's lines"),
            ("+trace", "from the root servers down"),
        ]);
    }
    hosts(asking)
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let (pluses, plain): (Vec<String>, Vec<String>) =
        call.arguments.iter().cloned().partition(|argument| argument.starts_with('+'));
    let parsed = match crate::console::filters::options(&Call { arguments: &plain, ..*call }, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output.into(),
    };
    let has = |option: &str| pluses.iter().any(|plus| plus == option);
    if has("+trace") {
        return Output::failure(
            ";; communications error: the company's name server is the only one that answers from here; ask it without +trace",
        )
        .into();
    }
    let mut question = Question { name: String::new(), kind: "A".into() };
    for operand in parsed.operands.iter().filter(|operand| !operand.starts_with('@')) {
        let upper = operand.to_uppercase();
        if TYPES.contains(&upper.as_str()) {
            question.kind = upper;
        } else if upper != "IN" {
            question.name.clone_from(operand);
        }
    }
    if let Some(kind) = parsed.value('t') {
        question.kind = kind.to_uppercase();
    }
    if let Some(name) = parsed.value('q') {
        question.name = name.to_owned();
    }
    if let Some(address) = parsed.value('x') {
        let reversed: Vec<&str> = address.split('.').rev().collect();
        question = Question { name: format!("{}.in-addr.arpa", reversed.join(".")), kind: "PTR".into() };
    }
    if question.name.is_empty() {
        return Output::failure(format!("usage: {}", TOOL.usage.replace('\n', "\n       "))).into();
    }
    let answer = answer(context, &question, parsed.value('x'));
    let text = if has("+short") {
        answer.iter().flatten().map(|value| format!("{value}\n")).collect()
    } else if has("+noall") {
        if has("+answer") { section(&question, &answer) } else { String::new() }
    } else {
        whole(context, &question, &answer)
    };
    Output::text(text).into()
}

/// The records' values; nothing when there is no such name.
fn answer(context: &Context<'_>, question: &Question, address: Option<&str>) -> Option<Vec<String>> {
    let found = find(context, address.unwrap_or(&question.name))?;
    Some(match question.kind.as_str() {
        "A" | "ANY" => vec![found.address.to_string()],
        "PTR" => vec![format!("{}.", found.name)],
        // The zone has no other records.
        _ => Vec::new(),
    })
}

fn section(question: &Question, answer: &Option<Vec<String>>) -> String {
    let name = question.name.trim_end_matches('.');
    let kind = if question.kind == "ANY" { "A" } else { &question.kind };
    answer
        .iter()
        .flatten()
        .map(|value| format!("{:<24}{TTL_S}\tIN\t{kind}\t{value}\n", format!("{name}.")))
        .collect()
}

fn whole(context: &Context<'_>, question: &Question, answer: &Option<Vec<String>>) -> String {
    let count = answer.as_ref().map_or(0, Vec::len);
    let status = if answer.is_some() { "NOERROR" } else { "NXDOMAIN" };
    let (name, kind) = (question.name.trim_end_matches('.'), &question.kind);
    let mut out = format!(
        "\n; <<>> DiG 9.20.11 <<>> {name} {kind}\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}\n;; flags: qr aa rd ra; QUERY: 1, ANSWER: \
         {count}, AUTHORITY: 0, ADDITIONAL: 0\n\n;; QUESTION SECTION:\n;{:<23}\tIN\t{kind}\n\n",
        format!("{name}.")
    );
    if count > 0 {
        out.push_str(&format!(";; ANSWER SECTION:\n{}\n", section(question, answer)));
    }
    let when = written(&context.scenario.calendar(), context.world.now(), "%a %b %d %H:%M:%S UTC %Y");
    out.push_str(&format!(";; SERVER: {RESOLVER}#53({RESOLVER}) (UDP)\n;; WHEN: {when}\n"));
    out
}
