//! The real program in a real pseudo-terminal: what it shows, and how it leaves the terminal behind.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a terminal is read on a thread, with a limit of wall time"
)]

use firedrill::drill::Session;
use firedrill::tui::{
    Launch,
    host::{Card, Grading, Host, Request, Unfinished},
    state::Look,
    theme::Depth,
};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longest wait for something to appear; a slow machine under load needs some of it, no other does.
const PATIENCE: Duration = Duration::from_secs(240);

/// A program in a terminal.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Terminal {
    fn run(arguments: &[&str], columns: u16, rows: u16, home: &Path) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_firedrill"));
        command.args(arguments);
        Terminal::start(command, columns, rows, home)
    }

    fn start(mut command: CommandBuilder, columns: u16, rows: u16, home: &Path) -> Terminal {
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a pseudo-terminal");
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LC_ALL", "C.UTF-8")] {
            command.env(name, value);
        }
        command.env_remove("NO_COLOR");
        command.env("FIREDRILL_HOME", home);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let keys = pair.master.take_writer().expect("the terminal's input");
        let mut reader = pair.master.try_clone_reader().expect("the terminal's output");
        let (send, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let of = |n: u16| NonZeroU16::new(n).expect("a size");
        let screen = vt100::Parser::new(of(rows), of(columns), 0);
        Terminal { child, master: pair.master, keys, bytes, screen }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits until `words` are on the screen.
    fn until(&mut self, words: &str) {
        self.wait(&format!("no {words:?}"), |text| text.contains(words));
    }

    /// Waits until `words` are no longer on the screen.
    fn until_gone(&mut self, words: &str) {
        self.wait(&format!("still {words:?}"), |text| !text.contains(words));
    }

    fn wait(&mut self, complaint: &str, over: impl Fn(&str) -> bool) {
        let limit = Instant::now() + PATIENCE;
        while !over(&self.text()) {
            let left = limit.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(why) => panic!("{complaint} ({why}) on:\n{}", self.text()),
            }
        }
    }

    /// Waits for the program's end and gives its exit status.
    fn end(&mut self) -> u32 {
        let status = self.child.wait().expect("the program ends");
        // The reader ends with the terminal's last byte, or at once when the other side is closed.
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(500)) {
            self.screen.process(&bytes);
        }
        status.exit_code()
    }

    fn assert_restored(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "pasted text comes plain");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse is the terminal's"
        );
        let flags = self.master.get_termios().map(|termios| format!("{:?}", termios.local_flags));
        assert!(
            flags.is_some_and(|flags| flags.contains("ICANON") && flags.contains("ECHO")),
            "raw mode is off"
        );
    }

    fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -s {name} {pid}");
    }
}

#[test]
fn the_home_screen_opens_at_every_size_and_quitting_restores_the_terminal() {
    let home = tempfile::tempdir().expect("a folder");
    for (columns, rows) in [(120, 36), (80, 24)] {
        let mut terminal = Terminal::run(&[], columns, rows, home.path());
        terminal.until("The wrong index");
        terminal.press("\r");
        terminal.until("Begin");
        terminal.press("\x1b");
        terminal.until("Drills");
        terminal.press("q");
        assert_eq!(terminal.end(), 0);
        terminal.assert_restored();
    }
}

#[test]
fn a_terminal_that_shrinks_and_grows_is_drawn_anew() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = Terminal::run(&[], 120, 36, home.path());
    terminal.until("The wrong index");
    terminal.master.resize(size(40, 10)).expect("it shrinks");
    terminal.screen.screen_mut().set_size(NonZeroU16::new(10).expect("10"), NonZeroU16::new(40).expect("40"));
    terminal.until("Firedrill needs");
    terminal.press("\x03");
    assert_eq!(terminal.end(), 0);
    terminal.assert_restored();
}

#[test]
fn a_whole_drill_is_played_to_its_debrief() {
    let home = tempfile::tempdir().expect("a folder");
    let shop = "tests/it/tui/kiosk";
    let mut terminal = Terminal::run(&["play", shop, "--seed", "1", "--speed", "10"], 120, 36, home.path());
    terminal.until("oncall@bastion:~$");
    terminal.press("echo played | wc -c\r");
    terminal.until("7");
    terminal.press("\x1b3");
    terminal.until("Locks and index builds");
    terminal.press("kubectl get po\t");
    terminal.until("kubectl get pod");
    terminal.press("\x03\x18");
    terminal.until("Leave the drill?");
    terminal.press("e");
    terminal.until("Both timelines");
    terminal.press("5");
    terminal.until("What was broken");
    terminal.press("\x03");
    assert_eq!(terminal.end(), 0);
    terminal.assert_restored();
}

