//! Takes the terminal and always gives it back: at the end, on a panic, and when a signal ends the program.

use crossterm::{
    ExecutableCommand, cursor,
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    terminal::{self, EnterAlternateScreen, LeaveAlternateScreen},
};
use std::{
    io::{self, Stdout, Write},
    sync::Once,
};

/// The terminal in raw mode on its alternate screen; dropping it restores what was there.
pub(crate) struct Guard;

impl Guard {
    /// Takes the terminal.
    pub(crate) fn take() -> io::Result<(Self, ratatui::Terminal<ratatui::backend::CrosstermBackend<Stdout>>)>
    {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                restore();
                before(info);
            }));
        });
        terminal::enable_raw_mode()?;
        let guard = Self;
        io::stdout()
            .execute(EnterAlternateScreen)?
            .execute(EnableMouseCapture)?
            .execute(EnableBracketedPaste)?;
        let terminal = ratatui::Terminal::new(ratatui::backend::CrosstermBackend::new(io::stdout()))?;
        Ok((guard, terminal))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Restores the terminal; errors are of no use to anyone at this point.
pub(crate) fn restore() {
    let mut out = io::stdout();
    let _ = out.execute(terminal::EndSynchronizedUpdate);
    let _ = out.execute(DisableBracketedPaste);
    let _ = out.execute(DisableMouseCapture);
    let _ = out.execute(LeaveAlternateScreen);
    let _ = out.execute(cursor::Show);
    let _ = terminal::disable_raw_mode();
    let _ = out.flush();
}
