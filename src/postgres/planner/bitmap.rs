//! Bitmap scans: OR of index scans, the choice of what to AND, and their costs (`indxpath.c`, `costsize.c`).

use std::cmp::Ordering;
use std::rc::Rc;

use super::cost::Cost;
use super::index_match::{ClauseSet, or_arm, searches_arrays};
use super::index_paths::Wanted;
use super::root::{ClauseId, IndexInfo, Path, PathKind, Relids, Root};
use crate::postgres::selectivity::clamp_rows;
use crate::postgres::sql::{Expr, Operator};

/// What a bitmap scan reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct BitmapPages {
    pub(super) pages: f64,
    pub(super) index_cost: f64,
    pub(super) tuples: f64,
}

/// What a path of a bitmap checks (`PathClauseUsage`).
struct Usage<'a> {
    path: Rc<Path<'a>>,
    quals: Vec<ClauseId>,
    predicates: Vec<Expr>,
}

impl Usage<'_> {
    /// True where some condition or predicate of the one is also one of the other's.
    fn overlaps(&self, root: &Root<'_>, other: &Usage<'_>) -> bool {
        self.checks(root).any(|e| other.checks(root).any(|o| e == o))
    }

    /// True where both check the same.
    fn same(&self, root: &Root<'_>, other: &Usage<'_>) -> bool {
        self.checks(root).all(|e| other.checks(root).any(|o| e == o))
            && other.checks(root).all(|e| self.checks(root).any(|o| e == o))
    }

    fn checks<'s>(&'s self, root: &'s Root<'_>) -> impl Iterator<Item = &'s Expr> {
        self.quals.iter().map(|q| root.clause(*q).expr.as_ref()).chain(&self.predicates)
    }
}

impl<'a> Root<'a> {
    /// `cost_bitmap_tree_node`: (cost, selectivity).
    pub(super) fn bitmap_node(&self, path: &Path<'_>) -> (f64, f64) {
        match &path.kind {
            PathKind::Index { selectivity, index_total, .. } => {
                (index_total + 0.1 * self.settings.cpu_operator_cost * path.rows, *selectivity)
            }
            PathKind::BitmapAnd { selectivity, .. } | PathKind::BitmapOr { selectivity, .. } => {
                (path.total, *selectivity)
            }
            _ => (path.total, 1.0),
        }
    }

    /// `compute_bitmap_pages`
    pub(super) fn bitmap_pages(&self, rel: usize, source: &Path<'_>, loops: f64) -> BitmapPages {
        let base = &self.rels[rel];
        let (index_cost, selectivity) = self.bitmap_node(source);
        let mut tuples = clamp_rows(selectivity * base.tuples);
        let t = if base.pages > 1.0 { base.pages } else { 1.0 };
        let mut pages = 2.0 * t * tuples / (2.0 * t + tuples);
        let heap_pages = pages.min(base.pages);
        let entries = self.bitmap_entries();
        if loops > 1.0 {
            pages =
                self.pages_fetched(tuples * loops, base.pages, self.bitmap_index_pages(rel, source)) / loops;
        }
        pages = if pages >= t { t } else { pages.ceil() };
        if entries < heap_pages {
            // Too large for memory: some pages are remembered without their rows.
            let lossy = (heap_pages - libm::floor(entries / 2.0)).max(0.0);
            let exact = heap_pages - lossy;
            if lossy > 0.0 {
                tuples = clamp_rows(
                    selectivity * (exact / heap_pages) * base.tuples + (lossy / heap_pages) * base.tuples,
                );
            }
        }
        BitmapPages { pages, index_cost, tuples }
    }

    /// `tbm_calculate_entries`
    fn bitmap_entries(&self) -> f64 {
        /// sizeof(PagetableEntry) and two pointers.
        const ENTRY: f64 = 64.0;
        libm::floor(self.settings.work_mem * 1024.0 / ENTRY).max(16.0)
    }

    /// `get_indexpath_pages`
    fn bitmap_index_pages(&self, rel: usize, path: &Path<'_>) -> f64 {
        match &path.kind {
            PathKind::Index { index, .. } => self.rels[rel].indexes[*index].pages,
            PathKind::BitmapAnd { sources, .. } | PathKind::BitmapOr { sources, .. } => {
                sources.iter().map(|s| self.bitmap_index_pages(rel, s)).sum()
            }
            _ => 0.0,
        }
    }

