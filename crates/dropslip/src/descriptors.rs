//! How many files and connections this process may have open.
//!
//! Systems allow 1,024 to begin with, for programs that cannot count further (`select`),
//! and let each program raise that by itself. Connections are taken as far as their
//! descriptors reach, so that none is dropped for want of one.

use crate::limits::{
    DESCRIPTORS_OF_PROCESS, SERVICE_CONNECTIONS_MAX, SERVICE_DESCRIPTORS_OF_CONNECTION,
    STORE_CONNECTIONS_MAX, STORE_DESCRIPTORS_OF_CONNECTION,
};

/// What a process is mostly given where it cannot ask.
const USUAL: usize = 1024;

/// How many connections an address takes, and what each needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    connections_max: usize,
    descriptors_of_connection: usize,
}

impl Room {
    /// That of the store, which reads and writes files for its connections.
    pub(crate) const STORE: Self = Self {
        connections_max: STORE_CONNECTIONS_MAX,
        descriptors_of_connection: STORE_DESCRIPTORS_OF_CONNECTION,
    };

    /// That of the service.
    pub(crate) const SERVICE: Self = Self {
        connections_max: SERVICE_CONNECTIONS_MAX,
        descriptors_of_connection: SERVICE_DESCRIPTORS_OF_CONNECTION,
    };

    /// Raises what this process may open to what it needs, as far as it may, and gives how
    /// many connections that is enough for.
    pub(crate) fn connections_max(self) -> usize {
        let wanted = self.connections_max * self.descriptors_of_connection + DESCRIPTORS_OF_PROCESS;
        self.connections_within(raised_to(wanted).unwrap_or(USUAL))
    }

    fn connections_within(self, descriptors: usize) -> usize {
        let rest = descriptors.saturating_sub(DESCRIPTORS_OF_PROCESS);
        (rest / self.descriptors_of_connection).clamp(1, self.connections_max)
    }
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
        for room in [Room::STORE, Room::SERVICE] {
            assert_eq!(room.connections_within(usize::MAX), room.connections_max);
            assert_eq!(room.connections_within(0), 1);
            for descriptors in [64, 100, 256, 1024, 4096] {
                let connections = room.connections_within(descriptors);
                let needed = connections * room.descriptors_of_connection + DESCRIPTORS_OF_PROCESS;
                assert!(needed <= descriptors || connections == 1, "{descriptors}");
            }
            assert!((1..=room.connections_max).contains(&room.connections_max()));
        }
    }
}
