//! `dropslip cors`: shows, checks and writes the CORS rules of a bucket.
//!
//! Here is what the three have in common: the storage, and what pages send. `ask` asks as browsers do, `picture`
//! and `json` say what was found; what rules mean is decided in `dropslip_s3::cors`.

mod apply;
mod ask;
mod check;
mod json;
mod paste;
mod picture;
mod show;

use std::process::ExitCode;
use std::sync::Arc;

use dropslip_s3::client::{Client, ClientError, Refusal};
use dropslip_s3::cors::{Asked, FoundCors, OriginError};
use dropslip_s3::{BucketName, Endpoint};
use dropslip_sigv4::Signer;

use super::storage::{Chosen, now};
use crate::args::cors::{Action, Cors, Pages};
use crate::failure::Failure;

/// Runs; exit code 1 is a plain no.
pub(crate) async fn run(args: Cors) -> Result<ExitCode, Failure> {
    match args.action {
        Action::Show(args) => show::run(&args).await,
        Action::Check(args) => check::run(&args).await,
        Action::Apply(args) => apply::run(&args).await,
    }
}

/// A bucket whose rules can be read and written.
struct Bucket {
    name: BucketName,
    endpoint: Endpoint,
    client: Client,
}

impl Bucket {
    fn new(name: BucketName, chosen: Chosen) -> Result<Self, Failure> {
        let signer = Arc::new(Signer::new(chosen.credentials, chosen.region, "s3"));
        let client = Client::new(chosen.endpoint.clone(), signer);
        Ok(Self {
            name,
            endpoint: chosen.endpoint,
            client: client.map_err(|error| failed("ask the storage", &error))?,
        })
    }

    /// In words, for people.
    fn shown(&self) -> String {
        format!("s3://{} at {}", self.name, self.endpoint.origin())
    }

    async fn rules(&self) -> Result<Option<FoundCors>, ClientError> {
        self.client.get_bucket_cors(&self.name, now()).await
    }
}

/// A call that failed, with what to do about it.
fn failed(what: &str, error: &ClientError) -> Failure {
    let failure = Failure::new(format!("cannot {what}: {error}"));
    let hint = match error.refusal() {
        None if error.kind() == &dropslip_s3::client::ClientErrorKind::Unreachable => {
            "check `--endpoint`, and that the storage runs"
        }
        Some(Refusal::AccessDenied) => {
            "the keys need the rights `s3:GetBucketCORS` and `s3:PutBucketCORS`; where the storage has a console \
             for CORS rules, they may have to be written there"
        }
        Some(Refusal::NoSuchBucket | Refusal::NoSuchKey) => {
            "check the bucket's name, and `--endpoint` and `--region`"
        }
        Some(Refusal::NotImplemented) => {
            "this storage has no CORS rules that S3's calls could read or write; `dropslip cors check` says what it \
             answers to pages"
        }
        _ => return failure,
    };
    failure.hint(hint)
}

/// What pages send, checked: each origin with each method, and its headers.
fn requests(pages: &Pages) -> Vec<Asked<'_>> {
    let mut all = Vec::new();
    for origin in &pages.origins {
        for method in methods(pages) {
            let headers = headers(pages, method);
            all.push(Asked {
                origin,
                method,
                headers,
            });
        }
    }
    all
}

/// The client sends bytes by a PUT, presigned or of a part, or by a form.
fn methods(pages: &Pages) -> Vec<&str> {
    match pages.methods.is_empty() {
        true => vec!["PUT", "POST"],
        false => pages.methods.iter().map(String::as_str).collect(),
    }
}

/// A form has its fields in its body, and is of no type that is asked for; a POST that is named may be no form.
fn headers<'a>(pages: &'a Pages, method: &str) -> Vec<&'a str> {
    let is_form = method == "POST" && (pages.methods.is_empty() || pages.headers.is_empty());
    let mut headers: Vec<&str> = match (pages.headers.is_empty(), method) {
        _ if is_form => Vec::new(),
        (true, "PUT") => vec!["content-type"],
        _ => pages.headers.iter().map(String::as_str).collect(),
    };
    headers.sort_unstable();
    headers.dedup();
    headers
}

/// Methods in capitals, headers in small letters, origins as `check` takes them.
fn checked(pages: &Pages, check: fn(&str) -> Result<&str, OriginError>) -> Result<Pages, Failure> {
    for origin in &pages.origins {
        check(origin).map_err(|error| {
            let failure =
                Failure::new(format!("`{}` is no origin: {error}", origin.escape_debug()));
            match error.meant {
                Some(meant) => failure.hint(format!("--origin {}", paste::quoted(&meant))),
                None => failure
                    .hint("write it as the browser's address bar begins: `https://app.example`"),
            }
        })?;
    }
    let lower = |name: &String| name.to_ascii_lowercase();
    let headers: Vec<String> = pages.headers.iter().map(lower).collect();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if let Some(wrong) = headers
        .iter()
        .find(|name| name.is_empty() || !name.bytes().all(is_name))
    {
        return Err(
            Failure::new(format!("`{}` is no header name", wrong.escape_debug()))
                .hint("give the name alone, such as `--header x-amz-acl`"),
        );
    }
    let methods = pages.methods.iter();
    Ok(Pages {
        origins: pages.origins.clone(),
        methods: methods.map(|method| method.to_ascii_uppercase()).collect(),
        headers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(methods: &[&str], headers: &[&str], expected: &[&str]) {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let pages = Pages {
            origins: owned(&["https://app.example"]),
            methods: owned(methods),
            headers: owned(headers),
        };
        let asked = requests(&pages);
        let shown: Vec<_> = asked
            .iter()
            .map(|asked| format!("{} {}", asked.method, asked.headers.join(",")))
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_pages_send() {
        check(&[], &[], &["PUT content-type", "POST "]);
        check(&[], &["x-b", "x-a", "x-b"], &["PUT x-a,x-b", "POST "]);
        check(&["POST"], &["x-a"], &["POST x-a"]);
        check(&["POST", "GET"], &[], &["POST ", "GET "]);
        check(
            &["PUT"],
            &["content-type", "x-a"],
            &["PUT content-type,x-a"],
        );
    }
}
