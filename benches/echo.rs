//! What a person at a terminal feels: the optimised program in a pseudo-terminal, 120×36, on June 4 at 60×.
//!
//! `cargo bench --bench echo` prints the time from the start to the first byte of the home screen, from a key to its echo
//! while the incident is at its height, and the bytes that a second of frames takes. No figure is asserted: a bench on a
//! busy machine says something about the machine.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a terminal is read on a thread, and what is measured is wall time"
)]

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Keys that are timed.
const KEYS: usize = 200;
/// Starts that are timed.
const STARTS: usize = 15;
/// How long the simulation runs at 60× before the first key is timed: some twenty-five minutes into the incident.
const WARM: Duration = Duration::from_secs(25);

/// The program on its terminal.
struct Program {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keys: Box<dyn std::io::Write + Send>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    received: usize,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Program {
    fn run(arguments: &[&str], home: &std::path::Path) -> Result<Program, Box<dyn Error>> {
        let (columns, rows) = (120, 36);
        let pair =
            native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })?;
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_firedrill"));
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LC_ALL", "C.UTF-8");
        command.env("FIREDRILL_HOME", home);
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let keys = pair.master.take_writer()?;
        let mut reader = pair.master.try_clone_reader()?;
        let (send, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let size = |n: u16| std::num::NonZeroU16::new(n).ok_or("a size");
        let screen = vt100::Parser::new(size(rows)?, size(columns)?, 0);
        Ok(Program { child, keys, bytes, screen, received: 0, _master: pair.master })
    }

    /// Reads what has come, for at most `wait`; whether the program is still there.
    fn read(&mut self, wait: Duration) -> bool {
        match self.bytes.recv_timeout(wait) {
            Ok(bytes) => {
                self.received += bytes.len();
                self.screen.process(&bytes);
                true
            }
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => true,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Reads until `words` are on the screen.
    fn until(&mut self, words: &str, limit: Duration) -> Result<(), Box<dyn Error>> {
        let end = Instant::now() + limit;
        while !self.screen.screen().contents().contains(words) {
            if Instant::now() > end || !self.read(Duration::from_millis(1)) {
                return Err(format!("no {words:?} on:\n{}", self.screen.screen().contents()).into());
            }
        }
        Ok(())
    }

    fn idle(&mut self, span: Duration) {
        let end = Instant::now() + span;
        while Instant::now() < end && self.read(Duration::from_millis(5)) {}
    }

    fn press(&mut self, keys: &str) -> std::io::Result<()> {
        self.keys.write_all(keys.as_bytes())?;
        self.keys.flush()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The program may have ended by itself.
        let _ = self.child.kill();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    starts(home.path())?;
    echoes(home.path())
}

fn starts(home: &std::path::Path) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut program = Program::run(&[], home)?;
        program.until("FIREDRILL", Duration::from_secs(20))?;
        times.push(begun.elapsed());
    }
    tell("start to first frame", &mut times);
    Ok(())
}

fn echoes(home: &std::path::Path) -> Result<(), Box<dyn Error>> {
    let mut program = Program::run(&["play", "june-4", "--seed", "18", "--speed", "60"], home)?;
    program.until("oncall@bastion:~$", Duration::from_secs(300))?;
    program.idle(WARM);
    let before = program.received;
    program.idle(Duration::from_secs(10));
    let (bytes, seconds) = (program.received - before, 10);
    let mut times = Vec::new();
    for n in 0..KEYS {
        let letter = char::from(b'a' + (n % 26) as u8);
        let cursor = program.screen.screen().cursor_position();
        let begun = Instant::now();
        program.press(&letter.to_string())?;
        while program
            .screen
            .screen()
            .cell(cursor.0, cursor.1)
            .is_none_or(|cell| cell.contents() != letter.to_string())
        {
            if begun.elapsed() > Duration::from_secs(5) || !program.read(Duration::from_micros(200)) {
                return Err(format!("no echo of key {n}").into());
            }
        }
        times.push(begun.elapsed());
        program.press("\x7f")?;
        // Keys come at all phases of the frames.
        program.idle(Duration::from_millis(31 + (n as u64 * 7) % 50));
    }
    tell("key to echo at 60x", &mut times);
    println!("bytes a second of frames: {} in {seconds} s, {} a second", bytes, bytes / seconds);
    Ok(())
}

fn tell(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    println!("{what}: median {:?}, 95 % {:?}, worst {:?} of {}", at(0.5), at(0.95), at(1.0), times.len());
}
