//! `curl`: a real request through the load balancer, answered when the simulated shop answers it.

use super::formatted_seconds;
use crate::console::Context;
use crate::console::jobs::{Job, Polled};
use crate::console::shell::options::{Options, Parsed};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::duration;
use crate::stack::{HttpOutcome, HttpProbe, ProbeId};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "curl",
    aliases: &[],
    group: Group::Observe,
    usage: "curl [-sSvIif] [-X METHOD] [-o FILE] [-w FORMAT] [-m SECONDS] URL…",
    summary: "send a request to the shop",
    manual: "Sends a request and prints the answer's body. The shop is http://shop/; PATHs are those of its pages: curl http://shop/healthz.

  -v         the request's and the answer's headers too
  -I         headers only (HEAD)    -i  headers, then the body
  -o FILE    the body into a scratch file; -o /dev/null throws it away
  -w FORMAT  print at the end; knows %{http_code} %{time_total} %{time_starttransfer} %{size_download} %{url_effective} %{method} \\n \\t
  -s         no progress, no messages   -S  messages even so
  -f         fail on answers of 400 and above
  -m SECONDS give up after SECONDS
  -X METHOD, -H HEADER, -d DATA  as in curl",
    complete,
    run: Handler::Tool(run),
};

const OPTIONS: Options = Options {
    short: "sSvIifo:w:m:X:H:d:kLgA:u:#T:Z",
    long: &[
        ("silent", 's'),
        ("show-error", 'S'),
        ("verbose", 'v'),
        ("head", 'I'),
        ("include", 'i'),
        ("fail", 'f'),
        ("output", 'o'),
        ("write-out", 'w'),
        ("max-time", 'm'),
        ("request", 'X'),
        ("header", 'H'),
        ("data", 'd'),
        ("insecure", 'k'),
        ("location", 'L'),
        ("user-agent", 'A'),
        ("connect-timeout", 'T'),
        ("compressed", 'Z'),
        ("no-progress-meter", 'Z'),
    ],
};

/// curl's exit status for an HTTP error with `-f`.
const HTTP_ERROR: u8 = 22;

/// Requests under way or to come.
#[derive(Clone)]
pub(crate) struct Probing {
    parsed: Parsed,
    /// Addresses still to ask, last first.
    urls: Vec<String>,
    current: Option<ProbeId>,
    status: u8,
}

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if asking.before.last().is_some_and(|last| last == "-o") {
        return vec![("/dev/null".into(), "throw the body away".into())];
    }
    let endpoints = &asking.context.scenario.workload.endpoints;
    endpoints
        .iter()
        .map(|endpoint| (format!("http://shop{}", endpoint.path), endpoint.name.clone()))
        .collect()
}

fn run(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    let usage = |message: String| {
        Output::failure_with(2, format!("curl: {message}\ncurl: try 'curl --help' for more information"))
    };
    let parsed = match OPTIONS.parse(call.arguments) {
        Ok(parsed) => parsed,
        Err(message) => return usage(format!("option: {message}")).into(),
    };
    if parsed.operands.is_empty() {
        return usage("(2) no URL specified".into()).into();
    }
    if let Some(limit) = parsed.value('m')
        && duration(limit).is_none()
    {
        return usage("option -m: expected a proper numerical parameter".into()).into();
    }
    let mut urls = parsed.operands.clone();
    urls.reverse();
    Outcome::Job(Job::Curl(Box::new(Probing { parsed, urls, current: None, status: 0 })))
}

impl Probing {
    /// Prints answers that came, sends the next request.
    pub(crate) fn poll(&mut self, session: &mut Session, context: &mut Context<'_>) -> Polled {
        let mut output = Output::default();
        loop {
            if let Some(id) = self.current {
                let Some(probe) = context.world.probe(id).cloned() else { break };
                if probe.outcome.is_none() {
                    return Polled::Pending(output);
                }
                self.current = None;
                self.answered(&probe, session, &mut output);
            }
            let Some(url) = self.urls.pop() else { break };
            self.send(&url, context, &mut output);
        }
        output.status = self.status;
        Polled::Done(output)
    }

