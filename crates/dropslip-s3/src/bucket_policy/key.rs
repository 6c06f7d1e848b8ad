//! Condition keys: what a condition may ask of a request.

use super::action::{Action, ActionSet};

/// Keys that take part after a slash: `s3:ExistingObjectTag/department`.
const WITH_TAG: &[&str] = &[
    "aws:PrincipalTag",
    "aws:RequestTag",
    "aws:ResourceTag",
    "s3:BucketTag",
    "s3:ExistingObjectTag",
    "s3:RequestObjectTag",
];

/// The others. Those about what is not here, such as `aws:SourceVpc`, are known so that a
/// policy of somewhere else is read; they have no value.
const PLAIN: &[&str] = &[
    "aws:CalledVia",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalType",
    "aws:Referer",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:VpcSourceIp",
    "aws:userid",
    "aws:username",
    "s3:AccessPointNetworkOrigin",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
    "s3:LocationConstraint",
    "s3:RequestObjectTagKeys",
    "s3:ResourceAccount",
    "s3:TlsVersion",
    "s3:VersionId",
    "s3:authType",
    "s3:delimiter",
    "s3:if-match",
    "s3:if-none-match",
    "s3:max-keys",
    "s3:object-lock-legal-hold",
    "s3:object-lock-mode",
    "s3:object-lock-remaining-retention-days",
    "s3:object-lock-retain-until-date",
    "s3:prefix",
    "s3:signatureAge",
    "s3:signatureversion",
    "s3:x-amz-acl",
    "s3:x-amz-content-sha256",
    "s3:x-amz-copy-source",
    "s3:x-amz-grant-full-control",
    "s3:x-amz-grant-read",
    "s3:x-amz-grant-read-acp",
    "s3:x-amz-grant-write",
    "s3:x-amz-grant-write-acp",
    "s3:x-amz-metadata-directive",
    "s3:x-amz-object-ownership",
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-server-side-encryption-customer-algorithm",
    "s3:x-amz-storage-class",
    "s3:x-amz-website-redirect-location",
];

/// A condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionKey {
    name: &'static str,
    tag: Option<String>,
}

impl ConditionKey {
    /// Reads a key. Its name may be in any case, the name of a tag is exact.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_name = |name: &&&str| name.eq_ignore_ascii_case(text);
        if let Some(name) = PLAIN.iter().find(is_name) {
            return Some(Self { name, tag: None });
        }
        let (before, tag) = text.split_once('/')?;
        let name = WITH_TAG
            .iter()
            .find(|name| name.eq_ignore_ascii_case(before))?;
        let tag = (!tag.is_empty()).then(|| tag.to_owned())?;
        Some(Self {
            name,
            tag: Some(tag),
        })
    }

    /// The name as AWS writes it, without the tag: `aws:SourceIp`, `s3:ExistingObjectTag`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The tag, for keys about one.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Whether any of these actions can have a value for it: only a list has a prefix.
    pub(super) fn applies_to(&self, actions: ActionSet) -> bool {
        let lists = [
            Action::ListBucket,
            Action::ListBucketVersions,
            Action::ListBucketMultipartUploads,
        ];
        match self.name {
            "s3:prefix" | "s3:delimiter" | "s3:max-keys" => {
                lists.into_iter().any(|action| actions.has(action))
            }
            _ => true,
        }
    }

    /// Whether a fixed value of it says who may come, so that an allowance for everybody
    /// is none for the public.
    pub(super) fn fixes_who(&self) -> bool {
        matches!(
            self.name,
            "aws:PrincipalAccount"
                | "aws:PrincipalArn"
                | "aws:PrincipalOrgID"
                | "aws:SourceAccount"
                | "aws:SourceArn"
                | "aws:SourceIp"
                | "aws:SourceOwner"
                | "aws:SourceVpc"
                | "aws:SourceVpce"
                | "aws:userid"
                | "aws:username"
                | "s3:DataAccessPointAccount"
                | "s3:DataAccessPointArn"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for (text, name, tag) in [
            ("aws:SourceIp", "aws:SourceIp", None),
            ("AWS:SOURCEIP", "aws:SourceIp", None),
            ("s3:VersionId", "s3:VersionId", None),
            ("s3:versionid", "s3:VersionId", None),
            (
                "s3:ExistingObjectTag/Team",
                "s3:ExistingObjectTag",
                Some("Team"),
            ),
            (
                "s3:existingobjecttag/a/b",
                "s3:ExistingObjectTag",
                Some("a/b"),
            ),
        ] {
            let key = ConditionKey::parse(text).expect(text);
            assert_eq!((key.name(), key.tag()), (name, tag), "{text}");
        }
        for text in [
            "",
            "SourceIp",
            "aws:SourceIp/x",
            "aws:SourceIps",
            "s3:ExistingObjectTag",
            "s3:ExistingObjectTag/",
            "s3:content-length",
            "s3:nothing/x",
        ] {
            assert_eq!(ConditionKey::parse(text), None, "{text}");
        }
    }
}
