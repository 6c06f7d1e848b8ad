//! One fault: which requests it meets, how often, and what it does to them.
//!
//! Read from JSON in which nothing unknown is passed over: a misspelt fault would leave a
//! test green that proves nothing.

use std::fmt;
use std::time::Duration;

use dropslip_s3::Code;
use serde::{Deserialize, Serialize};

use super::limits::{
    DELAY_MS_MAX, FAULT_CODE_LEN_MAX, FAULT_MESSAGE_LEN_MAX, FAULTS_MAX, RETRY_AFTER_S_MAX,
    SKEW_S_MAX,
};

/// The document of `/_dropslip/faults`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultList {
    pub(super) faults: Vec<Fault>,
}

/// A fault as it is written. What stands for a condition and is left out always holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Fault {
    /// `PUT`, in capitals.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// `PutObject`, as S3 calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_prefix: Option<String>,

    /// How many requests pass first.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) skip: u32,
    /// How many requests it meets after that; all, if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u32>,
    /// How probably it meets each, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    /// What chance begins with: with the same seed the same requests are met.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,

    /// Answers this status in place of doing anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// S3's code of that answer, such as `SlowDown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The header `Retry-After` of that answer, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u32>,
    /// Waits before the answer; what was asked is done by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    /// Cuts the connection once so many bytes of the body have come, without an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_request_after_bytes: Option<u64>,
    /// Cuts the connection once so many bytes of the answer's body have gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_answer_after_bytes: Option<u64>,
    /// Checks the signature as if it were so many seconds later; earlier, if negative.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_skew_s: Option<i64>,
    /// Checks presigned URLs as if they had just expired.
    #[serde(skip_serializing_if = "is_false")]
    expire_urls: bool,
    /// Lets so many bytes through in a second, each way.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_second: Option<u32>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What is done to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Answered in place of anything else.
    pub(super) forced: Option<Forced>,
    pub(super) delay: Duration,
    pub(super) cut_request_after_bytes: Option<u64>,
    pub(super) cut_answer_after_bytes: Option<u64>,
    pub(super) clock_skew_s: i64,
    pub(super) expire_urls: bool,
    pub(super) bytes_per_second: Option<u32>,
}

/// An answer that is made up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Forced {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) retry_after_s: Option<u32>,
}

/// What of a request a fault looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) method: &'a str,
    pub(super) operation: Option<&'a str>,
    pub(super) bucket: Option<&'a str>,
    pub(super) key: Option<&'a str>,
}

impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(forced) = &self.forced {
            parts.push(format!("answered {} {}", forced.status, forced.code));
        }
        if !self.delay.is_zero() {
            parts.push(format!("waited {} ms", self.delay.as_millis()));
        }
        if let Some(bytes) = self.cut_request_after_bytes {
            parts.push(format!("cuts after {bytes} bytes of the request"));
        }
        if let Some(bytes) = self.cut_answer_after_bytes {
            parts.push(format!("cuts after {bytes} bytes of the answer"));
        }
        if self.clock_skew_s != 0 {
            parts.push(format!("clock off by {} s", self.clock_skew_s));
        }
        if self.expire_urls {
            parts.push("URL held to be expired".to_owned());
        }
        if let Some(rate) = self.bytes_per_second {
            parts.push(format!("{rate} bytes a second"));
        }
        f.write_str(&parts.join(", "))
    }
}

impl FaultList {
    /// Reads and checks a list of faults. `is_operation` knows the operations by name.
    ///
    /// The error says what is wrong and in which fault.
    pub(super) fn read(json: &[u8], is_operation: impl Fn(&str) -> bool) -> Result<Self, String> {
        let list: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if list.faults.len() > FAULTS_MAX {
            return Err(format!("there are more than {FAULTS_MAX} faults"));
        }
        for (index, fault) in list.faults.iter().enumerate() {
            fault
                .check(&is_operation)
                .map_err(|why| format!("fault {}: {why}", index + 1))?;
        }
        Ok(list)
    }
}

