//! The events that tell of decisions. Nobody is told yet.

use crate::database::{NewEvent, Record};
use crate::state::State;
use crate::storage::Storage;

/// The events that go with a decision.
pub(crate) fn events(_state: &State, _storage: &Storage, _record: &Record) -> Vec<NewEvent> {
    Vec::new()
}
