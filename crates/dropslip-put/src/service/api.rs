//! Calls to the service.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Service;
use super::slip::Reason;
use crate::error::{PutError, PutErrorKind};
use crate::limits::{ANSWER_BYTES_MAX, SERVICE_S};
use crate::retry::{Failure, is_passing_status};

/// A call that failed.
#[derive(Debug)]
pub(super) struct Refused {
    /// 0 when there was no answer.
    status: u16,
    pub(super) reason: Reason,
    address: String,
}

impl Refused {
    /// Whether the service refused with this code.
    pub(super) fn is(&self, code: &str) -> bool {
        self.reason.code == code
    }

    /// Whether the service does not go on with the upload.
    pub(super) fn is_upload_gone(&self) -> bool {
        ["invalid_upload_id", "upload_expired", "upload_aborted"]
            .iter()
            .any(|code| self.is(code))
    }
}

impl Failure for Refused {
    fn is_passing(&self) -> bool {
        self.status == 0 || is_passing_status(self.status) && !self.is("quota_exceeded")
    }

    fn text(&self) -> String {
        match self.status {
            0 => format!(
                "cannot reach the service at `{}`: {}",
                self.address, self.reason.detail
            ),
            status if self.reason.code.is_empty() => {
                format!(
                    "what answers at `{}` with {status} is no Dropslip service",
                    self.address
                )
            }
            _ => format!(
                "the service answered `{}`: {}",
                self.reason.code, self.reason.detail
            ),
        }
    }
}

impl From<Refused> for PutError {
    fn from(refused: Refused) -> Self {
        use PutErrorKind::{Busy, Setup, Unreachable};
        let code = refused.reason.code.as_str();
        let kind = match (refused.status, code) {
            (0, _) => Unreachable,
            (500.., _) | (429, "rate_limited") => Busy,
            (401, _) | (_, "") => Setup,
            (
                _,
                "unknown_preset" | "preset_not_allowed" | "forbidden_host" | "subject_required",
            ) => Setup,
            (_, "quota_exceeded" | "metadata_not_allowed" | "foreign_origin") => Setup,
            _ => PutErrorKind::Refused,
        };
        let error = Self::new(kind, refused.text());
        let own = match (refused.status, code) {
            (0, _) | (_, "") => {
                Some("is `--service` right, and does `dropslip serve` or `dropslip dev` run there?")
            }
            (401, "unauthorized") => Some(
                "export DROPSLIP_API_KEY=… with one of the service's keys, or name a file of it: `--api-key-file FILE`",
            ),
            (_, "subject_required") => Some("say for whom: `--subject USER`"),
            (_, "unknown_preset") => Some("`GET /v1/presets` of the service lists the presets"),
            _ => None,
        };
        match own.map(str::to_owned).or(refused.reason.hint) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl Service {
    /// A call below `/v1`; gives the JSON of an answer of 2xx.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, Refused> {
        let failed = |status: u16, detail: String| Refused {
            status,
            reason: Reason {
                detail,
                ..Reason::default()
            },
            address: self.address.clone(),
        };
        let mut request = self
            .http
            .request(method, format!("{}/v1{path}", self.address));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let request = request.timeout(Duration::from_secs(SERVICE_S));
        let answer = request.send().await.map_err(|e| failed(0, cause(&e)))?;
        let status = answer.status();
        let bytes = start_of(answer, ANSWER_BYTES_MAX)
            .await
            .map_err(|e| failed(0, cause(&e)))?;
        if status.is_success() {
            return serde_json::from_slice(&bytes)
                .map_err(|e| failed(status.as_u16(), e.to_string()));
        }
        Err(Refused {
            status: status.as_u16(),
            reason: serde_json::from_slice(&bytes).unwrap_or_default(),
            address: self.address.clone(),
        })
    }
}

/// The first bytes of an answer.
pub(super) async fn start_of(
    mut answer: reqwest::Response,
    bytes_max: usize,
) -> Result<Vec<u8>, reqwest::Error> {
    let mut bytes = Vec::new();
    while bytes.len() < bytes_max
        && let Some(chunk) = answer.chunk().await?
    {
        let room = bytes_max - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(bytes)
}

/// What happened, without the address, which may be a signed one.
pub(super) fn cause(error: &reqwest::Error) -> String {
    use std::error::Error as _;
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|cause| cause.source()) {
        cause = Some(deeper);
    }
    match cause {
        Some(cause) => cause.to_string(),
        None if error.is_timeout() => "no answer in time".to_owned(),
        None => "the connection failed".to_owned(),
    }
}
