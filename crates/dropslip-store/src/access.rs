//! What a caller may do: every operation asks here, before it reads or writes anything.
//!
//! The bucket's policy comes first, for a denial in it wins. Then come what belongs to the
//! owner, and the ACLs. A refusal knows its reason (`denial`), which programs on this
//! machine are told.

mod decide;
mod denial;
mod values;

pub(crate) use dropslip_s3::bucket_policy::Action;
use dropslip_s3::tags::Tags;
use dropslip_s3::{Code, ObjectKey};

use crate::error::{Error, Result};
use crate::index::ObjectRecord;
use crate::request::{Bucket, Request};
use crate::route::Operation;

impl Operation {
    /// The right that an operation needs.
    pub(crate) fn action(self) -> Action {
        use Action as A;
        match self {
            Self::ListBuckets => A::ListAllMyBuckets,
            Self::CreateBucket => A::CreateBucket,
            Self::HeadBucket | Self::ListObjects | Self::ListObjectsV2 => A::ListBucket,
            Self::DeleteBucket => A::DeleteBucket,
            Self::GetBucketLocation => A::GetBucketLocation,
            Self::PutBucketCors | Self::DeleteBucketCors => A::PutBucketCORS,
            Self::GetBucketCors => A::GetBucketCORS,
            Self::PutBucketVersioning => A::PutBucketVersioning,
            Self::GetBucketVersioning => A::GetBucketVersioning,
            Self::PutBucketTagging | Self::DeleteBucketTagging => A::PutBucketTagging,
            Self::GetBucketTagging => A::GetBucketTagging,
            Self::PutBucketAcl => A::PutBucketAcl,
            Self::GetBucketAcl => A::GetBucketAcl,
            Self::PutBucketPolicy => A::PutBucketPolicy,
            Self::GetBucketPolicy => A::GetBucketPolicy,
            Self::DeleteBucketPolicy => A::DeleteBucketPolicy,
            Self::GetBucketPolicyStatus => A::GetBucketPolicyStatus,
            Self::PutBucketOwnershipControls | Self::DeleteBucketOwnershipControls => {
                A::PutBucketOwnershipControls
            }
            Self::GetBucketOwnershipControls => A::GetBucketOwnershipControls,
            Self::PutPublicAccessBlock | Self::DeletePublicAccessBlock => {
                A::PutBucketPublicAccessBlock
            }
            Self::GetPublicAccessBlock => A::GetBucketPublicAccessBlock,
            Self::PutBucketLifecycle | Self::DeleteBucketLifecycle => A::PutLifecycleConfiguration,
            Self::GetBucketLifecycle => A::GetLifecycleConfiguration,
            Self::PutBucketNotification => A::PutBucketNotification,
            Self::GetBucketNotification => A::GetBucketNotification,
            Self::ListObjectVersions => A::ListBucketVersions,
            Self::ListMultipartUploads => A::ListBucketMultipartUploads,
            Self::DeleteObjects | Self::DeleteObject => A::DeleteObject,
            Self::PostObject
            | Self::PutObject
            | Self::CopyObject
            | Self::CreateMultipartUpload
            | Self::UploadPart
            | Self::UploadPartCopy
            | Self::CompleteMultipartUpload => A::PutObject,
            Self::GetObject | Self::HeadObject => A::GetObject,
            Self::GetObjectAttributes => A::GetObjectAttributes,
            Self::PutObjectTagging => A::PutObjectTagging,
            Self::GetObjectTagging => A::GetObjectTagging,
            Self::DeleteObjectTagging => A::DeleteObjectTagging,
            Self::PutObjectAcl => A::PutObjectAcl,
            Self::GetObjectAcl => A::GetObjectAcl,
            Self::AbortMultipartUpload => A::AbortMultipartUpload,
            Self::ListParts => A::ListMultipartUploadParts,
        }
    }
}

/// What it is to be done to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On<'a> {
    Service,
    Bucket(&'a Bucket),
    /// A key whose object plays no part or is not there.
    Key(&'a Bucket, &'a ObjectKey),
    Object(&'a Bucket, &'a ObjectKey, &'a ObjectRecord),
    /// An upload in parts, and the name of who began it.
    Upload(&'a Bucket, &'a ObjectKey, &'a str),
}

impl<'a> On<'a> {
    fn bucket(self) -> Option<&'a Bucket> {
        match self {
            Self::Service => None,
            Self::Bucket(bucket)
            | Self::Key(bucket, _)
            | Self::Object(bucket, ..)
            | Self::Upload(bucket, ..) => Some(bucket),
        }
    }

    fn key(self) -> Option<&'a ObjectKey> {
        match self {
            Self::Service | Self::Bucket(_) => None,
            Self::Key(_, key) | Self::Object(_, key, _) | Self::Upload(_, key, _) => Some(key),
        }
    }

    fn object(self) -> Option<&'a ObjectRecord> {
        match self {
            Self::Object(_, _, object) => Some(object),
            _ => None,
        }
    }
}

