//! Names as browsers resolve them: everything below `localhost` is this machine (RFC 6761 section 6.3), whatever the
//! system's resolver thinks of it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Resolve, Resolving};

/// The resolver, for HTTP clients that ask storages.
#[derive(Clone, Copy, Debug)]
pub struct Names;

impl Resolve for Names {
    fn resolve(&self, name: reqwest::dns::Name) -> Resolving {
        Box::pin(async move {
            let found = resolve(name.as_str()).await?;
            let addresses: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}

/// The addresses of a name, at least one.
///
/// # Errors
/// The system's, when it knows none.
pub async fn resolve(name: &str) -> io::Result<Vec<IpAddr>> {
    let lower = name.trim_end_matches('.').to_ascii_lowercase();
    if lower == "localhost" || lower.ends_with(".localhost") {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let found = tokio::net::lookup_host((name, 0)).await?;
    let addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    match addresses.is_empty() {
        true => Err(io::Error::other("the name has no address")),
        false => Ok(addresses),
    }
}
