//! The way there: name, address, TLS, an S3 server that answers, its clock.

use dropslip_s3::Endpoint;
use dropslip_s3::address::is_loopback_host;
use dropslip_s3::client::resolve;
use dropslip_sigv4::Timestamp;
use reqwest::Url;

use crate::ask::{Reply, Trouble, TroubleKind};
use crate::finding::{Because, Check, Finding, because};
use crate::ground::{Ground, Order};
use crate::limits::{SKEW_S_KEPT, SKEW_S_MAX};

/// Asks both addresses once, without a signature. Also whether there is a storage to go on with.
pub(crate) async fn check(ground: &mut Ground<'_>) -> (Vec<Finding>, bool) {
    let mut found = Vec::new();
    let reply = reach(ground, &ground.endpoint, None, &mut found).await;
    let public = match ground.public == ground.endpoint {
        true => reply.is_some(),
        false => {
            let public = reach(ground, &ground.public, Some("public"), &mut found).await;
            public.is_some()
        }
    };
    let Some(reply) = reply else {
        found.push(Finding::skipped(Check::Clock, "there is no storage to ask"));
        return (found, false);
    };
    let (finding, ahead_s) = clock(&reply, (ground.case.clock)());
    ground.ahead_s = ahead_s;
    found.push(finding);
    (found, public)
}

/// An answer of what is there, if it is an S3 server.
async fn reach(
    ground: &Ground<'_>,
    endpoint: &Endpoint,
    about: Option<&str>,
    found: &mut Vec<Finding>,
) -> Option<Reply> {
    let mut note = |finding: Finding| {
        found.push(match about {
            Some(about) => finding.about(about),
            None => finding,
        });
    };
    let host = endpoint.host_name();
    let addresses = match resolve(host).await {
        Ok(addresses) => addresses,
        Err(error) => {
            let detail = format!("`{host}`: {error}");
            note(Finding::no(Check::Address, detail, unknown_name(host)));
            note(Finding::skipped(Check::Tls, "the name has no address"));
            return None;
        }
    };
    let shown = addresses
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let target = endpoint.bucket(ground.bucket());
    let reply = match ground.stranger(Order::new("GET", &target)).await {
        Ok(reply) => reply,
        Err(trouble) => {
            for finding in unreachable(endpoint, &trouble) {
                note(finding);
            }
            return None;
        }
    };
    note(tls(ground, endpoint));
    match no_storage(endpoint, &reply) {
        Some(because) => {
            let detail = format!("`{}` answered {}", endpoint.origin(), reply.shown());
            note(Finding::no(Check::Address, detail, because));
            None
        }
        None => {
            let ms = reply.took.as_millis();
            let detail = match host == shown {
                true => format!("{host} answered in {ms} ms"),
                false => format!("{host} is {shown}, answered in {ms} ms"),
            };
            note(Finding::yes(Check::Address, detail));
            Some(reply)
        }
    }
}

fn unknown_name(host: &str) -> Because {
    because(
        "name_unknown",
        format!("nobody knows an address of `{host}`"),
        "correct the endpoint's name, or add it to the DNS or to /etc/hosts",
    )
}

/// What no answer at all says.
fn unreachable(endpoint: &Endpoint, trouble: &Trouble) -> Vec<Finding> {
    let origin = endpoint.origin();
    let detail = format!("`{origin}`: {trouble}");
    let host = endpoint.host_name();
    let of_tls = |because| {
        vec![
            Finding::yes(Check::Address, format!("`{origin}` accepts connections")),
            Finding::no(Check::Tls, detail.clone(), because),
        ]
    };
    let of_address = |because| {
        vec![
            Finding::no(Check::Address, detail.clone(), because),
            Finding::skipped(Check::Tls, "there is no connection"),
        ]
    };
    match trouble.kind {
        TroubleKind::Name => of_address(unknown_name(host)),
        TroubleKind::Refused => of_address(because(
            "nothing_listens",
            "no program listens at this address and port",
            "start the storage, or correct the endpoint's port",
        )),
        TroubleKind::Timeout => of_address(because(
            "no_answer",
            "nothing answers: a firewall drops the packets, or the address is another machine's",
            "open the port in the firewall or security group, or correct the endpoint",
        )),
        TroubleKind::CertificateExpired => of_tls(because(
            "certificate_expired",
            "the storage's certificate is not valid today",
            format!("renew the certificate of `{host}`"),
        )),
        TroubleKind::CertificateName => of_tls(because(
            "certificate_name",
            format!("the certificate is not of `{host}`"),
            "use the name in the certificate as the endpoint, or get one for this name; for buckets in the host it must \
             cover `*.` before the name",
        )),
        TroubleKind::CertificateIssuer => of_tls(because(
            "certificate_untrusted",
            "the certificate is signed by nobody whom this machine trusts; browsers refuse it as well",
            "use a certificate of a public authority, or install your own authority's on this machine and in the browsers",
        )),
        TroubleKind::NoTls => of_tls(because(
            "no_tls",
            "the port speaks no TLS",
            format!(
                "write the endpoint as `{}`, or correct its port",
                origin.replacen("https", "http", 1)
            ),
        )),
        TroubleKind::Tls => of_tls(because(
            "tls_failed",
            "the server and this machine agree on no TLS",
            "let the server speak TLS 1.2 or 1.3",
        )),
        TroubleKind::NoHttp => of_address(because(
            "not_http",
            "the port speaks no plain HTTP",
            format!(
                "write the endpoint as `{}`",
                origin.replacen("http", "https", 1)
            ),
        )),
        TroubleKind::Cut | TroubleKind::Invalid => of_address(because(
            "connection_cut",
            "the server ends the connection without an answer",
            "look into the log of the storage, and of the proxy before it",
        )),
    }
}

