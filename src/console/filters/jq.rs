//! `jq`: JSON taken apart and put together, by the jq implementation of the `jaq` crates. What reads the real machine's clock
//! or environment is left out, and what makes programs that need not end is refused.

use super::{options, sources};
use crate::console::shell::options::{Flag, Parsed, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, MAX_OUTPUT, Output, Tool, files};
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "jq",
    aliases: &["jaq"],
    group: Group::Text,
    usage: "jq [-rcnsejS] [--arg NAME VALUE] [--argjson NAME JSON] 'PROGRAM' [FILE]…",
    summary: "take JSON apart and put it together",
    manual: "Runs PROGRAM on each JSON value of FILE, or of standard input, and prints what comes out.

  kubectl get pods -o json | jq -r '.items[] | [.metadata.name, .status.phase] | @tsv'

It has the operators and functions of jq but those whose programs need not end: def, range, repeat, while, until, recurse with an argument, foreach.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('r', "raw-output", "", "texts without quotes"),
    flag('j', "join-output", "", "as -r, without line ends"),
    flag('c', "compact-output", "", "each value on one line"),
    flag('S', "sort-keys", "", "keys in order"),
    flag('n', "null-input", "", "no input: . is null"),
    flag('s', "slurp", "", "all values as one array"),
    flag('e', "exit-status", "", "fail when the last value is false or null"),
    flag('a', "ascii-output", "", "only ASCII"),
    flag('M', "monochrome-output", "", "accepted: the transcript has no colours"),
    word('A', "arg", "NAME VALUE", "$NAME is a text in the program"),
    word('J', "argjson", "NAME JSON", "$NAME is a value in the program"),
];

/// Words whose programs need not end.
const ENDLESS: [&str; 7] = ["def", "range", "repeat", "while", "until", "foreach", "limit"];

/// Functions that tell of the real machine: its clock, its zone, its environment.
const OF_THE_MACHINE: [&str; 4] = ["now", "env", "localtime", "strflocaltime"];

/// jq's exit statuses.
const USAGE: u8 = 2;
/// See [`USAGE`].
const NOT_COMPILED: u8 = 3;
/// See [`USAGE`].
const FAILED: u8 = 5;

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    jq(call, session).unwrap_or_else(|output| output)
}

/// Takes `--arg NAME VALUE` and `--argjson NAME JSON` out of the arguments.
fn variables(arguments: &[String]) -> Result<(Vec<String>, Vec<(String, Val)>), Output> {
    let mut rest = Vec::new();
    let mut found = Vec::new();
    let mut all = arguments.iter();
    while let Some(argument) = all.next() {
        if argument != "--arg" && argument != "--argjson" {
            rest.push(argument.clone());
            continue;
        }
        let (Some(name), Some(value)) = (all.next(), all.next()) else {
            return Err(Output::failure_with(USAGE, format!("jq: {argument} takes two parameters")));
        };
        let value = if argument == "--arg" {
            Val::from(value.clone())
        } else {
            read::parse_single(value.as_bytes()).map_err(|_| {
                Output::failure_with(USAGE, format!("jq: Invalid JSON text passed to --argjson: {value}"))
            })?
        };
        found.push((format!("${name}"), value));
    }
    Ok((rest, found))
}

