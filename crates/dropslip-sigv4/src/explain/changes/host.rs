//! The host: a port, a public name before a proxy, path style against virtual hosts.

use super::{Arrived, Changes};
use crate::explain::explanation::Cause;
use crate::explain::pieces::{Change, Slot};

/// Headers in which proxies keep the name that was asked for.
const FORWARDED: [&str; 5] = [
    "x-forwarded-host",
    "x-original-host",
    "x-forwarded-server",
    "x-host",
    "forwarded",
];

/// Names that one machine has for itself, and containers for their host.
const LOCAL: [&str; 9] = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    "0.0.0.0",
    "host.docker.internal",
    "minio",
    "s3",
    "storage",
    "store",
];

/// Ports that storages listen on.
const PORTS: [&str; 9] = [
    "80", "443", "9000", "7601", "8080", "3000", "4566", "3900", "8333",
];

pub(super) fn add(changes: &mut Changes, arrived: &Arrived<'_>) {
    let headers = &arrived.pieces.headers;
    let Some(at) = headers.iter().position(|(name, _)| name == "host") else {
        return;
    };
    let now = String::from_utf8_lossy(&headers[at].1).into_owned();
    let mut hosts = Hosts {
        changes,
        at,
        now: &now,
    };
    let (name, port) = split(&now);
    hosts.of_proxies(arrived);
    hosts.of_ports(name, port);
    for known in arrived.known.hosts {
        hosts.push(known, true);
    }
    hosts.of_this_machine(name, port);
    hosts.of_buckets(arrived, name, port);
    hosts.of_regions(name, arrived.known.expected.region);
    let lower = now.to_ascii_lowercase();
    hosts.push(&lower, true);
    hosts.push(&joined(name.trim_end_matches('.'), port), false);
    hosts.push("", false);
}

/// A host with its port, where it has one.
fn split(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            (name, Some(port))
        }
        _ => (host, None),
    }
}

fn joined(name: &str, port: Option<&str>) -> String {
    port.map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

struct Hosts<'a> {
    changes: &'a mut Changes,
    at: usize,
    now: &'a str,
}

impl Hosts<'_> {
    fn push(&mut self, signed: &str, frequent: bool) {
        if let Some(change) = self.change(signed) {
            self.changes.push(change.frequent(frequent));
        }
    }

    fn change(&self, signed: &str) -> Option<Change> {
        let (slot, to) = (Slot::Header(self.at), signed.as_bytes().to_vec());
        (signed != self.now).then(|| {
            Change::new(Cause::Host, "host", slot, to)
                .saying(Some(signed.as_bytes()), Some(self.now.as_bytes()))
        })
    }

    /// What proxies say of the name that they were asked for.
    fn of_proxies(&mut self, arrived: &Arrived<'_>) {
        let port = arrived.header_text("x-forwarded-port");
        for name in FORWARDED {
            let Some(value) = arrived.header_text(name) else {
                continue;
            };
            let host = if name == "forwarded" {
                let mut elements = value.split([';', ',']);
                let host = elements.find_map(|e| e.trim().strip_prefix("host="));
                host.unwrap_or_default().trim_matches('"').to_owned()
            } else {
                value
                    .split(',')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            };
            self.push(&host, true);
            self.push(&joined(split(&host).0, port.as_deref()), true);
        }
        for name in [":authority", "x-original-authority"] {
            if let Some(value) = arrived.header_text(name) {
                self.push(&value, true);
            }
        }
    }

    /// Signers leave out the default port, and some leave out or add any.
    fn of_ports(&mut self, name: &str, port: Option<&str>) {
        if port.is_some() {
            self.push(name, true);
        }
        for (at, other) in PORTS.iter().enumerate() {
            self.push(&joined(name, Some(other)), at < 3);
        }
    }

    fn of_this_machine(&mut self, name: &str, port: Option<&str>) {
        let is_local = LOCAL.contains(&name) || name.parse::<std::net::IpAddr>().is_ok();
        for (at, other) in LOCAL.iter().enumerate() {
            self.push(&joined(other, port), is_local && at < 2);
            for port in ["9000", "7601"] {
                self.push(&joined(other, Some(port)), false);
            }
            self.push(other, false);
        }
    }

    /// `bucket.host/key` for `host/bucket/key`, and the other way round.
    fn of_buckets(&mut self, arrived: &Arrived<'_>, name: &str, port: Option<&str>) {
        let path = String::from_utf8_lossy(&arrived.pieces.path).into_owned();
        let mut names = vec![joined(name, port)];
        names.extend(arrived.known.hosts.iter().map(|host| (*host).to_owned()));
        if let Some((bucket, parent)) = name.split_once('.') {
            let to = format!("/{bucket}{path}");
            self.with_path(&joined(parent, port), &to, true);
            self.with_path(&joined(name, port), &to, false);
            self.push(&joined(parent, port), false);
        }
        // The storage's own reading may be any text.
        let below_root = path.strip_prefix('/').and_then(|path| path.split_once('/'));
        if let Some((bucket, _)) = below_root.filter(|(bucket, _)| !bucket.is_empty()) {
            let to = &path[bucket.len() + 1..];
            for name in names {
                self.with_path(&format!("{bucket}.{name}"), to, true);
                self.push(&format!("{bucket}.{name}"), false);
            }
        }
    }

    fn with_path(&mut self, host: &str, path: &str, frequent: bool) {
        let Some(mut change) = self.change(host) else {
            return;
        };
        change.edits.push((Slot::Path, path.as_bytes().to_vec()));
        let how = "the bucket is in the host on one side and in the path on the other";
        self.changes.push(change.how(how).frequent(frequent));
    }

    /// AWS has several names for one place.
    fn of_regions(&mut self, name: &str, region: &str) {
        let Some(end) = name.find("s3").filter(|_| name.ends_with(".amazonaws.com")) else {
            return;
        };
        let bucket = &name[..end];
        for place in [
            "s3".to_owned(),
            format!("s3.{region}"),
            format!("s3-{region}"),
            format!("s3.dualstack.{region}"),
            "s3-accelerate".to_owned(),
            "s3.us-east-1".to_owned(),
        ] {
            self.push(&format!("{bucket}{place}.amazonaws.com"), false);
        }
    }
}
