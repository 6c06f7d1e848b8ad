//! What a step of the walk found.

use serde::Serialize;

/// The steps, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// A name that resolves, and a port where an S3 server answers.
    Address,
    /// A certificate that browsers take.
    Tls,
    /// This machine's clock and the storage's.
    Clock,
    /// The access key is known, and its secret is right.
    Credentials,
    /// The region of the signatures.
    Region,
    /// The bucket is there.
    Bucket,
    /// A signature that is wrong is refused.
    Signature,
    /// The bucket in the path.
    PathStyle,
    /// The bucket in the host.
    VirtualHost,
    /// Internal and public address lead to one storage.
    Public,
    /// What the key may do in the bucket.
    Permissions,
    /// The bucket's CORS rules.
    CorsRules,
    /// A preflight, of one origin and one request of a page.
    CorsPreflight,
    /// The answer to an upload may be read by the page.
    CorsAnswer,
    /// The page may see the `ETag`.
    CorsEtag,
    /// The page may see why it was refused.
    CorsErrors,
    /// A presigned PUT.
    Put,
    /// Another content type than the signed one is refused.
    PutType,
    /// Another length than the signed one is refused.
    PutLength,
    /// What was signed ends at its time.
    Expiry,
    /// The header `x-amz-acl`.
    Acl,
    /// Anybody may read what was stored as public.
    PublicRead,
    /// Nobody may list, write or delete without a key.
    Anonymous,
    /// A form with a policy.
    Post,
    /// A form holds the range of sizes.
    PostRange,
    /// Parts with presigned URLs, put together.
    Multipart,
    /// An upload that is aborted is gone.
    MultipartAbort,
    /// `If-None-Match: *` on a PUT.
    SingleUsePut,
    /// `If-None-Match: *` on the completion of parts.
    SingleUseComplete,
    /// Parts with a checksum, put together by the storage's list.
    PartChecksums,
    /// CRC-32 is compared.
    ChecksumCrc32,
    /// CRC-32C is compared.
    ChecksumCrc32c,
    /// CRC-64/NVME is compared.
    ChecksumCrc64Nvme,
    /// SHA-1 is compared.
    ChecksumSha1,
    /// SHA-256 is compared.
    ChecksumSha256,
    /// A rule removes uploads in parts that were given up.
    Lifecycle,
    /// What an error tells a stranger.
    Disclosure,
}

/// Steps that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// The way there.
    Connection,
    /// Keys, region, bucket.
    Access,
    /// What browsers ask and see.
    Cors,
    /// One request, one file.
    Uploads,
    /// Several requests, one file.
    Parts,
    /// What is computed and compared.
    Checksums,
    /// What others may, and what remains.
    Exposure,
}

impl Check {
    /// Its stable name, `put-length`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.row().0
    }

    /// Its name for people, `Signed length`.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().1
    }

    /// Where it belongs.
    #[must_use]
    pub const fn group(self) -> Group {
        self.row().2
    }

    const fn row(self) -> (&'static str, &'static str, Group) {
        use Group::{Access, Checksums, Connection, Cors, Exposure, Parts, Uploads};
        match self {
            Self::Address => ("address", "Name and address", Connection),
            Self::Tls => ("tls", "TLS", Connection),
            Self::Clock => ("clock", "Clock", Connection),
            Self::Credentials => ("credentials", "Credentials", Access),
            Self::Region => ("region", "Region", Access),
            Self::Bucket => ("bucket", "Bucket", Access),
            Self::Signature => ("signature", "Signatures are checked", Access),
            Self::PathStyle => ("path-style", "Bucket in the path", Access),
            Self::VirtualHost => ("virtual-host", "Bucket in the host", Access),
            Self::Public => ("public", "Public address", Access),
            Self::Permissions => ("permissions", "What the key may do", Access),
            Self::CorsRules => ("cors-rules", "CORS rules", Cors),
            Self::CorsPreflight => ("cors-preflight", "Preflight", Cors),
            Self::CorsAnswer => ("cors-answer", "Answers can be read", Cors),
            Self::CorsEtag => ("cors-etag", "ETag is exposed", Cors),
            Self::CorsErrors => ("cors-errors", "Errors can be read", Cors),
            Self::Put => ("put", "Presigned PUT", Uploads),
            Self::PutType => ("put-type", "Signed content type", Uploads),
            Self::PutLength => ("put-length", "Signed length", Uploads),
            Self::Expiry => ("expiry", "Expiry", Uploads),
            Self::Acl => ("acl", "ACL", Exposure),
            Self::PublicRead => ("public-read", "Public objects", Exposure),
            Self::Anonymous => ("anonymous", "Strangers are refused", Exposure),
            Self::Post => ("post", "Form with a policy", Uploads),
            Self::PostRange => ("post-range", "Range of sizes in forms", Uploads),
            Self::Multipart => ("multipart", "Parts", Parts),
            Self::MultipartAbort => ("multipart-abort", "Abort", Parts),
            Self::SingleUsePut => ("single-use-put", "Single use of a PUT", Uploads),
            Self::SingleUseComplete => ("single-use-complete", "Single use of a completion", Parts),
            Self::PartChecksums => ("part-checksums", "Parts with a checksum", Parts),
            Self::ChecksumCrc32 => ("checksum-crc32", "CRC32", Checksums),
            Self::ChecksumCrc32c => ("checksum-crc32c", "CRC32C", Checksums),
            Self::ChecksumCrc64Nvme => ("checksum-crc64nvme", "CRC64NVME", Checksums),
            Self::ChecksumSha1 => ("checksum-sha1", "SHA-1", Checksums),
            Self::ChecksumSha256 => ("checksum-sha256", "SHA-256", Checksums),
            Self::Lifecycle => ("lifecycle", "Rule for parts given up", Parts),
            Self::Disclosure => ("disclosure", "What errors tell", Exposure),
        }
    }
}

