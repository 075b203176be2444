//! `date`: the incident's clock.

use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag};
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
    flags: FLAGS,
    complete: nothing,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('u', "utc", "", "accepted: the incident's clock is UTC"),
    flag('I', "iso-8601", "[UNIT]", "as 2024-06-04; UNIT seconds adds the time"),
    flag('R', "rfc-email", "", "as Tue, 04 Jun 2024 15:00:00 +0000"),
    flag('d', "date", "TEXT", "another time: 'now', '10 minutes ago', '15:05', '@SECONDS'"),
];

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let mut calendar = context.scenario.calendar();
    let mut now = context.world.now();
    let mut format = "%a %b %e %H:%M:%S %Z %Y";
    let parsed = match options(call, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output.into(),
    };
    for (key, value) in &parsed.options {
        match (key, value.as_str()) {
            ('I', "" | "date") => format = "%F",
            ('I', _) => format = "%FT%T%:z",
            ('R', _) => format = "%a, %d %b %Y %T %z",
            ('d', text) => match another(text, context) {
                Some((other, at)) => (calendar, now) = (other, at),
                None => return Output::failure(format!("date: invalid date '{text}'")).into(),
            },
            _ => {}
        }
    }
    for text in &parsed.operands {
        match text.strip_prefix('+') {
            Some(given) => format = given,
            None => return Output::failure(format!("date: invalid date '{text}'")).into(),
        }
    }
    Output::text(written(&calendar, now, format) + "\n").into()
}

/// The time that `-d` means, as a calendar and an instant of it: `now`, `@SECONDS`, `10 minutes ago`, `-5 min`, `+1 hour`, a clock
/// time, `yesterday`, `tomorrow`.
fn another(text: &str, context: &Context<'_>) -> Option<(Calendar, SimTime)> {
    let calendar = context.scenario.calendar();
    let now = calendar.unix_seconds(context.world.now());
    let text = text.trim();
    let at_second = |second: i64| Some((Calendar::new(second), SimTime::ZERO));
    if let Some(second) = text.strip_prefix('@') {
        return at_second(second.parse().ok()?);
    }
    match text {
        "now" | "today" => return at_second(now),
        "yesterday" => return at_second(now - DAY_S),
        "tomorrow" => return at_second(now + DAY_S),
        _ => {}
    }
    if let Some(at) = calendar.at(text) {
        return at_second(calendar.unix_seconds(at));
    }
    let (span, back) = match text.strip_suffix("ago") {
        Some(span) => (span.trim(), true),
        None => (text, text.starts_with('-')),
    };
    let (number, unit) = span.trim_start_matches(['-', '+']).split_once(' ')?;
    let unit_s = match unit.trim().trim_end_matches('s') {
        "sec" | "second" => 1,
        "min" | "minute" => 60,
        "hour" => 3_600,
        "day" => DAY_S,
        "week" => 7 * DAY_S,
        _ => return None,
    };
    let seconds = number.trim().parse::<i64>().ok()?.checked_mul(unit_s)?;
    at_second(if back { now - seconds } else { now + seconds })
}

/// Seconds of a day.
const DAY_S: i64 = 86_400;

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
