//! `cal`: the month of the incident.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "cal",
    aliases: &[],
    group: Group::Shell,
    usage: "cal",
    summary: "print this month's calendar",
    manual: "Prints the calendar of the incident's month, weeks from Sunday.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(run),
};

/// Columns of a week.
const WIDTH: usize = 20;

fn run(_: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let second = context.scenario.calendar().unix_seconds(context.world.now());
    let Ok(now) = jiff::Timestamp::from_second(second) else {
        return Output::failure("cal: the clock is out of range").into();
    };
    let today = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    let first = today.first_of_month();
    let title = first.strftime("%B %Y").to_string();
    let mut out =
        format!("{:pad$}{title}\nSu Mo Tu We Th Fr Sa\n", "", pad = (WIDTH - title.len().min(WIDTH)) / 2);
    let mut column = usize::from(first.weekday().to_sunday_zero_offset().unsigned_abs());
    out.push_str(&"   ".repeat(column));
    for day in 1..=first.days_in_month() {
        out.push_str(&format!("{day:2}"));
        column += 1;
        out.push(if column.is_multiple_of(7) || day == first.days_in_month() { '\n' } else { ' ' });
    }
    Output::text(out).into()
}
