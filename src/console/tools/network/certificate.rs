//! `openssl`: the shop's certificate, as the load balancer shows it.
//!
//! Between BEGIN and END stands no DER but the facts of the certificate in base64: enough for `openssl x509` at the other end
//! of the pipe, and nothing that could be mistaken for a real signature.

use super::{find, hosts};
use crate::console::Context;
use crate::console::shell::options::{Flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::tools::date::written;
use crate::kernel::{Calendar, SimTime};

/// The command's row.
pub(crate) const OPENSSL: Tool = Tool {
    name: "openssl",
    aliases: &[],
    group: Group::Observe,
    usage: "openssl s_client -connect HOST:PORT [-servername NAME] </dev/null\nopenssl x509 [-in FILE] [-noout] [-dates] [-subject] [-issuer] [-checkend SECONDS]",
    summary: "look at the shop's certificate",
    manual: "s_client connects to HOST:PORT, prints the certificate that is shown there and ends. x509 prints what a certificate says that is piped into it.

  openssl s_client -connect shop:443 </dev/null | openssl x509 -noout -dates
  openssl s_client -connect shop:443 </dev/null | openssl x509 -noout -checkend 604800

Only the load balancer talks TLS: inside the company nothing is encrypted.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

/// openssl's own options: words after one dash.
const FLAGS: &[Flag] = &[
    word('C', "connect", "HOST:PORT", "s_client: where to (typed after one dash, as all of these)"),
    word('S', "servername", "NAME", "s_client: the name that is asked for"),
    word('c', "showcerts", "", "s_client: the whole chain"),
    word('T', "starttls", "PROTOCOL", "s_client: begin in the clear"),
    word('b', "brief", "", "s_client: a summary alone"),
    word('i', "in", "FILE", "x509: a scratch file instead of standard input"),
    word('n', "noout", "", "x509: not the certificate itself"),
    word('d', "dates", "", "x509: from when to when it holds"),
    word('s', "startdate", "", "x509: from when"),
    word('e', "enddate", "", "x509: to when"),
    word('u', "subject", "", "x509: whose it is"),
    word('I', "issuer", "", "x509: who issued it"),
    word('x', "ext", "subjectAltName", "x509: the names that it is for"),
    word('t', "text", "", "x509: all of it"),
    word('k', "checkend", "SECONDS", "x509: whether it still holds in SECONDS"),
    word('r', "serial", "", "accepted"),
    word('v', "verify_return_error", "", "accepted"),
    word('q', "quiet", "", "accepted"),
    word('1', "tls1_2", "", "accepted"),
    word('3', "tls1_3", "", "accepted"),
    word('p', "CAfile", "FILE", "accepted"),
];

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// The port on which the load balancer talks TLS.
const TLS_PORT: u16 = 443;
/// Days in seconds.
const DAY_S: i64 = 86_400;

/// What a certificate says. Times are seconds since 1970.
struct Certificate {
    subject: String,
    issuer: String,
    names: Vec<String>,
    from: i64,
    until: i64,
}

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    match asking.before {
        [] => words(&[("s_client", "connect"), ("x509", "read a certificate"), ("version", "")]),
        [.., last] if last == "-connect" => {
            hosts(asking).into_iter().map(|(name, at)| (format!("{name}:{TLS_PORT}"), at)).collect()
        }
        [..] if asking.current.starts_with('-') => {
            FLAGS.iter().map(|flag| (format!("-{}", flag.long), flag.does.to_owned())).collect()
        }
        [..] => Vec::new(),
    }
}

fn run(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    // openssl's options are words after one dash.
    let arguments: Vec<String> = call
        .arguments
        .iter()
        .map(|argument| match argument.strip_prefix('-') {
            Some(option) if !option.starts_with('-') => format!("--{option}"),
            _ => argument.clone(),
        })
        .collect();
    let parsed = match crate::console::filters::options(&Call { arguments: &arguments, ..*call }, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output.into(),
    };
    match parsed.operands.first().map(String::as_str) {
        Some("s_client") => connect(context, parsed.value('C'), parsed.has('b')).into(),
        Some("x509") => {
            let text = match parsed.value('i') {
                None => call.stdin,
                Some(file) => session.read(file),
            };
            match text.and_then(read) {
                Some(certificate) => shown(&certificate, &parsed, context).into(),
                None => Output::failure("Could not find certificate from <stdin>").into(),
            }
        }
        Some("version") => Output::text("OpenSSL 3.5.1 1 Jul 2025\n").into(),
        Some(other) => Output::failure(format!(
            "Invalid command '{other}'; type \"man openssl\" for a list: s_client, x509, version are here"
        ))
        .into(),
        None => Output::failure(format!("usage: {}", OPENSSL.usage.replace('\n', "\n       "))).into(),
    }
}

fn connect(context: &Context<'_>, target: Option<&str>, brief: bool) -> Output {
    let target = target.unwrap_or("localhost:4433");
    let (host, port) = target.rsplit_once(':').unwrap_or((target, "443"));
    let Some(found) = find(context, host) else {
        return Output::failure(format!(
            "BIO_lookup_ex: Name or service not known\nconnect:errno=2\n({host} is unknown)"
        ));
    };
    if !port.parse().is_ok_and(|port| found.ports.contains(&port)) {
        return Output::failure("connect: Connection refused\nconnect:errno=111");
    }
    let ours = find(context, &context.scenario.components.load_balancer.name);
    let is_edge = ours.is_some_and(|ours| ours.address == found.address) && port == TLS_PORT.to_string();
    if !is_edge {
        let mut output = Output::text("CONNECTED(00000003)\n---\nno peer certificate available\n---\n");
        output.err("error:0A00010B:SSL routines:tls_validate_record_header:wrong version number\n");
        output.err(format!("({host}:{port} doesn't talk TLS, or shows its certificate to others than us)\n"));
        output.status = 1;
        return output;
    }
    let certificate = ours_certificate(context);
    let now = context.scenario.calendar().unix_seconds(context.world.now());
    let (verdict, code) = if now > certificate.until {
        ("certificate has expired", 10)
    } else if now < certificate.from {
        ("certificate is not yet valid", 9)
    } else {
        ("ok", 0)
    };
    let (subject, issuer) = (&certificate.subject, &certificate.issuer);
    if brief {
        let verdict = if code == 0 { "OK" } else { verdict };
        return Output::text(format!(
            "CONNECTION ESTABLISHED\nProtocol version: TLSv1.3\nPeer certificate: CN={subject}\nVerification: {verdict}\nDONE\n"
        ));
    }
    let mut output = Output::default();
    output.err(format!("depth=1 {issuer}\nverify return:1\ndepth=0 CN={subject}\n"));
    if code != 0 {
        output.err(format!("verify error:num={code}:{verdict}\n"));
    }
    output.err("verify return:1\nDONE\n");
    output.out(format!(
        "CONNECTED(00000003)\n---\nCertificate chain\n 0 s:CN={subject}\n   i:{issuer}\n   v:NotBefore: {}; NotAfter: {}\n---\nServer certificate\n{}subject=CN={subject}\nissuer={issuer}\n---\n\
         Protocol: TLSv1.3\nVerify return code: {code} ({verdict})\n---\n",
        stamp(certificate.from),
        stamp(certificate.until),
        encoded(&certificate),
    ));
    output
}

/// The certificate that the load balancer shows.
fn ours_certificate(context: &Context<'_>) -> Certificate {
    let written = &context.scenario.components.load_balancer.certificate;
    let today = context.scenario.calendar().unix_seconds(SimTime::ZERO).div_euclid(DAY_S) * DAY_S;
    let from = today - i64::from(written.issued_days_before) * DAY_S;
    Certificate {
        subject: "shop.example".into(),
        issuer: written.issuer.clone(),
        names: vec!["shop.example".into(), "www.shop.example".into()],
        from,
        until: from + i64::from(written.valid_days) * DAY_S - 1,
    }
}

/// `Jul  4 00:00:00 2024 GMT`.
fn stamp(unix_s: i64) -> String {
    written(&Calendar::new(unix_s), SimTime::ZERO, "%b %e %H:%M:%S %Y GMT")
}

fn shown(
    certificate: &Certificate,
    parsed: &crate::console::shell::options::Parsed,
    context: &Context<'_>,
) -> Output {
    let mut output = Output::default();
    let (from, until) = (stamp(certificate.from), stamp(certificate.until));
    let names: Vec<String> = certificate.names.iter().map(|name| format!("DNS:{name}")).collect();
    let names = names.join(", ");
    if parsed.has('t') {
        output.out(format!(
            "Certificate:\n    Data:\n        Issuer: {}\n        Validity\n            Not Before: {from}\n            Not After : {until}\n        Subject: CN={}\n        X509v3 \
             extensions:\n            X509v3 Subject Alternative Name: \n                {names}\n",
            certificate.issuer, certificate.subject
        ));
    }
    for (key, _) in &parsed.options {
        match key {
            'u' => output.out(format!("subject=CN={}\n", certificate.subject)),
            'I' => output.out(format!("issuer={}\n", certificate.issuer)),
            'd' => output.out(format!("notBefore={from}\nnotAfter={until}\n")),
            's' => output.out(format!("notBefore={from}\n")),
            'e' => output.out(format!("notAfter={until}\n")),
            'x' => output.out(format!("X509v3 Subject Alternative Name: \n    {names}\n")),
            _ => {}
        }
    }
    if let Some(text) = parsed.value('k') {
        let Ok(seconds) = text.parse::<i64>() else {
            return Output::failure(format!("x509: Can't parse \"{text}\" as an integer"));
        };
        let then = context.scenario.calendar().unix_seconds(context.world.now()).saturating_add(seconds);
        let expires = then > certificate.until;
        output.out(if expires { "Certificate will expire\n" } else { "Certificate will not expire\n" });
        output.status = u8::from(expires);
    }
    if !parsed.has('n') {
        let status = output.status;
        output.out(encoded(certificate));
        output.status = status;
    }
    output
}

/// The block between BEGIN and END.
fn encoded(certificate: &Certificate) -> String {
    let facts = format!(
        "{}\n{}\n{}\n{}\n{}",
        certificate.subject,
        certificate.issuer,
        certificate.names.join(" "),
        certificate.from,
        certificate.until
    );
    let body: Vec<char> = base64(facts.as_bytes()).chars().collect();
    let lines: String = body.chunks(64).map(|line| line.iter().collect::<String>() + "\n").collect();
    format!("{BEGIN}\n{lines}{END}\n")
}

/// Reads the first block of a text.
fn read(text: &str) -> Option<Certificate> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (body, _) = rest.split_once(END)?;
    let facts = String::from_utf8(unbase64(body)?).ok()?;
    let mut lines = facts.lines();
    Some(Certificate {
        subject: lines.next()?.to_owned(),
        issuer: lines.next()?.to_owned(),
        names: lines.next()?.split(' ').map(str::to_owned).collect(),
        from: lines.next()?.parse().ok()?,
        until: lines.next()?.parse().ok()?,
    })
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let index = (bits >> (18 - 6 * place) & 63) as usize;
            out.push(if place <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    out
}

/// [`base64`] the other way round; nothing for other characters than its own and white space.
fn unbase64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for c in text.bytes().filter(|c| !c.is_ascii_whitespace() && *c != b'=') {
        let value = ALPHABET.iter().position(|known| *known == c)?;
        bits = (bits << 6 | value as u32) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_back() {
        assert_eq!(base64(b"Ma"), "TWE=");
        assert_eq!(base64(b"light work"), "bGlnaHQgd29yaw==");
        for text in ["", "a", "ab", "abc", "abcd"] {
            assert_eq!(unbase64(&base64(text.as_bytes())).unwrap(), text.as_bytes());
        }
    }
}
