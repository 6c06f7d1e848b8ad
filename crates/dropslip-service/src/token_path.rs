//! `/t/{token}/…`: the same paths for clients that can send no header, such as Uppy 6 and `EventSource`.
//!
//! The token is taken out of the path before anything else sees it, so neither routes, logs nor answers hold it. Only
//! paths that no route has come here: other calls pay nothing for it.

use axum::Router;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use crate::limits::TOKEN_PATH_BYTES_MAX;
use crate::problem::{Code, Problem};

const PREFIX: &str = "/t/";

/// Adds the paths with a token before them. `router` must have its fallback already.
pub(crate) fn around(router: Router, not_found: fn() -> Problem) -> Router {
    let inner = router.clone();
    router.fallback(move |request: Request| {
        let inner = inner.clone();
        async move {
            if !request.uri().path().starts_with(PREFIX) {
                return not_found().into_response();
            }
            match take_token(request) {
                Ok(request) => call(inner, request).await,
                Err(problem) => problem.into_response(),
            }
        }
    })
}

async fn call(router: Router, request: Request) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Moves the token from the path to the header that it stands for.
fn take_token(mut request: Request) -> Result<Request, Problem> {
    if request.headers().contains_key(AUTHORIZATION) {
        return Err(Problem::new(
            Code::AmbiguousCredentials,
            "the call has a token in its path and an `authorization` header",
        ));
    }
    let path = request
        .uri()
        .path()
        .strip_prefix(PREFIX)
        .unwrap_or_default();
    let (token, rest) = path
        .split_once('/')
        .ok_or_else(|| Problem::new(Code::NotFound, "the path ends after the token"))?;
    let wrong = || {
        Problem::new(
            Code::Unauthorized,
            "the token in the path is empty, too long or cut in two",
        )
    };
    // Three characters of the path may be one of the token.
    if token.is_empty() || token.len() > 3 * TOKEN_PATH_BYTES_MAX {
        return Err(wrong());
    }
    let token: Zeroizing<Vec<u8>> = Zeroizing::new(percent_decode_str(token).collect());
    let is_text = token.iter().all(u8::is_ascii_graphic);
    if !is_text || token.len() > TOKEN_PATH_BYTES_MAX {
        return Err(wrong());
    }
    let mut value = Zeroizing::new(b"Bearer ".to_vec());
    value.extend_from_slice(&token);
    let mut value = HeaderValue::from_bytes(&value).map_err(|_| wrong())?;
    value.set_sensitive(true);
    let path = match request.uri().query() {
        None => format!("/{rest}"),
        Some(query) => format!("/{rest}?{query}"),
    };
    let path: PathAndQuery = path.parse().map_err(|_| wrong())?;
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.path_and_query = Some(path);
    *request.uri_mut() = Uri::from_parts(parts).map_err(|_| wrong())?;
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(request)
}
