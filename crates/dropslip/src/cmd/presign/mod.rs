//! `dropslip presign`
//!
//! Here it is decided who signs, for where and for how long. `terms` says what must be
//! sent; `url` signs and prints a URL, `form` a form.

mod form;
mod terms;
mod text;
mod url;

use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_s3::{Addressing, BucketName, Endpoint, ObjectKey};
use dropslip_sigv4::limits::{EXPIRES_S_MAX, EXPIRES_S_MIN};
use dropslip_sigv4::{Credentials, Signer, Timestamp};

use crate::args::presign::{AddressingArg, Method, Presign, Storage};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::terminal;

/// What is signed, by whom, and from when to when.
struct Order {
    bucket: BucketName,
    key: ObjectKey,
    endpoint: Endpoint,
    signer: Signer,
    now: Timestamp,
    expires_s: u32,
}

/// Prints a presigned URL or form.
pub(crate) fn run(args: &Presign) -> Result<(), Failure> {
    let order = order(args)?;
    terminal::data(&match args.method {
        Method::Post => form::sign(&args.terms, &order)?.print(&args.output),
        method => url::sign(method, &args.terms, &order)?.print(&args.output),
    });
    Ok(())
}

fn order(args: &Presign) -> Result<Order, Failure> {
    let (bucket, key) = object(&args.object)?;
    let expires_s = u32::try_from(args.expires.as_secs())
        .ok()
        .filter(|s| (EXPIRES_S_MIN..=EXPIRES_S_MAX).contains(s));
    let expires_s = expires_s.ok_or_else(|| Failure::new("`--expires` must be `1s` to `7d`"))?;
    let storage = &args.storage;
    let environment = Environment::read_with_profile(storage.profile.as_deref())?;
    let region = storage
        .region
        .clone()
        .or_else(|| environment.region())
        .unwrap_or_else(|| "us-east-1".to_owned());
    let own = storage.endpoint.clone().or_else(|| environment.endpoint());
    Ok(Order {
        endpoint: endpoint(own, storage.addressing, &region, &bucket)?,
        bucket,
        key,
        signer: Signer::new(credentials(storage, &environment)?, region, "s3"),
        now: now(),
        expires_s,
    })
}

fn object(text: &str) -> Result<(BucketName, ObjectKey), Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        Failure::new(format!("`{text}` is no object: {why}")).hint("write it as `s3://BUCKET/KEY`")
    };
    let rest = text
        .strip_prefix("s3://")
        .ok_or_else(|| wrong(&"it must begin with `s3://`"))?;
    let (bucket, key) = rest
        .split_once('/')
        .ok_or_else(|| wrong(&"a key must follow the bucket"))?;
    Ok((
        BucketName::parse(bucket).map_err(|e| wrong(&e))?,
        ObjectKey::parse(key).map_err(|e| wrong(&e))?,
    ))
}

fn credentials(storage: &Storage, environment: &Environment) -> Result<Credentials, Failure> {
    let keys = match &storage.access_key {
        Some(access_key) => environment.keys_of(access_key)?,
        None => environment.keys()?.ok_or_else(|| {
            Failure::new("there are no credentials to sign with").hint(
                "export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…\n      \
                 (or name a profile of AWS's shared files: AWS_PROFILE=…; for `dropslip dev`, export what it prints)",
            )
        })?,
    };
    let credentials = keys.credentials();
    Ok(match &storage.session_token {
        Some(token) => credentials.with_session_token(token),
        None => credentials,
    })
}

/// AWS's certificate, `*.s3.REGION.amazonaws.com`, covers no bucket with a dot in its name.
fn endpoint(
    own: Option<String>,
    wanted: Option<AddressingArg>,
    region: &str,
    bucket: &BucketName,
) -> Result<Endpoint, Failure> {
    let has_dot = bucket.as_str().contains('.');
    let addressing = match (wanted, &own) {
        (Some(AddressingArg::Path), _) | (None, Some(_)) => Addressing::Path,
        (None, None) if has_dot => Addressing::Path,
        (Some(AddressingArg::VirtualHost), _) | (None, None) => Addressing::VirtualHost,
    };
    let address = own.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    Endpoint::parse(&address, addressing).map_err(|e| {
        Failure::new(e.to_string())
            .hint("an endpoint is an address such as `http://localhost:7601`")
    })
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_s(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects() {
        assert!(object("s3://uploads/a/b c.jpg").is_ok());
        assert!(object("s3://uploads/${filename}").is_ok());
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
    fn where_the_bucket_stands() {
        use AddressingArg::{Path, VirtualHost};
        let aws = "https://s3.eu-west-1.amazonaws.com";
        let own = "https://s3.example";
        for (own, wanted, bucket, expect) in [
            (
                None,
                None,
                "uploads",
                "https://uploads.s3.eu-west-1.amazonaws.com/x",
            ),
            (
                None,
                None,
                "up.loads",
                "https://s3.eu-west-1.amazonaws.com/up.loads/x",
            ),
            (
                None,
                Some(Path),
                "uploads",
                "https://s3.eu-west-1.amazonaws.com/uploads/x",
            ),
            // Whoever asks for it has a reason, such as plain HTTP.
            (
                None,
                Some(VirtualHost),
                "up.loads",
                "https://up.loads.s3.eu-west-1.amazonaws.com/x",
            ),
            (
                Some(aws),
                Some(VirtualHost),
                "uploads",
                "https://uploads.s3.eu-west-1.amazonaws.com/x",
            ),
            (Some(own), None, "up.loads", "https://s3.example/up.loads/x"),
            (
                Some(own),
                Some(VirtualHost),
                "up.loads",
                "https://up.loads.s3.example/x",
            ),
        ] {
            let (bucket, key) = object(&format!("s3://{bucket}/x")).unwrap();
            let endpoint = endpoint(own.map(str::to_owned), wanted, "eu-west-1", &bucket).unwrap();
            assert_eq!(endpoint.object(&bucket, &key).url(), expect);
        }
    }
}
