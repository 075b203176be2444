//! Where the time of single requests went: spans, named as OpenTelemetry's semantic conventions name them,
//! sampled as real tracing systems sample.
//!
//! Every request is recorded while it is under way, into buffers that are used again; when it ends it is kept
//! if it was drawn beforehand (head sampling, one in N) or if it turned out slow or failed (tail sampling, so
//! many a second). The rest leaves nothing behind. Three bounded rings, one for each reason, so that an
//! outage's failures do not wash away the ordinary requests to compare them with.

use std::collections::{BTreeMap, VecDeque};
use std::iter;
use std::num::NonZeroU32;

use super::otlp::Attribute;
use crate::kernel::{SimTime, Span};

/// What a span's time was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpanKind {
    /// The whole of a request at one service.
    Server,
    /// Waiting for a worker.
    Queue,
    /// Waiting for a database connection.
    PoolWait,
    /// Waiting for a database lock.
    LockWait,
    /// Computing, or waiting for a core to compute on.
    Cpu,
    /// Waiting for a disk.
    Disk,
    /// A query at the database server, as seen by its client.
    Query,
    /// Waiting for somebody else's service.
    External,
    /// A look into the cache.
    Cache,
    /// Waiting before trying again.
    Backoff,
}

impl SpanKind {
    /// All kinds in reading order.
    pub const ALL: [SpanKind; 10] = [
        SpanKind::Server,
        SpanKind::Queue,
        SpanKind::PoolWait,
        SpanKind::LockWait,
        SpanKind::Cpu,
        SpanKind::Disk,
        SpanKind::Query,
        SpanKind::External,
        SpanKind::Cache,
        SpanKind::Backoff,
    ];

    /// In words: `pool wait`.
    pub const fn name(self) -> &'static str {
        match self {
            SpanKind::Server => "server",
            SpanKind::Queue => "queue",
            SpanKind::PoolWait => "pool wait",
            SpanKind::LockWait => "lock wait",
            SpanKind::Cpu => "cpu",
            SpanKind::Disk => "disk",
            SpanKind::Query => "query",
            SpanKind::External => "external",
            SpanKind::Cache => "cache",
            SpanKind::Backoff => "backoff",
        }
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TraceOutcome {
    /// As it should.
    Ok,
    /// With an error.
    Failed,
    /// The client had given up.
    TimedOut,
}

/// Why a trace was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeptBecause {
    /// It was one in N.
    Sampled,
    /// It took longer than the threshold.
    Slow,
    /// It did not end as it should.
    Failed,
}

/// A registered text: a span's name or note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameId(NonZeroU32);

/// A span's place in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanIndex(u16);

impl SpanIndex {
    /// The request itself, opened by [`Traces::begin`].
    pub const ROOT: SpanIndex = SpanIndex(0);
    /// What is returned when nothing is recorded; accepted everywhere, and ignored.
    pub const NONE: SpanIndex = SpanIndex(u16::MAX);

    /// Its index into [`Trace::spans`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A request under way. Copyable and small, to be carried in the model's own request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveTrace(u32);

impl ActiveTrace {
    /// A request that is not recorded; accepted everywhere, and ignored.
    pub const NONE: ActiveTrace = ActiveTrace(u32::MAX);
}

/// A piece of a request's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceSpan {
    /// As OpenTelemetry names it: method and route (`GET /orders`), or the summary that a query carries.
    pub name: NameId,
    /// What the time was spent on.
    pub kind: SpanKind,
    /// When it began.
    pub start: SimTime,
    /// When it ended; for a span that was never closed, when its trace did.
    pub end: SimTime,
    /// The span around it; [`SpanIndex::NONE`] for the root.
    pub parent: SpanIndex,
    /// Something more to know, such as the pod.
    pub note: Option<NameId>,
    /// The status of an HTTP answer; 0 where there was none.
    pub status: u16,
    /// It ended in an error.
    pub failed: bool,
}

const _: () = assert!(size_of::<TraceSpan>() == 32);