/// A host that has a bug.
struct Broken;

impl Host for Broken {
    fn cards(&mut self) -> Vec<Card> {
        panic!("a bug in the host")
    }
    fn unfinished(&mut self) -> Option<Unfinished> {
        None
    }
    fn fresh_seed(&mut self) -> u64 {
        1
    }
    fn start(&mut self, _: &Request) -> Result<Session, String> {
        Err("broken".to_owned())
    }
    fn resume(&mut self) -> Result<Session, String> {
        Err("broken".to_owned())
    }
    fn finish(&mut self, _: Session) {}
    fn grading(&mut self) -> Grading {
        Grading::Failed("broken".to_owned())
    }
    fn export(&mut self) -> Result<String, String> {
        Err("broken".to_owned())
    }
}

/// Set in the process in which the interface is to panic.
const PANICS: &str = "FIREDRILL_TEST_PANICS";

/// The other half of the test below: in a process of its own, on its terminal, the interface meets a bug.
#[test]
fn the_process_that_panics() {
    if std::env::var_os(PANICS).is_some() {
        let _ =
            firedrill::tui::run(&mut Broken, &Launch::Home, 1.0, Look { depth: Depth::True, ascii: false });
        unreachable!("the host panics");
    }
}

#[test]
fn a_panic_restores_the_terminal_and_is_told_on_it() {
    let home = tempfile::tempdir().expect("a folder");
    let program = std::env::current_exe().expect("the tests have a name");
    let mut command = CommandBuilder::new(program);
    command.args(["--exact", "tui::terminal::the_process_that_panics", "--nocapture", "--test-threads=1"]);
    command.env(PANICS, "1");
    let mut terminal = Terminal::start(command, 120, 36, home.path());
    assert_eq!(terminal.end(), 101);
    assert!(terminal.text().contains("a bug in the host"), "{}", terminal.text());
    terminal.assert_restored();
}

#[test]
fn a_signal_in_a_drill_restores_the_terminal_and_says_that_it_was_interrupted() {
    for signal in ["TERM", "HUP", "INT"] {
        let home = tempfile::tempdir().expect("a folder");
        let mut terminal = Terminal::run(&["play", "tests/it/tui/kiosk", "--seed", "1"], 80, 24, home.path());
        terminal.until("oncall@bastion:~$");
        terminal.signal(signal);
        assert_eq!(terminal.end(), 130, "{signal}");
        terminal.assert_restored();
    }
}

#[test]
fn the_tour_s_incident_is_lived_through_from_the_first_start_to_the_grade() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = Terminal::run(&[], 120, 36, home.path());
    terminal.until("First time here?");
    terminal.press("t");
    terminal.until("Begin");
    terminal.press("\r");
    terminal.until("oncall@bastion:~$");
    // f7: the clock of a practice runs as fast as one likes.
    terminal.press(&"\x1b[18~".repeat(4));
    terminal.until("alt-a acknowledges");
    terminal.press("\x1ba");
    terminal.until("Where does the time go?");
    terminal.press("\x1b3changes show CHG-1\r");
    terminal.until("Say what you believe");
    terminal.press("diagnose db orders_customer_idx index-dropped\r");
    terminal.until("take it back");
    terminal.press("rollback CHG-1\r\x1b1");
    terminal.until("type resolve");
    terminal.press("resolve\r");
    terminal.until("Both timelines");
    terminal.until("Two minutes on call · seed");
    terminal.until_gone("weighing against");
    terminal.press("\x1b");
    terminal.until("Your drills");
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_restored();

    let history = |form: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_firedrill"))
            .args(["history", form])
            .env("FIREDRILL_HOME", home.path())
            .output()
            .expect("it runs");
        String::from_utf8(output.stdout).expect("text")
    };
    let drills: serde_json::Value = serde_json::from_str(&history("--json")).expect("one document");
    assert_eq!(drills.as_array().map(Vec::len), Some(1));
    assert_eq!((&drills[0]["scenario"], &drills[0]["mode"]), (&"tour".into(), &"practice".into()));
    let csv = history("--csv");
    let cells: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(cells.len(), 2);
    assert_eq!(cells[0].len(), cells[1].len());
    assert_eq!(cells[0][..6], ["played", "scenario", "seed", "mode", "score", "letter"]);
    assert_eq!(cells[1][4], drills[0]["score"].to_string().trim_end_matches(".0"));
}
