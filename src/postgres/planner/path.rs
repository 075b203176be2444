//! Keeping the best paths: `add_path`, `add_partial_path`, `set_cheapest` of `pathnode.c`.

use std::cmp::Ordering;
use std::rc::Rc;

use super::root::{Path, PathKey, Rel, subset};

/// Costs within this factor are taken as equal (`STD_FUZZ_FACTOR`).
const FUZZ: f64 = 1.01;

/// How two things compare in several respects at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    Equal,
    FirstBetter,
    SecondBetter,
    Different,
}

/// `compare_pathkeys`: the longer of two orders with a common start is better.
pub(super) fn compare_keys(a: &[PathKey], b: &[PathKey]) -> Compared {
    if a.iter().zip(b).any(|(x, y)| x != y) {
        return Compared::Different;
    }
    match a.len().cmp(&b.len()) {
        Ordering::Equal => Compared::Equal,
        Ordering::Greater => Compared::FirstBetter,
        Ordering::Less => Compared::SecondBetter,
    }
}

/// True where paths sorted by `keys` are sorted by `wanted` too.
pub(super) fn contained(wanted: &[PathKey], keys: &[PathKey]) -> bool {
    matches!(compare_keys(wanted, keys), Compared::Equal | Compared::SecondBetter)
}

/// Length of the common start of two orders.
pub(super) fn common_prefix(wanted: &[PathKey], keys: &[PathKey]) -> usize {
    wanted.iter().zip(keys).take_while(|(x, y)| x == y).count()
}

fn compare_fuzzily(a: &Path<'_>, b: &Path<'_>, fuzz: f64, startup_matters: bool) -> Compared {
    use Compared::{Different, Equal, FirstBetter, SecondBetter};
    if a.disabled != b.disabled {
        return if a.disabled < b.disabled { FirstBetter } else { SecondBetter };
    }
    if a.total > b.total * fuzz {
        if startup_matters && b.startup > a.startup * fuzz {
            return Different;
        }
        return SecondBetter;
    }
    if b.total > a.total * fuzz {
        if startup_matters && a.startup > b.startup * fuzz {
            return Different;
        }
        return FirstBetter;
    }
    if a.startup > b.startup * fuzz {
        SecondBetter
    } else if b.startup > a.startup * fuzz {
        FirstBetter
    } else {
        Equal
    }
}

fn compare_outer(a: u64, b: u64) -> Compared {
    if a == b {
        Compared::Equal
    } else if subset(a, b) {
        Compared::FirstBetter
    } else if subset(b, a) {
        Compared::SecondBetter
    } else {
        Compared::Different
    }
}

/// What is to happen to an old path and the new one.
struct Verdict {
    remove_old: bool,
    accept_new: bool,
}

fn judge(rel: &Rel<'_>, new: &Path<'_>, old: &Path<'_>) -> Verdict {
    use Compared::{Different, Equal, FirstBetter, SecondBetter};
    let keep = Verdict { remove_old: false, accept_new: true };
    // Startup cost matters as the new path's kind says.
    let startup_matters = if new.param.is_none() { rel.consider_startup } else { rel.consider_param_startup };
    let costs = compare_fuzzily(new, old, FUZZ, startup_matters);
    if costs == Different {
        return keep;
    }
    let keys_of = |p: &Path<'_>| if p.param.is_some() { Vec::new() } else { p.pathkeys.clone() };
    let keys = compare_keys(&keys_of(new), &keys_of(old));
    if keys == Different {
        return keep;
    }
    let outer = compare_outer(new.outer(), old.outer());
    let new_dominates = matches!(outer, Equal | FirstBetter)
        && new.rows <= old.rows
        && new.parallel_safe >= old.parallel_safe;
    let old_dominates = matches!(outer, Equal | SecondBetter)
        && new.rows >= old.rows
        && new.parallel_safe <= old.parallel_safe;
    let remove = Verdict { remove_old: true, accept_new: true };
    let reject = Verdict { remove_old: false, accept_new: false };
    match costs {
        FirstBetter if keys != SecondBetter && new_dominates => remove,
        SecondBetter if keys != FirstBetter && old_dominates => reject,
        Equal => match keys {
            FirstBetter if new_dominates => remove,
            SecondBetter if old_dominates => reject,
            Equal => match outer {
                Equal => equal_in_all(new, old, startup_matters),
                FirstBetter if new_dominates => remove,
                SecondBetter if old_dominates => reject,
                _ => keep,
            },
            _ => keep,
        },
        _ => keep,
    }
}

fn equal_in_all(new: &Path<'_>, old: &Path<'_>, startup_matters: bool) -> Verdict {
    /// A fuzz so small that only rounding hides in it.
    const ROUNDING: f64 = 1.000_000_000_1;
    let remove_old = if new.parallel_safe != old.parallel_safe {
        new.parallel_safe
    } else if new.rows != old.rows {
        new.rows < old.rows
    } else {
        compare_fuzzily(new, old, ROUNDING, startup_matters) == Compared::FirstBetter
    };
    Verdict { remove_old, accept_new: remove_old }
}

impl<'a> Rel<'a> {
    /// `add_path`
    pub(super) fn add_path(&mut self, new: Path<'a>) {
        let mut at = 0;
        let mut index = 0;
        while index < self.paths.len() {
            let old = &self.paths[index];
            let verdict = judge(self, &new, old);
            if verdict.remove_old {
                self.paths.remove(index);
            } else {
                let after =
                    new.disabled > old.disabled || (new.disabled == old.disabled && new.total >= old.total);
                if after {
                    at = index + 1;
                }
                index += 1;
            }
            if !verdict.accept_new {
                return;
            }
        }
        self.paths.insert(at.min(self.paths.len()), Rc::new(new));
    }