impl TraceSpan {
    /// How long it took.
    pub fn duration(&self) -> Span {
        self.end.since(self.start)
    }
}

/// A finished request that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Its number; [`Trace::hex_id`] is how tools write it.
    pub id: u64,
    /// How it ended.
    pub outcome: TraceOutcome,
    /// Why it was kept.
    pub kept: KeptBecause,
    /// The root first, the others in the order in which they began.
    pub spans: Box<[TraceSpan]>,
    /// Spans beyond [`Traces::MAX_SPANS`], which were not recorded.
    pub spans_dropped: u32,
}

impl Trace {
    /// When the request began.
    pub fn start(&self) -> SimTime {
        self.spans[0].start
    }

    /// How long it took.
    pub fn duration(&self) -> Span {
        self.spans[0].duration()
    }

    /// The root's name.
    pub fn name(&self) -> NameId {
        self.spans[0].name
    }

    /// 32 hexadecimal digits, as OpenTelemetry writes trace ids.
    pub fn hex_id(&self) -> String {
        let high = self.id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{:016x}{:016x}", high ^ (high >> 29), self.id)
    }

    /// Time spent in spans of each kind and in none of their children, longest first: where the request's
    /// time went.
    pub fn breakdown(&self) -> Vec<(SpanKind, Span)> {
        let mut own: Vec<Span> = self.spans.iter().map(TraceSpan::duration).collect();
        for span in &self.spans {
            if let Some(parent) = own.get_mut(span.parent.index()) {
                *parent = parent.saturating_sub(span.duration());
            }
        }
        let mut by_kind: BTreeMap<SpanKind, Span> = BTreeMap::new();
        for (span, own) in self.spans.iter().zip(own) {
            *by_kind.entry(span.kind).or_default() += own;
        }
        let mut kinds: Vec<_> = by_kind.into_iter().filter(|(_, time)| !time.is_zero()).collect();
        kinds.sort_by_key(|&(kind, time)| (std::cmp::Reverse(time), kind));
        kinds
    }
}

/// Which traces are wanted; the default is all.
#[derive(Clone, Debug, Default)]
pub struct TraceFilter {
    /// Only requests whose root has this name.
    pub name: Option<NameId>,
    /// Only requests that took at least this long.
    pub at_least: Span,
    /// Only requests that ended so.
    pub outcome: Option<TraceOutcome>,
    /// Only requests that ended at or after this instant.
    pub since: SimTime,
    /// Only requests that ended before this instant.
    pub until: Option<SimTime>,
    /// In which order.
    pub order: TraceOrder,
    /// Only the first so many in that order; all when `None`.
    pub limit: Option<usize>,
}

/// In which order traces are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceOrder {
    /// Last ended first.
    #[default]
    NewestFirst,
    /// Longest first.
    SlowestFirst,
}

/// All traces of a run.
#[derive(Clone, Debug)]
pub struct Traces {
    names: Vec<Box<str>>,
    /// By name.
    attributes: BTreeMap<NameId, Box<[Attribute]>>,
    /// Of every span.
    resource: Box<[Attribute]>,
    name_ids: BTreeMap<Box<str>, NameId>,
    active: Vec<Recording>,
    free: Vec<u32>,
    /// Emptied ones, the one used last at the end: it is still in the processor's cache.
    buffers: Vec<Vec<TraceSpan>>,
    /// Spans that did not fit, by recording; only of those that are full.
    dropped: BTreeMap<u32, u32>,
    begun: u64,
    one_in: u64,
    slow: Span,
    kept: [Kept; 3],
    unrecorded: u64,
}

/// A request under way: one line of the processor's cache, so that thousands that wait, having done nothing yet, fill little
/// of it.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Recording {
    id: u64,
    root: TraceSpan,
    /// All others; no memory until there is one.
    spans: Vec<TraceSpan>,
}

const _: () = assert!(size_of::<Recording>() == 64);

