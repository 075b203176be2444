//! What visitors do: ask for pages, look at them, reload what is slow, give up, come back, buy.

use crate::kernel::SimTime;

use super::balancer::Asked;
use super::event::{Event, source};
use super::request::Client;
use super::requests::status;
use super::slab::Id;
use super::world::World;

impl World {
    /// A visitor of the daily traffic arrives.
    pub(super) fn on_arrival(&mut self) {
        let visitor = self.visitors.arrive(&self.blueprint);
        self.digest.write_u64(self.visitors.all[visitor].number);
        let next = self.visitors.next_arrival(&self.blueprint, self.now);
        self.sources.set(source::ARRIVALS, next);
        self.view_page(visitor);
    }

    /// A visitor of a surge arrives.
    pub(super) fn on_surge(&mut self) {
        if let Some(visitor) = self.visitors.arrive_by_surge(&self.blueprint, self.now) {
            self.digest.write_u64(self.visitors.all[visitor].number);
            self.view_page(visitor);
        }
        self.sources.set(source::SURGES, self.visitors.next_surge());
    }

    /// A visitor asks for the page that they are at.
    pub(super) fn view_page(&mut self, id: Id) {
        let visitor = &mut self.visitors.all[id];
        let patience = self.blueprint.visitors.patience.draw(&mut visitor.stream);
        let view = &mut visitor.view;
        view.serial = view.serial.wrapping_add(1);
        view.pending = 1;
        view.rounds = 1;
        view.failed = false;
        view.started = self.now;
        view.patience = patience;
        let serial = view.serial;
        if !visitor.seen && self.signals.counting {
            visitor.seen = true;
            self.signals.impact.visitors += 1;
        }
        let member = visitor.member;
        let asked = if visitor.view.reloads > 0 { Asked::Again } else { Asked::First };
        let document = self.blueprint.pages[visitor.page()].requests.first().copied();
        let due = self.now + self.patience_floor;
        self.impatience.push(due, (id, serial));
        if self.impatience.len() == 1 {
            self.sources.set(source::PATIENCE, due);
        }
        match document {
            Some(endpoint) => {
                self.send(Client::Visitor(id, serial), endpoint, member, asked);
            }
            None => self.page_answer(id, status::OK),
        }
    }

    /// One of the requests of the page that a visitor waits for is answered.
    pub(super) fn page_answer(&mut self, id: Id, code: u16) {
        let view = &mut self.visitors.all[id].view;
        view.pending = view.pending.saturating_sub(1);
        view.failed |= code >= status::INTERNAL;
        if view.pending > 0 {
            return;
        }
        if view.rounds == 1 && !view.failed && self.send_the_rest(id) {
            return;
        }
        self.page_over(id);
    }

    /// The document has arrived: asks for what it refers to. `false` when there is nothing.
    fn send_the_rest(&mut self, id: Id) -> bool {
        let visitor = &mut self.visitors.all[id];
        let page = visitor.page();
        let count = self.blueprint.pages[page].requests.len();
        if count <= 1 {
            return false;
        }
        visitor.view.rounds = 2;
        visitor.view.pending = (count - 1) as u8;
        let (serial, member) = (visitor.view.serial, visitor.member);
        for index in 1..count {
            let endpoint = self.blueprint.pages[page].requests[index];
            self.send(Client::Visitor(id, serial), endpoint, member, Asked::First);
        }
        true
    }

    fn page_over(&mut self, id: Id) {
        let view = &mut self.visitors.all[id].view;
        view.serial = view.serial.wrapping_add(1);
        let failed = view.failed;
        let took = self.now.since(view.started) + self.balancer.overhead * u64::from(view.rounds);
        let bad = self.signals.page(took, failed);
        self.telemetry.metrics.observe(self.meters.page_duration, took);
        if bad {
            self.affect(id);
        }
        if failed {
            self.after_error(id);
        } else {
            self.look(id);
        }
    }

