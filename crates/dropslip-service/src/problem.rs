//! Every way in which a call can be refused: one table, and the only place that makes error answers.
//!
//! The answers are problem details (RFC 9457) with a stable `code` to branch on and a `hint` for the person who reads
//! it. What is private goes to the log under the request's id, never into an answer.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dropslip_s3::checksum::Algorithm;
use serde::Serialize;

use crate::limits::ECHO_CHARS_MAX;
use crate::profile::checksum_name;
use crate::request_id::current;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $code:literal $status:ident $title:literal $hint:literal,)*) => {
        /// The stable codes. A new one may come, none changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// What it means, the same in every answer.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What to do about it.
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint,)* }
            }
        }
    };
}

codes! {
    /// The body is not JSON.
    InvalidJson "invalid_json" BAD_REQUEST
        "The body is not valid JSON"
        "Send one JSON object in UTF-8; the detail says where reading stopped.",
    /// The body is not declared as JSON.
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE
        "The body is not declared as JSON"
        "Send the header `content-type: application/json`.",
    /// The body is longer than any call needs.
    BodyTooLarge "body_too_large" PAYLOAD_TOO_LARGE
        "The body is too large"
        "Send the description of the file here and the file itself to the URL in the answer.",
    /// The body did not arrive in time.
    RequestTimeout "request_timeout" REQUEST_TIMEOUT
        "The body did not arrive in time"
        "Send the request again, with its whole body at once.",
    /// A file that is sent through the service says no length.
    LengthRequired "length_required" LENGTH_REQUIRED
        "The length of the file is not known"
        "Send `content-length`, or the body in chunks (`transfer-encoding: chunked`).",
    /// A file that is sent through the service broke off.
    BodyIncomplete "body_incomplete" BAD_REQUEST
        "The file did not arrive as a whole"
        "Send it again; nothing of it was kept.",
    /// A field is missing or wrong.
    InvalidRequest "invalid_request" UNPROCESSABLE_ENTITY
        "A field is missing or wrong"
        "Correct the field that the detail names.",
    /// No such preset.
    UnknownPreset "unknown_preset" NOT_FOUND
        "There is no such preset"
        "GET /v1/presets lists the presets; they are defined in dropslip.toml.",
    /// The preset does not take this type.
    TypeNotAccepted "type_not_accepted" UNPROCESSABLE_ENTITY
        "The preset does not accept this content type"
        "Choose a file of an accepted type, or another preset.",
    /// The file is larger than the preset allows.
    TooLarge "too_large" UNPROCESSABLE_ENTITY
        "The file is too large"
        "Choose a smaller file, or a preset with a higher `maxSize`.",
    /// The file is smaller than the preset allows.
    TooSmall "too_small" UNPROCESSABLE_ENTITY
        "The file is too small"
        "Choose a larger file; an empty one is often a failed export.",
    /// The preset asks for a checksum that is missing or of another kind.
    ChecksumRequired "checksum_required" UNPROCESSABLE_ENTITY
        "The preset asks for another checksum"
        "Compute the checksum that the preset asks for and send it as `checksum`.",
    /// Metadata that the preset does not allow.
    MetadataNotAllowed "metadata_not_allowed" UNPROCESSABLE_ENTITY
        "The preset does not allow this metadata"
        "Leave it out, or name it in the preset's `metadata`.",
    /// The key needs to know who uploads, and the caller does not say.
    SubjectRequired "subject_required" UNPROCESSABLE_ENTITY
        "The preset's keys need to know who uploads"
        "Call with a token that names the user, or, with an API key, send `subject`.",
    /// A call for parts that the upload does not have.
    InvalidPart "invalid_part" UNPROCESSABLE_ENTITY
        "There is no such part"
        "Ask for parts from 1 to the number that size and `partSize` give.",
    /// A call that this upload's mode does not know.
    WrongMode "wrong_mode" CONFLICT
        "The upload travels in another way"
        "Look at `mode` in the answer that issued the upload.",
    /// The storage takes it only once, and has one already.
    AlreadyStored "already_stored" CONFLICT
        "There is a file under this key already"
        "Issue a new upload; this one can be used once.",
    /// The storage of the upload is no longer configured.
    UnknownStorage "unknown_storage" CONFLICT
        "The upload's storage is not configured any more"
        "Issue a new upload, or bring the storage back into dropslip.toml.",
    /// The file name cannot be taken.
    InvalidFileName "invalid_file_name" UNPROCESSABLE_ENTITY
        "The file name cannot be used"
        "Send the file's name, 1 to 1024 bytes long and without NUL characters.",
    /// No API key, or none that is known.
    Unauthorized "unauthorized" UNAUTHORIZED
        "The call carries no valid API key"
        "Send the header `authorization: Bearer KEY` with one of the configured API keys.",
    /// A token that does not hold.
    InvalidToken "invalid_token" UNAUTHORIZED
        "The token is not valid"
        "Get a token for this service from the issuer that is configured in `auth.jwt`.",
    /// A token that has ended.
    TokenExpired "token_expired" UNAUTHORIZED
        "The token has expired"
        "Get a new token and send the call again.",
    /// Credentials in two places.
    AmbiguousCredentials "ambiguous_credentials" BAD_REQUEST
        "The call has credentials in two places"
        "Send the token in the path or in the `authorization` header, not in both.",
    /// A page of another origin called with its visitor's cookies.
    ForeignOrigin "foreign_origin" FORBIDDEN
        "A page of another origin called with its visitor's cookies"
        "Name the page's origin in `cors.allowedOrigins` of dropslip.toml, if it is yours.",
    /// The application, or the issuer of tokens, gives no answer.
    AuthorizationUnavailable "authorization_unavailable" SERVICE_UNAVAILABLE
        "It cannot be found out whether the call is allowed"
        "Try again; if it happens again, the service's log says what gives no answer.",
    /// The application answers what cannot be used.
    AuthorizationFailed "authorization_failed" BAD_GATEWAY
        "It cannot be found out whether the call is allowed"
        "Look for the request id in the service's log: it says what is wrong with the application's answer.",
    /// Called too often.
    RateLimited "rate_limited" TOO_MANY_REQUESTS
        "Too many calls"
        "Wait for the seconds that the `retry-after` header says.",
    /// The quota of the day is used up.
    QuotaExceeded "quota_exceeded" TOO_MANY_REQUESTS
        "The quota of the day is used up"
        "Try again when the day ends in UTC, or send less; the detail says what is left.",
    /// The caller is known, and may not do this.
    Forbidden "forbidden" FORBIDDEN
        "The caller may not do this"
        "Call as the subject that the upload was issued for, or from the back end with an API key.",
    /// The caller is known, and may not use this preset.
    PresetNotAllowed "preset_not_allowed" FORBIDDEN
        "The caller may not use this preset"
        "Take a preset that the caller's key, token or application allows; GET /v1/presets lists them.",
    /// A service without API keys was called by another name than loopback's.
    ForbiddenHost "forbidden_host" FORBIDDEN
        "Without API keys the service answers on this machine only"
        "Call it as http://localhost, or configure `auth.apiKeys`.",
    /// The id was not made by this service.
    InvalidUploadId "invalid_upload_id" NOT_FOUND
        "There is no such upload"
        "Use the whole `id` of the answer that issued the upload, unchanged.",
    /// The id has expired.
    UploadExpired "upload_expired" GONE
        "The upload has expired"
        "Issue a new upload and send the file again.",
    /// Nothing is at the key.
    NotUploaded "not_uploaded" CONFLICT
        "The file has not arrived at the storage"
        "Send the file to `put.url` first and complete after it answered 200.",
    /// Another size arrived than was announced.
    SizeMismatch "size_mismatch" UNPROCESSABLE_ENTITY
        "The stored file has another size than announced; it was deleted"
        "Issue a new upload with the file's true size.",
    /// Another checksum than was announced.
    ChecksumMismatch "checksum_mismatch" UNPROCESSABLE_ENTITY
        "The stored file has another checksum than announced; it was deleted"
        "Issue a new upload and send the file again; it was damaged or changed on its way.",
    /// The first bytes are of another type than was announced.
    ContentMismatch "content_mismatch" UNPROCESSABLE_ENTITY
        "The stored file is not what its content type says; it was deleted"
        "Upload a file of the announced type, or announce the type that it has.",
    /// Refused before, for a reason that this version does not know.
    UploadRefused "upload_refused" UNPROCESSABLE_ENTITY
        "The upload was refused"
        "Issue a new upload.",
    /// Taken back.
    UploadAborted "upload_aborted" CONFLICT
        "The upload was taken back"
        "Issue a new upload.",
    /// What is stored changed between two looks.
    ObjectChanged "object_changed" CONFLICT
        "The stored file was replaced"
        "Ask again if this was while completing; else the file is another one than was checked. `singleUse` in the preset forbids it.",
    /// No key of this service's.
    UnknownKey "unknown_key" NOT_FOUND
        "The key is none of this service's"
        "Send the whole `key` of an upload; `preset` says which preset issued it.",
    /// Another type arrived than was announced.
    TypeMismatch "type_mismatch" UNPROCESSABLE_ENTITY
        "The stored file has another content type than announced; it was deleted"
        "Send exactly the `put.headers` of the answer that issued the upload.",
    /// The storage gives no answer.
    StorageUnreachable "storage_unreachable" BAD_GATEWAY
        "The storage cannot be reached"
        "Check that the storage runs and that `storage.endpoint` is right as seen from the service.",
    /// The storage refuses.
    StorageRefused "storage_refused" BAD_GATEWAY
        "The storage refused the request"
        "Check the credentials, what they may do on the bucket, and `storage.region`.",
    /// The database gives no answer in time.
    DatabaseUnavailable "database_unavailable" SERVICE_UNAVAILABLE
        "The database does not answer in time"
        "Try again in some seconds; if it lasts, check that the database of `database.url` runs and is not locked.",
    /// More asks than the service has places for.
    Busy "busy" SERVICE_UNAVAILABLE
        "The service has no place left"
        "Try again in a few seconds.",
    /// No such route.
    NotFound "not_found" NOT_FOUND
        "There is nothing at this address"
        "The calls are POST /v1/uploads, POST /v1/uploads/{id}/complete, DELETE /v1/uploads/{id} and GET /v1/presets.",
    /// A call that this service leaves out on purpose.
    NotOffered "not_offered" BAD_REQUEST
        "The service does not offer this"
        "The detail says why, and the documentation what to do instead.",
    /// The route exists for other methods.
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED
        "This address does not take this method"
        "The `allow` header of this answer lists the methods that it takes.",
    /// The fault is ours.
    Internal "internal" INTERNAL_SERVER_ERROR
        "The service failed"
        "Try again; if it happens again, look for the request id in the service's log.",
}