/// The traces kept for one reason.
#[derive(Clone, Debug, Default)]
struct Kept {
    traces: VecDeque<Trace>,
    second: u64,
    this_second: u32,
    passed_over: u64,
}

impl Default for Traces {
    fn default() -> Self {
        Traces::new(1_000, Span::from_secs(2))
    }
}

impl Traces {
    /// Requests recorded at one time; more go unrecorded, and are counted.
    pub const MAX_ACTIVE: usize = 16_384;
    /// Spans recorded of one request.
    pub const MAX_SPANS: usize = 96;
    /// Traces kept for each reason.
    pub const MAX_KEPT: usize = 1_500;
    /// Traces kept for each reason in one simulated second.
    pub const KEPT_PER_SECOND: u32 = 3;
    /// Names that can be registered.
    pub const MAX_NAMES: usize = 4_096;

    /// No traces. Keeps one request in `one_in`, those that took longer than `slow`, and those that failed.
    pub fn new(one_in: u64, slow: Span) -> Traces {
        Traces {
            names: Vec::new(),
            attributes: BTreeMap::new(),
            resource: Box::default(),
            name_ids: BTreeMap::new(),
            active: Vec::new(),
            free: Vec::new(),
            buffers: Vec::new(),
            dropped: BTreeMap::new(),
            begun: 0,
            one_in: one_in.max(1),
            slow,
            kept: Default::default(),
            unrecorded: 0,
        }
    }

    /// Registers a name or note, or finds it.
    pub fn name(&mut self, text: &str) -> NameId {
        if let Some(&id) = self.name_ids.get(text) {
            return id;
        }
        assert!(self.names.len() < Traces::MAX_NAMES, "more than {} span names", Traces::MAX_NAMES);
        self.names.push(text.into());
        // Counted from one, so that a span with a note or none is half a cache line.
        let id = NameId(NonZeroU32::MIN.saturating_add(self.names.len() as u32 - 1));
        self.name_ids.insert(text.into(), id);
        id
    }

    /// The text of a name or note.
    pub fn text(&self, id: NameId) -> &str {
        &self.names[id.0.get() as usize - 1]
    }

    /// Says what is known of every span with this name or note.
    pub fn describe(&mut self, name: NameId, attributes: Vec<Attribute>) {
        self.attributes.insert(name, attributes.into());
    }

    /// What is known of every span with this name or note.
    pub fn attributes(&self, name: NameId) -> &[Attribute] {
        self.attributes.get(&name).map_or(&[], |attributes| attributes)
    }

    /// Says who writes the spans.
    pub fn set_resource(&mut self, attributes: Vec<Attribute>) {
        self.resource = attributes.into();
    }

    /// Who writes the spans.
    pub fn resource(&self) -> &[Attribute] {
        &self.resource
    }

    /// A span's note and how it ended, unless well, in words.
    pub fn remark(&self, span: &TraceSpan) -> String {
        let ended = match (span.status, span.failed) {
            (0, true) => "failed".to_owned(),
            (0 | 200, _) => String::new(),
            (status, _) => format!("status {status}"),
        };
        match span.note.map(|note| self.text(note)) {
            Some(note) if ended.is_empty() => note.to_owned(),
            Some(note) => format!("{note}, {ended}"),
            None => ended,
        }
    }

    /// The number of a name that was registered.
    pub fn find_name(&self, text: &str) -> Option<NameId> {
        self.name_ids.get(text).copied()
    }

    /// A request begins; its root span is open.
    pub fn begin(&mut self, now: SimTime, name: NameId) -> ActiveTrace {
        self.begun += 1;
        let root = TraceSpan {
            name,
            kind: SpanKind::Server,
            start: now,
            end: SimTime::MAX,
            parent: SpanIndex::NONE,
            note: None,
            status: 0,
            failed: false,
        };
        if let Some(slot) = self.free.pop() {
            let recording = &mut self.active[slot as usize];
            (recording.id, recording.root) = (self.begun, root);
            ActiveTrace(slot)
        } else if self.active.len() < Traces::MAX_ACTIVE {
            self.active.push(Recording { id: self.begun, root, spans: Vec::new() });
            ActiveTrace(self.active.len() as u32 - 1)
        } else {
            self.unrecorded += 1;
            ActiveTrace::NONE
        }
    }

