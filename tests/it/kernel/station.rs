//! First come, first served: the station, who it admits, in which order, and its accounts; and the line without servers.

use firedrill::kernel::{Admission, SimTime, Span, Station, WaitingLine};

fn at(n: u64) -> SimTime {
    SimTime(n)
}

#[test]
fn arrivals_start_then_queue_then_are_refused() {
    let mut station = Station::new(1, 2);
    let admissions: Vec<Admission> = "abcd".chars().map(|who| station.arrive(at(0), who)).collect();
    assert_eq!(admissions, [Admission::Started, Admission::Queued, Admission::Queued, Admission::Refused]);
    assert_eq!((station.busy(), station.waiting(), station.refused()), (1, 2, 1));
    assert_eq!(station.release(at(10)), Some(('b', Span(10))));
    assert_eq!(station.release(at(15)), Some(('c', Span(15))));
    assert_eq!(station.release(at(20)), None);
    assert_eq!((station.busy(), station.started()), (0, 3));
    assert_eq!(
        (station.busy_ns(at(30)), station.queue_area_ns(at(30)), station.waited_ns(at(30))),
        (20, 25, 25)
    );
}

#[test]
fn one_who_gives_up_leaves_the_line() {
    let mut line = WaitingLine::new();
    for who in "abcd".chars() {
        line.push(at(1), who);
    }
    assert_eq!(line.pop(at(2)), Some((at(1), 'a')));
    for _ in 0..2 {
        line.withdraw(at(4), |who| who == 'c');
        assert_eq!(line.iter().map(|(_, who)| who).collect::<String>(), "bd");
    }
    assert_eq!(line.pop(at(5)), Some((at(1), 'b')));
    assert_eq!((line.pop(at(5)), line.len()), (Some((at(1), 'd')), 0));
}

#[test]
fn more_servers_take_in_those_who_wait_and_fewer_let_services_end() {
    let mut station = Station::new(1, 9);
    for who in "abcd".chars() {
        station.arrive(at(0), who);
    }
    station.set_servers(3);
    let started: String = std::iter::from_fn(|| station.start_next(at(1))).map(|(who, _)| who).collect();
    assert_eq!(started, "bc");
    station.set_servers(1);
    assert_eq!(station.release(at(2)), None, "three were in service: two must end before 'd' starts");
    assert_eq!(station.release(at(3)), None);
    assert_eq!(station.release(at(4)).map(|(who, _)| who), Some('d'));
}