    /// `cost_bitmap_heap_scan`: (cost, rows).
    pub(super) fn bitmap_heap_cost(
        &self,
        rel: usize,
        source: &Path<'_>,
        loops: f64,
        rows: f64,
        extra: &[ClauseId],
        workers: u32,
    ) -> (Cost, f64) {
        let base = &self.rels[rel];
        let s = self.settings;
        let read = self.bitmap_pages(rel, source, loops);
        let t = if base.pages > 1.0 { base.pages } else { 1.0 };
        let per_page = if read.pages >= 2.0 {
            s.random_page_cost - (s.random_page_cost - s.seq_page_cost) * libm::sqrt(read.pages / t)
        } else {
            s.random_page_cost
        };
        let mut qual = base.restrict_cost;
        for id in extra {
            qual.add(self.clause(*id).cost);
        }
        let startup = read.index_cost + qual.startup;
        let mut cpu = (s.cpu_tuple_cost + qual.per_tuple) * read.tuples;
        let mut rows = rows;
        if workers > 0 {
            let divisor = self.parallel_divisor(workers);
            cpu /= divisor;
            rows = clamp_rows(rows / divisor);
        }
        (Cost { startup, total: startup + read.pages * per_page + cpu }, rows)
    }

    /// Adds a bitmap heap scan, and its parallel twin where wanted.
    pub(super) fn add_bitmap_heap(
        &mut self,
        rel: usize,
        source: &Rc<Path<'a>>,
        outer: Relids,
        loops: f64,
        partial: bool,
    ) {
        let path = self.bitmap_heap(rel, source, outer, loops, 0);
        self.rels[rel].add_path(path);
        if partial && self.rels[rel].consider_parallel && outer == 0 {
            let read = self.bitmap_pages(rel, source, 1.0);
            let workers = self.parallel_workers(read.pages, -1.0);
            if workers > 0 {
                let path = self.bitmap_heap(rel, source, 0, 1.0, workers);
                self.rels[rel].add_partial_path(path);
            }
        }
    }

