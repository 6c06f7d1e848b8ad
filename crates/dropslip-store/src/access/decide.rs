//! The decision: policy, owner, ACLs.

use dropslip_s3::acl::{Acl, Asker, Permission};
use dropslip_s3::bucket_policy::{
    Action, BucketPolicy, ConditionKey, Decision, Level, PolicyCaller, PolicyRequest,
};

use super::denial::{Denial, NearMiss};
use super::values;
use super::{Beside, On};
use crate::index::BucketRecord;
use crate::request::{Bucket, Request};

/// What is asked.
pub(super) struct Asked<'a> {
    pub(super) request: &'a Request,
    pub(super) action: Action,
    pub(super) on: On<'a>,
    pub(super) beside: Beside<'a>,
}

/// Lets it be done, or says why not.
pub(super) fn decide(asked: &Asked<'_>) -> Result<(), Denial> {
    let caller = asked.request.caller.owner();
    let Some(bucket) = asked.on.bucket() else {
        // Whoever has a key may have buckets.
        return caller.map(|_| ()).ok_or(Denial::NotSigned);
    };
    let record = bucket.record.as_ref();
    let owns_bucket = caller.is_some_and(|caller| caller.name == record.owner);
    let mut near = Vec::new();
    if let Some(policy) = &record.policy {
        match asked_of_policy(asked, bucket, policy) {
            Decision::Denied { .. } if owns_bucket && mends_policy(asked.action) => {}
            Decision::Denied { by } => {
                let statement = policy.name_of(by);
                return Err(Denial::Policy { statement });
            }
            Decision::Allowed { .. } if is_restricted(record, policy) && !owns_bucket => {
                near.push(NearMiss::Restricted);
            }
            Decision::Allowed { .. } => return Ok(()),
            Decision::Silent => near.extend(nearly_allowed(asked, bucket, policy)),
        }
    }
    if owns_bucket && is_of_bucket_owner(asked.action, record) {
        return Ok(());
    }
    if record.owner_is_enforced() {
        near.push(NearMiss::NoAcls);
        return Err(Denial::NothingAllows { near });
    }
    if began_upload(asked)
        || by_acl(
            asked,
            record,
            owns_bucket,
            record.block().ignore_public_acls,
        )
    {
        return Ok(());
    }
    if by_acl(asked, record, owns_bucket, false) {
        near.push(NearMiss::AclIgnored);
    }
    Err(Denial::NothingAllows { near })
}

/// Lets it be done unless the policy denies it.
pub(super) fn not_denied(asked: &Asked<'_>) -> Result<(), Denial> {
    let Some(bucket) = asked.on.bucket() else {
        return Ok(());
    };
    let Some(policy) = &bucket.record.policy else {
        return Ok(());
    };
    match asked_of_policy(asked, bucket, policy) {
        Decision::Denied { by } => Err(Denial::Policy {
            statement: policy.name_of(by),
        }),
        Decision::Allowed { .. } | Decision::Silent => Ok(()),
    }
}

/// Asks a policy.
fn asked_of_policy(asked: &Asked<'_>, bucket: &Bucket, policy: &BucketPolicy) -> Decision {
    with_policy_request(asked, bucket, |request| policy.evaluate(request))
}

/// The statement that lacked only a condition.
fn nearly_allowed(asked: &Asked<'_>, bucket: &Bucket, policy: &BucketPolicy) -> Option<NearMiss> {
    with_policy_request(asked, bucket, |request| {
        let (at, key) = policy.nearly_allows(request)?;
        Some(NearMiss::Condition {
            statement: policy.name_of(at),
            key: key.name(),
        })
    })
}