    /// A page arrived: it takes effect, and the visitor looks at it.
    fn look(&mut self, id: Id) {
        let visitor = &mut self.visitors.all[id];
        let page = &self.blueprint.pages[visitor.page()];
        visitor.member |= page.logs_in;
        if page.completes_order && !visitor.ordered {
            visitor.ordered = true;
            let cents = u64::from(visitor.basket_cents);
            self.telemetry.metrics.add(self.meters.orders, 1);
            self.telemetry.metrics.add(self.meters.revenue_cents, cents);
            if self.signals.counting {
                self.signals.impact.orders += 1;
                self.signals.impact.revenue_cents += cents;
            }
        }
        let think = page.think.draw(&mut visitor.stream);
        self.schedule(self.now + think, Event::Think(id));
    }

    /// A visitor has looked long enough: the next page, or good-bye.
    pub(super) fn on_think(&mut self, id: Id) {
        if self.visitors.all[id].go_on() { self.view_page(id) } else { self.leave(id) }
    }

    fn after_error(&mut self, id: Id) {
        let plan = &self.blueprint.visitors;
        let visitor = &mut self.visitors.all[id];
        let leaves = visitor.stream.chance(plan.leave_on_error);
        let pause = plan.retry_after.draw(&mut visitor.stream);
        if leaves || visitor.view.reloads >= plan.max_reloads {
            return self.give_up(id);
        }
        visitor.view.reloads += 1;
        self.schedule(self.now + pause, Event::Again(id));
    }

    /// Page views that are as old as the least patience: those still open get their own end of patience.
    pub(super) fn on_patience(&mut self) {
        while let Some((_, (id, serial))) = self.impatience.pop_due(self.now) {
            if let Some(visitor) = self.visitors.all.get(id)
                && visitor.view.serial == serial
            {
                let due = visitor.view.started + visitor.view.patience;
                self.schedule(due.max(self.now), Event::Impatient(id, serial));
            }
        }
        let visitors = &self.visitors.all;
        self.impatience.skip_while(|(id, serial)| is_over(visitors, id, serial));
        self.sources.set(source::PATIENCE, self.impatience.next_or_never());
    }

    /// A visitor has waited long enough: reloads or leaves. The requests of the page view go on without them.
    pub(super) fn on_impatient(&mut self, id: Id, serial: u16) {
        let Some(visitor) = self.visitors.all.get_mut(id) else { return };
        if visitor.view.serial != serial {
            return;
        }
        visitor.view.serial = serial.wrapping_add(1);
        let took = self.now.since(visitor.view.started);
        let plan = &self.blueprint.visitors;
        let reloads = visitor.stream.chance(plan.reload) && visitor.view.reloads < plan.max_reloads;
        let bad = self.signals.page(took, false);
        self.telemetry.metrics.observe(self.meters.page_duration, took);
        if bad {
            self.affect(id);
        }
        if reloads {
            self.visitors.all[id].view.reloads += 1;
            self.view_page(id);
        } else {
            self.give_up(id);
        }
    }

    /// Notes that an outage reached this visitor.
    fn affect(&mut self, id: Id) {
        let visitor = &mut self.visitors.all[id];
        if self.signals.counting && !visitor.affected {
            visitor.affected = true;
            self.signals.impact.affected += 1;
        }
    }

    fn give_up(&mut self, id: Id) {
        let plan = &self.blueprint.visitors;
        let visitor = &mut self.visitors.all[id];
        let later = plan.come_back_after.draw(&mut visitor.stream);
        if visitor.comes_back(plan.come_back) {
            self.schedule(self.now + later, Event::Again(id));
        } else {
            self.leave(id);
        }
    }

    fn leave(&mut self, id: Id) {
        let visitor = &self.visitors.all[id];
        if visitor.wants && !visitor.ordered && self.signals.counting {
            self.signals.impact.lost_orders += 1;
            self.signals.impact.lost_revenue_cents += u64::from(visitor.basket_cents);
        }
        self.visitors.all.remove(id);
    }

    /// Whether impact is counted at this instant.
    pub(super) fn update_impact_window(&mut self, at: SimTime) {
        let (first, last) = self.blueprint.impact_window;
        self.signals.counting = at >= first && at < last;
    }
}

fn is_over(visitors: &super::slab::Slab<super::visitors::Visitor>, id: Id, serial: u16) -> bool {
    visitors.get(id).is_none_or(|visitor| visitor.view.serial != serial)
}
