//! Clocks and spans, text on both sides.

use firedrill::kernel::{Calendar, SimTime, Span};

fn calendar() -> Calendar {
    Calendar::from_civil(2024, 6, 4, 14, 30, 0)
}

#[test]
fn a_calendar_shows_the_incidents_own_date_and_clock() {
    let t = SimTime::from_secs(1800) + Span::from_millis(123);
    assert_eq!(calendar().clock(t), "15:00:00");
    assert_eq!(calendar().minute(t), "15:00");
    assert_eq!(calendar().stamp(t), "2024-06-04 15:00:00.123");
    assert_eq!(calendar().unix_micros(SimTime::ZERO), 1_717_511_400_000_000);
    assert_eq!(calendar().date(SimTime::ZERO + Span::from_hours(10)), "2024-06-05");
}

#[test]
fn dates_agree_with_the_gregorian_calendar_over_four_centuries() {
    for (unix_days, expected) in [
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (11_016, "2000-02-29"),
        (19_782, "2024-02-29"),
        (47_540, "2100-02-28"),
        (47_541, "2100-03-01"),
    ] {
        let calendar = Calendar::new(unix_days * 86_400);
        assert_eq!(calendar.date(SimTime::ZERO), expected);
        let (year, month, day, _) = calendar.civil(SimTime::ZERO);
        assert_eq!(Calendar::from_civil(year, i64::from(month), i64::from(day), 0, 0, 0), calendar);
    }
}

#[test]
fn a_time_of_day_is_found_on_the_day_or_on_the_next() {
    let clock = |text| calendar().at(text).map(|t| calendar().stamp(t));
    assert_eq!(clock("15:05").as_deref(), Some("2024-06-04 15:05:00.000"));
    assert_eq!(clock("15:05:30").as_deref(), Some("2024-06-04 15:05:30.000"));
    assert_eq!(clock("14:30").as_deref(), Some("2024-06-04 14:30:00.000"));
    assert_eq!(clock("02:00").as_deref(), Some("2024-06-05 02:00:00.000"));
    for wrong in ["", "15", "15:60", "24:00", "15:05:30:01", "+5:00", "noon", "15:005"] {
        assert_eq!(clock(wrong), None, "{wrong}");
    }
}

#[test]
fn a_span_is_written_in_the_unit_a_person_would_choose() {
    for (span, expected) in [
        (Span(850), "850 ns"),
        (Span(12_340), "12.3 µs"),
        (Span(4_560_000), "4.56 ms"),
        (Span::from_millis(123), "123 ms"),
        (Span::from_millis(1_250), "1.25 s"),
        (Span::from_secs(125), "2 min 05 s"),
        (Span::from_mins(62), "1 h 02 min"),
    ] {
        assert_eq!(span.to_string(), expected);
    }
}

#[test]
fn never_stays_never() {
    assert_eq!(SimTime::MAX + Span::SECOND, SimTime::MAX);
    assert_eq!(SimTime::ZERO.since(SimTime::from_secs(1)), Span::ZERO);
}

#[test]
#[should_panic(expected = "simulated time ran backwards")]
fn a_negative_length_of_time_is_a_bug() {
    let _ = SimTime::ZERO - SimTime::from_secs(1);
}