/// Why what answers is no S3 server. Each S3 server answers a request for a bucket with XML, or names its request.
fn no_storage(endpoint: &Endpoint, reply: &Reply) -> Option<Because> {
    let is_s3 = !reply.code().is_empty()
        || reply.header("x-amz-request-id").is_some()
        || String::from_utf8_lossy(&reply.body).contains("<ListBucketResult");
    if is_s3 {
        return None;
    }
    let location = reply.header("location");
    let elsewhere = location.and_then(|text| Url::parse(&text).ok());
    if let (300..400, Some(url)) = (reply.status, &elsewhere) {
        let origin = url.origin().ascii_serialization();
        return Some(because(
            "redirects",
            format!("it sends everybody on to `{origin}`; no preflight follows that"),
            format!("write the endpoint as `{origin}`"),
        ));
    }
    let text = String::from_utf8_lossy(&reply.body);
    let says_https = text.contains("HTTP request to an HTTPS")
        || text.contains("plain HTTP request was sent to HTTPS");
    Some(match reply.status {
        400 if says_https => because(
            "not_http",
            "the port speaks no plain HTTP",
            format!(
                "write the endpoint as `{}`",
                endpoint.origin().replacen("http", "https", 1)
            ),
        ),
        502..=504 => because(
            "bad_gateway",
            "a proxy answers, and the storage behind it does not",
            "start the storage, or correct the address behind the proxy (nginx: `proxy_pass`)",
        ),
        _ => because(
            "not_s3",
            "what answers there is no S3 server, perhaps its web console or another site",
            "take the port of the S3 API (MinIO: 9000, not 9001; Garage: 3900; SeaweedFS: 8333; Ceph: 7480)",
        ),
    })
}

/// The certificate is valid, or there is none.
fn tls(ground: &Ground<'_>, endpoint: &Endpoint) -> Finding {
    if endpoint.is_encrypted() {
        return Finding::yes(Check::Tls, "the certificate is valid and of this name");
    }
    if is_loopback_host(endpoint.host_name()) {
        return Finding::not_offered(Check::Tls, "plain HTTP, which is enough on one machine");
    }
    let page = ground
        .case
        .origins
        .iter()
        .find(|origin| origin.starts_with("https://"));
    match page.filter(|_| *endpoint == ground.public) {
        Some(origin) => Finding::no(
            Check::Tls,
            format!(
                "the page is `{origin}`, the storage `{}`",
                endpoint.origin()
            ),
            because(
                "mixed_content",
                "browsers let no page of `https` send to an address of `http`",
                "give the storage a certificate, or put a proxy with one before it, and write the endpoint with `https://`",
            ),
        ),
        None => Finding::not_offered(
            Check::Tls,
            "plain HTTP: everybody on the way can read and change what is sent",
        ),
    }
}

/// The storage's clock against this machine's, and how far the storage is ahead where that matters.
fn clock(reply: &Reply, now: Timestamp) -> (Finding, i64) {
    let date = reply.header("date");
    let Some(date) = date.and_then(|date| Timestamp::parse_http(&date).ok()) else {
        return (
            Finding::skipped(Check::Clock, "the storage tells no `Date`"),
            0,
        );
    };
    let ahead_s = date.unix_s() - now.unix_s();
    let distance_s = ahead_s.abs();
    let which = if ahead_s > 0 { "behind" } else { "ahead of" };
    let detail = match distance_s {
        0 | 1 => "no difference".to_owned(),
        _ => format!("this machine is {} {which} the storage", span(distance_s)),
    };
    let kept = if distance_s > SKEW_S_KEPT { ahead_s } else { 0 };
    let finding = match distance_s > SKEW_S_MAX {
        false => Finding::yes(Check::Clock, detail),
        true => Finding::no(
            Check::Clock,
            detail,
            because(
                "clock_skewed",
                "S3 takes no signature that is 15 minutes or more from its own clock",
                "set the clock of the machine that is wrong: timedatectl set-ntp true",
            ),
        ),
    };
    (finding, kept)
}

/// A number of seconds for people.
fn span(s: i64) -> String {
    match s {
        0..120 => format!("{s} s"),
        120..7200 => format!("{} min", s / 60),
        7200..172_800 => format!("{} h", s / 3600),
        _ => format!("{} days", s / 86_400),
    }
}
