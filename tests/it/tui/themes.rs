//! Themes: every pair of text and ground can be read, and each file says what it should.

use firedrill::tui::settings::Settings;
use firedrill::tui::theme::{Depth, Palette, THEMES, Theme, ThemeName};
use ratatui::style::Color;

/// WCAG 2.2's contrast of text at level AA.
const READABLE: f64 = 4.5;
/// Level AAA, which the high-contrast theme keeps.
const VERY_READABLE: f64 = 7.0;

/// Relative luminance of an sRGB colour, WCAG 2.2.
fn luminance(colour: &str) -> f64 {
    let channel = |from: usize| {
        let value = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).expect("#rrggbb")) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_text_role_is_readable_on_every_ground_of_its_theme() {
    for (name, text) in THEMES.iter().filter(|(name, _)| *name != ThemeName::Sixteen) {
        let palette = Palette::read(text).expect("a built-in theme");
        let least = if *name == ThemeName::HighContrast { VERY_READABLE } else { READABLE };
        let roles = [
            ("text", &palette.text),
            ("dim", &palette.dim),
            ("accent", &palette.accent),
            ("bad", &palette.bad),
            ("warn", &palette.warn),
            ("good", &palette.good),
            ("ghost", &palette.ghost),
            ("own", &palette.own),
            ("p50", &palette.series.0),
            ("p95", &palette.series.1),
            ("p99", &palette.series.2),
        ];
        let grounds =
            [("background", &palette.background), ("bar", &palette.bar), ("selected", &palette.selected)];
        for (role, colour) in roles {
            for (ground, under) in grounds {
                let found = contrast(colour, under);
                assert!(found >= least, "{name:?}: {role} on {ground} has {found:.2}, needs {least}");
            }
        }
    }
}

#[test]
fn sixteen_colours_use_only_the_terminal_s_own() {
    let theme = Theme::named(ThemeName::Dark, Depth::Sixteen);
    for style in
        [theme.text, theme.dim, theme.bad, theme.warn, theme.good, theme.ghost, theme.own, theme.ground]
    {
        let foreign = |colour: Option<Color>| matches!(colour, Some(Color::Rgb(..) | Color::Indexed(_)));
        assert!(!foreign(style.fg) && !foreign(style.bg), "{style:?}");
    }
}

#[test]
fn the_environment_decides_how_many_colours_there_are() {
    let check = |variables: &[(&str, &str)], expected: (Depth, bool)| {
        let look = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        assert_eq!(Theme::environment(look), expected, "{variables:?}");
    };
    check(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], (Depth::True, false));
    check(&[("TERM", "xterm-256color")], (Depth::Indexed, false));
    check(&[("TERM", "xterm")], (Depth::Sixteen, false));
    check(&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], (Depth::None, false));
    check(&[("TERM", "dumb"), ("LANG", "C")], (Depth::None, true));
    check(&[("TERM", "xterm-kitty"), ("LANG", "de_DE.UTF-8"), ("FIREDRILL_ASCII", "1")], (Depth::True, true));
}

#[test]
fn settings_read_back_as_they_were_written_and_a_wrong_key_is_told() {
    let mut settings = Settings { theme: ThemeName::ColourBlind, bell: true, ..Settings::default() };
    settings.keys.insert("view/pause".to_owned(), vec!["p".to_owned()]);
    let text = settings.write().expect("it can be written");
    assert_eq!(Settings::read(&text), Ok(settings));
    let check = |text: &str, expected: &str| assert_eq!(Settings::read(text), Err(expected.to_owned()));
    check(r#"(keys: {"view/pose": ["p"]})"#, "keys: there is no action view/pose; did you mean view/pause?");
    check(r#"(keys: {"view/pause": ["spacebar"]})"#, "keys: view/pause: there is no key spacebar");
    check(r#"(keys: {"view/pause": ["a"]})"#, "keys: a would be both view/pause and view/acknowledge");
}
