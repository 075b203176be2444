//! The command reference in `docs/commands.md`, made from the command table.

use super::shell::options::listed;
use super::table::{Group, Tool};
use super::tools;

/// A command as the reference tells it.
#[derive(Debug, Clone, Copy)]
pub struct CommandInfo {
    /// What is typed.
    pub name: &'static str,
    /// Other names for the same command.
    pub aliases: &'static [&'static str],
    /// Its synopsis, one form a line.
    pub usage: &'static str,
    /// One line of what it does.
    pub summary: &'static str,
    /// The body of its manual page.
    pub manual: &'static str,
}

/// Every command, in the order in which `help` shows them.
pub fn commands() -> impl Iterator<Item = CommandInfo> {
    tools::all().map(|tool| CommandInfo {
        name: tool.name,
        aliases: tool.aliases,
        usage: tool.usage,
        summary: tool.summary,
        manual: tool.manual,
    })
}

/// The whole reference as Markdown. A test holds `docs/commands.md` to it.
pub fn reference() -> String {
    let mut out = String::from(
        "# Commands\n\nMade from the console's command table: `firedrill`'s own `help` and `man` say the same. \
         Do not edit by hand; `UPDATE_DOCS=1 cargo test --test it console::reference` writes it.\n",
    );
    for group in Group::ALL {
        out.push_str(&format!("\n## {}\n", group.title()));
        for tool in tools::all().filter(|tool| tool.group == group) {
            out.push_str(&section(tool));
        }
    }
    out
}

fn section(tool: &Tool) -> String {
    let mut out = format!("\n### {}\n\n{}.", tool.name, capital(tool.summary));
    if !tool.aliases.is_empty() {
        out.push_str(&format!(" Also: `{}`.", tool.aliases.join("`, `")));
    }
    let options = listed(tool.flags);
    let gap = if options.is_empty() { "" } else { "\n\n" };
    let manual = body(&format!("{}{gap}{options}", tool.manual));
    out.push_str(&format!("\n\n```text\n{}\n```\n\n{manual}\n", tool.usage));
    out
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// A manual's paragraphs as they are, indented runs as code blocks.
fn body(manual: &str) -> String {
    let mut out = String::new();
    let mut in_block = false;
    for line in manual.lines() {
        let indented = line.starts_with("  ");
        if indented != in_block && !line.is_empty() {
            if indented && !out.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
            out.push_str(if indented { "```text\n" } else { "```\n" });
            in_block = indented;
        }
        out.push_str(line.strip_prefix("  ").unwrap_or(line));
        out.push('\n');
    }
    if in_block {
        out.push_str("```\n");
    }
    out.trim_end().replace("\n\n```\n", "\n```\n\n")
}
