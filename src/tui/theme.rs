//! Colours by role. Panels name a role, never a colour, so that a theme, sixteen colours and `NO_COLOR` are one table each.
//!
//! Red is kept for what hurts customers, amber for what will, and healthy is quiet. Nothing is told by colour alone: every
//! state also has a glyph or a word. The tables are `assets/themes/*.ron`.

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// 24-bit colour.
    True,
    /// The 256 colours of xterm.
    Indexed,
    /// The sixteen named colours.
    Sixteen,
    /// None: `NO_COLOR`, or a terminal that calls itself dumb.
    None,
}

/// The themes that can be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    /// For dark terminals.
    #[default]
    Dark,
    /// For bright rooms.
    Light,
    /// White on black.
    HighContrast,
    /// The palette of Okabe and Ito.
    ColourBlind,
    /// The terminal's own colours.
    Sixteen,
}

/// The built-in themes in the order in which the settings offer them.
pub const THEMES: [(ThemeName, &str); 5] = [
    (ThemeName::Dark, include_str!("../../assets/themes/dark.ron")),
    (ThemeName::Light, include_str!("../../assets/themes/light.ron")),
    (ThemeName::HighContrast, include_str!("../../assets/themes/high-contrast.ron")),
    (ThemeName::ColourBlind, include_str!("../../assets/themes/colour-blind.ron")),
    (ThemeName::Sixteen, include_str!("../../assets/themes/sixteen.ron")),
];

/// A theme file: a colour for each role, `#rrggbb` or one of the sixteen names; `reset` is the terminal's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the roles are told at `Theme`")]
pub struct Palette {
    /// Its name in the settings.
    pub title: String,
    pub background: String,
    pub bar: String,
    pub selected: String,
    pub text: String,
    pub dim: String,
    pub border: String,
    pub accent: String,
    pub bad: String,
    pub warn: String,
    pub good: String,
    pub ghost: String,
    pub own: String,
    pub series: (String, String, String),
}

impl Palette {
    /// Reads a theme file.
    ///
    /// # Errors
    /// Line, column and what was expected.
    pub fn read(text: &str) -> Result<Self, String> {
        ron::from_str(text).map_err(|problem| problem.to_string())
    }
}

/// Every role that a panel may paint with.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// Labels, axes, what is there to be found rather than read.
    pub dim: Style,
    /// Panel borders.
    pub border: Style,
    /// The one accent: the focused border, keys in the footer, the prompt.
    pub accent: Style,
    /// Titles in borders.
    pub title: Style,
    /// Hurts customers now.
    pub bad: Style,
    /// Will hurt, or is uncertain.
    pub warn: Style,
    /// Healthy, where it must be said at all.
    pub good: Style,
    /// The real responders, everywhere they appear.
    pub ghost: Style,
    /// The trainee's own marks.
    pub own: Style,
    /// A selected row.
    pub selected: Style,
    /// The status line at the top.
    pub bar: Style,
    /// p50, p95 and p99 in charts.
    pub series: [Style; 3],
    /// SQL keywords as they are typed.
    pub keyword: Style,
    /// String literals as they are typed.
    pub string: Style,
    /// What a cell has that nothing was painted on.
    pub ground: Style,
    /// How many colours the styles above use.
    pub depth: Depth,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Whether nothing moves by itself.
    pub calm: bool,
}

impl Theme {
    /// A built-in theme on a terminal of `depth`. With sixteen colours or fewer there is one theme only.
    #[must_use]
    pub fn named(name: ThemeName, depth: Depth) -> Self {
        let name = match depth {
            Depth::None => return Self::plain(),
            Depth::Sixteen => ThemeName::Sixteen,
            Depth::True | Depth::Indexed => name,
        };
        let text = THEMES.iter().find(|(theme, _)| *theme == name).map_or("", |(_, text)| *text);
        Palette::read(text).map_or_else(|_| Self::plain(), |palette| Self::of(&palette, depth))
    }

