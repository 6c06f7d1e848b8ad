//! What is examined.

use dropslip_s3::{BucketName, Endpoint};
use dropslip_sigv4::{Credentials, Timestamp};

use crate::finding::Check;

/// A storage, as a service would use it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Where the service reaches it.
    pub endpoint: Endpoint,
    /// Where browsers reach it: the host that is signed for them.
    pub public_endpoint: Endpoint,
    /// The bucket.
    pub bucket: BucketName,
    /// The region that signatures name.
    pub region: String,
    /// The service's keys.
    pub credentials: Credentials,
    /// Origins of the pages that upload, such as `https://app.example`.
    pub origins: Vec<String>,
    /// What the pages will send, at least one.
    pub ways: Vec<Way>,
    /// What uploads cannot go without: a step that is not offered is a no then.
    pub needs: Vec<Need>,
    /// Whether somebody else removes uploads in parts that were given up, so that no rule of the bucket has to.
    pub is_swept: bool,
    /// The present time, as this machine has it.
    pub clock: fn() -> Timestamp,
}

/// A request of a page to the storage, as far as CORS rules decide on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// `PUT` or `POST`.
    pub method: &'static str,
    /// Names of the headers that are sent, in lower case.
    pub headers: Vec<String>,
    /// Whose it is, for people: `the preset `photo``.
    pub of: String,
}

/// Something that uploads need of a storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The step that has to hold.
    pub check: Check,
    /// Who needs it, for people: `the preset `photo``.
    pub of: String,
}

impl Way {
    /// What the browser client sends when nothing special is asked for: a PUT with its content type, a part, a form.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        let way = |method, headers: &[&str], of: &str| Self {
            method,
            headers: headers.iter().map(|&name| name.to_owned()).collect(),
            of: of.to_owned(),
        };
        vec![
            way("PUT", &["content-type"], "files in one piece"),
            way("PUT", &[], "files in parts"),
            way("POST", &[], "forms"),
        ]
    }
}
