//! All findings, and what follows from them.

use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};

use dropslip_s3::checksum::Algorithm;

use crate::finding::{Answer, Check, Finding};

/// What a walk found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order of the steps.
    pub checks: Vec<Finding>,
    /// What the storage takes, as the service's profiles say it.
    pub can: Can,
    /// How many steps ended how.
    pub summary: Summary,
}

/// What a storage takes: what `storage.can` of a service's configuration says. What was not tried is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Can {
    /// Forms with a policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post: Option<bool>,
    /// The header `x-amz-acl`, with effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<bool>,
    /// `If-None-Match: *` on a PUT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub single_use_put: Option<bool>,
    /// The same on the completion of parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub single_use_complete: Option<bool>,
    /// Another length than the signed one is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_length: Option<bool>,
    /// Parts with a checksum can be put together by the storage's list of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_checksums: Option<bool>,
    /// Checksums that it compares, of those that presets can ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksums: Option<Vec<&'static str>>,
}

/// How many steps ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// They hold.
    pub yes: usize,
    /// They do not.
    pub no: usize,
    /// The storage does not have them.
    pub not_offered: usize,
    /// They were not tried.
    pub skipped: usize,
}

impl Report {
    /// Puts findings in order and counts them.
    pub(crate) fn of(mut checks: Vec<Finding>) -> Self {
        checks.sort_by_key(|finding| (finding.check.group() as u8, finding.check));
        let mut summary = Summary::default();
        for finding in &checks {
            *match finding.answer {
                Answer::Yes => &mut summary.yes,
                Answer::No => &mut summary.no,
                Answer::NotOffered => &mut summary.not_offered,
                Answer::Skipped => &mut summary.skipped,
            } += 1;
        }
        Self {
            can: Can::of(&checks),
            checks,
            summary,
        }
    }

    /// Whether uploads could be tried at all.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.of_check(Check::Put)
            .is_some_and(|finding| finding.answer != Answer::Skipped)
    }

    /// The first finding of a step.
    #[must_use]
    pub fn of_check(&self, check: Check) -> Option<&Finding> {
        self.checks.iter().find(|finding| finding.check == check)
    }
}

impl Can {
    fn of(findings: &[Finding]) -> Self {
        let can = |check: Check| {
            let finding = findings.iter().find(|finding| finding.check == check)?;
            match finding.answer {
                Answer::Yes => Some(true),
                Answer::No | Answer::NotOffered => Some(false),
                Answer::Skipped => None,
            }
        };
        let checksums = [
            (Algorithm::Sha256, Check::ChecksumSha256, "sha256"),
            (Algorithm::Crc32, Check::ChecksumCrc32, "crc32"),
            (Algorithm::Crc32c, Check::ChecksumCrc32c, "crc32c"),
            (Algorithm::Crc64Nvme, Check::ChecksumCrc64Nvme, "crc64nvme"),
        ];
        let was_tried = checksums.iter().any(|(_, check, _)| can(*check).is_some());
        let taken = checksums
            .iter()
            .filter(|(_, check, _)| can(*check) == Some(true))
            .map(|(_, _, name)| *name);
        Self {
            post: can(Check::Post)
                .zip(can(Check::PostRange).or(Some(false)))
                .map(|(takes, holds)| takes && holds),
            acl: can(Check::Acl),
            single_use_put: can(Check::SingleUsePut),
            single_use_complete: can(Check::SingleUseComplete),
            signed_length: can(Check::PutLength),
            part_checksums: can(Check::PartChecksums),
            checksums: was_tried.then(|| taken.collect()),
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Finding", 8)?;
        out.serialize_field("id", self.check.id())?;
        out.serialize_field("group", &self.check.group())?;
        out.serialize_field("title", self.check.title())?;
        out.serialize_field("about", &self.about)?;
        out.serialize_field("answer", &self.answer)?;
        out.serialize_field("detail", &self.detail)?;
        out.serialize_field("cause", &self.cause)?;
        out.serialize_field("fix", &self.fix)?;
        out.end()
    }
}