fn jq(call: &Call<'_>, session: &Session) -> Result<Output, Output> {
    let (arguments, variables) = variables(call.arguments)?;
    let parsed = options(&Call { arguments: &arguments, ..*call }, FLAGS, USAGE)?;
    let Some((written, operands)) = parsed.operands.split_first() else {
        return Err(Output::failure_with(USAGE, format!("Usage:\t{}", TOOL.usage)));
    };
    if let Some(word) = endless(written) {
        return Err(Output::failure_with(
            NOT_COMPILED,
            format!("jq: error: {word} is not available here: a program has to end\njq: 1 compile error"),
        ));
    }
    let mut output = Output::default();
    let inputs = inputs(call, operands, &parsed, session, &mut output)?;
    let not_compiled = |what: String| {
        Output::failure_with(NOT_COMPILED, format!("jq: error: {what}\n{written}\njq: 1 compile error"))
    };
    let program = with_tables(written);
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let functions = functions.filter(|(name, ..)| !OF_THE_MACHINE.contains(name));
    let arena = Arena::default();
    let modules = Loader::new(definitions)
        .load(&arena, File { code: program.as_str(), path: () })
        .map_err(|_| not_compiled("syntax error".into()))?;
    let (names, values): (Vec<String>, Vec<Val>) = variables.into_iter().unzip();
    let filter = Compiler::default()
        .with_funs(functions)
        .with_global_vars(names.iter().map(String::as_str))
        .compile(modules)
        .map_err(|errors| {
            let undefined = errors.into_iter().flat_map(|(_, undefined)| undefined);
            let names: Vec<String> = undefined.map(|(name, _)| format!("{name} is not defined")).collect();
            not_compiled(names.join(", "))
        })?;
    let mut last = Val::Null;
    let mut written = 0;
    for input in inputs {
        let context = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new(values.clone()));
        for value in filter.id.run((context, input)).map(unwrap_valr) {
            match value {
                Ok(value) => {
                    let text = printed(&value, &parsed);
                    written += text.len();
                    output.out(text);
                    last = value;
                }
                Err(error) => {
                    output.err(format!("jq: error: {error}\n"));
                    output.status = FAILED;
                    break;
                }
            }
            if written > MAX_OUTPUT {
                return Ok(output);
            }
        }
    }
    if parsed.has('e') && output.status == 0 && matches!(last, Val::Null | Val::Bool(false)) {
        output.status = 1;
    }
    Ok(output)
}

fn inputs(
    call: &Call<'_>,
    operands: &[String],
    parsed: &Parsed,
    session: &Session,
    output: &mut Output,
) -> Result<Vec<Val>, Output> {
    if parsed.has('n') {
        return Ok(vec![Val::Null]);
    }
    let complaint = ("error: Could not open file ", "");
    let mut values = Vec::new();
    for source in sources(call, operands, session, complaint, output, USAGE) {
        for value in read::parse_many(source.text.as_bytes()) {
            match value {
                Ok(value) => values.push(value),
                Err(error) => {
                    let message = format!("jq: parse error: {error}\n");
                    if values.is_empty() {
                        return Err(Output::failure_with(USAGE, message));
                    }
                    output.err(message);
                    output.status = USAGE;
                    break;
                }
            }
        }
    }
    Ok(if parsed.has('s') { vec![values.into_iter().collect()] } else { values })
}

/// A value as jq prints it: indented by two blanks unless `-c`.
fn printed(value: &Val, parsed: &Parsed) -> String {
    let end = if parsed.has('j') { "" } else { "\n" };
    let compact = value.to_string();
    // Through the JSON that the rest of the program uses, for its indentation; what isn't JSON (NaN) stays as it is.
    let Ok(mut json) = serde_json::from_str::<serde_json::Value>(&compact) else { return compact + end };
    if let (serde_json::Value::String(text), true) = (&json, parsed.has('r') || parsed.has('j')) {
        return format!("{text}{end}");
    }
    if parsed.has('S') {
        json.sort_all_objects();
    }
    if parsed.has('S') && parsed.has('c') {
        return format!("{json}{end}");
    }
    if parsed.has('c') { compact + end } else { format!("{json:#}{end}") }
}

/// `@tsv` and `@csv`, which the crates leave to their program, as definitions before the program that names them.
fn with_tables(program: &str) -> String {
    const TSV: &str = r#"def @tsv: map(if . == null then "" else tostring | gsub("\\\\"; "\\\\") | gsub("\t"; "\\t") | gsub("\n"; "\\n") end) | join("\t"); "#;
    const CSV: &str = r#"def @csv: map(if . == null then "" elif type == "string" then "\"" + gsub("\""; "\"\"") + "\"" else tostring end) | join(","); "#;
    let mut whole = program.to_owned();
    for (name, definition) in [("@tsv", TSV), ("@csv", CSV)] {
        if program.contains(name) {
            whole = definition.to_owned() + &whole;
        }
    }
    whole
}

/// The first word outside texts that makes a program that need not end.
fn endless(program: &str) -> Option<&'static str> {
    let mut quoted = false;
    let mut escaped = false;
    let mut word = String::new();
    for c in program.chars().chain([' ']) {
        if quoted {
            quoted = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            continue;
        }
        if c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '@') {
            word.push(c);
            continue;
        }
        if let Some(found) = ENDLESS.iter().find(|endless| **endless == word) {
            return Some(found);
        }
        if word == "recurse" && c == '(' {
            return Some("recurse");
        }
        word.clear();
        quoted = c == '"';
    }
    None
}
