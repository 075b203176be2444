//! The life of a request: through the load balancer to a pod's worker, step by step through its program, and back.

use super::balancer::Asked;
use super::blueprint::Op;
use super::event::{Event, source};
use super::pods::Offer;
use super::request::{Client, Host, MAX_MARKS, Mark, MarkKind, PodMark, Request, TraceTime, Waits};
use super::slab::Id;
use super::world::World;

/// The statuses that the load balancer's clients see.
pub(crate) mod status {
    /// Done.
    pub(crate) const OK: u16 = 200;
    /// The client went away before the answer (nginx's own number).
    pub(crate) const CLIENT_GONE: u16 = 499;
    /// The application failed.
    pub(crate) const INTERNAL: u16 = 500;
    /// No pod took the connection, or it broke.
    pub(crate) const BAD_GATEWAY: u16 = 502;
    /// No pod is there to be asked.
    pub(crate) const UNAVAILABLE: u16 = 503;
    /// The pod took too long.
    pub(crate) const GATEWAY_TIMEOUT: u16 = 504;
    /// All of them, in the order of their metrics.
    pub(crate) const ALL: [u16; 6] = [OK, CLIENT_GONE, INTERNAL, BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT];
}

/// Times that the load balancer tries to have a request accepted before it answers 502.
const ACCEPT_TRIES: u8 = 2;

impl World {
    /// A request reaches the load balancer.
    pub(super) fn send(&mut self, client: Client, endpoint: u8, member: bool, asked: Asked) -> Id {
        self.signals.request();
        let request = Request {
            client,
            host: Host::Nowhere,
            waits: Waits::Accept,
            endpoint,
            answered: false,
            member,
            tries: 0,
            balanced: PodMark::NONE,
            pc: self.blueprint.endpoints[usize::from(endpoint)].entry,
            keys: [0; 2],
            born: self.now,
            step_since: self.now,
            query_since: self.now,
            marks: 0,
        };
        let id = self.insert_request(request);
        self.sent += 1;
        let deadline = self.now + self.balancer.upstream_timeout;
        self.upstream.set(id.slot, deadline);
        if !self.sources.is_set(source::UPSTREAM) {
            self.sources.set(source::UPSTREAM, deadline);
        }
        if self.balancer.admits(self.now, asked) {
            self.balance(id);
        } else {
            self.finish(id, status::UNAVAILABLE);
        }
        id
    }

    pub(super) fn insert_request(&mut self, request: Request) -> Id {
        let id = self.requests.insert(request);
        if self.marks.len() <= id.slot as usize {
            self.marks.push([Mark::NONE; MAX_MARKS]);
        }
        id
    }

    /// Gives a request to a pod, or answers it when there is none.
    fn balance(&mut self, id: Id) {
        let Some(pod) = self.balancer.choose(&self.pods) else {
            self.finish(id, status::UNAVAILABLE);
            return;
        };
        if self.pods[usize::from(pod)].is_full() {
            self.requests[id].tries += 1;
            let deadline = self.now + self.balancer.connect_timeout;
            self.connecting.push(deadline, id);
            self.sources.set(source::CONNECT, self.connecting.next_or_never());
            return;
        }
        self.balancer.open(pod);
        self.requests[id].balanced = PodMark::at(pod);
        self.enter_pod(id, pod);
    }

    /// A request is put before a pod that has room for it.
    pub(super) fn enter_pod(&mut self, id: Id, pod: u16) -> bool {
        match self.pods[usize::from(pod)].offer(self.now, id) {
            Offer::Started(worker) => {
                self.requests[id].host = Host::Worker(pod, worker);
                self.advance(id);
            }
            Offer::Queued => self.requests[id].host = Host::Queue(pod),
            Offer::Full => return false,
        }
        true
    }

    /// Requests whose connection was not accepted in time: another try, then 502.
    pub(super) fn on_connect_timeout(&mut self) {
        while let Some((_, id)) = self.connecting.pop_due(self.now) {
            self.connecting_again(id);
        }
        self.sources.set(source::CONNECT, self.connecting.next_or_never());
    }

    /// A connection that was not accepted is tried once more, then given up.
    pub(super) fn connecting_again(&mut self, id: Id) {
        let Some(request) = self.requests.get(id) else { return };
        if request.tries >= ACCEPT_TRIES || request.answered {
            self.finish(id, status::BAD_GATEWAY);
        } else {
            self.balance(id);
        }
    }

