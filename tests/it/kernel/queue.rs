//! The event queue against a stable sort.

use firedrill::kernel::{EventQueue, SimTime, Stream};
use proptest::prelude::*;

proptest! {
    #[test]
    fn events_come_out_in_the_order_of_a_stable_sort(times in prop::collection::vec(0u64..50, 0..400)) {
        let mut queue = EventQueue::new();
        for (number, &time) in times.iter().enumerate() {
            queue.push(SimTime(time), number);
        }
        let mut expected: Vec<(SimTime, usize)> = times.iter().map(|&t| SimTime(t)).zip(0..).collect();
        expected.sort_by_key(|&(time, _)| time);
        let popped: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        prop_assert_eq!(popped, expected);
    }

    #[test]
    fn pushes_between_pops_keep_the_order(steps in prop::collection::vec((0u64..20, any::<bool>()), 0..400)) {
        let mut queue = EventQueue::with_capacity(8);
        let mut naive: Vec<(u64, usize)> = Vec::new();
        for (number, &(time, pop)) in steps.iter().enumerate() {
            if pop {
                let earliest = naive.iter().copied().min();
                naive.retain(|&entry| Some(entry) != earliest);
                prop_assert_eq!(queue.pop(), earliest.map(|(time, number)| (SimTime(time), number)));
            } else {
                naive.push((time, number));
                queue.push(SimTime(time), number);
            }
            prop_assert_eq!(queue.len(), naive.len());
            prop_assert_eq!(queue.peek_time(), naive.iter().min().map(|&(time, _)| SimTime(time)));
        }
    }
}

#[test]
fn only_what_is_due_is_popped() {
    let mut queue = EventQueue::new();
    queue.push(SimTime(5), 'a');
    assert_eq!(queue.pop_due(SimTime(4)), None);
    assert_eq!(queue.pop_due(SimTime(5)), Some((SimTime(5), 'a')));
    assert!(queue.is_empty());
}

#[test]
fn what_was_pushed_for_much_later_is_foreseen_shortly_before_it_comes() {
    const EVENTS: usize = 40_000;
    let (mut queue, mut stream) = (EventQueue::new(), Stream::named(1, "queue"));
    let times: Vec<SimTime> = (0..EVENTS).map(|_| SimTime(stream.below(400_000_000_000))).collect();
    times.iter().enumerate().for_each(|(event, &time)| queue.push(time, event));
    let mut foreseen = vec![false; EVENTS];
    let (mut now, mut popped) = (SimTime::ZERO, 0);
    while let Some((time, _)) = queue.pop_foreseeing(|event| {
        assert!(!foreseen[event], "an event is foreseen once");
        foreseen[event] = true;
        let ahead = times[event].since(now).as_secs_f64();
        assert!((0.0..0.5).contains(&ahead), "{ahead} s ahead");
    }) {
        (now, popped) = (time, popped + 1);
    }
    assert_eq!(popped, EVENTS);
    let seen = foreseen.iter().filter(|seen| **seen).count();
    assert!(seen > EVENTS * 9 / 10, "{seen} of {EVENTS}");
}