    /// `add_partial_path`
    pub(super) fn add_partial_path(&mut self, new: Path<'a>) {
        let mut at = 0;
        let mut index = 0;
        while index < self.partial_paths.len() {
            let old = &self.partial_paths[index];
            let keys = compare_keys(&new.pathkeys, &old.pathkeys);
            let (mut remove_old, mut accept_new) = (false, true);
            if keys != Compared::Different {
                if new.disabled != old.disabled {
                    if new.disabled > old.disabled {
                        accept_new = keys == Compared::FirstBetter;
                    } else {
                        remove_old = keys != Compared::SecondBetter;
                    }
                } else if new.total > old.total * FUZZ {
                    accept_new = keys == Compared::FirstBetter;
                } else if old.total > new.total * FUZZ {
                    remove_old = keys != Compared::SecondBetter;
                } else if keys == Compared::FirstBetter {
                    remove_old = true;
                } else if keys == Compared::SecondBetter {
                    accept_new = false;
                } else if old.total > new.total * 1.000_000_000_1 {
                    remove_old = true;
                } else {
                    accept_new = false;
                }
            }
            if remove_old {
                self.partial_paths.remove(index);
            } else {
                if new.total >= old.total {
                    at = index + 1;
                }
                index += 1;
            }
            if !accept_new {
                return;
            }
        }
        self.partial_paths.insert(at.min(self.partial_paths.len()), Rc::new(new));
    }

    /// `set_cheapest`
    pub(super) fn set_cheapest(&mut self) {
        let mut startup: Option<&Rc<Path<'a>>> = None;
        let mut total: Option<&Rc<Path<'a>>> = None;
        let mut best_parameterized: Option<&Rc<Path<'a>>> = None;
        let mut parameterized = Vec::new();
        for path in &self.paths {
            if path.param.is_some() {
                parameterized.push(Rc::clone(path));
                if total.is_none() {
                    best_parameterized = Some(better_parameterized(best_parameterized, path));
                }
                continue;
            }
            startup = Some(startup.map_or(path, |best| cheaper(best, path, by_startup)));
            total = Some(total.map_or(path, |best| cheaper(best, path, by_total)));
        }
        let cheapest_total = total.or(best_parameterized).cloned();
        if let Some(unparameterized) = total {
            parameterized.insert(0, Rc::clone(unparameterized));
        }
        self.cheapest_startup = startup.cloned();
        self.cheapest_total = cheapest_total;
        self.cheapest_parameterized = parameterized;
    }
}

fn cheaper<'p, 'a>(
    best: &'p Rc<Path<'a>>,
    path: &'p Rc<Path<'a>>,
    compare: fn(&Path<'_>, &Path<'_>) -> Ordering,
) -> &'p Rc<Path<'a>> {
    match compare(best, path) {
        Ordering::Greater => path,
        Ordering::Equal if compare_keys(&best.pathkeys, &path.pathkeys) == Compared::SecondBetter => path,
        _ => best,
    }
}

fn better_parameterized<'p, 'a>(best: Option<&'p Rc<Path<'a>>>, path: &'p Rc<Path<'a>>) -> &'p Rc<Path<'a>> {
    let Some(best) = best else { return path };
    match compare_outer(path.outer(), best.outer()) {
        Compared::Equal if by_total(path, best).is_lt() => path,
        Compared::FirstBetter => path,
        _ => best,
    }
}

/// `compare_path_costs` by total cost, then startup cost.
pub(super) fn by_total(a: &Path<'_>, b: &Path<'_>) -> Ordering {
    a.disabled.cmp(&b.disabled).then(order(a.total, b.total)).then(order(a.startup, b.startup))
}

/// `compare_path_costs` by startup cost, then total cost.
pub(super) fn by_startup(a: &Path<'_>, b: &Path<'_>) -> Ordering {
    a.disabled.cmp(&b.disabled).then(order(a.startup, b.startup)).then(order(a.total, b.total))
}

/// `compare_fractional_path_costs`: by the cost of fetching a fraction of the rows.
pub(super) fn by_fraction(a: &Path<'_>, b: &Path<'_>, fraction: f64) -> Ordering {
    if fraction <= 0.0 || fraction >= 1.0 {
        return by_total(a, b);
    }
    let cost = |p: &Path<'_>| p.startup + fraction * (p.total - p.startup);
    a.disabled.cmp(&b.disabled).then(order(cost(a), cost(b)))
}

fn order(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// `get_cheapest_path_for_pathkeys`: the cheapest path with at least this order, by a criterion.
pub(super) fn cheapest_sorted<'a>(
    paths: &[Rc<Path<'a>>],
    keys: &[PathKey],
    outer: u64,
    parallel_safe: bool,
    compare: &dyn Fn(&Path<'_>, &Path<'_>) -> Ordering,
) -> Option<Rc<Path<'a>>> {
    let mut best: Option<&Rc<Path<'a>>> = None;
    for path in paths {
        if (parallel_safe && !path.parallel_safe) || best.is_some_and(|b| compare(b, path).is_le()) {
            continue;
        }
        if contained(keys, &path.pathkeys) && subset(path.outer(), outer) {
            best = Some(path);
        }
    }
    best.cloned()
}