impl Group {
    /// Its name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Connection => "The way there",
            Self::Access => "Keys and bucket",
            Self::Cors => "CORS",
            Self::Uploads => "Uploads in one piece",
            Self::Parts => "Uploads in parts",
            Self::Checksums => "Checksums",
            Self::Exposure => "What others may",
        }
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It holds.
    Yes,
    /// It does not, and somebody has to change something.
    No,
    /// The storage does not have this, and uploads do without it.
    NotOffered,
    /// It was not tried; the detail says why.
    Skipped,
}

/// Why a step does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Stable, to branch on.
    pub code: &'static str,
    /// One line for people.
    pub text: String,
}

/// What a step found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The step.
    pub check: Check,
    /// What it was about, where a step is made more than once: `https://app.example, PUT`.
    pub about: Option<String>,
    /// How it ended.
    pub answer: Answer,
    /// What was seen.
    pub detail: String,
    /// Of a no: why.
    pub cause: Option<Cause>,
    /// Of a no: what to change, as a command or a configuration to paste.
    pub fix: Option<String>,
}

impl Finding {
    /// It holds.
    pub(crate) fn yes(check: Check, detail: impl Into<String>) -> Self {
        Self {
            check,
            about: None,
            answer: Answer::Yes,
            detail: detail.into(),
            cause: None,
            fix: None,
        }
    }

    /// It does not: what was seen, why, and what to change.
    pub(crate) fn no(check: Check, detail: impl Into<String>, because: Because) -> Self {
        Self {
            answer: Answer::No,
            cause: Some(Cause {
                code: because.code,
                text: because.text,
            }),
            fix: Some(because.fix),
            ..Self::yes(check, detail)
        }
    }

    /// The storage does not have it.
    pub(crate) fn not_offered(check: Check, detail: impl Into<String>) -> Self {
        Self {
            answer: Answer::NotOffered,
            ..Self::yes(check, detail)
        }
    }

    /// It was not tried.
    pub(crate) fn skipped(check: Check, why: impl Into<String>) -> Self {
        Self {
            answer: Answer::Skipped,
            ..Self::yes(check, why)
        }
    }

    /// The same, of this origin or request.
    #[must_use]
    pub(crate) fn about(self, about: impl Into<String>) -> Self {
        Self {
            about: Some(about.into()),
            ..self
        }
    }
}

/// A cause and what to do about it.
#[derive(Clone, Debug)]
pub(crate) struct Because {
    pub(crate) code: &'static str,
    pub(crate) text: String,
    pub(crate) fix: String,
}

/// Names a cause.
pub(crate) fn because(
    code: &'static str,
    text: impl Into<String>,
    fix: impl Into<String>,
) -> Because {
    Because {
        code,
        text: text.into(),
        fix: fix.into(),
    }
}
