//! The loop: events in, wall time to the interface in slices, frames out.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the interface is the rim: here the wall clock becomes simulated time"
)]

use super::{
    app::{App, Launch},
    host::Host,
    state::Look,
    terminal::Guard,
    update::Message,
};
use crossterm::{
    cursor,
    event::{self, Event, KeyEventKind},
    queue,
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};
use std::{
    io::{self, Write},
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
/// The same with reduced motion.
const CALM_FRAME: Duration = Duration::from_secs(1);
/// How long the loop may take to end after a signal.
const PATIENCE: Duration = Duration::from_secs(3);
/// Added to a signal's number it is the exit status of a program that the signal ended.
const SIGNAL_STATUS: i32 = 128;
/// Longest wait for a key.
const WAIT: Duration = Duration::from_millis(15);

/// Runs the interface until the trainee leaves or a signal ends it; true when a signal did. The terminal is restored
/// either way.
///
/// # Errors
/// What the terminal says, or the one sentence of the host when the launch fails.
pub fn run(host: &mut dyn Host, launch: &Launch, speed: f64, look: Look) -> io::Result<bool> {
    let stop = Arc::new(AtomicBool::new(false));
    let over = Arc::new(AtomicBool::new(false));
    watch_signals(&stop, &over)?;
    let mut app = App::new(host, speed, look);
    app.launch(launch).map_err(io::Error::other)?;
    let (_guard, mut terminal) = Guard::take()?;
    let mut drawn: Option<Instant> = None;
    let mut worked = Instant::now();
    while !app.state.quit && !stop.load(Ordering::Relaxed) {
        let frame = if app.state.settings.reduced_motion { CALM_FRAME } else { FRAME };
        if drawn.is_none_or(|at| at.elapsed() >= frame) {
            app.refresh();
            draw(&mut app, &mut terminal)?;
            drawn = Some(Instant::now());
            send_beside(&mut app)?;
        }
        let wait = if app.is_working() { Duration::ZERO } else { WAIT };
        if read_events(&mut app, wait)? {
            drawn = None;
        }
        let begun = Instant::now();
        app.work(begun - worked, &mut || begun.elapsed() >= SLICE)?;
        worked = begun;
    }
    over.store(true, Ordering::Relaxed);
    Ok(stop.load(Ordering::Relaxed))
}

/// Raises `stop` at a signal. When the loop is not `over` soon after, the program ends here: a terminal that was closed keeps
/// the reading of keys busy for ever, and nothing is lost, as the journal is flushed before each input takes effect.
fn watch_signals(stop: &Arc<AtomicBool>, over: &Arc<AtomicBool>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT])?;
    let (stop, over) = (Arc::clone(stop), Arc::clone(over));
    std::thread::spawn(move || {
        for signal in signals.forever() {
            stop.store(true, Ordering::Relaxed);
            std::thread::sleep(PATIENCE);
            if !over.load(Ordering::Relaxed) {
                super::terminal::restore();
                std::process::exit(SIGNAL_STATUS + signal);
            }
        }
    });
    Ok(())
}

/// One frame, in one piece where the terminal knows synchronised output (mode 2026); others ignore the marks. The cursor is
/// hidden meanwhile, or it would be seen to jump over the cells that change.
fn draw(
    app: &mut App<'_>,
    terminal: &mut ratatui::Terminal<ratatui::backend::CrosstermBackend<io::Stdout>>,
) -> io::Result<()> {
    queue!(io::stdout(), BeginSynchronizedUpdate, cursor::Hide)?;
    terminal.draw(|frame| {
        let area = frame.area();
        if let Some(position) = app.draw(area, frame.buffer_mut()) {
            frame.set_cursor_position(position);
        }
    })?;
    queue!(io::stdout(), EndSynchronizedUpdate)
}

/// What goes to the terminal beside the frame: the bell, and text for its clipboard (OSC 52).
fn send_beside(app: &mut App<'_>) -> io::Result<()> {
    let mut out = io::stdout();
    if app.rings() {
        out.write_all(b"\x07")?;
    }
    if let Some(text) = app.clipboard() {
        write!(out, "\x1b]52;c;{}\x07", base64(text.as_bytes()))?;
    }
    out.flush()
}

/// RFC 4648, with padding: what OSC 52 wants its text in.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0u32, |group, i| group << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let letter = LETTERS[(group >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
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
