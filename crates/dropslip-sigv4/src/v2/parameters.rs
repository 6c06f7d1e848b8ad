//! The parameters of a query as version 2 sees them: which of them are signed, and how.

use std::borrow::Cow;

use crate::encode;
use crate::refusal::Refusal;

/// Sub-resources, signed with their values as on the wire. The documentation names
/// the first fifteen and `delete`; the others are those that AWS's own SDKs
/// (botocore, `aws-sdk` v2) sign as well.
const SUBRESOURCES: [&str; 29] = [
    "acl",
    "lifecycle",
    "location",
    "logging",
    "notification",
    "partNumber",
    "policy",
    "requestPayment",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
    "delete",
    "accelerate",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "inventory",
    "metrics",
    "object-lock",
    "replication",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
];

/// Overrides of the answer's headers, signed with their values decoded.
const OVERRIDES: [&str; 6] = [
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
];

/// Sub-resources that are younger than version 2: no signer covers them. In a link
/// they would turn what was allowed into something else.
const NEVER_SIGNED: [&str; 14] = [
    "abac",
    "annotation",
    "attributes",
    "encryption",
    "intelligent-tiering",
    "legal-hold",
    "metadataConfiguration",
    "metadataTable",
    "ownershipControls",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "retention",
    "session",
];

/// The parameters of a query, in the order of the wire.
pub(super) struct Parameters<'a>(Vec<Parameter<'a>>);

struct Parameter<'a> {
    /// Decoded: `%61cl` names the same sub-resource as `acl`, so it counts as that.
    name: String,
    wire_value: &'a str,
}

impl<'a> Parameters<'a> {
    /// Reads a wire query. Empty parts, as in `a&&b`, are no parameters.
    pub(super) fn parse(wire: &'a str) -> Self {
        let parts = wire.split('&').filter(|part| !part.is_empty());
        let pairs = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
        Self(
            pairs
                .map(|(name, wire_value)| Parameter {
                    name: String::from_utf8_lossy(&decode(name)).into_owned(),
                    wire_value,
                })
                .collect(),
        )
    }

    /// The decoded value of a parameter that may be there once only.
    pub(super) fn value(&self, name: &'static str) -> Result<String, Refusal> {
        let mut values = self.0.iter().filter(|parameter| parameter.name == name);
        match (values.next(), values.next()) {
            (None, _) => Err(Refusal::ParameterMissing { name }),
            (Some(_), Some(_)) => Err(Refusal::Repeated {
                name: name.to_ascii_lowercase(),
            }),
            (Some(parameter), None) => {
                let value = decode(parameter.wire_value);
                Ok(String::from_utf8_lossy(&value).into_owned())
            }
        }
    }

    pub(super) fn has_ignoring_case(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|parameter| parameter.name.eq_ignore_ascii_case(name))
    }

    /// The `x-amz-*` parameters, the name in lower case and the value decoded.
    pub(super) fn amz_values(&self) -> impl Iterator<Item = (String, Vec<u8>)> {
        self.0.iter().filter_map(|parameter| {
            let name = parameter.name.to_ascii_lowercase();
            name.starts_with("x-amz-")
                .then(|| (name, decode(parameter.wire_value)))
        })
    }

    /// Refuses a link whose meaning another than its signer may have changed.
    pub(super) fn check_covered(&self) -> Result<(), Refusal> {
        let uncovered = |name: &str| NEVER_SIGNED.contains(&name);
        match self.0.iter().find(|parameter| uncovered(&parameter.name)) {
            Some(parameter) => Err(Refusal::ParameterNotSigned {
                name: parameter.name.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Writes `?name=value&…` of those that are signed, sorted by name. One without
    /// a value, or with an empty one, is its name alone: `aws-sdk` v2 signs `acl` and
    /// sends `acl=`. Several of one name stay in order, so that their order is signed.
    pub(super) fn write_signed(&self, out: &mut Vec<u8>) {
        let mut signed: Vec<(&str, Cow<'_, [u8]>)> = Vec::new();
        for Parameter { name, wire_value } in &self.0 {
            if SUBRESOURCES.contains(&name.as_str()) {
                signed.push((name, wire_value.as_bytes().into()));
            } else if OVERRIDES.contains(&name.as_str()) {
                signed.push((name, decode(wire_value).into()));
            }
        }
        signed.sort_by_key(|(name, _)| *name);
        for (at, (name, value)) in signed.iter().enumerate() {
            out.push(if at == 0 { b'?' } else { b'&' });
            out.extend_from_slice(name.as_bytes());
            if !value.is_empty() {
                out.push(b'=');
                out.extend_from_slice(value);
            }
        }
    }
}

/// Decodes a name or a value. A `+` in a query is a space, as S3 reads it.
fn decode(wire: &str) -> Vec<u8> {
    encode::decode(wire.replace('+', " ").as_bytes())
}
