//! Visitors: when they arrive, what each of them came for, how they take slowness and errors.
//!
//! Each visitor has a stream of their own, keyed by their number, and the whole path with basket and intent is drawn from it
//! before the first page. So nothing that an operator does changes who arrives or what they want; and what was lost is known
//! exactly: the orders of those who came for one and left without.

use std::mem::offset_of;

use crate::kernel::{SimTime, Span, Stream};
use crate::scenario::Stretch;

use super::blueprint::{Blueprint, MAX_PATH, SurgePlan};
use super::slab::{Id, Slab};
use super::view::Intents;

/// How often one visitor comes back after giving up, at most.
const MAX_RETURNS: u8 = 2;

/// One visitor, on two lines of the processor's cache: by the time that a visitor asks for the next page, neither is in it.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Visitor {
    pub(crate) number: u64,
    pub(crate) stream: Stream,
    path: [u8; MAX_PATH],
    length: u8,
    at: u8,
    pub(crate) member: bool,
    /// Came to buy.
    pub(crate) wants: bool,
    pub(crate) ordered: bool,
    /// Of those who came to buy.
    pub(crate) basket_cents: u32,
    /// Counted as seen, and as affected, in the window of impact.
    pub(crate) seen: bool,
    pub(crate) affected: bool,
    returns: u8,
    pub(crate) view: PageView,
}

const _: () = assert!(size_of::<Visitor>() == 128);
const _: () = assert!(offset_of!(Visitor, number) / 64 != offset_of!(Visitor, at) / 64);

/// The page that a visitor waits for, or looks at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PageView {
    /// Counted up at each request for a page, so that late answers to earlier ones are recognised.
    pub(crate) serial: u16,
    /// Requests under way.
    pub(crate) pending: u8,
    /// Round trips so far.
    pub(crate) rounds: u8,
    pub(crate) failed: bool,
    pub(crate) reloads: u8,
    pub(crate) started: SimTime,
    pub(crate) patience: Span,
}

impl Visitor {
    fn new(blueprint: &Blueprint, seed: u64, number: u64, landing: Option<u8>) -> Visitor {
        let mut stream = Stream::keyed(seed, "visitor", number);
        let (path, length) = draw_path(blueprint, &mut stream, landing);
        let plan = &blueprint.visitors;
        let wants = path[..usize::from(length)]
            .iter()
            .any(|&page| blueprint.pages[usize::from(page)].completes_order);
        // Nobody asks what is in the others' baskets; they draw all the same, so that intent changes nothing else.
        let basket = if wants {
            plan.basket.0 * libm::exp(plan.basket.1 * stream.normal())
        } else {
            stream.skip_normal();
            0.0
        };
        let member = stream.chance(plan.logged_in);
        Visitor {
            number,
            stream,
            path,
            length,
            at: 0,
            member,
            wants,
            ordered: false,
            basket_cents: basket as u32,
            seen: false,
            affected: false,
            returns: 0,
            view: PageView::default(),
        }
    }

    /// Reads something of each of the two lines.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        self.number ^ u64::from(self.at)
    }

    /// The page that they are at.
    pub(crate) fn page(&self) -> usize {
        usize::from(self.path[usize::from(self.at)])
    }

    /// Goes on to the next page of the path; `false` at its end.
    pub(crate) fn go_on(&mut self) -> bool {
        self.at += 1;
        self.view.reloads = 0;
        self.at < self.length
    }

    /// Lets them look at pages for this long, as if each were there at once. How long they still look at the one that they
    /// are at then; `None` when they have left.
    fn walk(&mut self, blueprint: &Blueprint, mut time: Span) -> Option<Span> {
        loop {
            let page = &blueprint.pages[self.page()];
            self.member |= page.logs_in;
            self.ordered |= page.completes_order;
            let think = page.think.draw(&mut self.stream);
            if think > time {
                return Some(think - time);
            }
            time -= think;
            if !self.go_on() {
                return None;
            }
        }
    }

    /// Whether they come back after giving up.
    pub(crate) fn comes_back(&mut self, probability: f64) -> bool {
        self.returns += 1;
        self.view.reloads = 0;
        self.stream.chance(probability) && self.returns <= MAX_RETURNS
    }
}

/// The pages of one visit: a walk over the page graph until it leaves.
fn draw_path(blueprint: &Blueprint, stream: &mut Stream, landing: Option<u8>) -> ([u8; MAX_PATH], u8) {
    let mut path = [0; MAX_PATH];
    let first = stream.unit();
    path[0] = landing.unwrap_or_else(|| choose(&blueprint.entries, first).unwrap_or(0));
    let mut length = 1;
    while length < MAX_PATH {
        let page = &blueprint.pages[usize::from(path[length - 1])];
        let Some(next) = choose(&page.next, stream.unit()) else { break };
        path[length] = next;
        length += 1;
    }
    (path, length as u8)
}

fn choose(cumulated: &[(u8, f64)], draw: f64) -> Option<u8> {
    cumulated.iter().find(|(_, sum)| draw < *sum).map(|(index, _)| *index)
}

/// Everybody who is in the shop, and when the next ones come.
#[derive(Clone, Debug)]
pub(crate) struct Visitors {
    pub(crate) all: Slab<Visitor>,
    seed: u64,
    /// Visitors of the daily traffic so far, and of the surges: they are numbered apart, so that neither shifts the other.
    arrived: u64,
    surged: u64,
    arrivals: Stream,
    peak: f64,
    /// The part of the traffic's curve that the last arrival lay on.
    stretch: Stretch,
    surges: Vec<(Stream, Option<SimTime>)>,
    pub(crate) intents: Intents,
}