    fn method(&self) -> String {
        match self.parsed.value('X') {
            Some(method) => method.to_owned(),
            None if self.parsed.has('I') => "HEAD".into(),
            None if self.parsed.has('d') => "POST".into(),
            None => "GET".into(),
        }
    }

    fn send(&mut self, url: &str, context: &mut Context<'_>, output: &mut Output) {
        let method = self.method();
        let (scheme, host, path) = parts(url);
        let limit = self.parsed.value('m').and_then(duration);
        self.current = Some(context.world.http(&method, url, limit));
        if !self.parsed.has('v') {
            return;
        }
        let port = if scheme == "https" { 443 } else { 80 };
        output.err(format!("* Host {host}:{port} was resolved.\n* Connected to {host} port {port}\n"));
        output.err(format!(
            "> {method} {path} HTTP/1.1\n> Host: {host}\n> User-Agent: curl/8.14.1\n> Accept: */*\n"
        ));
        for (_, header) in self.parsed.options.iter().filter(|(letter, _)| *letter == 'H') {
            output.err(format!("> {header}\n"));
        }
        output.err("> \n* Request completely sent off\n");
    }

    fn answered(&mut self, probe: &HttpProbe, session: &mut Session, output: &mut Output) {
        let mut written = 0;
        let mut code = 0;
        match &probe.outcome {
            Some(HttpOutcome::Answered { status, headers, body }) => {
                code = *status;
                let head = head(*status, headers);
                if self.parsed.has('v') {
                    output.err(head.lines().map(|line| format!("< {line}\n")).collect::<String>());
                }
                let fails = self.parsed.has('f') && *status >= 400;
                let mut text = String::new();
                if self.parsed.has('I') || self.parsed.has('i') {
                    text.push_str(&format!("{head}\n"));
                }
                if fails {
                    self.status = HTTP_ERROR;
                    if !self.parsed.has('s') || self.parsed.has('S') {
                        output.err(format!("curl: (22) The requested URL returned error: {status}\n"));
                    }
                } else if !self.parsed.has('I') {
                    text.push_str(body);
                    written = body.len();
                }
                match self.parsed.value('o') {
                    None | Some("-") => output.out(text),
                    Some(file) => {
                        if let Err(message) = session.write(file, &text, false) {
                            output.err(message);
                        }
                    }
                }
            }
            Some(HttpOutcome::NoAnswer { code, message }) => {
                self.status = *code;
                if !self.parsed.has('s') || self.parsed.has('S') {
                    output.err(format!("curl: ({code}) {message}\n"));
                }
            }
            None => {}
        }
        if let Some(format) = self.parsed.value('w') {
            output.out(write_out(format, probe, code, written));
        }
    }
}

/// Status line and headers.
fn head(status: u16, headers: &[(String, String)]) -> String {
    let mut out = format!("HTTP/1.1 {status} {}\n", reason(status));
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\n"));
    }
    out
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// Scheme, host and path of an address.
fn parts(url: &str) -> (&str, &str, String) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.split(':').next().unwrap_or(authority);
    (scheme, host, format!("/{path}"))
}

/// `-w`: variables and escapes.
fn write_out(format: &str, probe: &HttpProbe, code: u16, size: usize) -> String {
    let total = probe.total.map_or("0.000000".into(), formatted_seconds);
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find("%{") {
        out.push_str(&rest[..at]);
        let Some(length) = rest[at..].find('}') else { break };
        let name = &rest[at + 2..at + length];
        out.push_str(&match name {
            "http_code" | "response_code" => format!("{code:03}"),
            "time_total" | "time_starttransfer" => total.clone(),
            "size_download" => size.to_string(),
            "url_effective" | "url" => probe.url.clone(),
            "method" => probe.method.clone(),
            "http_version" => "1.1".into(),
            // Name lookup and connection inside the company's network take no measurable time here.
            "time_namelookup" | "time_connect" | "time_appconnect" | "time_pretransfer" => "0.000000".into(),
            other => format!("%{{{other}}}"),
        });
        rest = &rest[at + length + 1..];
    }
    out.push_str(rest);
    super::unescape(&out)
}
