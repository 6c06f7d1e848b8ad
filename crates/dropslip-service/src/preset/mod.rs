//! Presets: the kinds of upload that the application allows, checked once at start.
//!
//! A [`Preset`] can only be made from a configuration that holds together, so no call fails later for what could have
//! been known before the first one.

mod mode;

use dropslip_s3::checksum::Algorithm;
use dropslip_s3::{BucketName, CannedAcl};

use crate::config::{ConfigError, Named, PresetConfig, Size, Unfinished};
use crate::key_template::KeyTemplate;
use crate::limits::{
    EXPIRES_S_DEFAULT, EXPIRES_S_MAX, EXPIRES_S_MIN, HEADER_VALUE_BYTES_MAX, METADATA_NAMES_MAX,
    PRESET_NAME_BYTES_MAX,
};
use crate::media_type::TypePattern;
use crate::profile::{Profile, checksum_name, checksum_named};
use crate::settings::{DEFAULT_STORAGE, StorageSettings};

pub use mode::Mode;
use mode::Modes;
pub(crate) use mode::part_bytes;

/// One kind of upload.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Preset {
    /// The name by which callers ask for it.
    pub name: String,
    /// The storage that has its bucket, by its place among the settings' storages.
    pub(crate) storage: usize,
    /// Where its objects go.
    pub bucket: BucketName,
    /// How their keys are made.
    pub key: KeyTemplate,
    /// The content types that it takes.
    pub accept: Vec<TypePattern>,
    /// The smallest size that it takes.
    pub size_bytes_min: u64,
    /// The largest size that it takes.
    pub size_bytes_max: u64,
    /// How long its presigned URLs live.
    pub expires_s: u32,
    /// The ACL of its objects. None and `private` send no header: private is what S3 does by itself, and buckets whose
    /// owner has switched ACLs off refuse the header.
    pub acl: Option<CannedAcl>,
    /// `cache-control`, signed into the PUT and stored with the object.
    pub cache_control: Option<String>,
    /// `content-disposition`, likewise.
    pub content_disposition: Option<String>,
    /// How the bytes travel, by their number.
    pub(crate) modes: Modes,
    /// Whether the storage takes only one object under the key (`If-None-Match: *`).
    pub single_use: bool,
    /// The checksum that callers have to give and the storage holds the bytes against.
    pub checksum: Option<Algorithm>,
    /// Whether the first bytes are held against the type.
    pub verify: bool,
    /// The names of metadata that callers may set, in lower case.
    pub metadata: Vec<String>,
    /// What becomes of a file that arrived and was never completed.
    pub unfinished: Unfinished,
}

impl Preset {
    /// Whether anybody may read its objects.
    pub fn is_public(&self) -> bool {
        self.acl.is_some_and(CannedAcl::is_public_read)
    }

    /// The mode in which a file of this size travels.
    pub fn mode(&self, size_bytes: u64) -> Mode {
        self.modes.of(size_bytes)
    }

    fn check(name: String, config: PresetConfig, among: &Among<'_>) -> Result<Self, ConfigError> {
        check_name(&name)?;
        let wrong = |field: &str, message: String| ConfigError::preset(&name, field, message);
        let missing = |field: &str| ConfigError::preset(&name, field, "is missing");
        let storage = among
            .find(config.storage.as_deref())
            .map_err(|e| wrong("storage", e))?;
        let profile = &among.storages[storage].profile;
        let bucket = config.bucket.as_ref().ok_or_else(|| missing("bucket"))?;
        let bucket = BucketName::parse(bucket)
            .map_err(|e| wrong("bucket", format!("is `{bucket}`: {e}")))?;
        let key = config.key.as_ref().ok_or_else(|| missing("key"))?;
        let key = KeyTemplate::parse(key, among.said).map_err(|e| wrong("key", e))?;
        let (size_bytes_min, size_bytes_max) =
            check_sizes(&name, config.min_size, config.max_size)?;
        let modes = Modes::check(&config, size_bytes_max, profile)
            .map_err(|(field, message)| wrong(field, message))?;
        let checksum = check_checksum(config.checksum.as_deref(), profile)
            .map_err(|e| wrong("checksum", e))?;
        let expires_s =
            check_expires(config.expires.as_deref()).map_err(|e| wrong("expires", e))?;
        let acl = config.acl.map(|acl| acl.parse::<CannedAcl>()).transpose();
        let acl = acl.map_err(|e| wrong("acl", format!("is wrong: {e}")))?;
        let acl = acl.filter(|acl| *acl != CannedAcl::Private);
        if acl.is_some() && !profile.acl {
            return Err(wrong("acl", profile.takes_no("ACLs", "leave it out")));
        }
        let metadata = check_metadata(config.metadata).map_err(|e| wrong("metadata", e))?;
        let header = |field: &str, value: Option<String>| match value {
            Some(value) if !is_header_value(&value) => Err(wrong(
                field,
                format!("must be 1 to {HEADER_VALUE_BYTES_MAX} visible ASCII characters"),
            )),
            value => Ok(value),
        };
        Ok(Self {
            accept: check_accept(&name, config.accept)?,
            cache_control: header("cacheControl", config.cache_control)?,
            content_disposition: header("contentDisposition", config.content_disposition)?,
            bucket,
            key,
            size_bytes_min,
            size_bytes_max,
            expires_s,
            acl,
            storage,
            modes,
            single_use: config.single_use,
            checksum,
            verify: config.verify,
            metadata,
            unfinished: config.unfinished,
            name,
        })
    }
}

/// What presets may refer to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Among<'a> {
    /// The storages, the one without a name first.
    pub(crate) storages: &'a [StorageSettings],
    /// The names that the authorization gives to key templates.
    pub(crate) said: &'a [String],
}

