//! What `@uppy/aws-s3` asks of its server, so that Uppy works unchanged: the paths of Companion below `/s3`, and
//! `POST /sign` for version 6 with a `signRequest` of its own.
//!
//! It is another way to the same uploads: authorized, decided, issued and completed as those of `/v1`. Two things
//! differ. Uppy does not tell a file's size before it sends it, so the preset's limits stand in what is signed, and
//! those of an upload in parts are looked at before the parts are joined. And it sends no id but S3's `uploadId`, so
//! the one that it gets is the sealed id of the upload, which it gives back without looking at it.
//!
//! Sources: `packages/@uppy/companion/src/server/controllers/s3.ts` and `packages/@uppy/aws-s3/src` of
//! `transloadit/uppy`, versions 5 and 6.

mod bodies;
pub(super) mod multipart;
pub(super) mod params;
mod preset;
mod question;
mod refused;
pub(super) mod sign;

use axum::Router;
use axum::routing::{get, post};

use crate::problem::{Code, Problem};
use crate::state::State;
use refused::Refused;

/// The routes; none where the configuration turns them off.
pub(super) fn routes(state: &State) -> Router<State> {
    let uppy = &state.settings().uppy;
    if !uppy.enabled {
        return Router::new();
    }
    let companion = Router::new()
        .route("/params", get(params::params))
        .route("/sts", get(sts))
        .route("/multipart", post(multipart::create))
        .route(
            "/multipart/{id}",
            get(multipart::list).delete(multipart::abort),
        )
        .route("/multipart/{id}/batch", get(multipart::batch))
        .route("/multipart/{id}/complete", post(multipart::complete))
        .route("/multipart/{id}/{number}", get(multipart::part))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    Router::new()
        .nest("/s3", companion)
        .route("/sign", post(sign::sign).fallback(method_not_allowed))
}

/// `GET /s3/sts`
async fn sts() -> Refused {
    let detail = "temporary credentials of the storage are not handed out";
    let hint = "Leave `getTemporarySecurityCredentials` away: such credentials could write any key and any size, and \
                here each request is signed by itself.";
    Problem::new(Code::NotOffered, detail)
        .with_hint(hint.to_owned())
        .into()
}

async fn not_found() -> Refused {
    let detail = "the path of the address is none of those that Uppy asks";
    Problem::new(Code::NotFound, detail).into()
}

async fn method_not_allowed() -> Refused {
    Problem::new(
        Code::MethodNotAllowed,
        "the path is right, the method is not",
    )
    .into()
}
