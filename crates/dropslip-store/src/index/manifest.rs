//! Objects made of parts: one row for each part, by its place in the object.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::IndexError;
use super::record::ManifestId;
use super::table::Table;
use super::tx::{Read, Tx, end_of};
use crate::disk::DataId;

/// A part of an object.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartOfObject {
    pub(crate) number: u16,
    pub(crate) data: DataId,
    pub(crate) size_bytes: u64,
}

/// The rows of a manifest.
fn row(id: ManifestId, offset: u64) -> Vec<u8> {
    [id.0.0.to_be_bytes().as_slice(), &offset.to_be_bytes()].concat()
}

/// Gives up the bytes of all parts, and the manifest.
pub(crate) fn release(tx: &mut Tx<'_>, id: ManifestId) -> Result<(), IndexError> {
    let start = row(id, 0);
    let end = end_of(&id.0.0.to_be_bytes());
    let span = (
        Bound::Included(start.as_slice()),
        end.as_ref().map(Vec::as_slice),
    );
    let rows: Vec<_> = tx.rows(Table::Manifests, span)?.collect::<Result<_, _>>()?;
    for (key, part) in rows {
        let part: PartOfObject = serde_json::from_slice(&part)?;
        tx.release(part.data);
        tx.remove(Table::Manifests, key);
    }
    Ok(())
}
