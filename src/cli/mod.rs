//! Arguments, one file per subcommand, exit codes.

use std::process::ExitCode;

/// Runs the program with the process's own arguments and returns its exit status.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
