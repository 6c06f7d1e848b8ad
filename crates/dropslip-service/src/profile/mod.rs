//! What each kind of storage takes, so that a preset which its storage cannot hold is refused at start.
//!
//! From runs of `dropslip doctor` against those that can be had, which a test holds (`tests/storages/`), and from the
//! providers' own documents, see `docs/reference/storages.md`. Where neither says that something works, it counts as not offered: a limit that the storage passes over in silence is no limit. Each
//! answer can be changed by `[storage.can]`. A storage of unknown kind is taken to do all, as AWS does.

mod made;
mod table;

use dropslip_s3::checksum::Algorithm;

use crate::config::CanConfig;
use made::Made;
use table::{HOSTS, ROWS, Row};

/// What one storage takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name in `dropslip.toml`, or the one that its file gives.
    pub name: String,
    /// Forms with a policy (POST object).
    pub post: bool,
    /// The header `x-amz-acl`.
    pub acl: bool,
    /// `If-None-Match: *` on a PUT.
    pub single_use_put: bool,
    /// `If-None-Match: *` on the completion of a multipart upload.
    pub single_use_complete: bool,
    /// A body of another length than a signed `content-length` is refused.
    pub signed_length: bool,
    /// Checksums that it computes and compares.
    pub checksums: Vec<Algorithm>,
    /// Parts with a checksum can be put together by the storage's list of them.
    pub part_checksums: bool,
    /// All parts but the last have to be of one size.
    pub equal_parts: bool,
}

use Algorithm::{Crc32, Crc32c, Crc64Nvme, Sha256};

/// Those that the service signs; SHA-1 and MD5 are no use against anyone who means harm.
pub const CHECKSUMS: &[Algorithm] = &[Sha256, Crc32, Crc32c, Crc64Nvme];

impl Profile {
    /// What `storage.profile` says: a name, or the text of a file that `dropslip doctor` wrote.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        match Made::is_in(text) {
            true => Made::parse(text)?.profile(),
            false => Self::named(text),
        }
    }

    /// The profile of that name, or the list of names.
    pub fn named(name: &str) -> Result<Self, String> {
        ROWS.iter()
            .find(|row| row.name == name)
            .map(Self::of)
            .ok_or_else(|| {
                let names: Vec<_> = Self::names().map(|name| format!("`{name}`")).collect();
                let name = name.escape_debug();
                format!("is `{name}`, and there are {}", names.join(", "))
            })
    }

    /// The names that [`Profile::named`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ROWS.iter().map(|row| row.name)
    }

    /// The profile that an endpoint's origin shows, `generic` if it shows none.
    pub fn of_origin(origin: &str) -> Self {
        let host = origin.split("://").last().unwrap_or(origin);
        let host = host.split(':').next().unwrap_or(host);
        let name = HOSTS
            .iter()
            .find(|(end, _)| host.ends_with(end))
            .map_or("generic", |(_, name)| name);
        Self::named(name).expect("the table of hosts names rows of the table of profiles")
    }

    fn of(row: &Row) -> Self {
        Self {
            name: row.name.to_owned(),
            post: row.post,
            acl: row.acl,
            single_use_put: row.single_use_put,
            single_use_complete: row.single_use_complete,
            signed_length: row.signed_length,
            checksums: row.checksums.to_vec(),
            part_checksums: row.part_checksums,
            equal_parts: row.equal_parts,
        }
    }

    /// Words for what a preset asks in vain.
    pub(crate) fn takes_no(&self, what: &str, instead: &str) -> String {
        let name = self.name.escape_debug();
        format!(
            "cannot be held: storages of the profile `{name}` take no {what}; {instead}, or say in `storage.can` that \
             yours does"
        )
    }

    /// The same with what the configuration says otherwise.
    pub(crate) fn with(mut self, can: &CanConfig) -> Result<Self, String> {
        self.post = can.post.unwrap_or(self.post);
        self.acl = can.acl.unwrap_or(self.acl);
        self.single_use_put = can.single_use_put.unwrap_or(self.single_use_put);
        self.single_use_complete = can.single_use_complete.unwrap_or(self.single_use_complete);
        self.signed_length = can.signed_length.unwrap_or(self.signed_length);
        self.part_checksums = can.part_checksums.unwrap_or(self.part_checksums);
        self.equal_parts = can.equal_parts.unwrap_or(self.equal_parts);
        if let Some(names) = &can.checksums {
            self.checksums = names
                .iter()
                .map(|name| checksum_named(name))
                .collect::<Result<_, _>>()?;
        }
        Ok(self)
    }
}

/// The name of a checksum as presets, callers and answers write it.
pub fn checksum_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Crc32 => "crc32",
        Crc32c => "crc32c",
        Crc64Nvme => "crc64nvme",
        Algorithm::Sha1 => "sha1",
        Sha256 => "sha256",
    }
}

/// The checksum of that name, as presets and callers write it: `sha256`, `crc32`, `crc32c`, `crc64nvme`.
pub fn checksum_named(name: &str) -> Result<Algorithm, String> {
    CHECKSUMS
        .iter()
        .find(|algorithm| checksum_name(**algorithm).eq_ignore_ascii_case(name))
        .copied()
        .ok_or_else(|| {
            let names: Vec<_> = CHECKSUMS
                .iter()
                .map(|algorithm| format!("`{}`", checksum_name(*algorithm)))
                .collect();
            let name = name.escape_debug();
            format!("is `{name}`, and there are {}", names.join(", "))
        })
}
