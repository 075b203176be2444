//! The one text form of a key, shared by the keymap, the help and the tests: `q`, `ctrl-r`, `alt-enter`, `pgup`, `f1`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Names of the keys that aren't a character.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
];

/// The text form of `key`: modifiers in the order `ctrl-`, `alt-`, `shift-`, then the key.
#[must_use]
pub fn name(key: &KeyEvent) -> String {
    let mut out = String::new();
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        out.push_str("ctrl-");
    }
    if key.modifiers.contains(KeyModifiers::ALT) {
        out.push_str("alt-");
    }
    let is_char = matches!(key.code, KeyCode::Char(_)) || key.code == KeyCode::BackTab;
    if key.modifiers.contains(KeyModifiers::SHIFT) && !is_char {
        out.push_str("shift-");
    }
    match (NAMED.iter().find(|(_, code)| *code == key.code), key.code) {
        (Some((name, _)), _) => out.push_str(name),
        (None, KeyCode::Char(c)) => out.push(c),
        (None, KeyCode::F(n)) => out.push_str(&format!("f{n}")),
        (None, _) => out.push_str("unknown"),
    }
    out
}

/// Reads the text form back; `None` where it names no key.
#[must_use]
pub fn parse(text: &str) -> Option<KeyEvent> {
    let mut rest = text;
    let mut modifiers = KeyModifiers::NONE;
    for (prefix, modifier) in
        [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)]
    {
        if rest.len() > prefix.len()
            && let Some(left) = rest.strip_prefix(prefix)
        {
            modifiers |= modifier;
            rest = left;
        }
    }
    let mut chars = rest.chars();
    let code = if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == rest) {
        *code
    } else if let Some(n) =
        rest.strip_prefix('f').and_then(|n| n.parse().ok()).filter(|n| (1..=12).contains(n))
    {
        KeyCode::F(n)
    } else {
        let c = chars.next()?;
        if chars.next().is_some() {
            return None;
        }
        KeyCode::Char(c)
    };
    Some(KeyEvent::new(code, modifiers))
}
