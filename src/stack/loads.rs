//! How many requests the load balancer has open at each pod, filed so that the pod with the fewest is found without looking
//! at the others.

use super::event::MAX_PODS;

/// A set of places of pods, a bit for each.
type Places = u128;

const _: () = assert!(MAX_PODS <= Places::BITS as usize);

/// Requests open at each place, and the ready places filed by that number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loads {
    /// By place: requests open there.
    open: Vec<u32>,
    ready: Places,
    /// By number of open requests: the ready places that have so many.
    filed: Vec<Places>,
    /// The fewest open requests of a ready place, where there is one.
    fewest: usize,
}

impl Loads {
    /// Makes a place known, with nothing open.
    pub(crate) fn put(&mut self, place: usize, ready: bool) {
        if self.open.len() <= place {
            self.open.resize(place + 1, 0);
        }
        self.set_ready(place, false);
        self.open[place] = 0;
        self.set_ready(place, ready);
    }

    /// Files a known place, or takes it out of the file.
    pub(crate) fn set_ready(&mut self, place: usize, ready: bool) {
        let open = self.open[place] as usize;
        self.ready &= !(1 << place);
        self.ready |= Places::from(ready) << place;
        if self.filed.len() <= open {
            self.filed.resize(open + 1, 0);
        }
        self.filed[open] &= !(1 << place);
        self.filed[open] |= Places::from(ready) << place;
        self.fewest = self.filed.iter().position(|places| *places != 0).unwrap_or(0);
    }

    /// A request more is open at a place.
    #[inline]
    pub(crate) fn add(&mut self, place: usize) {
        let open = self.open[place] as usize;
        self.open[place] += 1;
        let moved = self.ready & 1 << place;
        if self.filed.len() <= open + 1 {
            self.filed.resize(open + 2, 0);
        }
        self.filed[open] &= !moved;
        self.filed[open + 1] |= moved;
        if open == self.fewest && self.filed[open] == 0 && moved != 0 {
            self.fewest = open + 1;
        }
    }

    /// A request fewer is open at a place; where none is, nothing happens.
    #[inline]
    pub(crate) fn subtract(&mut self, place: usize) {
        let Some(open) = self.open[place].checked_sub(1) else { return };
        self.open[place] = open;
        let open = open as usize;
        let moved = self.ready & 1 << place;
        if moved != 0 {
            self.filed[open + 1] &= !moved;
            self.filed[open] |= moved;
            self.fewest = self.fewest.min(open);
        }
    }

    /// The first ready place after `turn`, in a circle, of those with the fewest open requests; `None` when no place is ready.
    #[inline]
    pub(crate) fn least(&self, turn: usize) -> Option<usize> {
        if self.ready == 0 { None } else { next(self.filed[self.fewest], turn) }
    }

    /// The same of all the places that will do, ready or not.
    pub(crate) fn least_of(&self, turn: usize, will_do: impl Fn(usize) -> bool) -> Option<usize> {
        let will_do = || (0..self.open.len()).filter(|place| will_do(*place));
        let fewest = will_do().map(|place| self.open[place]).min()?;
        next(will_do().filter(|place| self.open[*place] == fewest).map(|place| 1 << place).sum(), turn)
    }
}

/// The first after `turn`, in a circle.
#[inline]
fn next(places: Places, turn: usize) -> Option<usize> {
    let after = places & Places::MAX.unbounded_shl(turn as u32 + 1);
    let places = if after == 0 { places } else { after };
    (places != 0).then(|| places.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Stream;

    #[test]
    fn the_least_loaded_ready_place_after_the_turn_is_what_a_search_finds() {
        let mut draws = Stream::named(1, "loads");
        let mut loads = Loads::default();
        let mut known = [(0u32, true); 12];
        (0..known.len()).for_each(|place| loads.put(place, true));
        let mut turn = 0;
        for _ in 0..20_000 {
            let place = draws.below(known.len() as u64) as usize;
            match draws.below(20) {
                0 => {
                    known[place].1 = draws.chance(0.3);
                    loads.set_ready(place, known[place].1);
                }
                1 => {
                    known[place] = (0, true);
                    loads.put(place, true);
                }
                2..9 => {
                    known[place].0 = known[place].0.saturating_sub(1);
                    loads.subtract(place);
                }
                _ => {
                    known[place].0 += 1;
                    loads.add(place);
                }
            }
            let circle = || (turn + 1..known.len()).chain(0..=turn);
            let expected = circle().filter(|place| known[*place].1).min_by_key(|place| known[*place].0);
            assert_eq!(loads.least(turn), expected);
            let odd = circle().filter(|place| place % 2 == 1).min_by_key(|place| known[*place].0);
            assert_eq!(loads.least_of(turn, |place| place % 2 == 1), odd);
            turn = expected.unwrap_or(turn);
        }
    }
}
