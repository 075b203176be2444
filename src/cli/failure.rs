//! How a command ends when it does not end well: one sentence and an exit status.

use std::io;
use std::process::ExitCode;

/// A command's end other than success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input was wrong or a check failed; the sentences say which. Status 1.
    Wrong(String),
    /// As `Wrong`, but everything has been said already.
    Said,
    /// The command line made no sense. Status 2.
    Usage(String),
    /// The reader of our output went away: nobody is left to tell.
    BrokenPipe,
    /// Control-C or a termination signal. Status 130.
    Interrupted,
}

impl Failure {
    /// A failure of the input, in one sentence.
    pub(crate) fn wrong(message: impl Into<String>) -> Failure {
        Failure::Wrong(message.into())
    }

    /// Something about a file or folder went wrong.
    pub(crate) fn file(path: &std::path::Path, doing: &str, problem: &io::Error) -> Failure {
        Failure::Wrong(format!("cannot {doing} {}: {problem}", path.display()))
    }

    /// What there is to say, for a screen.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Failure::Wrong(message) | Failure::Usage(message) => message.clone(),
            Failure::Said => "it failed".to_owned(),
            Failure::BrokenPipe => "the output was closed".to_owned(),
            Failure::Interrupted => "interrupted".to_owned(),
        }
    }

    /// Says what there is to say on standard error, and gives the process's exit status.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Failure::Wrong(message) => {
                say(&message);
                ExitCode::from(1)
            }
            Failure::Said => ExitCode::from(1),
            Failure::Usage(message) => {
                say(&message);
                ExitCode::from(2)
            }
            Failure::BrokenPipe => ExitCode::SUCCESS,
            Failure::Interrupted => ExitCode::from(130),
        }
    }
}

/// An error from writing to standard output.
impl From<io::Error> for Failure {
    fn from(problem: io::Error) -> Failure {
        match problem.kind() {
            io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
            io::ErrorKind::Interrupted => Failure::Interrupted,
            _ => Failure::Wrong(format!("cannot write: {problem}")),
        }
    }
}

fn say(message: &str) {
    use std::io::Write as _;
    // When standard error is closed there is nobody to tell, and the exit status still says it.
    let _ = writeln!(io::stderr(), "firedrill: {message}");
}