/// How long before the start the first of those came who may still be here: no visit takes much longer.
const BEFORE: Span = Span::from_mins(20);
/// Visitors of a surge are numbered from here.
const SURGE_NUMBERS: u64 = 1 << 40;

impl Visitors {
    pub(crate) fn new(blueprint: &Blueprint, seed: u64) -> Visitors {
        let surges =
            (0..blueprint.surges.len()).map(|index| (Stream::keyed(seed, "surge", index as u64), None));
        let mut visitors = Visitors {
            all: Slab::with_capacity(1 << 14),
            seed,
            arrived: 0,
            surged: 0,
            arrivals: Stream::named(seed, "arrivals"),
            peak: blueprint.traffic.peak(),
            stretch: blueprint.traffic.stretch(f64::from(blueprint.starts_at_s)),
            surges: surges.collect(),
            intents: Intents::default(),
        };
        for index in 0..blueprint.surges.len() {
            visitors.draw_surge(blueprint, index, blueprint.surges[index].at);
        }
        visitors
    }

    /// Visitors of the daily traffic who arrived so far.
    pub(crate) fn arrived(&self) -> u64 {
        self.arrived + self.surged
    }

    /// When the next visitor of the daily traffic arrives, by thinning a Poisson process at the peak rate (Lewis & Shedler,
    /// 1979); [`SimTime::MAX`] is never.
    pub(crate) fn next_arrival(&mut self, blueprint: &Blueprint, now: SimTime) -> SimTime {
        if self.peak <= 0.0 {
            return SimTime::MAX;
        }
        let mean = Span::from_secs_f64(1.0 / self.peak);
        let mut at = now;
        loop {
            at += self.arrivals.exponential(mean);
            let second = f64::from(blueprint.starts_at_s) + at.as_secs_f64();
            if !self.stretch.holds(second) {
                self.stretch = blueprint.traffic.stretch(second);
            }
            if self.arrivals.unit() * self.peak < self.stretch.rate(second) {
                return at;
            }
        }
    }

    /// When the next visitor of any surge arrives; [`SimTime::MAX`] is never.
    pub(crate) fn next_surge(&self) -> SimTime {
        self.surges.iter().filter_map(|(_, at)| *at).min().unwrap_or(SimTime::MAX)
    }

    /// Somebody of the daily traffic arrives.
    pub(crate) fn arrive(&mut self, blueprint: &Blueprint) -> Id {
        self.arrived += 1;
        self.admit(Visitor::new(blueprint, self.seed, self.arrived, None))
    }

    fn admit(&mut self, visitor: Visitor) -> Id {
        self.intents.visitors += 1;
        if visitor.wants {
            self.intents.orders += 1;
            self.intents.revenue_cents += u64::from(visitor.basket_cents);
        }
        self.all.insert(visitor)
    }

    /// Those who came before the simulation starts and are still here, with when they go on: arrivals at the start's rate
    /// over [`BEFORE`], each walking the path through a shop that answers at once.
    pub(crate) fn already_here(&mut self, blueprint: &Blueprint) -> Vec<(Id, Span)> {
        let rate = blueprint.traffic.rate(f64::from(blueprint.starts_at_s));
        let mut stream = Stream::named(self.seed, "before");
        let mut here = Vec::new();
        let mut ago = BEFORE;
        loop {
            let gap = stream.exponential(Span::from_secs_f64(1.0 / rate.max(1e-9)));
            if gap >= ago {
                return here;
            }
            ago -= gap;
            self.arrived += 1;
            let mut visitor = Visitor::new(blueprint, self.seed, self.arrived, None);
            if let Some(left) = visitor.walk(blueprint, ago) {
                here.push((self.admit(visitor), left));
            }
        }
    }

    /// Somebody of a surge arrives.
    pub(crate) fn arrive_by_surge(&mut self, blueprint: &Blueprint, now: SimTime) -> Option<Id> {
        let index = self.surges.iter().position(|(_, at)| at.is_some_and(|at| at <= now))?;
        self.draw_surge(blueprint, index, now);
        self.surged += 1;
        let landing = blueprint.surges[index].page;
        let number = SURGE_NUMBERS + self.surged;
        Some(self.admit(Visitor::new(blueprint, self.seed, number, Some(landing))))
    }

    fn draw_surge(&mut self, blueprint: &Blueprint, index: usize, now: SimTime) {
        let surge = &blueprint.surges[index];
        let (stream, next) = &mut self.surges[index];
        let mean = Span::from_secs_f64(1.0 / surge.visitors_per_s.max(1e-9));
        let ends = surge.at + surge.rise + surge.decay * SURGE_DECAYS;
        let mut at = now;
        *next = loop {
            at += stream.exponential(mean);
            if at > ends {
                break None;
            }
            if stream.unit() < surge_height(surge, at) {
                break Some(at);
            }
        };
    }
}

/// After this many time constants a surge is over.
const SURGE_DECAYS: u64 = 8;

/// Height of a surge against its peak: rises linearly, falls off exponentially.
fn surge_height(surge: &SurgePlan, at: SimTime) -> f64 {
    let since = at.since(surge.at);
    if since < surge.rise {
        since.as_secs_f64() / surge.rise.as_secs_f64()
    } else {
        libm::exp(-(since - surge.rise).as_secs_f64() / surge.decay.as_secs_f64().max(1e-9))
    }
}
