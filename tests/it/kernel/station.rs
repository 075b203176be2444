//! The first-come-first-served station: who is admitted, in which order, and its accounts.

use firedrill::kernel::{Admission, SimTime, Span, Station};

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
    let mut station = Station::new(1, 9);
    for who in "abcd".chars() {
        station.arrive(at(0), who);
    }
    assert_eq!(station.withdraw(at(4), |who| who == 'c'), Some(Span(4)));
    assert_eq!(station.withdraw(at(4), |who| who == 'c'), None);
    assert_eq!(station.queue().map(|(_, who)| who).collect::<String>(), "bd");
    assert_eq!(station.release(at(5)).map(|(who, _)| who), Some('b'));
    assert_eq!(station.withdrawn(), 1);
    assert_eq!(station.waited_ns(at(7)), station.queue_area_ns(at(7)));
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
