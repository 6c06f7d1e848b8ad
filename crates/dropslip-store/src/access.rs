//! What a caller may do: every operation asks here, before it reads or writes anything.

use dropslip_s3::acl::{Asker, Permission};
pub(crate) use dropslip_s3::bucket_policy::Action;
use dropslip_s3::{Code, ObjectKey};

use crate::auth::Caller;
use crate::error::Result;
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
}

/// Lets a caller do something, or refuses it.
pub(crate) fn check(request: &Request, action: Action, on: On<'_>) -> Result<()> {
    let public = match on {
        On::Bucket(bucket) => {
            action == Action::ListBucket
                && bucket
                    .record
                    .acl
                    .allows(Asker::default(), Permission::Read, false)
        }
        On::Object(_, _, object) => {
            action == Action::GetObject
                && object.acl.allows(Asker::default(), Permission::Read, false)
        }
        On::Service | On::Key(..) => false,
    };
    match &request.caller {
        Caller::Key(..) => Ok(()),
        Caller::Anonymous if public => Ok(()),
        Caller::Anonymous => Err(Code::AccessDenied.into()),
    }
}
