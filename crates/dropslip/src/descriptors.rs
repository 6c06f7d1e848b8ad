//! How many files and connections this process may have open.
//!
//! Systems allow 1,024 to begin with, for programs that cannot count further (`select`),
//! and let each program raise that by itself. Connections are taken as far as their
//! descriptors reach, so that none is dropped for want of one.

use crate::limits::{CONNECTIONS_MAX, DESCRIPTORS_OF_CONNECTION, DESCRIPTORS_OF_PROCESS};

/// What a process is mostly given where it cannot ask.
const USUAL: usize = 1024;

/// Raises what this process may open to what it needs, as far as it may, and gives how
/// many connections that is enough for.
pub(crate) fn connections_max() -> usize {
    const WANTED: usize = CONNECTIONS_MAX * DESCRIPTORS_OF_CONNECTION + DESCRIPTORS_OF_PROCESS;
    connections_within(raised_to(WANTED).unwrap_or(USUAL))
}

fn connections_within(descriptors: usize) -> usize {
    let rest = descriptors.saturating_sub(DESCRIPTORS_OF_PROCESS);
    (rest / DESCRIPTORS_OF_CONNECTION).clamp(1, CONNECTIONS_MAX)
}

/// The number of descriptors after asking for so many.
#[cfg(unix)]
fn raised_to(wanted: usize) -> Option<usize> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let wanted = u64::try_from(wanted).ok()?;
    let mut limit = getrlimit(Resource::Nofile);
    // None means that there is no limit.
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(limit.maximum.map_or(wanted, |most| most.min(wanted)));
        // Where that is refused, what is asked below is still the old number.
        let _ = setrlimit(Resource::Nofile, limit);
    }
    let now = getrlimit(Resource::Nofile).current.unwrap_or(wanted);
    usize::try_from(now).ok()
}

#[cfg(not(unix))]
fn raised_to(wanted: usize) -> Option<usize> {
    let _ = wanted;
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_fit_the_descriptors() {
        assert_eq!(connections_within(usize::MAX), CONNECTIONS_MAX);
        assert_eq!(connections_within(0), 1);
        for descriptors in [64, 100, 256, 1024, 4096] {
            let connections = connections_within(descriptors);
            let needed = connections * DESCRIPTORS_OF_CONNECTION + DESCRIPTORS_OF_PROCESS;
            assert!(needed <= descriptors || connections == 1, "{descriptors}");
        }
        assert!((1..=CONNECTIONS_MAX).contains(&connections_max()));
    }
}