    /// A theme from its file. A colour that cannot be read is the terminal's own.
    #[must_use]
    pub fn of(palette: &Palette, depth: Depth) -> Self {
        let colour = |text: &str| {
            let colour = Color::from_str(text).unwrap_or(Color::Reset);
            if depth == Depth::Indexed { indexed(colour) } else { colour }
        };
        let fg = |text: &str| match colour(text) {
            Color::Reset => Style::new(),
            colour => Style::new().fg(colour),
        };
        let bg = |text: &str| match colour(text) {
            Color::Reset => Style::new(),
            colour => Style::new().bg(colour),
        };
        let own_ground = palette.selected == "reset";
        let selected = if own_ground {
            Style::new().add_modifier(Modifier::REVERSED)
        } else {
            bg(&palette.selected).add_modifier(Modifier::BOLD)
        };
        Self {
            text: fg(&palette.text),
            dim: fg(&palette.dim),
            border: fg(&palette.border),
            accent: fg(&palette.accent),
            title: fg(&palette.text).add_modifier(Modifier::BOLD),
            bad: fg(&palette.bad).add_modifier(Modifier::BOLD),
            warn: fg(&palette.warn),
            good: fg(&palette.good),
            ghost: fg(&palette.ghost),
            own: fg(&palette.own),
            selected,
            bar: bg(&palette.bar),
            series: [fg(&palette.series.0), fg(&palette.series.1), fg(&palette.series.2)],
            keyword: fg(&palette.accent),
            string: fg(&palette.good),
            ground: fg(&palette.text).patch(bg(&palette.background)),
            depth,
            ascii: false,
            calm: false,
        }
    }

    /// How many colours the environment's `NO_COLOR`, `TERM` and `COLORTERM` promise, handed in as a look-up; and whether
    /// the locale, or `FIREDRILL_ASCII`, asks for plain ASCII.
    #[must_use]
    pub fn environment(variable: impl Fn(&str) -> Option<String>) -> (Depth, bool) {
        let set = |name: &str| variable(name).is_some_and(|v| !v.is_empty());
        let term = variable("TERM").unwrap_or_default();
        let true_colour = variable("COLORTERM")
            .is_some_and(|v| v.contains("truecolor") || v.contains("24bit"))
            || ["kitty", "direct", "ghostty", "alacritty"].iter().any(|word| term.contains(word));
        let depth = if set("NO_COLOR") || term == "dumb" {
            Depth::None
        } else if true_colour {
            Depth::True
        } else if term.contains("256color") {
            Depth::Indexed
        } else {
            Depth::Sixteen
        };
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| variable(n).filter(|v| !v.is_empty()));
        (depth, set("FIREDRILL_ASCII") || locale.is_some_and(|v| v == "C" || v == "POSIX"))
    }

    /// Without colour: bold, faint, underlined and reversed tell the roles apart.
    fn plain() -> Self {
        let none = Style::new();
        let bold = none.add_modifier(Modifier::BOLD);
        let faint = none.add_modifier(Modifier::DIM);
        Self {
            text: none,
            dim: faint,
            border: faint,
            accent: bold,
            title: bold,
            bad: bold,
            warn: none,
            good: none,
            ghost: faint.add_modifier(Modifier::ITALIC),
            own: none.add_modifier(Modifier::UNDERLINED),
            selected: none.add_modifier(Modifier::REVERSED),
            bar: none.add_modifier(Modifier::REVERSED),
            series: [none, none, bold],
            keyword: bold,
            string: none,
            ground: none,
            depth: Depth::None,
            ascii: false,
            calm: false,
        }
    }
}

/// The nearest of xterm's 6×6×6 colour cube and 24 greys.
fn indexed(colour: Color) -> Color {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let Color::Rgb(r, g, b) = colour else { return colour };
    let nearest = |value: u8| (0..6).min_by_key(|i| STEPS[*i].abs_diff(value)).unwrap_or(0);
    let distance = |x: (u8, u8, u8)| {
        [(x.0, r), (x.1, g), (x.2, b)].iter().map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum::<u32>()
    };
    let cube = (nearest(r), nearest(g), nearest(b));
    let cube_distance = distance((STEPS[cube.0], STEPS[cube.1], STEPS[cube.2]));
    let grey = (0..24u8).min_by_key(|i| distance((8 + i * 10, 8 + i * 10, 8 + i * 10))).unwrap_or(0);
    let level = 8 + grey * 10;
    if distance((level, level, level)) < cube_distance {
        Color::Indexed(232 + grey)
    } else {
        Color::Indexed((16 + 36 * cube.0 + 6 * cube.1 + cube.2) as u8)
    }
}
