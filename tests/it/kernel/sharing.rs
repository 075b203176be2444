//! The processor-sharing station against a naive simulation that advances every job at every event.

use firedrill::kernel::{SharedProcessor, SimTime, Span};
use proptest::prelude::*;

#[test]
fn jobs_share_cores_equally_and_use_one_at_most() {
    let mut cpu = SharedProcessor::new(2.0);
    cpu.submit(SimTime::ZERO, 0, Span(100));
    assert_eq!(cpu.next_completion(), Some(SimTime(100)), "alone it cannot use the second core");
    cpu.submit(SimTime::ZERO, 1, Span(200));
    assert_eq!(cpu.next_completion(), Some(SimTime(100)));
    cpu.submit(SimTime(50), 2, Span(50));
    cpu.submit(SimTime(50), 3, Span(50));
    assert_eq!(cpu.next_completion(), Some(SimTime(150)), "four on two cores run at half speed");
    assert_eq!(cpu.complete(SimTime(149)), None);
    let done: Vec<u32> = std::iter::from_fn(|| cpu.complete(SimTime(150))).collect();
    assert_eq!(done, [0, 2, 3], "ties in the order of submission");
    assert_eq!(cpu.next_completion(), Some(SimTime(250)));
    assert_eq!(cpu.busy_core_ns(SimTime(150)), 300);
    assert_eq!(cpu.remove(SimTime(200), 1), Some(Span(50)));
    assert_eq!(cpu.remove(SimTime(200), 1), None);
    assert_eq!(cpu.next_completion(), None);
    assert_eq!(cpu.busy_core_ns(SimTime(1_000)), 350);
}

#[test]
fn cores_can_change_under_way_and_be_fractions() {
    let mut cpu = SharedProcessor::new(1.0);
    cpu.submit(SimTime::ZERO, 7, Span(1_000));
    cpu.set_cores(SimTime(500), 0.25);
    assert_eq!(cpu.left(SimTime(600), 7), Some(Span(475)));
    assert_eq!(cpu.next_completion(), Some(SimTime(2_500)));
    assert_eq!(cpu.busy_core_ns(SimTime(2_500)), 1_000);
}

#[test]
fn a_day_of_work_does_not_drift() {
    let mut cpu = SharedProcessor::new(3.0);
    for job in 0..7 {
        cpu.submit(SimTime::ZERO, job, Span::from_hours(24));
    }
    let mut small = 0;
    let mut now = SimTime::ZERO;
    while small < 200_000 {
        cpu.submit(now, 7, Span(1_000_003));
        small += 1;
        now = cpu.next_completion().unwrap();
        assert_eq!(cpu.complete(now), Some(7));
    }
    // Eight jobs on three cores: each small job takes 8/3 of its work, and the big ones get as much each.
    let exact = 200_000.0 * 1_000_003.0 * 8.0 / 3.0;
    assert!((now.0 as f64 - exact).abs() < 200_000.0 * 1.0, "{} is not {exact}", now.0);
    let done = Span::from_hours(24) - cpu.left(now, 0).unwrap();
    assert!(done.0.abs_diff(200_000 * 1_000_003) < 200_000, "{done}");
}

/// Jobs advanced one by one in floating point.
#[derive(Default)]
struct Naive {
    now: f64,
    jobs: Vec<(u32, f64)>,
    cores: f64,
    done: Vec<(u32, f64)>,
    worked: f64,
}

impl Naive {
    fn advance(&mut self, to: f64) {
        while self.now < to {
            let rate =
                if self.jobs.is_empty() { 0.0 } else { (self.cores / self.jobs.len() as f64).min(1.0) };
            let least = self.jobs.iter().map(|job| job.1).fold(f64::INFINITY, f64::min);
            let step = if rate > 0.0 { (least / rate).min(to - self.now) } else { to - self.now };
            self.now += step;
            self.worked += step * rate * self.jobs.len() as f64;
            for job in &mut self.jobs {
                job.1 -= step * rate;
            }
            let now = self.now;
            self.done.extend(self.jobs.iter().filter(|job| job.1 <= 1e-6).map(|job| (job.0, now)));
            self.jobs.retain(|job| job.1 > 1e-6);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn completions_and_work_agree_with_a_naive_simulation(
        cores in 1u32..=4,
        arrivals in prop::collection::vec((0u64..3_000, 1u64..5_000), 1..60),
        removed in prop::collection::vec((0u64..60_000, 0u32..60), 0..10),
    ) {
        let mut naive = Naive { cores: f64::from(cores) / 2.0, ..Naive::default() };
        let mut cpu = SharedProcessor::new(f64::from(cores) / 2.0);
        let mut now = 0;
        let mut changes: Vec<(u64, u32, Option<u64>)> = Vec::new();
        for (job, &(gap, work)) in arrivals.iter().enumerate() {
            now += gap;
            changes.push((now, job as u32, Some(work)));
        }
        changes.extend(removed.iter().map(|&(at, job)| (at, job, None)));
        changes.sort_unstable_by_key(|&(at, job, work)| (at, work.is_none(), job));
        changes.push((u64::MAX / 4, u32::MAX, None));

        let mut done: Vec<(u32, u64)> = Vec::new();
        let mut last = SimTime::ZERO;
        let mut lost = 0.0;
        for (at, job, work) in changes {
            let mut until = at;
            while let Some(next) = cpu.next_completion().filter(|next| next.0 <= at) {
                prop_assert!(next >= last, "completions go forward");
                last = next;
                until = next.0;
                while let Some(job) = cpu.complete(next) {
                    done.push((job, next.0));
                }
            }
            if at == u64::MAX / 4 {
                naive.advance(until.max(naive.now as u64) as f64 + 1e6);
                break;
            }
            // Removing a job at the very instant of its end may go either way: the naive model would need
            // exact fractions.
            match work {
                Some(work) => {
                    naive.advance(at as f64);
                    naive.jobs.push((job, work as f64));
                    cpu.submit(SimTime(at), job, Span(work));
                }
                None if cpu.left(SimTime(at), job).is_some_and(|left| left.0 > 100) => {
                    naive.advance(at as f64);
                    let left = cpu.remove(SimTime(at), job).unwrap().0 as f64;
                    let index = naive.jobs.iter().position(|&(naive, _)| naive == job).unwrap();
                    let (_, expected) = naive.jobs.remove(index);
                    prop_assert!((left - expected).abs() < 30.0, "{left} left, not {expected}");
                    lost += left;
                }
                None => {}
            }
        }
        prop_assert_eq!(cpu.load(), 0);
        done.sort_unstable();
        naive.done.sort_by_key(|&(job, _)| job);
        prop_assert_eq!(done.len(), naive.done.len());
        for (&(job, at), &(expected_job, expected)) in done.iter().zip(&naive.done) {
            prop_assert_eq!(job, expected_job);
            prop_assert!((at as f64 - expected).abs() < 60.0, "job {} at {}, not {}", job, at, expected);
        }
        let submitted: u64 = arrivals.iter().map(|&(_, work)| work).sum();
        let worked = cpu.busy_core_ns(SimTime(u64::MAX / 8)) as f64;
        prop_assert!((worked - (submitted as f64 - lost)).abs() < 130.0, "worked {worked} of {submitted} less {lost}");
    }
}
