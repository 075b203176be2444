//! What `curl` asks: real requests through the same load balancer, pods and database as everybody's.

use crate::kernel::{SimTime, Span};

use super::addresses::SHOP_NAMES;
use super::balancer::Asked;
use super::event::Event;
use super::request::{Client, Request};
use super::requests::status;
use super::slab::Id;
use super::view::{HttpOutcome, HttpProbe, ProbeId};
use super::world::World;

/// Probe requests that are remembered; older ones that have ended are forgotten.
const MAX_PROBES: usize = 2_000;
/// Names under which the shop is reached, beside those of [`SHOP_NAMES`].
const HOSTS: [&str; 2] = ["lb", "localhost"];
/// Time that a name takes that doesn't resolve.
const RESOLVE: Span = Span::from_millis(8);

impl World {
    /// Sends a request; its probe tells how it goes. `max_time` is `curl -m`.
    pub fn http(&mut self, method: &str, url: &str, max_time: Option<Span>) -> ProbeId {
        let id = ProbeId(self.probes.len() as u32);
        let started_at = self.now;
        self.probes.push(HttpProbe {
            method: method.to_ascii_uppercase(),
            url: url.to_owned(),
            outcome: None,
            started_at,
            total: None,
        });
        if self.probes.len() > MAX_PROBES {
            let old = self.probes.len() - MAX_PROBES;
            self.probes[old - 1].url.clear();
        }
        let (host, path) = parts(url);
        if !HOSTS.contains(&host) && !SHOP_NAMES.contains(&host) {
            let message = format!("Could not resolve host: {host}");
            self.probe_over(id, HttpOutcome::NoAnswer { code: 6, message }, RESOLVE);
            return id;
        }
        let method = self.probes[id.0 as usize].method.clone();
        match self.endpoint_of(&method, path) {
            Some(endpoint) => {
                let request = self.send(Client::Curl(id.0), endpoint, false, Asked::First);
                if let Some(limit) = max_time {
                    self.schedule(self.now + limit, Event::CurlTimeout(id.0, request));
                }
            }
            None => {
                let (answer, took) = (self.page(404, "not found"), self.balancer.overhead * 2);
                self.probe_over(id, answer, took);
            }
        }
        id
    }

    /// How a probe request stands.
    pub fn probe(&self, id: ProbeId) -> Option<&HttpProbe> {
        self.probes.get(id.0 as usize)
    }

    /// The endpoint that serves a method and path.
    fn endpoint_of(&self, method: &str, path: &str) -> Option<u8> {
        let method = if method == "HEAD" { "GET" } else { method };
        let found = self
            .blueprint
            .endpoints
            .iter()
            .position(|endpoint| endpoint.method.word() == method && is_route(&endpoint.path, path));
        found.map(|index| index as u8)
    }

    pub(super) fn probe_answer(&mut self, probe: u32, request: &Request, code: u16) {
        let took = self.now.since(request.born) + self.balancer.overhead;
        let endpoint = self.blueprint.endpoints[usize::from(request.endpoint)].name.clone();
        let answer = self.page(code, &endpoint);
        self.probe_over(ProbeId(probe), answer, took);
    }

    /// The client of a probe gives up.
    #[cold]
    pub(super) fn on_curl_timeout(&mut self, probe: u32, _request: Id) {
        let took = self.now.since(self.probes[probe as usize].started_at);
        let message =
            format!("Operation timed out after {} milliseconds with 0 bytes received", took.as_millis());
        self.probe_over(ProbeId(probe), HttpOutcome::NoAnswer { code: 28, message }, took);
    }

    fn probe_over(&mut self, id: ProbeId, outcome: HttpOutcome, took: Span) {
        let probe = &mut self.probes[id.0 as usize];
        if probe.outcome.is_none() {
            probe.outcome = Some(outcome);
            probe.total = Some(took);
        }
    }

    /// What an answer looks like.
    fn page(&self, code: u16, what: &str) -> HttpOutcome {
        let from_balancer =
            matches!(code, status::BAD_GATEWAY | status::UNAVAILABLE | status::GATEWAY_TIMEOUT);
        let reason = reason(code);
        let body = match code {
            status::OK => format!("<!doctype html><title>{what}</title>"),
            _ if from_balancer => {
                format!(
                    "<html><head><title>{code} {reason}</title></head><body><center><h1>{code} {reason}</h1></center><hr><center>nginx</center></body></html>"
                )
            }
            _ => format!("{{\"error\":\"{reason}\"}}"),
        };
        let server = if from_balancer { "nginx" } else { "storefront" };
        let headers = [
            ("date", http_date(&self.blueprint.calendar, self.now)),
            ("server", server.to_owned()),
            ("content-length", body.len().to_string()),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        HttpOutcome::Answered { status: code, headers, body }
    }
}

/// The reason phrase of a status.
pub(crate) fn reason(code: u16) -> &'static str {
    match code {
        status::OK => "OK",
        404 => "Not Found",
        status::CLIENT_GONE => "Client Closed Request",
        status::INTERNAL => "Internal Server Error",
        status::BAD_GATEWAY => "Bad Gateway",
        status::UNAVAILABLE => "Service Temporarily Unavailable",
        status::GATEWAY_TIMEOUT => "Gateway Time-out",
        _ => "Unknown",
    }
}

/// `Tue, 04 Jun 2024 15:00:00 GMT`.
fn http_date(calendar: &crate::kernel::Calendar, now: SimTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day, _) = calendar.civil(now);
    let weekday = DAYS[calendar.unix_seconds(now).div_euclid(86_400).rem_euclid(7) as usize];
    format!("{weekday}, {day:02} {} {year} {} GMT", MONTHS[(month - 1) as usize % 12], calendar.clock(now))
}

/// Host and path of an address.
fn parts(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, "/"),
    };
    let host = authority.split(':').next().unwrap_or(authority);
    (host, path)
}

/// Whether a path is one of a route's, in which `{}` stands for one segment.
fn is_route(route: &str, path: &str) -> bool {
    let without_query = |text: &str| text.split('?').next().unwrap_or("").trim_end_matches('/').to_owned();
    let (route, path) = (without_query(route), without_query(path));
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len()
        && route
            .iter()
            .zip(&path)
            .all(|(wanted, got)| wanted == got || (wanted.starts_with('{') && !got.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_path() {
        assert_eq!(parts("https://shop:443/p/x?y=1"), ("shop", "/p/x?y=1"));
        assert_eq!(parts("shop"), ("shop", "/"));
    }

    #[test]
    fn a_route_matches_segment_by_segment() {
        assert!(is_route("/", "/"));
        assert!(is_route("/p/{slug}", "/p/red-mug?ref=mail"));
        assert!(is_route("/search?q={words}", "/search?q=mug"));
        assert!(!is_route("/p/{slug}", "/p"));
        assert!(!is_route("/p/{slug}", "/c/red-mug"));
    }
}
