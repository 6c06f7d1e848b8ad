//! `DeleteObject`, which Uppy's client can ask and its plugin never does.
//!
//! Keys are no secret: they stand in the addresses of public files. So who knows one may not delete what it names. The
//! one whose `{subject}` is in the key may, as long as the upload is not completed; what is, belongs to the
//! application.

use dropslip_s3::ObjectKey;
use dropslip_s3::presign::{Presign, presign};

use super::known::Found;
use super::{Answer, Asking};
use crate::auth::caller::Action;
use crate::database::Decided;
use crate::limits::UPPY_FINAL_EXPIRES_S;
use crate::problem::{Code, Problem};

pub(super) async fn sign(
    asking: Asking<'_>,
    key: &ObjectKey,
    preset: Option<&str>,
) -> Result<Answer, Problem> {
    let state = asking.state;
    let (found, caller) = Found::authorize(asking, key, preset, Action::Abort).await?;
    if !found.is_own(&caller) {
        return Err(refuse(
            "nothing in the key says that the file is this caller's",
        ));
    }
    let Some(database) = state.database() else {
        return Err(refuse(
            "without a database nobody knows whether the file is completed",
        ));
    };
    let record = database
        .find(found.captured.uuid)
        .await
        .map_err(Problem::from)?;
    if record.is_some_and(|record| record.state == Decided::Completed) {
        return Err(refuse("the file is completed"));
    }
    let storage = state.storage_of(found.preset);
    let request = Presign {
        method: "DELETE",
        target: &storage.public().object(&found.preset.bucket, key),
        headers: &[],
        expires_s: found.preset.expires_s.min(UPPY_FINAL_EXPIRES_S),
    };
    presign(storage.signer(), &request, state.now())
        .map(Answer::plain)
        .map_err(|error| Problem::internal(&error))
}

fn refuse(detail: &str) -> Problem {
    let hint = "Delete files in your back end, with credentials of its own.";
    Problem::new(Code::Forbidden, detail).with_hint(hint.to_owned())
}
