//! How the bytes of an upload travel: one PUT, one form, or parts; by the preset and the size.

use crate::config::{ModeConfig, PresetConfig};
use crate::limits::{
    MULTIPART_ABOVE_BYTES_DEFAULT, MULTIPART_BYTES_MAX, PART_BYTES_DEFAULT, PART_BYTES_MIN,
    PARTS_MAX, PUT_BYTES_MAX,
};
use crate::profile::Profile;

/// The way of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One PUT to a presigned URL.
    Put,
    /// One form with a policy.
    Post,
    /// Parts of this size, the last one smaller or equal.
    Multipart {
        /// Bytes of all parts but the last.
        part_bytes: u64,
    },
}

impl Mode {
    /// The name in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Post => "post",
            Self::Multipart { .. } => "multipart",
        }
    }
}

/// The ways that a preset knows.
#[derive(Clone, Debug)]
pub(crate) struct Modes {
    /// For files up to `multipart_above_bytes`.
    small: Option<Mode>,
    multipart_above_bytes: u64,
    part_bytes: Option<u64>,
}

impl Modes {
    pub(super) fn check(
        config: &PresetConfig,
        size_bytes_max: u64,
        profile: &Profile,
    ) -> Result<Self, (&'static str, String)> {
        let small = match config.mode {
            ModeConfig::Put => Some(Mode::Put),
            ModeConfig::Post => Some(Mode::Post),
            ModeConfig::Multipart => None,
            // A form's range holds where a signed length does not, but it has no condition.
            ModeConfig::Auto if !profile.signed_length && profile.post && !config.single_use => {
                Some(Mode::Post)
            }
            ModeConfig::Auto => Some(Mode::Put),
        };
        let multipart = match config.mode {
            ModeConfig::Put | ModeConfig::Post => false,
            ModeConfig::Multipart => true,
            ModeConfig::Auto => auto_takes_parts(config, size_bytes_max, profile),
        };
        if small == Some(Mode::Post) && !profile.post {
            let message =
                profile.takes_no("forms (POST object)", "take `put`, which signs the length");
            return Err(("mode", message));
        }
        check_size(config, size_bytes_max, multipart)?;
        check_single_use(config, small, multipart, profile)?;
        if multipart && config.checksum.is_some() && !profile.part_checksums {
            let what = "completion of parts with a checksum by the list of them";
            let message = profile.takes_no(what, "leave it out or take `mode = \"put\"`");
            return Err(("checksum", message));
        }
        let above = config.multipart_above.map(|size| size.0);
        let above = match config.mode {
            ModeConfig::Auto if !multipart => u64::MAX,
            ModeConfig::Auto => above
                .unwrap_or(MULTIPART_ABOVE_BYTES_DEFAULT)
                .min(PUT_BYTES_MAX),
            ModeConfig::Multipart => 0,
            ModeConfig::Put | ModeConfig::Post => u64::MAX,
        };
        let part_bytes = config.part_size.map(|size| size.0);
        if part_bytes.is_some_and(|bytes| !(PART_BYTES_MIN..=PUT_BYTES_MAX).contains(&bytes)) {
            return Err((
                "partSize",
                "must be 5 MiB to 5 GiB; S3 takes no other parts".to_owned(),
            ));
        }
        Ok(Self {
            small,
            multipart_above_bytes: above,
            part_bytes,
        })
    }

    /// An empty file has no part, so it never travels in parts.
    pub(super) fn of(&self, size_bytes: u64) -> Mode {
        match self.small {
            Some(mode) if size_bytes <= self.multipart_above_bytes => mode,
            None if size_bytes == 0 => Mode::Put,
            _ => Mode::Multipart {
                part_bytes: part_bytes(size_bytes, self.part_bytes),
            },
        }
    }
}

/// Parts as asked, but large enough that S3's 10,000 suffice, in whole MiB.
pub(crate) fn part_bytes(size_bytes: u64, asked: Option<u64>) -> u64 {
    const MIB: u64 = 1024 * 1024;
    let least = size_bytes.div_ceil(PARTS_MAX).div_ceil(MIB) * MIB;
    asked.unwrap_or(PART_BYTES_DEFAULT).max(least)
}

/// Where a storage does not hold `singleUse` for parts, one PUT does for all that it can carry, unless parts were asked
/// for.
fn auto_takes_parts(config: &PresetConfig, size_bytes_max: u64, profile: &Profile) -> bool {
    let held = (!config.single_use || profile.single_use_complete)
        && (config.checksum.is_none() || profile.part_checksums);
    let asked = config.multipart_above.is_some() || config.part_size.is_some();
    held || asked || size_bytes_max > PUT_BYTES_MAX
}

fn check_size(
    config: &PresetConfig,
    size_bytes_max: u64,
    multipart: bool,
) -> Result<(), (&'static str, String)> {
    let (most, shown, how) = match (multipart, config.mode) {
        (true, _) => (MULTIPART_BYTES_MAX, "5 TiB", "an upload in parts"),
        (false, ModeConfig::Post) => (PUT_BYTES_MAX, "5 GiB", "one form"),
        (false, _) => (PUT_BYTES_MAX, "5 GiB", "one PUT"),
    };
    if size_bytes_max > most {
        let more = if multipart {
            ""
        } else {
            "; `mode = \"auto\"` sends larger files in parts"
        };
        let message = format!(
            "is {size_bytes_max} bytes; {how} carries at most {shown} ({most} bytes) on S3{more}"
        );
        return Err(("maxSize", message));
    }
    if !matches!(config.mode, ModeConfig::Auto) && config.multipart_above.is_some() {
        let message = "says from which size on there are parts, which only `mode = \"auto\"` asks";
        return Err(("multipartAbove", message.to_owned()));
    }
    if !multipart && config.part_size.is_some() {
        let message = "has no use without parts: take `mode = \"multipart\"` or `\"auto\"`";
        return Err(("partSize", message.to_owned()));
    }
    Ok(())
}

fn check_single_use(
    config: &PresetConfig,
    small: Option<Mode>,
    multipart: bool,
    profile: &Profile,
) -> Result<(), (&'static str, String)> {
    if !config.single_use {
        return Ok(());
    }
    let refuse = |message| Err(("singleUse", message));
    if small == Some(Mode::Post) {
        let message = "cannot be held: a form has no condition on what is stored already; take `mode = \"put\"`";
        return refuse(message.to_owned());
    }
    if small == Some(Mode::Put) && !profile.single_use_put {
        return refuse(profile.takes_no("`If-None-Match: *` on a PUT", "leave it out"));
    }
    if multipart && !profile.single_use_complete {
        let what = "`If-None-Match: *` where an upload in parts is completed";
        return refuse(profile.takes_no(what, "leave it out or take `mode = \"put\"`"));
    }
    Ok(())
}
