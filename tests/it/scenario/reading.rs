//! Reading clock times, lengths of time, curves and folders.

use firedrill::kernel::{SimTime, Span};
use firedrill::scenario::{Clock, Interval, mechanism};

use super::{tiny_file, tiny_with};

#[test]
fn a_clock_time_is_two_or_three_pairs_of_digits() {
    let read = |text: &str| Clock::parse(text).map(|clock| clock.to_string());
    assert_eq!(read("14:55").as_deref(), Some("14:55:00"));
    assert_eq!(read("23:59:59").as_deref(), Some("23:59:59"));
    for wrong in ["", "14", "14:5", "24:00", "14:60", "14:00:60", "14:00:00:00", "+1:00", "14-00", "１4:00"]
    {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

#[test]
fn a_length_of_time_is_a_number_and_a_unit() {
    let read = |text: &str| Interval::parse(text).map(|interval| interval.0);
    assert_eq!(read("250ms"), Some(Span::from_millis(250)));
    assert_eq!(read("1.5s"), Some(Span::from_millis(1500)));
    assert_eq!(read("10m"), Some(Span::from_mins(10)));
    assert_eq!(read("400us"), Some(Span::from_micros(400)));
    assert_eq!(read("2h"), Some(Span::from_hours(2)));
    for wrong in ["", "5", "s", "-1s", "+1s", "1 s", "1d", "infs", "nans", "1e3s", "9999999h"] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

#[test]
fn clock_times_and_instants_are_two_names_of_one_thing() {
    let scenario = tiny_with(&[]).scenario.expect("the fixture is whole");
    let clock = Clock::parse("09:30:10").expect("a clock time");
    let instant = scenario.instant(clock);
    assert_eq!(instant, SimTime::from_secs(30 * 60 + 10));
    assert_eq!(scenario.clock(instant), clock);
    assert_eq!(scenario.calendar().stamp(instant), "2024-02-29 09:30:10.000");
    assert_eq!(scenario.calendar().at("09:30:10"), Some(instant));
}

#[test]
fn the_traffic_curve_is_straight_on_its_scale_and_flat_outside() {
    let scenario = tiny_with(&[]).scenario.expect("the fixture is whole");
    let rate = |hour: f64| scenario.workload.traffic.rate(hour * 3600.0);
    assert_eq!(rate(8.0), 1.0);
    assert_eq!(rate(9.0), 1.0);
    assert!((rate(9.25) - std::f64::consts::SQRT_2).abs() < 1e-12);
    assert_eq!(rate(9.5), 2.0);
    assert_eq!(rate(12.0), 2.0);
    assert_eq!(scenario.workload.traffic.peak(), 2.0);
}

#[test]
fn the_files_beside_are_read_and_any_change_changes_the_digest() {
    let whole = tiny_with(&[]).scenario.expect("the fixture is whole");
    assert_eq!(Some(whole.briefing.clone()), tiny_file("briefing.md"));
    assert_eq!(Some(whole.runbooks[0].text.clone()), tiny_file("runbooks/slow.md"));
    assert!(whole.schema_sql.contains("CREATE TABLE products"));
    let changed = firedrill::scenario::load("tiny", |name| {
        tiny_file(name).map(|text| if name == "runbooks/slow.md" { text + " " } else { text })
    });
    assert_ne!(changed.scenario.expect("the fixture is whole").content_hash, whole.content_hash);
}

#[test]
fn a_broken_part_leaves_the_rest_readable() {
    let loaded = tiny_with(&[("severity: Ticket", "severity: Tickets")]);
    let scenario = loaded.scenario.expect("the rest was read");
    assert_eq!(scenario.alerts.len(), 1);
    assert_eq!(loaded.diagnostics.len(), 1);
}

#[test]
fn mechanisms_have_each_a_word_and_an_explanation_of_their_own() {
    let mut ids: Vec<&str> = mechanism::MECHANISMS.iter().map(|mechanism| mechanism.id).collect();
    assert!(ids.len() >= 20);
    for mechanism in mechanism::MECHANISMS {
        assert!(
            mechanism.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
            "{}",
            mechanism.id
        );
        assert!(mechanism.title.len() > 10 && mechanism.explanation.len() > 20, "{}", mechanism.id);
        assert_eq!(mechanism::find(mechanism.id), Some(mechanism));
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), mechanism::MECHANISMS.len());
}
