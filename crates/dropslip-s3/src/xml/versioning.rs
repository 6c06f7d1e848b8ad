//! The `<VersioningConfiguration>` document
//! ([PutBucketVersioning](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html)).

use super::XmlError;
use super::tree::Element;
use super::write::Document;
use crate::limits::XML_BYTES_MAX;

/// Whether a bucket keeps versions; one that never was told to has neither state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersioningState {
    /// It keeps what is replaced and deleted.
    Enabled,
    /// It keeps what it has, and no more.
    Suspended,
}

/// What is wished for a bucket's versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersioningWish {
    /// The state, if one is named.
    pub state: Option<VersioningState>,
    /// Whether deletion shall need a second factor, if that is said.
    pub mfa_delete: Option<bool>,
}

/// Reads the body of `PutBucketVersioning`.
///
/// # Errors
/// When the document is malformed or has another state than S3 knows.
pub fn read_versioning(bytes: &[u8]) -> Result<VersioningWish, XmlError> {
    let root = Element::read("VersioningConfiguration", bytes, XML_BYTES_MAX)?;
    // Written `MfaDelete` on the wire, and `MFADelete` in S3's own description of it.
    root.children(&["Status", "MfaDelete", "MFADelete"])?;
    let state = match root.one("Status")?.map(str::trim) {
        None => None,
        Some("Enabled") => Some(VersioningState::Enabled),
        Some("Suspended") => Some(VersioningState::Suspended),
        Some(_) => return Err(XmlError("`Status` is `Enabled` or `Suspended`".to_owned())),
    };
    let mfa_delete = match root.one("MfaDelete")?.or(root.one("MFADelete")?) {
        None => None,
        Some("Enabled") => Some(true),
        Some("Disabled") => Some(false),
        Some(_) => {
            let why = "`MfaDelete` is `Enabled` or `Disabled`";
            return Err(XmlError(why.to_owned()));
        }
    };
    Ok(VersioningWish { state, mfa_delete })
}

/// Writes the answer to `GetBucketVersioning`: no status for a bucket that never had one.
#[must_use]
pub fn versioning(state: Option<VersioningState>) -> String {
    let mut document = Document::new("VersioningConfiguration");
    let name = |state| match state {
        VersioningState::Enabled => "Enabled",
        VersioningState::Suspended => "Suspended",
    };
    document.text_if("Status", state.map(name));
    document.finish("VersioningConfiguration")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_go_both_ways() {
        let states = [VersioningState::Enabled, VersioningState::Suspended];
        for state in [None, Some(states[0]), Some(states[1])] {
            let read = read_versioning(versioning(state).as_bytes()).unwrap();
            assert_eq!((read.state, read.mfa_delete), (state, None));
        }
        let mfa = b"<VersioningConfiguration><MfaDelete>Enabled</MfaDelete><Status>Enabled</Status></VersioningConfiguration>";
        assert_eq!(read_versioning(mfa).unwrap().mfa_delete, Some(true));
    }

    #[test]
    fn other_states_are_refused() {
        for inner in [
            "<Status>On</Status>",
            "<Status></Status>",
            "<Status>Enabled</Status><Status>Enabled</Status>",
            "<MfaDelete>On</MfaDelete>",
            "<Enabled/>",
            "text",
        ] {
            let text = format!("<VersioningConfiguration>{inner}</VersioningConfiguration>");
            assert!(read_versioning(text.as_bytes()).is_err(), "{inner}");
        }
        assert!(read_versioning(b"").is_err());
    }
}
