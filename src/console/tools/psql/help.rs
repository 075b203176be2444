//! `\h NAME`: the syntax of SQL commands. The texts are psql's own, of the commands that matter to an on-call engineer.

/// One block a command, as psql prints it: `Command:`, `Description:`, `Syntax:`, `URL:`.
const TEXTS: &str = include_str!("help.txt");

fn blocks() -> impl Iterator<Item = (&'static str, &'static str)> {
    let texts = TEXTS.split("\n\nCommand:     ").map(|block| block.trim_start_matches("Command:     "));
    texts.map(|block| (block.lines().next().unwrap_or(""), block.trim_end()))
}

/// What `\h` prints about a name, which may be a command's beginning; without one, what there is.
///
/// # Errors
/// psql's words for a name that it knows nothing of.
pub(super) fn about(name: &str) -> Result<String, String> {
    let wanted = name.trim().trim_end_matches(';').to_ascii_uppercase();
    if wanted.is_empty() {
        return Ok(names());
    }
    let wanted = wanted.trim_end_matches('*').trim_end();
    let exact: Vec<_> = blocks().filter(|(name, _)| *name == wanted).collect();
    let found = if exact.is_empty() {
        blocks().filter(|(name, _)| name.starts_with(wanted)).collect()
    } else {
        exact
    };
    if found.is_empty() {
        return Err(format!(
            "No help available for \"{}\".\nTry \\h with no arguments to see available help.",
            name.trim()
        ));
    }
    Ok(found.iter().map(|(_, text)| format!("Command:     {text}\n\n")).collect())
}

/// The commands in columns, as psql lays them out.
fn names() -> String {
    const COLUMNS: usize = 3;
    let names: Vec<&str> = blocks().map(|(name, _)| name).collect();
    let rows = names.len().div_ceil(COLUMNS);
    let mut out = "Available help:\n".to_owned();
    for row in 0..rows {
        let cells = (0..COLUMNS).filter_map(|column| names.get(column * rows + row));
        let line: String = cells.map(|name| format!("  {name:<24}")).collect();
        out.push_str(&format!("{}\n", line.trim_end()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_its_beginning_finds_the_syntax() {
        let explain = about("explain").unwrap();
        assert!(
            explain.starts_with("Command:     EXPLAIN\nDescription: show the execution plan"),
            "{explain}"
        );
        assert!(explain.contains("    GENERIC_PLAN [ boolean ]\n"));
        assert!(about("create").unwrap().contains("Command:     CREATE INDEX"));
        assert!(about("nonsense").unwrap_err().contains("No help available"));
        assert!(about("").unwrap().contains("  VACUUM"));
    }
}
