//! `dropslip presign`

use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_s3::presign::presign;
use dropslip_s3::{Addressing, BucketName, CannedAcl, Endpoint, ObjectKey, presign::Presign};
use dropslip_sigv4::limits::{EXPIRES_S_MAX, EXPIRES_S_MIN};
use dropslip_sigv4::{Signer, Timestamp};

use crate::args::presign::{self as args, AddressingArg, Method};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::terminal;

/// What is printed, in whatever form.
struct Slip {
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    expires_at: Timestamp,
}

/// Prints a presigned URL.
pub(crate) fn run(args: &args::Presign) -> Result<(), Failure> {
    let slip = sign(args)?;
    terminal::data(&match (args.curl, args.json, args.fetch) {
        (true, _, _) => slip.curl(),
        (_, true, _) => slip.json(),
        (_, _, true) => slip.fetch(),
        _ => slip.url,
    });
    Ok(())
}

fn sign(args: &args::Presign) -> Result<Slip, Failure> {
    let (bucket, key) = object(&args.object)?;
    let expires_s = u32::try_from(args.expires.as_secs())
        .ok()
        .filter(|s| (EXPIRES_S_MIN..=EXPIRES_S_MAX).contains(s));
    let expires_s = expires_s.ok_or_else(|| Failure::new("`--expires` must be `1s` to `7d`"))?;
    let environment = Environment::read()?;
    let region = args
        .region
        .clone()
        .or_else(|| environment.region())
        .unwrap_or_else(|| "us-east-1".to_owned());
    let endpoint = endpoint(args, &environment, &region)?;
    let keys = environment.keys()?.ok_or_else(|| {
        Failure::new("there are no credentials to sign with").hint(
            "export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…\n      \
             (or name a profile of AWS's shared files: AWS_PROFILE=…; for `dropslip dev`, export what it prints)",
        )
    })?;
    let headers = headers(args)?;
    let signer = Signer::new(keys.credentials(), region, "s3");
    let now = now();
    let borrowed: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let target = endpoint.object(&bucket, &key);
    let request = Presign {
        method: args.method.as_str(),
        target: &target,
        headers: &borrowed,
        expires_s,
    };
    let url = presign(&signer, &request, now).map_err(|e| Failure::new(e.to_string()))?;
    Ok(Slip {
        method: args.method.as_str(),
        url,
        headers,
        expires_at: now.plus_s(expires_s),
    })
}

fn object(text: &str) -> Result<(BucketName, ObjectKey), Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        Failure::new(format!("`{text}` is no object: {why}")).hint("write it as `s3://BUCKET/KEY`")
    };
    let rest = text
        .strip_prefix("s3://")
        .ok_or_else(|| wrong(&"it begins with `s3://`"))?;
    let (bucket, key) = rest
        .split_once('/')
        .ok_or_else(|| wrong(&"a key follows the bucket"))?;
    Ok((
        BucketName::parse(bucket).map_err(|e| wrong(&e))?,
        ObjectKey::parse(key).map_err(|e| wrong(&e))?,
    ))
}

fn endpoint(
    args: &args::Presign,
    environment: &Environment,
    region: &str,
) -> Result<Endpoint, Failure> {
    let own = args.endpoint.clone().or_else(|| environment.endpoint());
    let addressing = match (args.addressing, &own) {
        (Some(AddressingArg::Path), _) | (None, Some(_)) => Addressing::Path,
        (Some(AddressingArg::VirtualHost), _) | (None, None) => Addressing::VirtualHost,
    };
    let address = own.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    Endpoint::parse(&address, addressing).map_err(|e| {
        Failure::new(e.to_string())
            .hint("an endpoint is an address such as `http://localhost:7601`")
    })
}

fn headers(args: &args::Presign) -> Result<Vec<(String, String)>, Failure> {
    let mut headers = Vec::new();
    if args.method != Method::Put
        && (args.content_type.is_some() || args.content_length.is_some() || args.acl.is_some())
    {
        return Err(Failure::new(
            "`--content-type`, `--content-length` and `--acl` belong to `put`",
        ));
    }
    if let Some(content_type) = &args.content_type {
        headers.push(("content-type".to_owned(), content_type.clone()));
    }
    if let Some(content_length) = args.content_length {
        headers.push(("content-length".to_owned(), content_length.to_string()));
    }
    if let Some(acl) = &args.acl {
        let acl: CannedAcl = acl.parse().map_err(|e| Failure::new(format!("{e}")))?;
        headers.push(("x-amz-acl".to_owned(), acl.as_str().to_owned()));
    }
    if args.if_none_match {
        headers.push(("if-none-match".to_owned(), "*".to_owned()));
    }
    for header in &args.headers {
        let (name, value) = header.split_once(':').ok_or_else(|| {
            Failure::new(format!("`{header}` is no header"))
                .hint("write it as `--header 'cache-control: no-store'`")
        })?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok(headers)
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_s(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

impl Slip {
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
            command.push_str(&format!(
                " --header {}",
                quoted(&format!("{name}: {value}"))
            ));
        }
        format!("{command} {}", quoted(&self.url))
    }

    fn json(&self) -> String {
        let headers: serde_json::Map<_, _> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let expires_at = jiff::Timestamp::from_second(self.expires_at.unix_s())
            .unwrap_or_default()
            .to_string();
        let slip = serde_json::json!({
            "method": self.method, "url": self.url, "headers": headers, "expiresAt": expires_at,
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
            serde_json::Value::from(self.url.as_str()),
            self.method,
            serde_json::Value::from(headers),
        )
    }
}

/// Quotes for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects() {
        assert!(object("s3://uploads/a/b c.jpg").is_ok());
        for wrong in [
            "",
            "uploads/a",
            "s3://",
            "s3://uploads",
            "s3://uploads/",
            "s3://UP/a",
            "http://uploads/a",
        ] {
            assert!(object(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shells_take_what_is_quoted() {
        assert_eq!(quoted("a'b $HOME"), r"'a'\''b $HOME'");
    }
}
