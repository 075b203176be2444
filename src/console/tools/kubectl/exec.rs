//! `kubectl exec`: what a web pod's container lets one run. The image has no shell and few programs, as a slim one.

use super::objects::{Kind, not_found};
use crate::console::Context;
use crate::console::table::Output;

/// Programs that the image has.
const PROGRAMS: [&str; 5] = ["env", "printenv", "hostname", "nproc", "cat"];

/// Runs `kubectl exec POD -- COMMAND`.
pub(super) fn run(operands: &[String], context: &Context<'_>) -> Output {
    let Some((target, command)) = operands.split_first() else {
        return Output::failure("error: pod, type/name or --filename must be specified");
    };
    let pods = context.world.pods();
    let (kind, name) = target.split_once('/').unwrap_or(("pod", target));
    let found = match Kind::parse(kind) {
        Some(Kind::Deployments) => pods.iter().find(|pod| pod.deployment == name && pod.ready),
        _ => pods.iter().find(|pod| pod.name == name),
    };
    let Some(pod) = found else { return not_found(Kind::Pods, name) };
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Output::failure("error: you must specify at least one command for the container"),
        ["env" | "printenv"] => {
            let mut out = format!("HOSTNAME={}\n", pod.name);
            out.extend(pod.env.iter().map(|(name, value)| format!("{name}={value}\n")));
            Output::text(out)
        }
        ["printenv", name] => match pod.env.iter().find(|(known, _)| known == name) {
            Some((_, value)) => Output::text(format!("{value}\n")),
            None => terminated(1),
        },
        ["hostname"] => Output::text(format!("{}\n", pod.name)),
        ["nproc"] => Output::text(format!("{}\n", pod.cpu_limit_millicores.div_ceil(1000))),
        ["cat", "/etc/hostname"] => Output::text(format!("{}\n", pod.name)),
        ["cat", file, ..] => {
            let mut output = Output::failure(format!("cat: {file}: Permission denied"));
            output.append(terminated(1));
            output
        }
        [program, ..] => {
            let mut output = Output::failure_with(
                126,
                format!(
                    "error: Internal error occurred: OCI runtime exec failed: exec failed: unable to start container process: exec: \
                     \"{program}\": executable file not found in $PATH"
                ),
            );
            output.err(format!("the image has {}\n", PROGRAMS.join(", ")));
            output
        }
    }
}

fn terminated(status: u8) -> Output {
    Output::failure_with(status, format!("command terminated with exit code {status}"))
}
