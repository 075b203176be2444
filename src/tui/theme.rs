//! Colours by role. Panels name a role, never a colour, so that a theme, sixteen colours and `NO_COLOR` are one table each.
//!
//! Red is kept for what hurts customers, amber for what will, and healthy is quiet. Nothing is told by colour alone: every
//! state also has a glyph or a word.

use ratatui::style::{Color, Modifier, Style};

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// 24-bit colour.
    True,
    /// The sixteen named colours.
    Sixteen,
    /// None: `NO_COLOR`, or a terminal that calls itself dumb.
    None,
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
    /// How many colours the styles above use.
    pub depth: Depth,
    /// Draw with ASCII only.
    pub ascii: bool,
}

const fn rgb(hex: u32) -> Color {
    Color::Rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

impl Theme {
    /// The dark theme for a terminal of `depth`.
    #[must_use]
    pub fn dark(depth: Depth) -> Self {
        match depth {
            Depth::True => Self::build(
                depth,
                [0xd5d8e0, 0x8a91a3, 0x4a5064, 0x7aa2f7, 0xf7768e, 0xe0af68, 0x9ece6a, 0x9d8cd6, 0x7dcfff]
                    .map(rgb),
                rgb(0x2b3047),
                rgb(0x1f2335),
            ),
            Depth::Sixteen => Self::build(
                depth,
                [
                    Color::Reset,
                    Color::DarkGray,
                    Color::DarkGray,
                    Color::LightBlue,
                    Color::LightRed,
                    Color::LightYellow,
                    Color::Green,
                    Color::Magenta,
                    Color::LightCyan,
                ],
                Color::DarkGray,
                Color::Reset,
            ),
            Depth::None => Self::plain(),
        }
    }

    /// Chooses the depth from the environment's `NO_COLOR`, `TERM` and `COLORTERM`, handed in as a look-up.
    #[must_use]
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).is_some_and(|v| !v.is_empty());
        let term = variable("TERM").unwrap_or_default();
        let many = variable("COLORTERM").is_some_and(|v| v.contains("truecolor") || v.contains("24bit"))
            || ["256color", "kitty", "direct"].iter().any(|word| term.contains(word));
        let depth = match (set("NO_COLOR") || term == "dumb", many) {
            (true, _) => Depth::None,
            (false, true) => Depth::True,
            (false, false) => Depth::Sixteen,
        };
        let mut theme = Self::dark(depth);
        let utf8 = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| variable(n).filter(|v| !v.is_empty()));
        theme.ascii = set("FIREDRILL_ASCII") || utf8.is_some_and(|v| v == "C" || v == "POSIX");
        theme
    }

    fn build(depth: Depth, roles: [Color; 9], selected: Color, bar: Color) -> Self {
        let [text, dim, border, accent, bad, warn, good, ghost, own] = roles;
        let fg = |c| Style::new().fg(c);
        Self {
            text: fg(text),
            dim: fg(dim),
            border: fg(border),
            accent: fg(accent),
            title: fg(text).add_modifier(Modifier::BOLD),
            bad: fg(bad).add_modifier(Modifier::BOLD),
            warn: fg(warn),
            good: fg(good),
            ghost: fg(ghost),
            own: fg(own),
            selected: Style::new().bg(selected).add_modifier(Modifier::BOLD),
            bar: Style::new().bg(bar),
            series: [fg(own), fg(warn), fg(bad)],
            keyword: fg(accent),
            string: fg(good),
            depth,
            ascii: false,
        }
    }

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
            depth: Depth::None,
            ascii: false,
        }
    }
}