    fn bitmap_heap(
        &mut self,
        rel: usize,
        source: &Rc<Path<'a>>,
        outer: Relids,
        loops: f64,
        workers: u32,
    ) -> Path<'a> {
        let param = self.parameterization(rel, outer);
        let extra = param.as_ref().map_or(Vec::new(), |p| p.clauses.clone());
        let rows = param.as_ref().map_or(self.rels[rel].rows, |p| p.rows);
        let (cost, rows) = self.bitmap_heap_cost(rel, source, loops, rows, &extra, workers);
        Path {
            kind: PathKind::BitmapHeap { source: Rc::clone(source) },
            relids: 1 << rel,
            rows,
            startup: cost.startup,
            total: cost.total,
            disabled: u32::from(!self.settings.enable_bitmapscan),
            pathkeys: Vec::new(),
            param,
            parallel_aware: workers > 0,
            parallel_safe: self.rels[rel].consider_parallel,
            workers,
            width: self.rels[rel].width,
            targets: None,
        }
    }

    fn bitmap_and(&self, rel: usize, sources: Vec<Rc<Path<'a>>>) -> Path<'a> {
        let mut total = 0.0;
        let mut share = 1.0;
        for (i, source) in sources.iter().enumerate() {
            let (cost, own) = self.bitmap_node(source);
            share *= own;
            total += cost;
            if i > 0 {
                total += 100.0 * self.settings.cpu_operator_cost;
            }
        }
        self.bitmap_set(rel, PathKind::BitmapAnd { sources, selectivity: share }, total, share)
    }

    fn bitmap_or(&self, rel: usize, sources: Vec<Rc<Path<'a>>>) -> Path<'a> {
        let mut total = 0.0;
        let mut share: f64 = 0.0;
        for (i, source) in sources.iter().enumerate() {
            let (cost, own) = self.bitmap_node(source);
            share += own;
            total += cost;
            if i > 0 && !matches!(source.kind, PathKind::Index { .. }) {
                total += 100.0 * self.settings.cpu_operator_cost;
            }
        }
        let share = share.min(1.0);
        self.bitmap_set(rel, PathKind::BitmapOr { sources, selectivity: share }, total, share)
    }

    fn bitmap_set(&self, rel: usize, kind: PathKind<'a>, total: f64, share: f64) -> Path<'a> {
        let sources = match &kind {
            PathKind::BitmapAnd { sources, .. } | PathKind::BitmapOr { sources, .. } => sources,
            _ => return self.empty_path(rel),
        };
        let outer = sources.iter().fold(0, |s, p| s | p.outer());
        let param = (outer != 0)
            .then(|| Rc::new(super::root::Parameterization { outer, rows: 0.0, clauses: Vec::new() }));
        Path {
            relids: 1 << rel,
            rows: clamp_rows(share * self.rels[rel].tuples),
            startup: total,
            total,
            disabled: 0,
            pathkeys: Vec::new(),
            param,
            parallel_aware: false,
            parallel_safe: true,
            workers: 0,
            width: 0,
            targets: None,
            kind,
        }
    }

    /// A path that returns nothing, for a relation known empty.
    pub(super) fn empty_path(&self, rel: usize) -> Path<'a> {
        Path {
            kind: PathKind::Result { filter: vec![Expr::boolean(false)] },
            relids: 1 << rel,
            rows: 0.0,
            startup: 0.0,
            total: 0.0,
            disabled: 0,
            pathkeys: Vec::new(),
            param: None,
            parallel_aware: false,
            parallel_safe: true,
            workers: 0,
            width: self.rels.get(rel).map_or(0, |r| r.width),
            targets: None,
        }
    }

    /// `generate_bitmap_or_paths`
    pub(super) fn bitmap_or_paths(
        &mut self,
        rel: usize,
        infos: &[IndexInfo<'a>],
        ors: &[ClauseId],
        others: &[ClauseId],
    ) -> Vec<Rc<Path<'a>>> {
        let mut out = Vec::new();
        for id in ors {
            let expr = Rc::clone(&self.clause(*id).expr);
            let Expr::Or(arms) = expr.as_ref() else { continue };
            let rest: Vec<ClauseId> = others.iter().copied().filter(|c| c != id).collect();
            let mut sources = Vec::new();
            for arm in group_similar_arms(rel, infos, arms) {
                let found = match &arm {
                    Expr::Or(group) => self.paths_for_group(rel, infos, &arm, group, &rest),
                    _ => self.best_for_arm(rel, infos, &arm, &rest).into_iter().collect(),
                };
                if found.is_empty() {
                    sources.clear();
                    break;
                }
                sources.extend(found);
            }
            if !sources.is_empty() {
                out.push(Rc::new(self.bitmap_or(rel, sources)));
            }
        }
        out
    }

    /// `make_bitmap_paths_for_or_group`: similar arms as one search for an array, or one scan each, whichever is cheaper.
    fn paths_for_group(
        &mut self,
        rel: usize,
        infos: &[IndexInfo<'a>],
        whole: &Expr,
        group: &[Expr],
        others: &[ClauseId],
    ) -> Vec<Rc<Path<'a>>> {
        let joint = self.best_for_arm(rel, infos, whole, others);
        if let (Some(joint), []) = (&joint, others) {
            return vec![Rc::clone(joint)];
        }
        let mut split = Vec::with_capacity(group.len());
        for arm in group {
            match self.best_for_arm(rel, infos, arm, others) {
                Some(path) => split.push(path),
                None => return joint.into_iter().collect(),
            }
        }
        let split_cost: f64 = split.iter().map(|p| p.total).sum();
        match joint {
            Some(joint) if joint.total < split_cost => vec![joint],
            _ => split,
        }
    }

    fn best_for_arm(
        &mut self,
        rel: usize,
        infos: &[IndexInfo<'a>],
        arm: &Expr,
        others: &[ClauseId],
    ) -> Option<Rc<Path<'a>>> {
        let mut found = self.paths_for_arm(rel, infos, arm, others);
        match found.len() {
            0 => None,
            1 => found.pop(),
            _ => Some(self.choose_bitmap(rel, found)),
        }
    }

    /// `build_paths_for_OR`: index scans for one arm; an AND arm brings several clauses.
    fn paths_for_arm(
        &mut self,
        rel: usize,
        infos: &[IndexInfo<'a>],
        arm: &Expr,
        others: &[ClauseId],
    ) -> Vec<Rc<Path<'a>>> {
        let parts = arm.clone().conjuncts();
        let ids: Vec<ClauseId> = parts.into_iter().map(|e| self.make_clause(e, 1 << rel, true)).collect();
        let mut out = Vec::new();
        let conditions: Vec<Rc<Expr>> =
            ids.iter().chain(others).map(|c| Rc::clone(&self.clause(*c).expr)).collect();
        for (at, info) in infos.iter().enumerate() {
            let mut useful_predicate = false;
            if info.index.is_partial() {
                let predicates = self.index_predicate(rel, at);
                let all: Vec<&Expr> = conditions.iter().map(AsRef::as_ref).collect();
                if info.predicate_ok {
                    // Already proven by the whole query: nothing the arm adds.
                } else if predicates.iter().all(|p| super::predicate::implied(p, &all)) {
                    let without: Vec<Rc<Expr>> =
                        others.iter().map(|c| Rc::clone(&self.clause(*c).expr)).collect();
                    let without: Vec<&Expr> = without.iter().map(AsRef::as_ref).collect();
                    useful_predicate = !predicates.iter().all(|p| super::predicate::implied(p, &without));
                } else {
                    continue;
                }
            }
            let mut set: ClauseSet = vec![Vec::new(); info.index.keys.len()];
            self.match_clauses(rel, info, &ids, &mut set);
            if set.iter().all(Vec::is_empty) && !useful_predicate {
                continue;
            }
            self.match_clauses(rel, info, others, &mut set);
            // Costs of an arm's scan count the arm's conditions only; the heap checks everything.
            let info = IndexInfo { restrict: Vec::new(), ..info.clone() };
            let paths = self.build_index_paths(rel, at, &info, &set, useful_predicate, Wanted::Bitmap);
            out.extend(paths.into_iter().map(Rc::new));
        }
        out
    }

    /// `choose_bitmap_and`: the best AND of some of these paths.
    pub(super) fn choose_bitmap(&mut self, rel: usize, paths: Vec<Rc<Path<'a>>>) -> Rc<Path<'a>> {
        if let [only] = paths.as_slice() {
            return Rc::clone(only);
        }
        let mut usages: Vec<Usage<'a>> = Vec::new();
        for path in paths {
            let usage = self.usage(rel, &path);
            match usages.iter().position(|u| u.same(self, &usage)) {
                Some(old) => {
                    if self.compare_usage(&usage.path, &usages[old].path).is_lt() {
                        usages[old] = usage;
                    }
                }
                None => usages.push(usage),
            }
        }
        usages.sort_by(|a, b| self.compare_usage(&a.path, &b.path));
        if let [only] = usages.as_slice() {
            return Rc::clone(&only.path);
        }
        let mut best: Option<(Vec<usize>, f64)> = None;
        for start in 0..usages.len() {
            let mut chosen = vec![start];
            let mut cost = self.bitmap_estimate(rel, &[&usages[start].path]);
            for next in start + 1..usages.len() {
                if self.redundant_usage(&usages, &chosen, next) {
                    continue;
                }
                let mut trial = chosen.clone();
                trial.push(next);
                let sources: Vec<&Rc<Path<'a>>> = trial.iter().map(|i| &usages[*i].path).collect();
                let with = self.bitmap_estimate(rel, &sources);
                if with < cost {
                    (chosen, cost) = (trial, with);
                }
            }
            if best.as_ref().is_none_or(|(_, c)| cost < *c) {
                best = Some((chosen, cost));
            }
        }
        let chosen = best.map_or(vec![0], |b| b.0);
        if let [only] = chosen.as_slice() {
            return Rc::clone(&usages[*only].path);
        }
        let sources = chosen.iter().map(|i| Rc::clone(&usages[*i].path)).collect();
        Rc::new(self.bitmap_and(rel, sources))
    }

    fn redundant_usage(&self, usages: &[Usage<'a>], chosen: &[usize], next: usize) -> bool {
        let new = &usages[next];
        if chosen.iter().any(|i| usages[*i].overlaps(self, new)) {
            return true;
        }
        let known: Vec<&Expr> = chosen.iter().flat_map(|i| usages[*i].checks(self)).collect();
        new.predicates.iter().any(|p| super::predicate::implied(p, &known))
    }

    fn compare_usage(&self, a: &Path<'a>, b: &Path<'a>) -> Ordering {
        let ((cost_a, share_a), (cost_b, share_b)) = (self.bitmap_node(a), self.bitmap_node(b));
        let order = |x: f64, y: f64| x.partial_cmp(&y).unwrap_or(Ordering::Equal);
        order(cost_a, cost_b).then(order(share_a, share_b))
    }

    /// `bitmap_and_cost_est`
    fn bitmap_estimate(&self, rel: usize, sources: &[&Rc<Path<'a>>]) -> f64 {
        let outer = sources.iter().fold(0, |s, p| s | p.outer());
        let loops = self.loop_count(rel, outer);
        let anded;
        let source: &Path<'a> = match sources {
            [only] => only,
            many => {
                anded = self.bitmap_and(rel, many.iter().map(|p| Rc::clone(p)).collect());
                &anded
            }
        };
        self.bitmap_heap_cost(rel, source, loops, self.rels[rel].rows, &[], 0).0.total
    }

    fn usage(&self, rel: usize, path: &Rc<Path<'a>>) -> Usage<'a> {
        let mut quals = Vec::new();
        let mut predicates = Vec::new();
        self.collect_usage(rel, path, &mut quals, &mut predicates);
        quals.sort_unstable();
        quals.dedup();
        Usage { path: Rc::clone(path), quals, predicates }
    }

    fn collect_usage(
        &self,
        rel: usize,
        path: &Path<'a>,
        quals: &mut Vec<ClauseId>,
        predicates: &mut Vec<Expr>,
    ) {
        match &path.kind {
            PathKind::Index { index, clauses, .. } => {
                for clause in clauses.iter() {
                    // The same condition may have been made twice (for an OR's arms): the first one stands for all.
                    let expr = &self.clause(clause.clause).expr;
                    let first = (0..clause.clause).find(|c| self.clause(*c).expr == *expr);
                    quals.push(first.unwrap_or(clause.clause));
                }
                predicates.extend(self.index_predicate(rel, *index));
            }
            PathKind::BitmapAnd { sources, .. } | PathKind::BitmapOr { sources, .. } => {
                for source in sources {
                    self.collect_usage(rel, source, quals, predicates);
                }
            }
            _ => {}
        }
    }

    /// Bitmap scans that take values from other relations.
    pub(super) fn parameterized_bitmaps(&mut self, rel: usize, own: &[Rc<Path<'a>>], join: &[Rc<Path<'a>>]) {
        let mut outers: Vec<Relids> = join.iter().map(|p| p.outer()).filter(|o| *o != 0).collect();
        outers.sort_unstable();
        outers.dedup();
        for outer in outers {
            let mut these: Vec<Rc<Path<'a>>> =
                join.iter().filter(|p| p.outer() != 0 && p.outer() & !outer == 0).cloned().collect();
            these.extend(own.iter().cloned());
            let best = self.choose_bitmap(rel, these);
            let outer = best.outer();
            let loops = self.loop_count(rel, outer);
            self.add_bitmap_heap(rel, &best, outer, loops, false);
        }
    }
}

/// `group_similar_or_args`: arms that compare one index key by one operator come together, as an OR of their own.
fn group_similar_arms(rel: usize, infos: &[IndexInfo<'_>], arms: &[Expr]) -> Vec<Expr> {
    let matches: Vec<_> = arms.iter().map(|arm| similar_key(rel, infos, arm)).collect();
    let mut out = Vec::with_capacity(arms.len());
    for (at, arm) in arms.iter().enumerate() {
        let Some(key) = &matches[at] else {
            out.push(arm.clone());
            continue;
        };
        if matches[..at].iter().flatten().any(|m| m == key) {
            continue;
        }
        let mut group: Vec<Expr> = arms
            .iter()
            .zip(&matches)
            .filter(|(_, m)| m.as_ref() == Some(key))
            .map(|(a, _)| a.clone())
            .collect();
        out.push(if group.len() == 1 { group.remove(0) } else { Expr::Or(group) });
    }
    out
}

/// The first index and key column that an arm `key op value` fits, with its operator.
fn similar_key(rel: usize, infos: &[IndexInfo<'_>], arm: &Expr) -> Option<(usize, usize, Operator)> {
    infos.iter().enumerate().filter(|(_, info)| searches_arrays(info.index.method)).find_map(|(at, info)| {
        info.index.keys.iter().enumerate().find_map(|(column, key)| {
            or_arm(rel, info.index.method, key, arm).map(|(operator, ..)| (at, column, operator))
        })
    })
}
