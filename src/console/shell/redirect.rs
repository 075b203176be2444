//! Where a command's outputs go: into the pipe or the screen, or into scratch files.

use super::session::Session;
use crate::console::table::Stream;

/// A redirection with its word expanded.
#[derive(Clone)]
pub(super) enum Target {
    Output(String, bool),
    Errors(String, bool),
    ErrorsToOutput,
    OutputToErrors,
}

impl Target {
    /// Whether it says where standard error goes.
    pub(super) fn takes_errors(&self) -> bool {
        matches!(self, Target::Errors(..) | Target::ErrorsToOutput)
    }
}

/// Applies redirections; what remains is for the pipe or the screen.
pub(super) fn redirect(
    parts: Vec<(Stream, String)>,
    targets: &[Target],
    session: &mut Session,
) -> Vec<(Stream, String)> {
    let errors_joined = targets.iter().any(|target| matches!(target, Target::ErrorsToOutput));
    let output_to_errors = targets.iter().any(|target| matches!(target, Target::OutputToErrors));
    let mut remaining = Vec::new();
    for target in targets {
        let (Target::Output(name, append) | Target::Errors(name, append)) = target else { continue };
        if let Err(message) = session.write(name, "", *append) {
            remaining.push((Stream::Err, message));
        }
    }
    for (stream, text) in parts {
        let stream = match stream {
            Stream::Err if errors_joined => Stream::Out,
            Stream::Out if output_to_errors => Stream::Err,
            same => same,
        };
        let file = targets.iter().rev().find_map(|target| match (target, stream) {
            (Target::Output(name, _), Stream::Out) | (Target::Errors(name, _), Stream::Err) => Some(name),
            _ => None,
        });
        match file {
            // A file that can't be opened was reported above.
            Some(name) => drop(session.write(name, &text, true)),
            None => remaining.push((stream, text)),
        }
    }
    remaining
}
