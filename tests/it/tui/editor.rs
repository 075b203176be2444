//! The line editor against what readline does.

use firedrill::tui::{editor::Editor, keys};

/// Types `input` (`<ctrl-w>` and the like are keys) and shows the text with `|` where the cursor is.
fn check(input: &str, expected: &str) {
    let mut editor = Editor::default();
    let mut rest = input;
    while !rest.is_empty() {
        let (key, left) = match rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
            Some((name, left)) => (keys::parse(name).expect("a key"), left),
            None => {
                let end = rest.chars().next().map_or(0, char::len_utf8);
                let name = if &rest[..end] == " " { "space" } else { &rest[..end] };
                (keys::parse(name).expect("a character"), &rest[end..])
            }
        };
        editor.key(&key);
        rest = left;
    }
    let (before, after) = editor.text().split_at(editor.cursor());
    assert_eq!(format!("{before}|{after}"), expected, "typed {input}");
}

#[test]
fn keys_edit_as_readline_does() {
    check("select 1", "select 1|");
    check("select 1<home>x", "x|select 1");
    check("one two<ctrl-w>", "one |");
    check("one two<alt-b>X", "one X|two");
    check("one two<ctrl-a><ctrl-k><ctrl-y><ctrl-y>", "one twoone two|");
    check("one two<left><left><ctrl-u>", "|wo");
    check("pg_stat<alt-backspace>", "pg_|");
    check("añb<left><backspace>", "a|b");
    check("<backspace><delete><left><right>", "|");
    check("a b<ctrl-left><ctrl-left><alt-f>!", "a!| b");
}
