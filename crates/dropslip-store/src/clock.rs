//! The only clock of the store.

use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_sigv4::Timestamp;

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The present second.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_unix_s(now_ms() / 1000)
}