    /// The request that was first in line when the source was set is as old as the time-out, or gone. The load balancer gives
    /// up on all that are as old: the client gets its 504 while the pod works on.
    pub(super) fn on_upstream_timeout(&mut self) {
        while let Some((_, slot)) = self.upstream.pop_due(self.now) {
            self.time_out(self.requests.id(slot));
        }
        self.sources.set(source::UPSTREAM, self.upstream.next_or_never());
    }

    pub(super) fn time_out(&mut self, id: Id) {
        let Some(request) = self.requests.get_mut(id) else { return };
        if request.answered {
            return;
        }
        request.answered = true;
        let balanced = request.balanced.take();
        if let Some(pod) = balanced {
            self.leave_balanced(pod, true);
        }
        let nowhere = self.requests[id].host == Host::Nowhere;
        self.answer(id, status::GATEWAY_TIMEOUT);
        if nowhere {
            self.drop_request(id);
        }
    }

    /// Runs a request's program until it has to wait for something.
    pub(super) fn advance(&mut self, id: Id) {
        loop {
            let request = &mut self.requests[id];
            let op = self.blueprint.ops[usize::from(request.pc)];
            request.pc += 1;
            request.step_since = self.now;
            match op {
                Op::Cpu(index) => return self.compute(id, index),
                Op::Query(query) => {
                    request.tries = 0;
                    request.query_since = self.now;
                    return self.ask_for_connection(id, query);
                }
                Op::External(service) => return self.call_external(id, service),
                Op::Lookup { .. } => {
                    request.waits = Waits::Cache;
                    let due = self.now + self.cache_latency;
                    self.lookups.push(due, id);
                    if self.lookups.len() == 1 {
                        self.sources.set(source::CACHE, due);
                    }
                    return;
                }
                Op::Fill { space, depth } => {
                    let key = request.keys[usize::from(depth)];
                    self.cache.fill(self.now, space, key);
                }
                Op::Sometimes { share, otherwise } => {
                    if self.branches.next_u64() >> 48 >= u64::from(share) {
                        request.pc = otherwise;
                    }
                }
                Op::Member { otherwise } => {
                    if !request.member {
                        request.pc = otherwise;
                    }
                }
                Op::Done => return self.finish(id, status::OK),
            }
        }
    }

    fn compute(&mut self, id: Id, index: u16) {
        let work = self.blueprint.cpu[usize::from(index)].draw(&mut self.service);
        let request = &mut self.requests[id];
        request.waits = Waits::Cpu;
        match request.host {
            Host::Worker(pod, worker) => {
                let at = usize::from(pod);
                let factor = self.pods[at].cpu_factor;
                let work = if factor == 1.0 { work } else { work.scale(factor) };
                self.pods[at].cpu.submit(self.now, u32::from(worker), work);
                if self.stepping != source::PODS + at {
                    self.sources.set(source::PODS + at, self.pods[at].cpu.next_or_never());
                }
            }
            Host::Jobs(slot) => {
                self.jobs.cpu.submit(self.now, u32::from(slot), work);
                self.sources.set(source::JOBS, self.jobs.cpu.next_or_never());
            }
            Host::Nowhere | Host::Queue(_) => unreachable!("a program runs on a worker"),
        }
    }

    /// A pod's processor is done with a step.
    pub(super) fn on_pod_cpu(&mut self, pod: usize) {
        if let Some(worker) = self.pods[pod].cpu.complete(self.now) {
            let id = self.pods[pod].on_worker(worker);
            self.digest.write_u64(id.as_u64());
            self.mark(id, MarkKind::Cpu, 0, false);
            self.stepping = source::PODS + pod;
            self.advance(id);
            self.stepping = source::NONE;
        }
        self.sources.set(source::PODS + pod, self.pods[pod].cpu.next_or_never());
    }

    /// Cache lookups are answered.
    pub(super) fn on_cache(&mut self) {
        while let Some((_, id)) = self.lookups.pop_due(self.now) {
            let Some(request) = self.requests.get_mut(id) else { continue };
            let Op::Lookup { space, depth, hit } = self.blueprint.ops[usize::from(request.pc) - 1] else {
                continue;
            };
            let key = self.cache.draw_key(space);
            request.keys[usize::from(depth)] = key;
            let held = self.cache.lookup(self.now, space, key);
            if held {
                request.pc = hit;
            }
            self.digest.write_u64(id.as_u64() ^ u64::from(held) << 63);
            self.mark(id, MarkKind::Cache, u16::from(space) | u16::from(held) << 7, false);
            self.advance(id);
        }
        self.sources.set(source::CACHE, self.lookups.next_or_never());
    }

