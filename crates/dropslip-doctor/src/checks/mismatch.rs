//! A signature that does not fit though the keys are right: something between has changed the request.

use dropslip_s3::xml::ErrorDocument;

use crate::ask::{Reply, clean};
use crate::finding::{Because, because};
use crate::ground::{Ground, Order, signed};

/// What of a request arrived otherwise than it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    /// Another host.
    Host(String),
    /// Another path.
    Path(String),
    /// This header with another value, or not at all.
    Header(String, Option<String>),
}

/// Whether a refusal is about the signature itself. Not all storages have S3's code for it.
pub(super) fn is_mismatch(reply: &Reply) -> bool {
    reply.code() == "SignatureDoesNotMatch" || reply.error.message.contains("nvalid signature")
}

/// What was changed on the way, where the storage shows the request as it read it.
pub(super) fn changed(error: &ErrorDocument, order: &Order<'_>) -> Option<Changed> {
    let told = error.canonical_request_exact()?;
    let told = String::from_utf8_lossy(&told).into_owned();
    let lines: Vec<&str> = told.split('\n').collect();
    let path = lines.get(1)?;
    let value = |name: &str| {
        let start = format!("{name}:");
        let of_headers = lines.iter().skip(3);
        of_headers
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix(&start))
    };
    match value("host") {
        Some(host) if host != order.target.host => return Some(Changed::Host(clean(host))),
        _ => {}
    }
    let differs =
        |(name, signed): &&(&str, &str)| value(name).is_none_or(|told| told != signed.trim());
    if let Some((name, _)) = order.headers.iter().find(differs) {
        return Some(Changed::Header(
            (*name).to_owned(),
            value(name).filter(|value| !value.is_empty()).map(clean),
        ));
    }
    (*path != order.target.path).then(|| Changed::Path(clean(path)))
}

/// The host that the storage sees instead of the signed one, found out by signing for others.
pub(super) async fn other_host(ground: &Ground<'_>, order: &Order<'_>) -> Option<String> {
    let own = &order.target.host;
    let (name, port) = own.rsplit_once(':').unwrap_or((own, ""));
    let behind =
        [&ground.endpoint, &ground.public].map(|endpoint| endpoint.bucket(ground.bucket()).host);
    let near = ["localhost", "127.0.0.1"].map(|host| match port {
        "" => host.to_owned(),
        port => format!("{host}:{port}"),
    });
    let mut tried = vec![own.clone()];
    for host in behind.into_iter().chain([name.to_owned()]).chain(near) {
        if tried.contains(&host) {
            continue;
        }
        let target = dropslip_s3::Target {
            host: host.clone(),
            ..order.target.clone()
        };
        let other = Order {
            target: &target,
            ..*order
        };
        let mut sent = signed(&ground.signer, &other, ground.now()).ok()?;
        sent.url = sent.url.replacen(&target.url(), &order.target.url(), 1);
        if ground
            .ask
            .send(sent)
            .await
            .is_ok_and(|reply| !is_mismatch(&reply))
        {
            return Some(host);
        }
        tried.push(host);
    }
    None
}

impl Changed {
    /// The cause of it and what to change.
    pub(super) fn because(&self, signed_host: &str) -> Because {
        match self {
            Self::Host(arrived) => because(
                "proxy_changes_host",
                format!(
                    "signed for the host `{signed_host}`, and a proxy on the way makes it `{arrived}`"
                ),
                "let the proxy pass the host on (nginx: proxy_set_header Host $http_host; Caddy: header_up Host {http.request.host}; \
                 Apache: ProxyPreserveHost On)",
            ),
            Self::Path(arrived) => because(
                "proxy_changes_path",
                format!("a proxy on the way makes the path `{arrived}`"),
                "let the proxy pass the path as it came (nginx: proxy_pass with no path and no slash behind the address)",
            ),
            Self::Header(name, None) => because(
                "proxy_strips_header",
                format!("a proxy on the way removes the header `{name}`"),
                format!("let the proxy pass `{name}` on"),
            ),
            Self::Header(name, Some(arrived)) => because(
                "proxy_changes_header",
                format!("a proxy on the way makes the header `{name}` `{arrived}`"),
                format!("let the proxy pass `{name}` as it came"),
            ),
        }
    }
}
