//! Progress of long work: one line on standard error while that is a terminal, nothing otherwise.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A line of progress that takes itself away.
pub(crate) struct Progress {
    shown: bool,
    last: Option<(String, u32)>,
}

impl Progress {
    /// Shown when standard error is a terminal.
    pub(crate) fn new() -> Progress {
        Progress { shown: io::stderr().is_terminal(), last: None }
    }

    /// Tells how far the work is, from 0 to 1.
    pub(crate) fn tell(&mut self, doing: &str, share: f64) {
        let percent = (share.clamp(0.0, 1.0) * 100.0) as u32;
        let now = (doing.to_owned(), percent);
        if !self.shown || self.last.as_ref() == Some(&now) {
            return;
        }
        // Progress that cannot be shown is not worth failing for.
        let _ = write!(io::stderr(), "\r\x1b[K{doing} {percent:3} %");
        let _ = io::stderr().flush();
        self.last = Some(now);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.last.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
            let _ = io::stderr().flush();
        }
    }
}

/// A flag that Control-C or a termination signal raises.
#[derive(Clone)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens for the signals.
    pub(crate) fn listen() -> io::Result<Stop> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
        Ok(Stop(flag))
    }

    /// A flag that nothing raises but `raise`.
    pub(crate) fn silent() -> Stop {
        Stop(Arc::new(AtomicBool::new(false)))
    }

    /// Whether to stop.
    pub(crate) fn raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Asks whoever looks at the flag to stop.
    pub(crate) fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
