//! The actions of S3, and sets of them as policies name them.

/// What an action is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// No bucket; not for bucket policies.
    Service,
    /// A bucket.
    Bucket,
    /// An object.
    Object,
}

macro_rules! actions {
    ($($level:ident: $($name:ident)*;)*) => {
        /// An action as policies name it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are S3's")]
        #[repr(u8)]
        pub enum Action { $($($name,)*)* }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$($(Self::$name,)*)*];

            /// The name, such as `s3:GetObject`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($(Self::$name => concat!("s3:", stringify!($name)),)*)* }
            }

            /// What it is about.
            #[must_use]
            pub fn level(self) -> Level {
                match self { $($(Self::$name => Level::$level,)*)* }
            }
        }
    };
}

actions! {
    Service: ListAllMyBuckets;
    Bucket:
        CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite
        GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAcl GetBucketCORS
        GetBucketLocation GetBucketLogging GetBucketNotification GetBucketObjectLockConfiguration
        GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock
        GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite
        GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration
        GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration
        ListBucket ListBucketMultipartUploads ListBucketVersions
        PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAcl PutBucketCORS
        PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration
        PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock
        PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite
        PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration
        PutLifecycleConfiguration PutMetricsConfiguration PutReplicationConfiguration;
    Object:
        AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging
        DeleteObjectVersion DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes
        GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion
        GetObjectVersionAcl GetObjectVersionAttributes GetObjectVersionForReplication
        GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication
        ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl
        PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl
        PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateTags RestoreObject;
}

/// A set of actions: one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ActionSet(u128);

// One bit for each.
const _: () = assert!(Action::ALL.len() <= 128);

impl ActionSet {
    /// The actions that a name with `*` and `?` stands for; none for a name that no
    /// action of a bucket or an object has.
    pub(super) fn of_pattern(pattern: &str) -> Self {
        let all = Action::ALL.iter().copied();
        let in_policies = all.filter(|action| action.level() != Level::Service);
        let named = in_policies.filter(|action| pattern == "*" || fits(pattern, action.as_str()));
        Self(named.fold(0, |bits, action| bits | bit(action)))
    }

    pub(super) fn has(self, action: Action) -> bool {
        self.0 & bit(action) != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Every action of buckets and objects that is not in this set.
    pub(super) fn others(self) -> Self {
        Self(Self::of_pattern("*").0 & !self.0)
    }

    /// Whether one of them is about this.
    pub(super) fn has_level(self, level: Level) -> bool {
        let mut all = Action::ALL.iter();
        all.any(|action| action.level() == level && self.has(*action))
    }
}

fn bit(action: Action) -> u128 {
    1 << (action as u8)
}

/// Whether a pattern with `*` and `?` fits an action's name, in any case.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(b'?') => (p, n) = (p + 1, n + 1),
            Some(byte) if byte.eq_ignore_ascii_case(&name[n]) => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, from)) => {
                    (p, n) = (at + 1, from + 1);
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, has: &[Action], lacks: &[Action]) {
        let set = ActionSet::of_pattern(pattern);
        for action in has {
            assert!(set.has(*action), "{pattern} {}", action.as_str());
        }
        for action in lacks {
            assert!(!set.has(*action), "{pattern} {}", action.as_str());
        }
    }

    #[test]
    fn patterns_of_actions() {
        use Action as A;
        check(
            "*",
            &[A::GetObject, A::PutBucketAcl],
            &[A::ListAllMyBuckets],
        );
        check("s3:*", &[A::GetObject, A::PutBucketAcl], &[]);
        check(
            "s3:GetObject",
            &[A::GetObject],
            &[A::GetObjectAcl, A::PutObject],
        );
        check("S3:getobject", &[A::GetObject], &[A::GetObjectAcl]);
        check(
            "s3:GetObject*",
            &[A::GetObject, A::GetObjectAcl],
            &[A::PutObject],
        );
        check(
            "s3:*Object",
            &[A::GetObject, A::PutObject],
            &[A::GetObjectAcl],
        );
        check("s3:?etObject", &[A::GetObject], &[A::PutObject]);
        check(
            "s3:G*t*A*l",
            &[A::GetObjectAcl, A::GetBucketAcl],
            &[A::GetObject],
        );
        for none in [
            "",
            "s3:",
            "s3:GetObjct",
            "GetObject",
            "ec2:*",
            "s3:ListAllMyBuckets",
            "s3:x*",
        ] {
            assert!(ActionSet::of_pattern(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn the_others() {
        let others = ActionSet::of_pattern("s3:Get*").others();
        assert!(others.has(Action::PutObject) && !others.has(Action::GetObject));
        assert!(!others.has(Action::ListAllMyBuckets));
        assert!(others.has_level(Level::Bucket));
        assert!(ActionSet::of_pattern("*").others().is_empty());
        assert!(!ActionSet::of_pattern("s3:PutObject").has_level(Level::Bucket));
    }
}
