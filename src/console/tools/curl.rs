//! `curl`: a real request through the load balancer, answered when the simulated shop answers it.

use super::formatted_seconds;
use crate::console::Context;
use crate::console::jobs::{Job, Polled};
use crate::console::shell::options::{Flag, Parsed, flag, parse, word};
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
    manual: "Sends a request and prints the answer's body. The shop is http://shop/; PATHs are those of its pages: curl http://shop/healthz.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('v', "verbose", "", "the request's and the answer's headers too"),
    flag('I', "head", "", "headers only (HEAD)"),
    flag('i', "include", "", "headers, then the body"),
    flag('o', "output", "FILE", "the body into a scratch file; -o /dev/null throws it away"),
    flag('O', "remote-name", "", "the body into a scratch file with the name in the address"),
    flag(
        'w',
        "write-out",
        "FORMAT",
        "print at the end; knows %{http_code} %{time_total} %{time_starttransfer} %{size_download} %{url_effective} %{method} \n \t",
    ),
    flag('s', "silent", "", "no progress, no messages"),
    flag('S', "show-error", "", "messages even so"),
    flag('f', "fail", "", "fail on answers of 400 and above"),
    flag('m', "max-time", "SECONDS", "give up after SECONDS"),
    word('T', "connect-timeout", "SECONDS", "accepted: a connection takes no time here"),
    flag('X', "request", "METHOD", "another method than GET"),
    flag('H', "header", "HEADER", "a header more"),
    flag('d', "data", "DATA", "a body, sent with POST"),
    word('D', "data-raw", "DATA", "as -d, where @ stands for itself"),
    flag('L', "location", "", "follow redirections"),
    flag('k', "insecure", "", "accepted: nothing is encrypted inside the company"),
    flag('A', "user-agent", "TEXT", "accepted"),
    flag('b', "cookie", "DATA", "accepted"),
    flag('e', "referer", "URL", "accepted"),
    flag('u', "user", "USER:PASSWORD", "accepted"),
    flag('G', "get", "", "send with GET"),
    word('r', "resolve", "HOST:PORT:ADDRESS", "accepted"),
    word('R', "retry", "N", "accepted"),
    word('Z', "compressed", "", "accepted"),
    word('Z', "no-progress-meter", "", ""),
    word('Z', "http1.1", "", ""),
    word('Z', "http2", "", ""),
    flag('#', "progress-bar", "", "accepted"),
    flag('4', "ipv4", "", "accepted"),
    flag('6', "ipv6", "", "accepted"),
    flag('V', "version", "", "tell the version"),
];

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
    let parsed = match parse(FLAGS, call.arguments) {
        Ok(parsed) => parsed,
        Err(message) => return usage(format!("option: {message}")).into(),
    };
    if parsed.has('V') {
        return Output::text("curl 8.14.1 (x86_64-pc-linux-gnu)\nProtocols: http https\n").into();
    }
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
            None if (self.parsed.has('d') || self.parsed.has('D')) && !self.parsed.has('G') => "POST".into(),
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
                let remote = self.parsed.has('O').then(|| parts(&probe.url).2);
                let remote =
                    remote.as_ref().map(|path| path.rsplit('/').next().filter(|name| !name.is_empty()));
                let file = remote.flatten().or(self.parsed.value('o'));
                match file {
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
            output.out(write_out(format, probe, (code, written, self.status)));
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
fn write_out(format: &str, probe: &HttpProbe, (code, size, self_status): (u16, usize, u8)) -> String {
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
            "scheme" => parts(&probe.url).0.to_owned(),
            "remote_ip" | "local_ip" | "ssl_verify_result" | "redirect_url" | "content_type" => String::new(),
            "num_redirects" | "size_upload" | "size_request" | "time_redirect" | "speed_download" => {
                "0".into()
            }
            "exitcode" => self_status.to_string(),
            "errormsg" => String::new(),
            // Name lookup and connection inside the company's network take no measurable time here.
            "time_namelookup" | "time_connect" | "time_appconnect" | "time_pretransfer" => "0.000000".into(),
            other => format!("%{{{other}}}"),
        });
        rest = &rest[at + length + 1..];
    }
    out.push_str(rest);
    super::unescape(&out)
}