    /// Opens a span.
    #[inline]
    pub fn open(
        &mut self,
        trace: ActiveTrace,
        now: SimTime,
        parent: SpanIndex,
        kind: SpanKind,
        name: NameId,
    ) -> SpanIndex {
        self.record(trace, parent, kind, name, now, SimTime::MAX)
    }

    /// Closes a span.
    #[inline]
    pub fn close(&mut self, trace: ActiveTrace, span: SpanIndex, now: SimTime) {
        if let Some(span) = self.span_mut(trace, span) {
            span.end = now;
        }
    }

    /// Records a span whose beginning and end are both known.
    #[inline]
    pub fn record(
        &mut self,
        trace: ActiveTrace,
        parent: SpanIndex,
        kind: SpanKind,
        name: NameId,
        start: SimTime,
        end: SimTime,
    ) -> SpanIndex {
        let Some(recording) = self.active.get_mut(trace.0 as usize) else { return SpanIndex::NONE };
        // Made where it is wanted: made before, in pieces, and then moved as a whole, it would stall the processor.
        let span = || TraceSpan { name, kind, start, end, parent, note: None, status: 0, failed: false };
        let spans = &mut recording.spans;
        if spans.len() == spans.capacity().min(Traces::MAX_SPANS - 1) {
            return self.record_more(trace, span());
        }
        spans.push(span());
        SpanIndex(spans.len() as u16)
    }

    /// Records a span that there is no room for yet.
    #[cold]
    fn record_more(&mut self, trace: ActiveTrace, span: TraceSpan) -> SpanIndex {
        let spans = &mut self.active[trace.0 as usize].spans;
        if spans.capacity() == 0 {
            *spans = self.buffers.pop().unwrap_or_else(|| Vec::with_capacity(16));
        }
        if spans.len() + 1 >= Traces::MAX_SPANS {
            *self.dropped.entry(trace.0).or_default() += 1;
            return SpanIndex::NONE;
        }
        spans.push(span);
        SpanIndex(spans.len() as u16)
    }

    /// Notes something about a span.
    pub fn note(&mut self, trace: ActiveTrace, span: SpanIndex, note: NameId) {
        if let Some(span) = self.span_mut(trace, span) {
            span.note = Some(note);
        }
    }

    /// Notes the status of the answer that a span ended with; from 500 on it is the server's own error.
    pub fn answer(&mut self, trace: ActiveTrace, span: SpanIndex, status: u16) {
        if let Some(span) = self.span_mut(trace, span) {
            span.status = status;
            span.failed = status >= 500;
        }
    }

    /// Notes that a span ended in an error.
    pub fn fail(&mut self, trace: ActiveTrace, span: SpanIndex) {
        if let Some(span) = self.span_mut(trace, span) {
            span.failed = true;
        }
    }

    #[inline]
    fn span_mut(&mut self, trace: ActiveTrace, span: SpanIndex) -> Option<&mut TraceSpan> {
        let recording = self.active.get_mut(trace.0 as usize)?;
        match span.index().checked_sub(1) {
            None => Some(&mut recording.root),
            Some(index) => recording.spans.get_mut(index),
        }
    }

    /// A request ends. Spans still open end with it. The handle must not be used again.
    pub fn finish(&mut self, trace: ActiveTrace, now: SimTime, outcome: TraceOutcome) {
        let Some(recording) = self.active.get(trace.0 as usize) else { return };
        let reason = if outcome != TraceOutcome::Ok {
            KeptBecause::Failed
        } else if now.since(recording.root.start) > self.slow {
            KeptBecause::Slow
        } else if recording.id.is_multiple_of(self.one_in) {
            KeptBecause::Sampled
        } else {
            return self.discard(trace);
        };
        let dropped = self.dropped.get(&trace.0).copied().unwrap_or_default();
        self.kept[reason as usize].offer(recording, dropped, now, outcome, reason);
        self.discard(trace);
    }

