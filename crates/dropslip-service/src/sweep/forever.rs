//! Sweeps of a running service: again and again, by one replica at a time.

use std::time::Duration;

use uuid::Uuid;

use super::Sweep;
use crate::config::ConfigError;
use crate::limits::{SWEEP_EVERY_S_DEFAULT, SWEEP_EVERY_S_MAX, SWEEP_EVERY_S_MIN};
use crate::state::State;

/// The name of the lease.
const LEASE: &str = "sweep";

/// Reads `sweep.every`; none for `never`.
pub(crate) fn check_every(every: Option<&str>) -> Result<Option<u64>, ConfigError> {
    let wrong = |message: String| Err(ConfigError::service("sweep.every", message));
    let text = match every {
        None => return Ok(Some(SWEEP_EVERY_S_DEFAULT)),
        Some("never") => return Ok(None),
        Some(text) => text,
    };
    match humantime::parse_duration(text).map(|every| every.as_secs()) {
        Ok(s @ SWEEP_EVERY_S_MIN..=SWEEP_EVERY_S_MAX) => Ok(Some(s)),
        Ok(_) => wrong(format!("is `{text}`; it may be `1m` to `7d`, or `never`")),
        Err(_) => wrong(format!(
            "is `{}`, neither a duration such as `1h` nor `never`",
            text.escape_debug()
        )),
    }
}

/// Sweeps as often as the configuration says; ends at once where it says never. It may be dropped at any time.
pub async fn forever(state: State) {
    let Some(every_s) = state.settings().sweep_every_s else {
        return;
    };
    let holder = Uuid::new_v4().to_string();
    loop {
        // Replicas start together; each at a time of its own, and one that restarts often sweeps too.
        let pause_s = fastrand::u64(every_s / 2..=every_s);
        tokio::time::sleep(Duration::from_secs(pause_s)).await;
        if !is_mine(&state, &holder, every_s).await {
            continue;
        }
        match Sweep::default().run(&state, |_| {}).await {
            Ok(all) => {
                for swept in all {
                    let done = swept.completed + swept.refused + swept.removed + swept.aborted;
                    if done + swept.failed > 0 {
                        tracing::info!(?swept, "swept");
                    }
                }
            }
            Err(error) => tracing::error!(%error, "cannot sweep"),
        }
    }
}

/// Of several replicas one sweeps, for as long as it lives. Without a database there is nothing to agree by; two sweeps
/// at once do no harm.
async fn is_mine(state: &State, holder: &str, every_s: u64) -> bool {
    let Some(database) = state.database() else {
        return true;
    };
    let now_ms = state.now().unix_s().saturating_mul(1000);
    let lease_ms = i64::try_from(every_s)
        .unwrap_or(i64::MAX)
        .saturating_mul(1500);
    let lease = database.lease(LEASE, holder, now_ms, now_ms.saturating_add(lease_ms));
    match lease.await {
        Ok(is_mine) => is_mine,
        Err(error) => {
            tracing::warn!(%error, "cannot ask whose turn it is to sweep");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_often() {
        assert_eq!(check_every(None).unwrap(), Some(3600));
        assert_eq!(check_every(Some("never")).unwrap(), None);
        assert_eq!(check_every(Some("1m")).unwrap(), Some(60));
        assert_eq!(check_every(Some("7d")).unwrap(), Some(604_800));
        for wrong in ["", "59s", "8d", "0", "1", "Never", "-1h", "soon"] {
            let error = check_every(Some(wrong)).unwrap_err().to_string();
            assert!(error.contains("sweep.every"), "{error}");
        }
    }
}