impl Fault {
    fn check(&self, is_operation: impl Fn(&str) -> bool) -> Result<(), String> {
        const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"];
        if let Some(method) = &self.method
            && !METHODS.contains(&method.as_str())
        {
            return Err(format!("`method` is one of {}", METHODS.join(", ")));
        }
        if let Some(operation) = &self.operation
            && !is_operation(operation)
        {
            return Err(format!(
                "no operation is called `{}`; an example is `PutObject`",
                operation.escape_debug()
            ));
        }
        if self.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Err("`probability` is a number from 0 to 1".to_owned());
        }
        if self.seed.is_some() && self.probability.is_none() {
            return Err("`seed` is of no use without `probability`".to_owned());
        }
        if self.times == Some(0) {
            return Err("`times` is at least 1".to_owned());
        }
        if self.delay_ms.is_some_and(|ms| ms > DELAY_MS_MAX) {
            return Err(format!("`delayMs` is at most {DELAY_MS_MAX}"));
        }
        if self.bytes_per_second == Some(0) {
            return Err("`bytesPerSecond` is at least 1".to_owned());
        }
        if self
            .clock_skew_s
            .is_some_and(|s| s.unsigned_abs() > SKEW_S_MAX.unsigned_abs())
        {
            return Err(format!("`clockSkewS` is within {SKEW_S_MAX} both ways"));
        }
        if self.expire_urls && self.clock_skew_s.is_some() {
            return Err("`expireUrls` and `clockSkewS` exclude each other".to_owned());
        }
        self.check_answer()?;
        let does_something = self.status.is_some()
            || self.code.is_some()
            || self.delay_ms.is_some()
            || self.cut_request_after_bytes.is_some()
            || self.cut_answer_after_bytes.is_some()
            || self.clock_skew_s.is_some()
            || self.expire_urls
            || self.bytes_per_second.is_some();
        if !does_something {
            return Err(
                "it does nothing; give `status`, `delayMs`, `cutRequestAfterBytes`, `cutAnswerAfterBytes`, \
                 `clockSkewS`, `expireUrls` or `bytesPerSecond`"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn check_answer(&self) -> Result<(), String> {
        if self.status.is_none() && self.code.is_none() {
            return match (&self.message, self.retry_after_s) {
                (None, None) => Ok(()),
                _ => Err("`message` and `retryAfterS` need a `status` or a `code`".to_owned()),
            };
        }
        if self.status.is_some_and(|s| !(400..=599).contains(&s)) {
            return Err("`status` is from 400 to 599".to_owned());
        }
        if let Some(code) = &self.code {
            let is_name = code.bytes().all(|b| b.is_ascii_alphanumeric());
            if code.is_empty() || code.len() > FAULT_CODE_LEN_MAX || !is_name {
                return Err("`code` has letters and digits only, such as `SlowDown`".to_owned());
            }
        }
        let message_len = self.message.as_ref().map_or(0, String::len);
        if message_len > FAULT_MESSAGE_LEN_MAX {
            return Err(format!(
                "`message` is longer than {FAULT_MESSAGE_LEN_MAX} bytes"
            ));
        }
        if self.retry_after_s.is_some_and(|s| s > RETRY_AFTER_S_MAX) {
            return Err(format!("`retryAfterS` is at most {RETRY_AFTER_S_MAX}"));
        }
        self.forced().map(|_| ())
    }

    /// The answer that is made up, where the other half of status and code is S3's.
    fn forced(&self) -> Result<Option<Forced>, String> {
        let of_code = |code: &str| Code::ALL.iter().find(|known| known.as_str() == code);
        let (status, code) = match (self.status, self.code.as_deref()) {
            (None, None) => return Ok(None),
            (Some(status), Some(code)) => (status, code),
            (None, Some(code)) => match of_code(code) {
                Some(known) => (known.status(), code),
                None => return Err(format!("`{code}` needs a `status`")),
            },
            (Some(status), None) => match usual_code(status) {
                Some(code) => (status, code),
                None => return Err(format!("the status {status} needs a `code`")),
            },
        };
        let usual = of_code(code).map(|known| known.message());
        let message = self.message.as_deref().or(usual);
        Ok(Some(Forced {
            status,
            code: code.to_owned(),
            message: message.unwrap_or("A fault that was asked for.").to_owned(),
            retry_after_s: self.retry_after_s,
        }))
    }

    /// Whether a request is of the kind that is meant. A preflight is only if the fault
    /// names its method: it would use up what is meant for the upload behind it.
    pub(super) fn means(&self, subject: &Subject<'_>) -> bool {
        let is = |wanted: &Option<String>, has: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| has == Some(wanted))
        };
        let has_prefix = |prefix: &String| subject.key.is_some_and(|key| key.starts_with(prefix));
        (subject.method != "OPTIONS" || self.method.is_some())
            && is(&self.method, Some(subject.method))
            && is(&self.operation, subject.operation)
            && is(&self.bucket, subject.bucket)
            && self.key_prefix.as_ref().is_none_or(has_prefix)
    }

    /// Whether chance lets the request of this number, among those that are meant, pass.
    pub(super) fn hits(&self, number: u64) -> bool {
        let Some(probability) = self.probability else {
            return true;
        };
        // The upper 53 bits are the fraction of a number from 0 to 1.
        let chance = mixed(self.seed.unwrap_or(0).wrapping_add(number)) >> 11;
        (chance as f64) < probability * (1u64 << 53) as f64
    }

    /// What it does.
    pub(super) fn effects(&self) -> Effects {
        Effects {
            // A fault that cannot say it was refused when it was read.
            forced: self.forced().ok().flatten(),
            delay: Duration::from_millis(self.delay_ms.unwrap_or(0)),
            cut_request_after_bytes: self.cut_request_after_bytes,
            cut_answer_after_bytes: self.cut_answer_after_bytes,
            clock_skew_s: self.clock_skew_s.unwrap_or(0),
            expire_urls: self.expire_urls,
            bytes_per_second: self.bytes_per_second,
        }
    }
}

/// The code that S3 sends with a status, as far as there is a usual one.
fn usual_code(status: u16) -> Option<&'static str> {
    Some(match status {
        400 => "InvalidRequest",
        403 => "AccessDenied",
        404 => "NoSuchKey",
        405 => "MethodNotAllowed",
        409 => "OperationAborted",
        412 => "PreconditionFailed",
        429 => "TooManyRequests",
        500 => "InternalError",
        501 => "NotImplemented",
        503 => "SlowDown",
        _ => return None,
    })
}

/// A number whose bits depend on every bit of another (the finalizer of SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
