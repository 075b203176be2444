//! The `firedrill` binary: hands the arguments to [`firedrill::cli`] and exits with its status.

fn main() -> std::process::ExitCode {
    firedrill::cli::main()
}