    /// Forgets a request under way.
    #[inline]
    pub fn discard(&mut self, trace: ActiveTrace) {
        let Some(recording) = self.active.get_mut(trace.0 as usize) else { return };
        self.free.push(trace.0);
        if recording.spans.capacity() == 0 {
            return;
        }
        if recording.spans.len() + 1 >= Traces::MAX_SPANS {
            self.dropped.remove(&trace.0);
        }
        recording.spans.clear();
        self.buffers.push(std::mem::take(&mut recording.spans));
    }

    /// The traces that a filter means.
    pub fn search(&self, filter: &TraceFilter) -> Vec<&Trace> {
        let wanted = |trace: &&Trace| {
            let end = trace.spans[0].end;
            filter.name.is_none_or(|name| name == trace.name())
                && filter.outcome.is_none_or(|outcome| outcome == trace.outcome)
                && trace.duration() >= filter.at_least
                && end >= filter.since
                && filter.until.is_none_or(|until| end < until)
        };
        let mut found: Vec<&Trace> = self.kept.iter().flat_map(|kept| &kept.traces).filter(wanted).collect();
        match filter.order {
            TraceOrder::NewestFirst => {
                found.sort_by_key(|trace| std::cmp::Reverse((trace.spans[0].end, trace.id)))
            }
            TraceOrder::SlowestFirst => {
                found.sort_by_key(|trace| std::cmp::Reverse((trace.duration(), trace.id)))
            }
        }
        found.truncate(filter.limit.unwrap_or(usize::MAX));
        found
    }

    /// A trace by the beginning of its hexadecimal id, or by its number.
    pub fn find(&self, id: &str) -> Option<&Trace> {
        let number = id.parse::<u64>().ok();
        self.kept
            .iter()
            .flat_map(|kept| &kept.traces)
            .find(|trace| number == Some(trace.id) || (id.len() >= 6 && trace.hex_id().starts_with(id)))
    }

    /// Heap memory held, in bytes; names, which are few, left out.
    pub fn resident_bytes(&self) -> usize {
        let active = self.active.len() * size_of::<Recording>();
        let buffers = self.active.iter().map(|recording| &recording.spans).chain(&self.buffers);
        let buffers = buffers.map(|buffer| buffer.capacity() * size_of::<TraceSpan>());
        let kept = self.kept.iter().flat_map(|kept| &kept.traces);
        let kept = kept.map(|trace| size_of::<Trace>() + trace.spans.len() * size_of::<TraceSpan>());
        active + buffers.sum::<usize>() + kept.sum::<usize>()
    }

    /// Number of requests begun.
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// Requests that went unrecorded because too many were under way.
    pub fn unrecorded(&self) -> u64 {
        self.unrecorded
    }

    /// Requests that there was a reason to keep, but not the room in their second.
    pub fn passed_over(&self, reason: KeptBecause) -> u64 {
        self.kept[reason as usize].passed_over
    }
}

impl Kept {
    fn offer(
        &mut self,
        recording: &Recording,
        spans_dropped: u32,
        now: SimTime,
        outcome: TraceOutcome,
        kept: KeptBecause,
    ) {
        if self.second != now.as_secs() {
            self.second = now.as_secs();
            self.this_second = 0;
        }
        if self.this_second >= Traces::KEPT_PER_SECOND {
            self.passed_over += 1;
            return;
        }
        self.this_second += 1;
        if self.traces.len() == Traces::MAX_KEPT {
            self.traces.pop_front();
        }
        let mut spans: Box<[TraceSpan]> =
            iter::once(&recording.root).chain(&recording.spans).copied().collect();
        for span in &mut spans {
            span.end = span.end.min(now);
        }
        self.traces.push_back(Trace { id: recording.id, outcome, kept, spans, spans_dropped });
    }
}