fn with_policy_request<T>(
    asked: &Asked<'_>,
    bucket: &Bucket,
    ask: impl FnOnce(&PolicyRequest<'_>) -> T,
) -> T {
    let caller = asked.request.caller.owner();
    let access_key = asked.request.caller.access_key().unwrap_or_default();
    ask(&PolicyRequest {
        caller: caller.map(|owner| PolicyCaller {
            name: &owner.name,
            id: &owner.id,
            account: &owner.account,
            access_key,
        }),
        action: asked.action,
        bucket: bucket.name.as_str(),
        key: asked.on.key().map(dropslip_s3::ObjectKey::as_str),
        values: &|key: &ConditionKey| values::of(asked, key),
    })
}

/// Whether the public access block takes from a policy what it gives to others.
fn is_restricted(record: &BucketRecord, policy: &BucketPolicy) -> bool {
    record.block().restrict_public_buckets && policy.is_public()
}

/// What the owner may do whatever the policy says, or nobody could mend one that shuts
/// everybody out.
fn mends_policy(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::GetBucketPolicy | A::PutBucketPolicy | A::DeleteBucketPolicy
    )
}

/// What belongs to owning a bucket. What its objects hold does not, nor does writing and
/// listing, unless ACLs count for nothing: the owner has that by the bucket's ACL, and may
/// give it away.
fn is_of_bucket_owner(action: Action, record: &BucketRecord) -> bool {
    use Action as A;
    match action {
        _ if record.owner_is_enforced() => true,
        A::ListBucket | A::ListBucketVersions | A::ListBucketMultipartUploads => false,
        A::AbortMultipartUpload
        | A::ListMultipartUploadParts
        | A::GetObjectTagging
        | A::GetObjectVersionTagging
        | A::PutObjectTagging
        | A::PutObjectVersionTagging
        | A::DeleteObjectTagging
        | A::DeleteObjectVersionTagging => true,
        other => other.level() == Level::Bucket,
    }
}

/// Who began an upload may end it.
fn began_upload(asked: &Asked<'_>) -> bool {
    use Action as A;
    let On::Upload(_, _, initiator) = asked.on else {
        return false;
    };
    let caller = asked.request.caller.owner();
    matches!(
        asked.action,
        A::AbortMultipartUpload | A::ListMultipartUploadParts
    ) && caller.is_some_and(|caller| caller.name == initiator)
}

/// Whether an ACL allows it, by the table in
/// [Mapping of ACL permissions](https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-access-policy-permission-mapping).
fn by_acl(
    asked: &Asked<'_>,
    record: &BucketRecord,
    owns_bucket: bool,
    ignore_public: bool,
) -> bool {
    use Action as A;
    let caller = asked.request.caller.owner();
    let asker = |owns| Asker {
        id: caller.map(|caller| caller.id.as_str()),
        owns,
        owns_bucket,
    };
    let of_bucket = |wanted| record.acl.allows(asker(owns_bucket), wanted, ignore_public);
    let owns = |owner: &str| caller.is_some_and(|caller| caller.name == owner);
    let of_object = |wanted| {
        let allows = |acl: &Acl, owner: &str| acl.allows(asker(owns(owner)), wanted, ignore_public);
        let object = asked.on.object();
        object.is_some_and(|object| allows(&object.acl, &object.owner))
    };
    let owns_object = || asked.on.object().is_some_and(|object| owns(&object.owner));
    match asked.action {
        A::ListBucket | A::ListBucketVersions | A::ListBucketMultipartUploads => {
            of_bucket(Permission::Read)
        }
        A::PutObject | A::DeleteObject => of_bucket(Permission::Write),
        A::DeleteObjectVersion => owns_bucket && of_bucket(Permission::Write),
        A::GetBucketAcl => of_bucket(Permission::ReadAcp),
        A::PutBucketAcl => of_bucket(Permission::WriteAcp),
        A::GetObject
        | A::GetObjectVersion
        | A::GetObjectAttributes
        | A::GetObjectVersionAttributes => of_object(Permission::Read),
        A::GetObjectAcl | A::GetObjectVersionAcl => owns_object() || of_object(Permission::ReadAcp),
        A::PutObjectAcl | A::PutObjectVersionAcl => {
            owns_object() || of_object(Permission::WriteAcp)
        }
        A::GetObjectTagging
        | A::GetObjectVersionTagging
        | A::PutObjectTagging
        | A::PutObjectVersionTagging
        | A::DeleteObjectTagging
        | A::DeleteObjectVersionTagging => owns_object(),
        _ => false,
    }
}
