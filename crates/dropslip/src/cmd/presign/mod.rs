//! `dropslip presign`
//!
//! Here it is decided who signs, for where and for how long. `terms` says what must be
//! sent; `url` signs and prints a URL, `form` a form.

mod form;
mod terms;
mod text;
mod url;

use dropslip_s3::{BucketName, Endpoint, ObjectKey};
use dropslip_sigv4::limits::{EXPIRES_S_MAX, EXPIRES_S_MIN};
use dropslip_sigv4::{Signer, Timestamp};

use super::storage::{Chosen, now};
use crate::args::presign::{Method, Presign};
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
    let chosen = Chosen::from(&args.storage, &bucket)?;
    Ok(Order {
        endpoint: chosen.endpoint,
        bucket,
        key,
        signer: Signer::new(chosen.credentials, chosen.region, "s3"),
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
}