/// What conditions may ask of a request that does not stand in its headers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Beside<'a> {
    /// The tags that a body gives to an object.
    pub(crate) tags: Option<&'a Tags>,
    /// The version that is named, wherever that is: of what a copy is made of and of what is
    /// deleted with others it stands neither in the query nor is that of the query theirs.
    pub(crate) version: Option<&'a str>,
}

/// Lets a caller do something, or refuses it.
pub(crate) fn check(request: &Request, action: Action, on: On<'_>) -> Result<()> {
    check_with(request, action, on, Beside::default())
}

/// The same, where a body says what headers would.
pub(crate) fn check_with(
    request: &Request,
    action: Action,
    on: On<'_>,
    beside: Beside<'_>,
) -> Result<()> {
    check_expected_owner(request, on)?;
    let action = of_version(action, beside);
    let asked = decide::Asked {
        request,
        action,
        on,
        beside,
    };
    decide::decide(&asked).map_err(|denial| denial.error(&asked))
}

/// Refuses what the bucket's policy denies, for a request that does it along with what was
/// checked: who may put an object may give it an ACL and tags, unless that is denied.
pub(crate) fn check_not_denied(request: &Request, action: Action, on: On<'_>) -> Result<()> {
    let asked = decide::Asked {
        request,
        action,
        on,
        beside: Beside::default(),
    };
    decide::not_denied(&asked).map_err(|denial| denial.error(&asked))
}

/// Says that an object is not there, to who may know that: who may list the bucket.
pub(crate) fn missing(request: &Request, bucket: &Bucket, key: &ObjectKey) -> Error {
    match check(request, Action::ListBucket, On::Bucket(bucket)) {
        Ok(()) => Error::from(Code::NoSuchKey).with("Key", key.as_str()),
        Err(error) => {
            let listing = error.reason.clone().unwrap_or_default();
            error.because(format!(
                "there is no such object, and only who may list the bucket is told so by a 404: {listing}"
            ))
        }
    }
}

/// A version that is named needs a right of its own.
fn of_version(action: Action, beside: Beside<'_>) -> Action {
    if beside.version.is_none() {
        return action;
    }
    match action {
        Action::GetObject => Action::GetObjectVersion,
        Action::GetObjectAcl => Action::GetObjectVersionAcl,
        Action::GetObjectAttributes => Action::GetObjectVersionAttributes,
        Action::GetObjectTagging => Action::GetObjectVersionTagging,
        Action::PutObjectAcl => Action::PutObjectVersionAcl,
        Action::PutObjectTagging => Action::PutObjectVersionTagging,
        Action::DeleteObject => Action::DeleteObjectVersion,
        Action::DeleteObjectTagging => Action::DeleteObjectVersionTagging,
        other => other,
    }
}

/// A client may say whose bucket it means, so as not to write into somebody else's of the
/// same name.
fn check_expected_owner(request: &Request, on: On<'_>) -> Result<()> {
    let Some(bucket) = on.bucket() else {
        return Ok(());
    };
    let addressed = request.found.as_ref().map(|found| &found.name);
    let header = if addressed == Some(&bucket.name) {
        "x-amz-expected-bucket-owner"
    } else {
        "x-amz-source-expected-bucket-owner"
    };
    let Some(expected) = request.amz(header) else {
        return Ok(());
    };
    let account = dropslip_s3::owner::account_id(&bucket.record.owner);
    if expected == account {
        return Ok(());
    }
    Err(Error::from(Code::AccessDenied).because(format!(
        "{header} names another account than the one of the bucket's owner"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dropslip_s3::bucket_policy::Level;

    // That no operation is missing the compiler holds: the table above is a `match`.
    #[test]
    fn rights_are_of_their_level() {
        use Level::{Bucket, Object, Service};
        use Operation as O;
        let table = [
            (O::ListBuckets, "s3:ListAllMyBuckets", Service),
            (O::HeadBucket, "s3:ListBucket", Bucket),
            (O::ListObjectVersions, "s3:ListBucketVersions", Bucket),
            (O::DeleteBucketCors, "s3:PutBucketCORS", Bucket),
            (
                O::PutPublicAccessBlock,
                "s3:PutBucketPublicAccessBlock",
                Bucket,
            ),
            (
                O::GetBucketLifecycle,
                "s3:GetLifecycleConfiguration",
                Bucket,
            ),
            (O::PostObject, "s3:PutObject", Object),
            (O::CompleteMultipartUpload, "s3:PutObject", Object),
            (O::HeadObject, "s3:GetObject", Object),
            (O::DeleteObjects, "s3:DeleteObject", Object),
            (O::ListParts, "s3:ListMultipartUploadParts", Object),
        ];
        for (operation, name, level) in table {
            let action = operation.action();
            assert_eq!((action.as_str(), action.level()), (name, level));
        }
    }
}