impl Among<'_> {
    fn find(&self, name: Option<&str>) -> Result<usize, String> {
        let names = || {
            let names = self
                .storages
                .iter()
                .map(|storage| format!("`{}`", storage.name));
            names.collect::<Vec<_>>().join(", ")
        };
        let Some(name) = name else {
            return match self.storages {
                [] => Err("names none, and there is no storage".to_owned()),
                [only] if only.name != DEFAULT_STORAGE => Ok(0),
                [first, ..] if first.name == DEFAULT_STORAGE => Ok(0),
                _ => Err(format!("is missing; there are {}", names())),
            };
        };
        let found = self
            .storages
            .iter()
            .position(|storage| storage.name == name);
        found.ok_or_else(|| format!("is `{}`, and there are {}", name.escape_debug(), names()))
    }
}

/// All presets, in the order of the configuration; at least one.
#[derive(Clone, Debug)]
pub struct Presets(Vec<Preset>);

impl Presets {
    pub(crate) fn check(
        config: Named<PresetConfig>,
        among: &Among<'_>,
    ) -> Result<Self, ConfigError> {
        if config.0.is_empty() {
            return Err(ConfigError::presets(
                "is empty; without a preset no upload is possible",
            ));
        }
        config
            .0
            .into_iter()
            .map(|(name, preset)| Preset::check(name, preset, among))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The preset of that name.
    pub fn find(&self, name: &str) -> Option<&Preset> {
        self.0.iter().find(|preset| preset.name == name)
    }

    /// All of them in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Preset> {
        self.0.iter()
    }
}

/// Whether it may name a preset or a storage: it stands in tokens, in addresses and in the labels of metrics.
pub(crate) fn is_plain_name(name: &str) -> bool {
    (1..=PRESET_NAME_BYTES_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn check_name(name: &str) -> Result<(), ConfigError> {
    if is_plain_name(name) {
        return Ok(());
    }
    let rule = format!(
        "is no name for a preset: 1 to {PRESET_NAME_BYTES_MAX} letters, digits, `-` and `_`"
    );
    Err(ConfigError::presets(format!(
        "has `{}`, which {rule}",
        name.escape_debug()
    )))
}

fn check_accept(
    preset: &str,
    accept: Option<Vec<String>>,
) -> Result<Vec<TypePattern>, ConfigError> {
    let wrong = |message: String| ConfigError::preset(preset, "accept", message);
    let accept =
        accept.ok_or_else(|| wrong("is missing; to take any type, write [\"*/*\"]".to_owned()))?;
    if accept.is_empty() {
        return Err(wrong(
            "is empty; to take any type, write [\"*/*\"]".to_owned(),
        ));
    }
    let pattern = |text: &String| {
        TypePattern::parse(text)
            .map_err(|e| wrong(format!("has `{}`, which {e}", text.escape_debug())))
    };
    accept.iter().map(pattern).collect()
}

fn check_sizes(
    preset: &str,
    min: Option<Size>,
    max: Option<Size>,
) -> Result<(u64, u64), ConfigError> {
    let missing = "is missing; a preset without a limit would let anyone fill the bucket";
    let max = max
        .ok_or_else(|| ConfigError::preset(preset, "maxSize", missing))?
        .0;
    let min = min.map_or(0, |min| min.0);
    if min > max {
        let message = format!("is {min} bytes, more than `maxSize`, which is {max}");
        return Err(ConfigError::preset(preset, "minSize", message));
    }
    Ok((min, max))
}

fn check_checksum(name: Option<&str>, profile: &Profile) -> Result<Option<Algorithm>, String> {
    let Some(algorithm) = name.map(checksum_named).transpose()? else {
        return Ok(None);
    };
    if profile.checksums.contains(&algorithm) {
        return Ok(Some(algorithm));
    }
    let taken = profile.checksums.iter();
    let taken: Vec<_> = taken.map(|taken| checksum_name(*taken)).collect();
    let what = format!("the checksum {}", checksum_name(algorithm));
    let instead = match &taken[..] {
        [] => "leave it out".to_owned(),
        taken => format!("take one of {}", taken.join(", ")),
    };
    Err(profile.takes_no(&what, &instead))
}

fn check_metadata(names: Vec<String>) -> Result<Vec<String>, String> {
    if names.len() > METADATA_NAMES_MAX {
        return Err(format!("has more than {METADATA_NAMES_MAX} names"));
    }
    let fits = |name: &String| {
        (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    match names.iter().find(|name| !fits(name)) {
        Some(wrong) => Err(format!(
            "has `{}`; a name is 1 to 64 lower-case letters, digits and `-`, without `x-amz-meta-`",
            wrong.escape_debug()
        )),
        None => Ok(names),
    }
}

fn check_expires(expires: Option<&str>) -> Result<u32, String> {
    let Some(text) = expires else {
        return Ok(EXPIRES_S_DEFAULT);
    };
    let duration = humantime::parse_duration(text).map_err(|e| {
        format!(
            "is `{}`, not a duration such as `15m`: {e}",
            text.escape_debug()
        )
    })?;
    match u32::try_from(duration.as_secs()) {
        Ok(s @ EXPIRES_S_MIN..=EXPIRES_S_MAX) if duration.subsec_nanos() == 0 => Ok(s),
        _ => Err(format!(
            "is `{text}`; S3 takes whole seconds from `1s` to `7d`"
        )),
    }
}

fn is_header_value(text: &str) -> bool {
    (1..=HEADER_VALUE_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|b| (b' '..=b'~').contains(&b))
        && text.trim() == text
}
