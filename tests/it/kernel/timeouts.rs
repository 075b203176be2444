//! Deadlines of one constant time-out.

use firedrill::kernel::{SimTime, TimeoutRing};

#[test]
fn deadlines_fall_due_in_order_and_dead_ones_are_skipped() {
    let mut ring = TimeoutRing::new();
    for (deadline, who) in [(10, 'a'), (10, 'b'), (20, 'c'), (30, 'd')] {
        ring.push(SimTime(deadline), who);
    }
    assert_eq!(ring.pop_due(SimTime(9)), None);
    assert_eq!(ring.pop_due(SimTime(10)), Some((SimTime(10), 'a')));
    ring.skip_while(|who| who != 'd');
    assert_eq!((ring.next(), ring.len()), (Some(SimTime(30)), 1));
}