    fn call_external(&mut self, id: Id, service: u8) {
        self.requests[id].waits = Waits::External;
        let (took, ok) =
            self.externals.call(&self.blueprint.externals[usize::from(service)], usize::from(service));
        self.schedule(self.now + took, Event::External(id, ok));
    }

    /// An external service answered.
    pub(super) fn on_external(&mut self, id: Id, ok: bool) {
        let Some(request) = self.requests.get(id) else { return };
        let Op::External(service) = self.blueprint.ops[usize::from(request.pc) - 1] else { return };
        self.mark(id, MarkKind::External, u16::from(service), !ok);
        if ok {
            self.advance(id);
        } else {
            self.log_external_failure(id, service);
            self.finish(id, status::INTERNAL);
        }
    }

    /// A request's program is over, well or not: its worker goes on to the next, its client gets the answer.
    pub(super) fn finish(&mut self, id: Id, code: u16) {
        let request = &mut self.requests[id];
        let (host, client) = (request.host, request.client);
        let answered = request.answered;
        let balanced = request.balanced.take();
        request.answered = true;
        if let Some(pod) = balanced {
            self.leave_balanced(pod, code >= status::INTERNAL);
        }
        if !answered {
            self.answer(id, code);
        }
        if !self.requests.contains(id) {
            return;
        }
        self.drop_request(id);
        match host {
            Host::Worker(pod, worker) => self.free_worker(pod, worker),
            Host::Jobs(slot) => {
                if let Client::Job(kind) = client {
                    self.job_done(slot, kind, code);
                }
            }
            Host::Nowhere | Host::Queue(_) => {}
        }
    }

    /// Forgets a request that is nowhere any more.
    pub(super) fn drop_request(&mut self, id: Id) {
        if self.requests.remove(id) {
            self.upstream.cancel(id.slot);
        }
    }

    fn leave_balanced(&mut self, pod: u16, failed: bool) {
        self.balancer.close(pod);
        let pod = &mut self.pods[usize::from(pod)];
        pod.answered += 1;
        pod.errors += u32::from(failed);
    }

    fn free_worker(&mut self, pod: u16, worker: u16) {
        let at = usize::from(pod);
        let Some((next, since)) = self.pods[at].release(self.now, worker) else {
            self.pod_may_end(pod);
            return;
        };
        self.requests[next].step_since = since;
        self.mark(next, MarkKind::Queue, 0, false);
        self.requests[next].host = Host::Worker(pod, worker);
        self.advance(next);
    }

    /// Tells the client how it ended.
    fn answer(&mut self, id: Id, code: u16) {
        let request = self.requests[id];
        self.digest.write_u64(id.as_u64() ^ u64::from(code) << 48);
        match request.client {
            Client::Visitor(visitor, serial) => {
                let waits = self.visitors.all.get(visitor).is_some_and(|v| v.view.serial == serial);
                let code = if waits { code } else { status::CLIENT_GONE };
                self.record_answer(id, code);
                if waits {
                    self.page_answer(visitor, code);
                }
            }
            Client::Curl(probe) => {
                self.record_answer(id, code);
                self.probe_answer(probe, &request, code);
            }
            Client::Kubelet => self.readiness_answer(id, code),
            Client::Job(_) => {}
        }
    }

    fn record_answer(&mut self, id: Id, code: u16) {
        self.answered += 1;
        self.signals.answer(code >= status::CLIENT_GONE);
        self.observe_answer(id, code);
    }

    /// Remembers a step that ends now, for the trace.
    #[inline]
    pub(super) fn mark(&mut self, id: Id, kind: MarkKind, detail: u16, failed: bool) {
        let request = &mut self.requests[id];
        let start = TraceTime::since(request.born, request.step_since);
        let end = TraceTime::since(request.born, self.now);
        let at = usize::from(request.marks).min(MAX_MARKS - 1);
        request.marks = (at + 1) as u8;
        self.marks[id.slot as usize][at] = Mark { kind, failed, detail, start, end };
    }
}
