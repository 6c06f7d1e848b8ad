//! Where a call comes from: the other end of the connection, or whom trusted proxies name.
//!
//! Anybody can send `x-forwarded-for`, so it is read from the right, where the nearest proxy wrote, and only as far as
//! the proxies are trusted.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::config::ConfigError;
use crate::limits::{PROXIES_MAX, PROXY_HOPS_MAX};

/// Networks whose word on where a call comes from is taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads networks such as `10.0.0.0/8`, and single addresses.
    pub(crate) fn check(networks: &[String]) -> Result<Self, ConfigError> {
        let wrong = |message: String| ConfigError::service("limits.trustedProxies", message);
        if networks.len() > PROXIES_MAX {
            return Err(wrong(format!("has more than {PROXIES_MAX} networks")));
        }
        let network = |text: &String| {
            let network = text.parse::<IpNet>().ok();
            let network = network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
            let shown = text.escape_debug();
            network.ok_or_else(|| {
                wrong(format!(
                    "has `{shown}`, which is no network such as `10.0.0.0/8`"
                ))
            })
        };
        networks
            .iter()
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether the other end of the connection is a proxy that is trusted.
    pub(crate) fn is_between(&self, peer: IpAddr) -> bool {
        !self.0.is_empty() && self.trusts(peer)
    }

    /// The nearest address that is not a trusted proxy's.
    pub(crate) fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.is_between(peer) {
            return peer;
        }
        let mut nearest = peer;
        let values = headers.get_all("x-forwarded-for");
        let named = values
            .iter()
            .rev()
            .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','))
            .take(PROXY_HOPS_MAX);
        for text in named {
            // What cannot be read was not written by a proxy that is trusted: everything left of it is hearsay.
            let Some(address) = std::str::from_utf8(text)
                .ok()
                .and_then(|text| read(text.trim()))
            else {
                break;
            };
            nearest = address;
            if !self.trusts(address) {
                break;
            }
        }
        nearest
    }
}

/// An address, with a port or without, as proxies write them.
fn read(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

/// The other end of the connection. Who calls the router without a socket does not say, and counts as one.
pub(crate) fn peer_of(parts: &Parts) -> IpAddr {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |ConnectInfo(peer)| {
            peer.ip().to_canonical()
        })
}
