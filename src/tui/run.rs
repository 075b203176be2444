//! The loop: events in, wall time to the interface in slices, frames out.

#![allow(
    clippy::disallowed_types,
    reason = "the interface is the rim: here the wall clock becomes simulated time"
)]

use super::{
    app::{App, Launch},
    host::Host,
    terminal::Guard,
    theme::Theme,
    update::Message,
};
use crossterm::event::{self, Event, KeyEventKind};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Longest wall time that the simulation may take before keys are looked at again.
const SLICE: Duration = Duration::from_millis(8);
/// Time between two frames when nothing is typed.
const FRAME: Duration = Duration::from_millis(100);
/// Longest wait for a key.
const WAIT: Duration = Duration::from_millis(15);

/// Runs the interface until the trainee leaves or a signal ends it; true when a signal did. The terminal is restored
/// either way.
///
/// # Errors
/// What the terminal says, or the one sentence of the host when the launch fails.
pub fn run(host: &mut dyn Host, launch: &Launch, speed: f64, theme: Theme) -> io::Result<bool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP, SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let mut app = App::new(host, speed, theme);
    app.launch(launch).map_err(io::Error::other)?;
    let (_guard, mut terminal) = Guard::take()?;
    let mut drawn: Option<Instant> = None;
    let mut worked = Instant::now();
    while !app.state.quit && !stop.load(Ordering::Relaxed) {
        if drawn.is_none_or(|at| at.elapsed() >= FRAME) {
            app.refresh();
            terminal.draw(|frame| {
                let area = frame.area();
                if let Some(position) = app.draw(area, frame.buffer_mut()) {
                    frame.set_cursor_position(position);
                }
            })?;
            drawn = Some(Instant::now());
        }
        let wait = if app.is_working() { Duration::ZERO } else { WAIT };
        if read_events(&mut app, wait)? {
            drawn = None;
        }
        let begun = Instant::now();
        app.work(begun - worked, &mut || begun.elapsed() >= SLICE)?;
        worked = begun;
    }
    Ok(stop.load(Ordering::Relaxed))
}

/// Reads what was typed; true when something was.
fn read_events(app: &mut App<'_>, wait: Duration) -> io::Result<bool> {
    let mut any = false;
    let mut wait = wait;
    while event::poll(wait)? {
        wait = Duration::ZERO;
        any = true;
        match event::read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => app.handle(Message::Key(key))?,
            Event::Mouse(mouse) => app.handle(Message::Mouse(mouse))?,
            Event::Paste(text) => app.handle(Message::Paste(text))?,
            _ => {}
        }
    }
    Ok(any)
}
