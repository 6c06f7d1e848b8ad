//! The `<Explanation>` of our store's error, read back.
//!
//! It comes from outside as any other text: a cause or a certainty that is not known
//! here is kept as it is written.

use dropslip_sigv4::{Certainty, Explanation, Finding};
use serde::Deserialize;

/// What a store says is wrong with a request.
///
/// The store has the secret, so it knows more than whoever reads this without it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ToldExplanation {
    /// The code of a [`Certainty`].
    pub certainty: String,
    findings: Findings,
    /// The canonical request that was signed; empty if the store has not found it. It
    /// holds the client's session token.
    pub canonical_request_signed: String,
}

#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Findings {
    #[serde(rename = "Finding")]
    all: Vec<ToldFinding>,
}

/// One thing that is wrong, in words: a [`Finding`], ours or a store's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ToldFinding {
    /// The code of a [`dropslip_sigv4::Cause`].
    pub cause: String,
    /// Which part of the request.
    pub part: String,
    /// What was signed, where that is known.
    pub signed: Option<String>,
    /// What arrived, where that is known.
    pub arrived: Option<String>,
    /// One sentence that says it all.
    pub message: String,
    /// What who sends the request changes.
    pub fix_for_sender: String,
    /// What who signs it changes.
    pub fix_for_signer: String,
}

impl ToldExplanation {
    /// How sure it is; unknown if the document says something else.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        let all = [Certainty::Certain, Certainty::Likely, Certainty::Unknown];
        let named = all
            .into_iter()
            .find(|certainty| certainty.code() == self.certainty.trim());
        named.unwrap_or(Certainty::Unknown)
    }

    /// What was found, the most telling first.
    #[must_use]
    pub fn findings(&self) -> &[ToldFinding] {
        &self.findings.all
    }

    /// The canonical request that was signed, if it is there and has kept its lines.
    #[must_use]
    pub fn canonical_request_signed(&self) -> Option<Vec<u8>> {
        let text = &self.canonical_request_signed;
        text.contains('\n').then(|| text.clone().into_bytes())
    }
}

impl From<&Explanation> for ToldExplanation {
    fn from(explanation: &Explanation) -> Self {
        let signed = explanation.canonical_request_signed.as_deref();
        Self {
            certainty: explanation.certainty.code().to_owned(),
            findings: Findings {
                all: explanation.findings.iter().map(ToldFinding::from).collect(),
            },
            canonical_request_signed: String::from_utf8_lossy(signed.unwrap_or_default())
                .into_owned(),
        }
    }
}

impl From<&Finding> for ToldFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            cause: finding.cause.code().to_owned(),
            part: finding.part.clone(),
            signed: finding.signed.clone(),
            arrived: finding.arrived.clone(),
            message: finding.message.clone(),
            fix_for_sender: finding.fix_for_sender.clone(),
            fix_for_signer: finding.fix_for_signer.clone(),
        }
    }
}

/// The canonical request holds the client's session token.
impl std::fmt::Debug for ToldExplanation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ToldExplanation")
            .field("certainty", &self.certainty)
            .field("findings", &self.findings.all)
            .finish_non_exhaustive()
    }
}
