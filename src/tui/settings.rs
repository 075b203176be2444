//! What a person chose about the interface, as it is kept in `config.ron`: theme, motion, bell, keys.

use super::{keymap::Keymap, theme::ThemeName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The choices. A file may leave any of them out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Which theme.
    pub theme: ThemeName,
    /// Draw with ASCII only, whatever the locale says.
    pub ascii: bool,
    /// Redraw once a second instead of ten times while nothing is typed.
    pub reduced_motion: bool,
    /// Ring the terminal's bell when a page arrives.
    pub bell: bool,
    /// Keys that differ from the built-in ones: `"view/pause": ["p"]`.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Whether the guided drill was offered already.
    pub toured: bool,
}

impl Settings {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// One sentence: line and column and what was expected, or which key binding makes no sense.
    pub fn read(text: &str) -> Result<Self, String> {
        let settings: Self = ron::from_str(text).map_err(|problem| problem.to_string())?;
        Keymap::with(&settings.keys)?;
        Ok(settings)
    }

    /// The file's text.
    ///
    /// # Errors
    /// What the serialiser says; it has no reason to.
    pub fn write(&self) -> Result<String, String> {
        let pretty = ron::ser::PrettyConfig::new();
        ron::ser::to_string_pretty(self, pretty).map_err(|problem| problem.to_string())
    }
}

/// What the settings overlay shows: one row for each choice that can be made there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each has its row below")]
pub enum Choice {
    Theme,
    Motion,
    Bell,
    Ascii,
}

/// The rows: choice, name, what it does.
pub const CHOICES: [(Choice, &str, &str); 4] = [
    (Choice::Theme, "Theme", "colours by role; each keeps WCAG AA contrast"),
    (Choice::Motion, "Motion", "reduced: at most one frame a second"),
    (Choice::Bell, "Bell", "ring the terminal's bell when a page arrives"),
    (Choice::Ascii, "Symbols", "ASCII, for fonts without braille"),
];

impl Settings {
    /// The present value of a choice, in words.
    #[must_use]
    pub fn value(&self, choice: Choice) -> String {
        let either = |on: bool, yes: &str, no: &str| if on { yes } else { no }.to_owned();
        match choice {
            Choice::Theme => theme_title(self.theme),
            Choice::Motion => either(self.reduced_motion, "reduced", "full"),
            Choice::Bell => either(self.bell, "on", "off"),
            Choice::Ascii => either(self.ascii, "ASCII", "Unicode"),
        }
    }

    /// Goes to the next (or, with `by` −1, the previous) value of a choice.
    pub fn turn(&mut self, choice: Choice, by: isize) {
        match choice {
            Choice::Theme => {
                let themes = super::theme::THEMES;
                let at = themes.iter().position(|(name, _)| *name == self.theme).unwrap_or(0);
                let to = (at as isize + by).rem_euclid(themes.len() as isize) as usize;
                self.theme = themes[to].0;
            }
            Choice::Motion => self.reduced_motion = !self.reduced_motion,
            Choice::Bell => self.bell = !self.bell,
            Choice::Ascii => self.ascii = !self.ascii,
        }
    }
}

fn theme_title(name: ThemeName) -> String {
    let text = super::theme::THEMES.iter().find(|(theme, _)| *theme == name).map_or("", |(_, text)| *text);
    super::theme::Palette::read(text).map_or_else(|_| String::new(), |palette| palette.title)
}
