//! A presigned URL, in whatever form it is printed.

use dropslip_s3::presign::{Presign, presign};
use dropslip_sigv4::Timestamp;

use super::{Order, terms, text};
use crate::args::presign::{Method, Output, Terms};
use crate::failure::Failure;

/// What is printed.
pub(super) struct Slip {
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    expires_at: Timestamp,
}

/// Signs a request for somebody to send.
pub(super) fn sign(method: Method, terms: &Terms, order: &Order) -> Result<Slip, Failure> {
    let headers = terms::headers(method, terms)?;
    let borrowed: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let target = order.endpoint.object(&order.bucket, &order.key);
    let request = Presign {
        method: method.as_str(),
        target: &target,
        headers: &borrowed,
        expires_s: order.expires_s,
    };
    let url =
        presign(&order.signer, &request, order.now).map_err(|e| Failure::new(e.to_string()))?;
    Ok(Slip {
        method: method.as_str(),
        url,
        headers,
        expires_at: order.now.plus_s(order.expires_s),
    })
}

impl Slip {
    pub(super) fn print(self, output: &Output) -> String {
        match (output.curl, output.json, output.fetch) {
            (true, _, _) => self.curl(),
            (_, true, _) => self.json(),
            (_, _, true) => self.fetch(),
            _ => self.url,
        }
    }

    /// The headers that whoever sends has to set; the length sets itself.
    fn to_set(&self) -> impl Iterator<Item = &(String, String)> {
        self.headers
            .iter()
            .filter(|(name, _)| name != "content-length")
    }

    fn curl(&self) -> String {
        let mut command = "curl --fail-with-body".to_owned();
        match self.method {
            "GET" => command.push_str(" --remote-name"),
            "HEAD" => command.push_str(" --head"),
            "PUT" => command.push_str(" --upload-file FILE"),
            method => command.push_str(&format!(" --request {method}")),
        }
        for (name, value) in self.to_set() {
            let header = text::shell(&format!("{name}: {value}"));
            command.push_str(&format!(" --header {header}"));
        }
        format!("{command} {}", text::shell(&self.url))
    }

    fn json(&self) -> String {
        let headers: serde_json::Map<_, _> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let slip = serde_json::json!({
            "method": self.method,
            "url": self.url,
            "headers": headers,
            "expiresAt": text::rfc3339(self.expires_at),
        });
        format!("{slip:#}")
    }

    fn fetch(&self) -> String {
        let headers: serde_json::Map<_, _> = self
            .to_set()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let body = if self.method == "PUT" {
            ", body: file"
        } else {
            ""
        };
        format!(
            "await fetch({}, {{ method: '{}', headers: {}{body} }})",
            text::json(&self.url),
            self.method,
            serde_json::Value::from(headers),
        )
    }
}
