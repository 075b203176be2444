//! Golden values of the random streams, computed by an independent program from the definition in
//! `kernel/random.rs`: if one of these changes, every journal ever recorded plays differently.

use firedrill::kernel::{Exponentials, Span, Stream};

const MEAN: Span = Span::SECOND;

fn stream() -> Stream {
    Stream::named(42, "visitors")
}

#[test]
fn a_streams_first_words_are_fixed_for_ever() {
    let mut words = stream();
    assert_eq!(
        [words.next_u64(), words.next_u64(), words.next_u64(), words.next_u64()],
        [9058344261870866643, 6112552830610712812, 5377874258329077881, 9207888918378268889]
    );
    let mut keyed = Stream::keyed(42, "visitors", 7);
    assert_eq!([keyed.next_u64(), keyed.next_u64()], [16547249006987196902, 9707171294913452144]);
    assert_eq!(stream().fork("cart").next_u64(), 6740139166109621124);
}

#[test]
fn exponential_and_log_normal_variates_are_fixed_for_ever() {
    let mut draws = stream();
    let exponentials: Vec<u64> = (0..4).map(|_| draws.exponential(MEAN).0).collect();
    assert_eq!(exponentials, [675413017, 402512700, 344654830, 691469905]);
    let mut ahead = Exponentials::of(stream());
    assert_eq!(exponentials, [(); 4].map(|()| ahead.draw(MEAN).0), "drawn one ahead they are the same");
    let mut draws = stream();
    let log_normals: Vec<u64> = (0..4).map(|_| draws.log_normal(MEAN, 0.5).0).collect();
    assert_eq!(log_normals, [752535323, 660262629, 493608933, 1385129105]);
}

#[test]
fn a_fork_does_not_depend_on_what_was_drawn_before() {
    let mut drawn = stream();
    drawn.next_u64();
    assert_eq!(drawn.fork("cart").next_u64(), stream().fork("cart").next_u64());
}

#[test]
fn names_seeds_and_keys_give_different_streams() {
    let mut firsts: Vec<u64> = (0..100)
        .flat_map(|n| {
            [
                Stream::named(n, "a").next_u64(),
                Stream::named(n, "b").next_u64(),
                Stream::keyed(0, "c", n).next_u64(),
            ]
        })
        .collect();
    firsts.sort_unstable();
    firsts.dedup();
    assert_eq!(firsts.len(), 300);
}

#[test]
fn variates_have_the_means_that_they_promise() {
    const N: usize = 200_000;
    let mean = |mut draw: Box<dyn FnMut(&mut Stream) -> f64>| {
        let mut stream = stream();
        (0..N).map(|_| draw(&mut stream)).sum::<f64>() / N as f64
    };
    let close =
        |value: f64, expected: f64| assert!((value / expected - 1.0).abs() < 0.01, "{value} {expected}");
    close(mean(Box::new(|s| s.unit())), 0.5);
    close(mean(Box::new(|s| s.exponential(MEAN).as_secs_f64())), 1.0);
    close(mean(Box::new(|s| s.log_normal(MEAN, 0.6).as_secs_f64())), libm::exp(0.18));
    close(mean(Box::new(|s| s.pareto(MEAN, 3.0).as_secs_f64())), 1.5);
    close(mean(Box::new(|s| 1.0 + s.normal())), 1.0);
    close(mean(Box::new(|s| s.normal() * s.normal() + 1.0)), 1.0);
    close(mean(Box::new(|s| s.below(7) as f64)), 3.0);
    close(mean(Box::new(|s| f64::from(u8::from(s.chance(0.25))))), 0.25);
    close(mean(Box::new(|s| s.between(MEAN, MEAN * 3).as_secs_f64())), 2.0);
    close(mean(Box::new(|s| s.pick_weighted(&[1.0, 0.0, 3.0]) as f64)), 1.5);
}

#[test]
fn a_weight_of_zero_is_never_picked() {
    let mut stream = stream();
    assert!((0..10_000).all(|_| stream.pick_weighted(&[0.0, 1.0, 0.0, 1e-300, 0.0]) % 2 == 1));
}

#[test]
fn a_shuffle_keeps_every_item() {
    let mut items: Vec<u32> = (0..100).collect();
    stream().shuffle(&mut items);
    assert_ne!(items, (0..100).collect::<Vec<_>>());
    items.sort_unstable();
    assert_eq!(items, (0..100).collect::<Vec<_>>());
}
