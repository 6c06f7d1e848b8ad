//! Which storage a command asks, and with whose keys: by its arguments, the environment and AWS's shared files.

use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_s3::{Addressing, BucketName, Endpoint};
use dropslip_sigv4::{Credentials, Timestamp};

use crate::args::storage::{AddressingArg, Storage};
use crate::environment::{Environment, Keys};
use crate::failure::Failure;

/// The bucket of `s3://BUCKET`, or of its mere name.
pub(crate) fn bucket_of(text: &str) -> Result<BucketName, Failure> {
    let name = text.strip_prefix("s3://").unwrap_or(text);
    let name = name.strip_suffix('/').unwrap_or(name);
    BucketName::parse(name).map_err(|error| {
        Failure::new(format!("`{}` is no bucket: {error}", text.escape_debug()))
            .hint("write it as `s3://BUCKET`")
    })
}

/// A storage as it was chosen.
pub(crate) struct Chosen {
    pub(crate) endpoint: Endpoint,
    pub(crate) region: String,
    pub(crate) credentials: Credentials,
}

/// A storage as it was chosen, with keys if there are any.
pub(crate) struct Place {
    pub(crate) endpoint: Endpoint,
    pub(crate) region: String,
    pub(crate) credentials: Option<Credentials>,
}

impl Chosen {
    /// Takes flags first, then the environment, then AWS's shared files. What nobody names is AWS's.
    ///
    /// # Errors
    /// When there are no keys, or the endpoint is none.
    pub(crate) fn from(storage: &Storage, bucket: &BucketName) -> Result<Self, Failure> {
        Place::of(storage, bucket)?.signed()
    }
}

impl Place {
    /// The same for what can be done without keys.
    ///
    /// # Errors
    /// When the endpoint is none, or keys are named that are not there.
    pub(crate) fn of(storage: &Storage, bucket: &BucketName) -> Result<Self, Failure> {
        let environment = Environment::read_with_profile(storage.profile.as_deref())?;
        let region = storage
            .region
            .clone()
            .or_else(|| environment.region())
            .unwrap_or_else(|| "us-east-1".to_owned());
        let own = storage.endpoint.clone().or_else(|| environment.endpoint());
        Ok(Self {
            endpoint: endpoint(own, storage.addressing, &region, bucket)?,
            region,
            credentials: credentials(storage, &environment)?,
        })
    }

    /// The place with its keys.
    ///
    /// # Errors
    /// When there are none.
    pub(crate) fn signed(self) -> Result<Chosen, Failure> {
        let credentials = self.credentials.ok_or_else(|| {
            Failure::new("there are no credentials to sign with").hint(
                "export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…\n      \
                 (or name a profile of AWS's shared files: AWS_PROFILE=…; for `dropslip dev`, export what it prints)",
            )
        })?;
        Ok(Chosen {
            endpoint: self.endpoint,
            region: self.region,
            credentials,
        })
    }
}

fn credentials(
    storage: &Storage,
    environment: &Environment,
) -> Result<Option<Credentials>, Failure> {
    let keys = match &storage.access_key {
        Some(access_key) => Some(environment.keys_of(access_key)?),
        None => environment.keys()?,
    };
    let credentials = keys.map(Keys::credentials);
    Ok(match &storage.session_token {
        Some(token) => credentials.map(|credentials| credentials.with_session_token(token)),
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
    let endpoint = Endpoint::parse(&address, addressing).map_err(|e| {
        Failure::new(e.to_string())
            .hint("an endpoint is an address such as `http://localhost:7601`")
    })?;
    // Some providers show the address of a bucket; what is written there would go into a folder of its name.
    match endpoint.last_segment() == Some(bucket.as_str()) {
        false => Ok(endpoint),
        true => Err(Failure::new(format!(
            "the endpoint `{address}` has the bucket `{bucket}` in it already"
        ))
        .hint(format!(
            "name the storage alone: --endpoint {}",
            endpoint.origin()
        ))),
    }
}

/// The present time, as this machine has it.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_s(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use dropslip_s3::ObjectKey;

    use super::*;

    #[test]
    fn the_address_of_a_bucket_is_no_endpoint() {
        let bucket = BucketName::parse("uploads").unwrap();
        let of = |address: &str| endpoint(Some(address.to_owned()), None, "us-east-1", &bucket);
        for wrong in [
            "https://s3.example/uploads",
            "https://s3.example/a/uploads/",
        ] {
            let error = of(wrong).map(drop).unwrap_err();
            assert!(
                error.to_string().contains("--endpoint https://s3.example"),
                "{error}"
            );
        }
        for right in [
            "https://s3.example",
            "https://s3.example/uploads2",
            "https://uploads",
            "https://s3.example/",
        ] {
            assert!(of(right).is_ok(), "{right}");
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
            let bucket = BucketName::parse(bucket).unwrap();
            let key = ObjectKey::parse("x").unwrap();
            let endpoint = endpoint(own.map(str::to_owned), wanted, "eu-west-1", &bucket).unwrap();
            assert_eq!(endpoint.object(&bucket, &key).url(), expect);
        }
    }
}
