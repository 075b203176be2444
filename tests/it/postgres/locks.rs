//! The lock table: PostgreSQL's conflict matrix, queues, deadlocks.

use firedrill::kernel::SimTime;
use firedrill::postgres::locks::{Grant, LockManager, LockMode, LockTag};

/// The manual's table 13.2: requested mode in rows, existing mode in columns, `X` for a conflict.
const MATRIX: &str = "\
ACCESS SHARE            . . . . . . . X
ROW SHARE               . . . . . . X X
ROW EXCLUSIVE           . . . . X X X X
SHARE UPDATE EXCLUSIVE  . . . X X X X X
SHARE                   . . X X . X X X
SHARE ROW EXCLUSIVE     . . X X X X X X
EXCLUSIVE               . X X X X X X X
ACCESS EXCLUSIVE        X X X X X X X X";

const TABLE: LockTag = LockTag::Relation(16_384);

#[test]
fn two_sessions_conflict_exactly_as_the_manual_says() {
    let requested: Vec<(&str, Vec<&str>)> =
        MATRIX.lines().map(|line| (line[..23].trim(), line[24..].split(' ').collect())).collect();
    for (mode, (name, row)) in LockMode::ALL.into_iter().zip(&requested) {
        for (existing, mark) in LockMode::ALL.into_iter().zip(row) {
            let mut locks = LockManager::default();
            assert_eq!(locks.request(SimTime::ZERO, 1, TABLE, existing), Grant::Granted);
            let expected = if *mark == "X" { Grant::Waiting } else { Grant::Granted };
            assert_eq!(locks.request(SimTime::ZERO, 2, TABLE, mode), expected, "{name} against {existing:?}");
        }
    }
}

#[test]
fn a_holder_never_waits_for_itself() {
    for mode in LockMode::ALL {
        for second in LockMode::ALL {
            let mut locks = LockManager::default();
            locks.request(SimTime::ZERO, 1, TABLE, mode);
            assert_eq!(
                locks.request(SimTime::ZERO, 1, TABLE, second),
                Grant::Granted,
                "{mode:?}, {second:?}"
            );
        }
    }
}

#[test]
fn nobody_overtakes_a_waiting_access_exclusive() {
    let mut locks = LockManager::default();
    let mut woken = Vec::new();
    assert_eq!(locks.request(SimTime::ZERO, 1, TABLE, LockMode::AccessShare), Grant::Granted);
    assert_eq!(locks.request(SimTime::ZERO, 2, TABLE, LockMode::AccessExclusive), Grant::Waiting);
    assert_eq!(locks.request(SimTime::ZERO, 3, TABLE, LockMode::AccessShare), Grant::Waiting);
    assert_eq!(locks.blockers(3), [2]);
    locks.release_all(1, &mut woken);
    assert_eq!(woken, [2]);
    woken.clear();
    locks.release_all(2, &mut woken);
    assert_eq!(woken, [3]);
    locks.release_all(3, &mut woken);
    assert!(locks.is_empty());
}

#[test]
fn a_waiter_that_gives_up_lets_those_behind_it_through() {
    let mut locks = LockManager::default();
    let mut woken = Vec::new();
    locks.request(SimTime::ZERO, 1, TABLE, LockMode::AccessShare);
    locks.request(SimTime::ZERO, 2, TABLE, LockMode::AccessExclusive);
    locks.request(SimTime::ZERO, 3, TABLE, LockMode::RowExclusive);
    locks.release(2, TABLE, LockMode::AccessExclusive, &mut woken);
    assert_eq!(woken, [3]);
}

#[test]
fn a_cycle_of_waits_is_a_deadlock_and_a_chain_is_not() {
    let other = LockTag::Relation(16_385);
    let mut locks = LockManager::default();
    locks.request(SimTime::ZERO, 1, TABLE, LockMode::Exclusive);
    locks.request(SimTime::ZERO, 2, other, LockMode::Exclusive);
    locks.request(SimTime::ZERO, 2, TABLE, LockMode::Exclusive);
    assert_eq!(locks.deadlock(2), None);
    locks.request(SimTime::ZERO, 1, other, LockMode::Exclusive);
    assert_eq!(locks.deadlock(1), Some(vec![1, 2]));
}
