//! The command table and what is made from it.

use std::path::Path;

#[test]
fn the_command_reference_is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
    let wanted = firedrill::console::reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/commands.md is out of date: UPDATE_DOCS=1 cargo test --test it console::reference"
    );
}

#[test]
fn every_command_has_usage_summary_and_manual() {
    for command in firedrill::console::commands() {
        assert!(command.usage.starts_with(command.name), "{}: usage must start with the name", command.name);
        assert!(
            !command.summary.is_empty() && !command.summary.ends_with('.'),
            "{}: one line, no stop",
            command.name
        );
        assert!(command.manual.len() > 20, "{}: the manual says too little", command.name);
    }
}

#[test]
fn no_two_commands_share_a_name() {
    let mut names: Vec<&str> = Vec::new();
    for command in firedrill::console::commands() {
        names.push(command.name);
        names.extend(command.aliases);
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "a name stands twice in the table");
}
