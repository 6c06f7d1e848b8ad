//! What is to be examined: one bucket of the command line, or those that presets fill.

use std::path::Path;

use dropslip_doctor::{Case, Check, Need, Way};
use dropslip_s3::checksum::Algorithm;
use dropslip_s3::cors::page_origin;
use dropslip_s3::{BucketName, Endpoint};
use dropslip_service::{Feature, Settings, Wants};

use crate::args::doctor::Doctor;
use crate::cmd::serve;
use crate::cmd::storage::{Chosen, bucket_of, now};
use crate::failure::Failure;

/// Where a configuration is looked for.
const CONFIG: &str = "dropslip.toml";

/// A case, and what the configuration calls its storage.
pub(super) struct Named {
    pub(super) case: Case,
    /// Its profile's name, if a configuration says one.
    pub(super) profile: Option<String>,
}

/// The cases, at least one.
pub(super) fn of(args: &Doctor) -> Result<Vec<Named>, Failure> {
    for origin in &args.origins {
        if let Err(error) = page_origin(origin) {
            let hint = match &error.meant {
                Some(meant) => format!("--origin {meant}"),
                None => "an origin is scheme, name and port, such as `https://app.example` or `http://localhost:5173`".to_owned(),
            };
            return Err(
                Failure::new(format!("`{}` is no origin: {error}", origin.escape_debug()))
                    .hint(hint),
            );
        }
    }
    let config = match (&args.bucket, &args.config) {
        (Some(bucket), _) => return Ok(vec![of_bucket(args, bucket)?]),
        (None, Some(config)) => config.as_path(),
        (None, None) if Path::new(CONFIG).is_file() => Path::new(CONFIG),
        (None, None) => {
            return Err(Failure::new("there is nothing to examine").hint(
                "name a bucket, `dropslip doctor s3://BUCKET --endpoint URL`, or a configuration, `--config dropslip.toml`",
            ));
        }
    };
    of_config(args, config)
}

fn of_bucket(args: &Doctor, bucket: &str) -> Result<Named, Failure> {
    let bucket = bucket_of(bucket)?;
    let chosen = Chosen::from(&args.storage, &bucket)?;
    let public_endpoint = match &args.public_endpoint {
        Some(text) => Endpoint::parse(text, chosen.endpoint.addressing())
            .map_err(|error| Failure::new(error.to_string()))?,
        None => chosen.endpoint.clone(),
    };
    let mut ways = Way::usual();
    for name in &args.headers {
        ways[0].headers.push(name.to_ascii_lowercase());
    }
    ways[0].headers.sort_unstable();
    let case = Case {
        endpoint: chosen.endpoint,
        public_endpoint,
        bucket,
        region: chosen.region,
        credentials: chosen.credentials,
        origins: args.origins.clone(),
        ways,
        needs: Vec::new(),
        is_swept: false,
        clock: now,
    };
    Ok(Named {
        case,
        profile: None,
    })
}

fn of_config(args: &Doctor, path: &Path) -> Result<Vec<Named>, Failure> {
    let settings = serve::settings_of(path, &[])?;
    let origins = match args.origins.is_empty() {
        true => settings
            .page_origins()
            .iter()
            .map(|origin| concrete(origin))
            .collect(),
        false => args.origins.clone(),
    };
    let is_wanted = |wants: &Wants| {
        args.storage_name
            .as_ref()
            .is_none_or(|name| *name == wants.storage)
    };
    let cases: Vec<Named> = settings
        .wants()
        .into_iter()
        .filter(is_wanted)
        .map(|wants| of_wants(wants, &settings, &origins))
        .collect();
    match (&args.storage_name, cases.is_empty()) {
        (Some(name), true) => Err(Failure::new(format!("no preset uses a storage `{name}`"))),
        _ => Ok(cases),
    }
}

fn of_wants(wants: Wants, settings: &Settings, origins: &[String]) -> Named {
    let ways = wants.requests.into_iter().map(|request| Way {
        method: request.method,
        headers: request.headers,
        of: format!("the preset `{}`", request.preset),
    });
    let needs = wants.features.into_iter().map(|(feature, preset)| Need {
        check: check_of(feature),
        of: format!("the preset `{preset}`"),
    });
    Named {
        profile: Some(wants.profile),
        case: Case {
            endpoint: wants.endpoint,
            public_endpoint: wants.public_endpoint,
            bucket: wants.bucket,
            region: wants.region,
            credentials: wants.credentials,
            origins: origins.to_vec(),
            ways: ways.collect(),
            needs: needs.collect(),
            is_swept: settings.is_swept(),
            clock: now,
        },
    }
}

fn check_of(feature: Feature) -> Check {
    match feature {
        Feature::Post => Check::Post,
        Feature::Multipart => Check::Multipart,
        Feature::Acl => Check::Acl,
        Feature::PublicRead => Check::PublicRead,
        Feature::SingleUsePut => Check::SingleUsePut,
        Feature::SingleUseComplete => Check::SingleUseComplete,
        Feature::Checksum(Algorithm::Crc32) => Check::ChecksumCrc32,
        Feature::Checksum(Algorithm::Crc32c) => Check::ChecksumCrc32c,
        Feature::Checksum(Algorithm::Crc64Nvme) => Check::ChecksumCrc64Nvme,
        Feature::Checksum(Algorithm::Sha1) => Check::ChecksumSha1,
        Feature::Checksum(Algorithm::Sha256) => Check::ChecksumSha256,
    }
}

/// An origin that a pattern fits: a browser has one, and rules may have another star.
fn concrete(pattern: &str) -> String {
    match pattern {
        "*" => "https://app.example".to_owned(),
        pattern if pattern.ends_with(":*") => pattern.replace('*', "5173"),
        pattern => pattern.replace('*', "app"),
    }
}

/// The buckets' names for messages.
pub(super) fn place(bucket: &BucketName, endpoint: &Endpoint) -> String {
    format!("s3://{bucket} at {}", endpoint.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert_eq!(concrete("http://localhost:*"), "http://localhost:5173");
        assert_eq!(concrete("https://*.example"), "https://app.example");
        assert_eq!(concrete("https://a.example"), "https://a.example");
        assert!(page_origin(&concrete("*")).is_ok());
    }
}
