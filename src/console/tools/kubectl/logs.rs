//! `kubectl logs`.

use super::objects::{Kind, labelled};
use crate::console::Context;
use crate::console::jobs::Job;
use crate::console::shell::options::Parsed;
use crate::console::table::{Outcome, Output};
use crate::console::tools::logs::{Following, Form, instant, printed};
use crate::kernel::SimTime;
use crate::stack::PodView;
use crate::telemetry::LogSelector;

/// Lines of each pod that a selector finds, when no number is given.
const TAIL_OF_SELECTED: usize = 10;

/// Runs `kubectl logs POD|deploy/NAME`.
pub(super) fn run(rest: &[String], parsed: &Parsed, context: &mut Context<'_>) -> Outcome {
    match read(rest, parsed, context) {
        Ok(outcome) => outcome,
        Err(output) => output.into(),
    }
}

fn read(rest: &[String], parsed: &Parsed, context: &Context<'_>) -> Result<Outcome, Output> {
    let pods = context.world.pods();
    let (wanted, others) = wanted(rest, parsed, &pods)?;
    container(parsed, rest.get(1), &pods, &wanted)?;
    if parsed.has('p') {
        let name = wanted.first().map_or("", String::as_str);
        let container = pods.iter().find(|pod| pod.name == name).map_or("web", |pod| pod.deployment.as_str());
        return Err(Output::failure(format!(
            "Error from server (BadRequest): previous terminated container \"{container}\" in pod \"{name}\" not found"
        )));
    }
    let logs = &context.world.telemetry().logs;
    let time = |key: char, flag: &str| match parsed.value(key) {
        None => Ok(None),
        Some(text) => {
            let clock = text.split('T').next_back().unwrap_or(text).trim_end_matches('Z');
            instant(context, clock).map(Some).ok_or_else(|| {
                Output::failure(format!("error: invalid argument \"{text}\" for \"--{flag}\" flag"))
            })
        }
    };
    let since = time('s', "since")?.or(time('Z', "since-time")?).unwrap_or(SimTime::ZERO);
    let mut selectors = Vec::new();
    for name in &wanted {
        let source = logs.find_source(name);
        if source.is_none() && !pods.iter().any(|pod| pod.name == *name) {
            return Err(Output::failure(format!(
                "error: error from server (NotFound): pods \"{name}\" not found in namespace \"{}\"",
                context.scenario.components.web.namespace
            )));
        }
        if source.is_some() {
            selectors.push(LogSelector { source, since, ..LogSelector::default() });
        }
    }
    let selects = parsed.value('l').is_some() && rest.is_empty();
    let last: usize = match parsed.value('T') {
        Some(text) if text != "-1" => text.parse().map_err(|_| {
            Output::failure(format!("error: invalid argument \"{text}\" for \"--tail\" flag"))
        })?,
        _ if selects => TAIL_OF_SELECTED,
        _ => usize::MAX,
    };
    let form = match (parsed.has('P') || parsed.has('j'), parsed.has('m')) {
        (true, _) => Form::Prefixed,
        (false, true) => Form::Stamped,
        (false, false) => Form::Bare,
    };
    let mut output = Output::default();
    if others > 0 {
        output.err(format!("Found {} pods, using pod/{}\n", others + 1, wanted[0]));
    }
    for selector in &selectors {
        let lines = logs.read(selector);
        let lines = &lines[lines.len().saturating_sub(last)..];
        output.out(printed(lines, &context.scenario.calendar(), form));
    }
    if !parsed.has('f') || selectors.is_empty() {
        return Ok(output.into());
    }
    let following = Following::new(selectors, form, context.world.now());
    Ok(Outcome::Job(Job::Follow { first: Some(output), following }))
}

/// Names of the pods whose logs are asked for, and how many others could have been meant: of a deployment's pods kubectl
/// reads one unless told `--all-pods`, a ready one if it can.
fn wanted(rest: &[String], parsed: &Parsed, pods: &[PodView]) -> Result<(Vec<String>, usize), Output> {
    let names = |found: Vec<&PodView>| found.iter().map(|pod| pod.name.clone()).collect::<Vec<_>>();
    match (rest.first(), parsed.value('l')) {
        (Some(name), _) => Ok(match name.split_once('/') {
            Some(("pod" | "pods" | "po", pod)) => (vec![pod.to_owned()], 0),
            Some((kind, deployment)) if Kind::parse(kind) == Some(Kind::Deployments) => {
                let mut found: Vec<_> = pods.iter().filter(|pod| pod.deployment == deployment).collect();
                let others = if parsed.has('j') { 0 } else { found.len().saturating_sub(1) };
                found.sort_by_key(|pod| !pod.ready);
                found.truncate(found.len() - others);
                (names(found), others)
            }
            _ => (vec![name.clone()], 0),
        }),
        (None, Some(label)) => {
            Ok((names(pods.iter().filter(|pod| labelled(&pod.deployment, label)).collect()), 0))
        }
        (None, None) => Err(Output::failure(
            "error: expected 'logs [-f] POD'.\nSee 'kubectl logs -h' for help and examples",
        )),
    }
}

/// Complains about a container that the pod has not.
fn container(
    parsed: &Parsed,
    operand: Option<&String>,
    pods: &[PodView],
    wanted: &[String],
) -> Result<(), Output> {
    let Some(asked) = parsed.value('c').or(operand.map(String::as_str)) else { return Ok(()) };
    let Some(pod) = pods.iter().find(|pod| wanted.contains(&pod.name)) else { return Ok(()) };
    if pod.deployment == asked {
        return Ok(());
    }
    Err(Output::failure(format!(
        "error: container {asked} is not valid for pod {}\n(its only container is {})",
        pod.name, pod.deployment
    )))
}
