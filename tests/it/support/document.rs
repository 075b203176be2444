//! Documents with sections that tests write: a section that differs from what a test computed fails, unless
//! `UPDATE_DOCS` is set, which writes it.

use std::path::Path;

/// Compares the section `## title` of a document in the project with `text`, its heading left out.
pub(crate) fn check(document: &str, title: &str, text: &str, test: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let whole = std::fs::read_to_string(&path).unwrap_or_default();
    let heading = format!("## {title}\n");
    let wanted = format!("{heading}\n{}\n", text.trim());
    let found = section(&whole, &heading);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let updated = match found {
            Some(found) => whole.replacen(found.trim_end(), wanted.trim_end(), 1),
            None => format!("{}\n\n{wanted}", whole.trim_end()),
        };
        std::fs::write(&path, updated).unwrap();
        return;
    }
    assert!(
        found.is_some_and(|found| found.trim_end() == wanted.trim_end()),
        "{document} is out of date: UPDATE_DOCS=1 cargo test --test it {test}"
    );
}

/// Compares a whole file in the project with what a test computed.
pub(crate) fn check_file(path: &str, text: &str, test: &str) {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&whole, text).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&whole).unwrap_or_default();
    assert!(found == text, "{path} is out of date: UPDATE_DOCS=1 cargo test --test it {test}");
}

/// From the heading to the next of its level, or to the end.
fn section<'w>(whole: &'w str, heading: &str) -> Option<&'w str> {
    let start = whole.find(heading)?;
    let rest = &whole[start + heading.len()..];
    let end = rest.find("\n## ").map_or(whole.len(), |at| start + heading.len() + at + 1);
    Some(&whole[start..end])
}
