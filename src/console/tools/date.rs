//! `date`: the incident's clock.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::kernel::{Calendar, SimTime, Span};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "date",
    aliases: &[],
    group: Group::Shell,
    usage: "date [-u] [-I[seconds]] [+FORMAT]",
    summary: "tell the incident's date and time",
    manual: "Tells the incident's time, which is UTC. FORMAT knows %Y %m %d %H %M %S %F %T %s %a %b %e %j %Z %z %N %%.",
    complete: nothing,
    run: Handler::Tool(run),
};

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let calendar = context.scenario.calendar();
    let now = context.world.now();
    let mut format = "%a %b %e %H:%M:%S %Z %Y";
    for argument in call.arguments {
        match argument.as_str() {
            "-u" | "--utc" => {}
            "-I" | "--iso-8601" => format = "%F",
            "-Iseconds" | "--iso-8601=seconds" => format = "%FT%T%:z",
            text => match text.strip_prefix('+') {
                Some(given) => format = given,
                None => {
                    return Output::failure(format!("date: invalid date '{text}'")).into();
                }
            },
        }
    }
    Output::text(written(&calendar, now, format) + "\n").into()
}

/// A time as strftime(3) writes it, for the conversions that `date` knows here.
pub(crate) fn written(calendar: &Calendar, at: SimTime, format: &str) -> String {
    let (year, month, day, second) = calendar.civil(at);
    let days = calendar.unix_seconds(at).div_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let month_name = MONTHS[(month as usize - 1) % 12];
    let mut out = String::new();
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let text = match characters.next() {
            Some('Y') => year.to_string(),
            Some('m') => format!("{month:02}"),
            Some('d') => format!("{day:02}"),
            Some('e') => format!("{day:2}"),
            Some('H') => format!("{hour:02}"),
            Some('M') => format!("{minute:02}"),
            Some('S') => format!("{second:02}"),
            Some('N') => format!("{:09}", at.0 % Span::SECOND.0),
            Some('F') => format!("{year}-{month:02}-{day:02}"),
            Some('T') => format!("{hour:02}:{minute:02}:{second:02}"),
            Some('s') => calendar.unix_seconds(at).to_string(),
            Some('a') => DAYS[(days + 4).rem_euclid(7) as usize].to_owned(),
            Some('b') => month_name.to_owned(),
            Some('Z') => "UTC".to_owned(),
            Some('z') => "+0000".to_owned(),
            Some(':') => {
                characters.next();
                "+00:00".to_owned()
            }
            Some('%') => "%".to_owned(),
            Some(other) => format!("%{other}"),
            None => "%".to_owned(),
        };
        out.push_str(&text);
    }
    out
}
