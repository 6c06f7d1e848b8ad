//! What presets ask of their storages, for whoever examines a storage before it is served.

use std::collections::BTreeSet;

use dropslip_s3::checksum::Algorithm;
use dropslip_s3::{BucketName, Endpoint};
use dropslip_sigv4::Credentials;

use crate::preset::{Mode, Preset};
use crate::settings::{Settings, StorageSettings};

/// A bucket of a storage, and what the presets that fill it want there.
#[derive(Clone, Debug)]
pub struct Wants {
    /// The storage's name in the configuration; `default` for the one in `[storage]`.
    pub storage: String,
    /// Where the service reaches it.
    pub endpoint: Endpoint,
    /// Where browsers do.
    pub public_endpoint: Endpoint,
    /// The region that is signed.
    pub region: String,
    /// The service's keys.
    pub credentials: Credentials,
    /// The name of its profile.
    pub profile: String,
    /// The bucket.
    pub bucket: BucketName,
    /// What pages will send there, each once.
    pub requests: Vec<PageRequest>,
    /// What presets cannot go without.
    pub features: Vec<(Feature, String)>,
}

/// A request of a page, as far as CORS rules decide on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// `PUT` or `POST`.
    pub method: &'static str,
    /// Names of the headers, in lower case, sorted.
    pub headers: Vec<String>,
    /// The preset that it is of.
    pub preset: String,
}

/// Something that a storage may not offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Forms with a policy.
    Post,
    /// Uploads in parts.
    Multipart,
    /// The header `x-amz-acl`.
    Acl,
    /// Objects that anybody may read.
    PublicRead,
    /// `If-None-Match: *` on a PUT.
    SingleUsePut,
    /// The same on the completion of parts.
    SingleUseComplete,
    /// A checksum that is compared.
    Checksum(Algorithm),
}

impl Settings {
    /// What presets want, for each bucket of each storage, in the order of the presets.
    pub fn wants(&self) -> Vec<Wants> {
        let mut all: Vec<Wants> = Vec::new();
        for preset in self.presets.iter() {
            let storage = &self.storages[preset.storage];
            let known = all
                .iter_mut()
                .find(|wants| wants.storage == storage.name && wants.bucket == preset.bucket);
            match known {
                Some(wants) => wants.add(preset),
                None => {
                    let mut wants = Wants::none(storage, &preset.bucket);
                    wants.add(preset);
                    all.push(wants);
                }
            }
        }
        all
    }

    /// Origins of pages that may call the service, as they are written: one may hold a `*`.
    pub fn page_origins(&self) -> &[String] {
        self.cors.origins()
    }

    /// Whether a running service removes uploads in parts that were given up.
    pub fn is_swept(&self) -> bool {
        self.sweep_every_s.is_some()
    }
}

impl Wants {
    fn none(storage: &StorageSettings, bucket: &BucketName) -> Self {
        Self {
            storage: storage.name.clone(),
            endpoint: storage.endpoint.clone(),
            public_endpoint: storage.public_endpoint.clone(),
            region: storage.region.clone(),
            credentials: storage.keys.credentials(),
            profile: storage.profile.name.clone(),
            bucket: bucket.clone(),
            requests: Vec::new(),
            features: Vec::new(),
        }
    }

    fn add(&mut self, preset: &Preset) {
        let modes = [preset.size_bytes_min, preset.size_bytes_max].map(|bytes| preset.mode(bytes));
        for mode in modes {
            let request = PageRequest {
                method: if mode == Mode::Post { "POST" } else { "PUT" },
                headers: headers(preset, mode),
                preset: preset.name.clone(),
            };
            let is_new = |known: &PageRequest| {
                known.method != request.method || known.headers != request.headers
            };
            if self.requests.iter().all(is_new) {
                self.requests.push(request);
            }
            for feature in features(preset, mode) {
                if self.features.iter().all(|(known, _)| *known != feature) {
                    self.features.push((feature, preset.name.clone()));
                }
            }
        }
    }
}