impl Code {
    /// Whether it says what was stored, which another look cannot change.
    pub(crate) const fn is_final(self) -> bool {
        matches!(
            self,
            Self::SizeMismatch
                | Self::TypeMismatch
                | Self::ChecksumMismatch
                | Self::ContentMismatch
        )
    }
}

/// A refusal, on its way to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    detail: String,
    hint: Cow<'static, str>,
    limit: Option<u64>,
    accept: Option<Vec<String>>,
    algorithm: Option<Algorithm>,
    retry_after_s: Option<u64>,
    quota: Option<Box<(Left, String)>>,
    message: bool,
}

/// What is left of a quota; none means without limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Left {
    /// Bytes of this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Files of this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<u64>,
}

impl Problem {
    /// A refusal with what is particular about it, in words for the caller.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            hint: Cow::Borrowed(code.hint()),
            limit: None,
            accept: None,
            algorithm: None,
            retry_after_s: None,
            quota: None,
            message: false,
        }
    }

    /// A fault of ours. What happened goes to the log alone.
    pub fn internal(private: &dyn std::fmt::Display) -> Self {
        tracing::error!(request = %current(), error = %private, "the call failed");
        Self::new(
            Code::Internal,
            "the log has the reason under this answer's request id",
        )
    }

    /// Replaces the table's hint by one that knows more.
    #[must_use]
    pub fn with_hint(mut self, hint: String) -> Self {
        self.hint = Cow::Owned(hint);
        self
    }

    /// Adds the limit that was passed, in bytes.
    #[must_use]
    pub fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Adds the types that would have been accepted.
    #[must_use]
    pub fn with_accept(mut self, accept: Vec<String>) -> Self {
        self.accept = Some(accept);
        self
    }

    /// Adds the kind of checksum that is asked for.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Adds after how long to try again.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Adds what is left of a quota, and when it begins anew (RFC 3339).
    #[must_use]
    pub fn with_left(mut self, left: Left, resets_at: String) -> Self {
        self.quota = Some(Box::new((left, resets_at)));
        self
    }

    /// Says it again as `message` and `error`, where Uppy looks.
    #[must_use]
    pub(crate) fn with_message(mut self) -> Self {
        self.message = true;
        self
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What is particular about it.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    hint: &'a str,
    /// The request in the service's log.
    #[serde(rename = "requestId")]
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accept: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<Left>,
    #[serde(rename = "resetsAt", skip_serializing_if = "Option::is_none")]
    resets_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.code;
        tracing::info!(request = %current(), code = code.as_str(), detail = %self.detail, "refused");
        let message = self
            .message
            .then(|| format!("{}: {}", code.title(), self.detail));
        let body = Body {
            r#type: format!("urn:dropslip:problem:{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            detail: &self.detail,
            code: code.as_str(),
            hint: &self.hint,
            request_id: current().to_string(),
            limit: self.limit,
            accept: self.accept.as_deref(),
            algorithm: self.algorithm.map(checksum_name),
            left: self.quota.as_deref().map(|(left, _)| *left),
            resets_at: self.quota.as_deref().map(|(_, time)| time.as_str()),
            message: message.as_deref(),
            error: message.as_deref(),
        };
        let json = serde_json::to_vec(&body).expect("strings and numbers always serialize");
        let mut response = (code.status(), json).into_response();
        // For whoever counts.
        response.extensions_mut().insert(code);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match code {
            Code::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Code::InvalidToken | Code::TokenExpired => {
                let value = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                headers.insert(header::WWW_AUTHENTICATE, value);
            }
            _ => {}
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A caller's words inside a message: in backticks, without controls, and not longer than a line.
pub(crate) fn echo(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(ECHO_CHARS_MAX)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(ECHO_CHARS_MAX).is_some() {
        short.push('…');
    }
    format!("`{short}`")
}
