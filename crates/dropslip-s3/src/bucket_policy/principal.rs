//! Whom a statement is about.

use super::evaluate::PolicyCaller;

/// One principal of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Principal {
    /// `*`
    Everybody,
    /// An account, by its 12 digits or the ARN of its root.
    Account(String),
    /// A canonical user id.
    CanonicalId(String),
    /// The ARN of a user: the account, which may be left out, and the name.
    User { account: String, name: String },
    /// A name alone, of an owner or an access key.
    Name(String),
    /// A service, a role or an identity of somewhere else: nobody here.
    Nobody,
}

impl Principal {
    /// Reads a value of `AWS`.
    pub(super) fn parse_aws(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everybody);
        }
        let all = |accept: fn(&u8) -> bool| text.as_bytes().iter().all(accept);
        if text.len() == 12 && all(u8::is_ascii_digit) {
            return Some(Self::Account(text.to_owned()));
        }
        if text.len() == 64 && all(u8::is_ascii_hexdigit) {
            return Some(Self::CanonicalId(text.to_ascii_lowercase()));
        }
        if text.starts_with("arn:") {
            return Self::parse_arn(text);
        }
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
        let is_name = (1..=128).contains(&text.len()) && text.bytes().all(is_name);
        is_name.then(|| Self::Name(text.to_owned()))
    }

    /// `arn:aws:iam::ACCOUNT:root`, `…:user/PATH/NAME`, and what is nobody here.
    fn parse_arn(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, "", account, of] = parts[..] else {
            return None;
        };
        let plain = |text: &str| !text.contains(['*', '?']) && !text.contains(char::is_whitespace);
        if !partition.starts_with("aws") || !plain(account) || !plain(of) {
            return None;
        }
        match (service, of.split_once('/')) {
            ("iam", None) if of == "root" && !account.is_empty() => {
                Some(Self::Account(account.to_owned()))
            }
            ("iam", Some(("user", path))) => {
                let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
                let (account, name) = (account.to_owned(), name.to_owned());
                Some(Self::User { account, name })
            }
            ("iam", Some(("role" | "oidc-provider" | "saml-provider", name)))
            | ("sts", Some(("assumed-role" | "federated-user", name)))
                if !name.is_empty() =>
            {
                Some(Self::Nobody)
            }
            ("cloudfront", Some(_)) => Some(Self::Nobody),
            ("iam", Some(("cloudfront", _))) => Some(Self::Nobody),
            _ => None,
        }
    }

    fn is(&self, caller: Option<&PolicyCaller<'_>>) -> bool {
        let Some(caller) = caller else {
            return *self == Self::Everybody;
        };
        let is_named = |name: &str| name == caller.name || name == caller.access_key;
        match self {
            Self::Everybody => true,
            Self::Account(account) => account == caller.account,
            Self::CanonicalId(id) => id == caller.id,
            Self::User { account, name } => {
                let is_user = is_named(name) || name == caller.id;
                (account.is_empty() || account == caller.account) && is_user
            }
            Self::Name(name) => is_named(name),
            Self::Nobody => false,
        }
    }
}

/// The principals of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Principals {
    pub(super) list: Vec<Principal>,
    /// Whether it is about all others.
    pub(super) all_but: bool,
}

impl Principals {
    pub(super) fn has(&self, caller: Option<&PolicyCaller<'_>>) -> bool {
        self.list.iter().any(|principal| principal.is(caller)) != self.all_but
    }

    /// Whether strangers are among them.
    pub(super) fn are_public(&self) -> bool {
        self.all_but || self.list.contains(&Principal::Everybody)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().filter_map(|principal| match principal {
            Principal::Name(name) => Some(name.as_str()),
            _ => None,
        })
    }
}