/// The headers that a page sends with the bytes: those that [`crate::issue`] signs.
fn headers(preset: &Preset, mode: Mode) -> Vec<String> {
    let checksum = preset.checksum.map(Algorithm::header);
    let names: BTreeSet<String> = match mode {
        // Its fields are in its body.
        Mode::Post => BTreeSet::new(),
        Mode::Multipart { .. } => checksum.into_iter().map(str::to_owned).collect(),
        Mode::Put => {
            let fixed = [
                Some("content-type"),
                preset.acl.map(|_| "x-amz-acl"),
                preset.cache_control.as_ref().map(|_| "cache-control"),
                preset
                    .content_disposition
                    .as_ref()
                    .map(|_| "content-disposition"),
                preset.single_use.then_some("if-none-match"),
                checksum,
            ];
            let metadata = preset
                .metadata
                .iter()
                .map(|name| format!("x-amz-meta-{name}"));
            fixed
                .into_iter()
                .flatten()
                .map(str::to_owned)
                .chain(metadata)
                .collect()
        }
    };
    names.into_iter().collect()
}

fn features(preset: &Preset, mode: Mode) -> Vec<Feature> {
    let of_mode = match mode {
        Mode::Put => preset.single_use.then_some(Feature::SingleUsePut),
        Mode::Post => Some(Feature::Post),
        Mode::Multipart { .. } => Some(Feature::Multipart),
    };
    let in_parts = matches!(mode, Mode::Multipart { .. }) && preset.single_use;
    [
        of_mode,
        in_parts.then_some(Feature::SingleUseComplete),
        preset.acl.map(|_| Feature::Acl),
        preset.is_public().then_some(Feature::PublicRead),
        preset.checksum.map(Feature::Checksum),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::settings::Given;

    use super::*;

    #[test]
    fn of_presets() {
        let text = r#"
            [storage]
            endpoint = "https://s3.example"
            region = "us-east-1"
            accessKey = "key"
            secretKey = "secret"
            [presets.photo]
            bucket = "one"
            key = "{uuid}"
            accept = ["image/*"]
            maxSize = "1 GiB"
            acl = "public-read"
            singleUse = true
            checksum = "crc32"
            metadata = ["album"]
            [presets.form]
            bucket = "one"
            key = "f/{uuid}"
            accept = ["image/*"]
            maxSize = "1 MiB"
            mode = "post"
            [presets.other]
            bucket = "two"
            key = "{uuid}"
            accept = ["image/*"]
            maxSize = "1 MiB"
        "#;
        let settings = Config::parse(text)
            .unwrap()
            .check(Given::default())
            .unwrap();
        let wants = settings.wants();
        let told: Vec<_> = wants
            .iter()
            .flat_map(|wants| wants.requests.iter().map(move |request| (wants, request)))
            .map(|(wants, request)| {
                format!(
                    "{} {}: {} {}",
                    wants.bucket,
                    request.preset,
                    request.method,
                    request.headers.join(",")
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "one photo: PUT content-type,if-none-match,x-amz-acl,x-amz-checksum-crc32,x-amz-meta-album",
                "one photo: PUT x-amz-checksum-crc32",
                "one form: POST ",
                "two other: PUT content-type",
            ]
        );
        let features: Vec<Feature> = wants[0]
            .features
            .iter()
            .map(|(feature, _)| *feature)
            .collect();
        assert_eq!(
            features,
            [
                Feature::SingleUsePut,
                Feature::Acl,
                Feature::PublicRead,
                Feature::Checksum(Algorithm::Crc32),
                Feature::Multipart,
                Feature::SingleUseComplete,
                Feature::Post,
            ]
        );
        assert!(wants[1].features.is_empty());
        assert!(settings.is_swept() && settings.page_origins().is_empty());
    }
}
