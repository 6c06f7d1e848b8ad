//! The page and the browser client, from the binary itself: nothing to install, and never of another version.
//!
//! The page's content security policy allows this origin and the storage's, and no inline script or style.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::settings::Settings;
use crate::state::State;

const INDEX: &str = include_str!("../../page/index.html");

/// A name, and what the file says.
type File = (&'static str, &'static str);

// `CLIENT` and `PAGE`: what is in the folders, written by the build script.
include!(concat!(env!("OUT_DIR"), "/assets.rs"));

const HTML: &str = "text/html; charset=utf-8";

/// By the end of a file's name.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

pub(super) fn routes(settings: &Settings) -> Router<State> {
    let policy =
        HeaderValue::from_str(&content_security_policy(settings)).expect("origins are ASCII");
    let index = move || async move {
        (
            [(header::CONTENT_SECURITY_POLICY, policy)],
            file(HTML, INDEX),
        )
    };
    let mut router = Router::new().route("/", get(index));
    for (folder, files) in [("page", PAGE), ("client", CLIENT)] {
        for &(name, text) in files {
            router = router.route(
                &format!("/{folder}/{name}"),
                get(async move || file(content_type(name), text)),
            );
        }
    }
    router
}

fn file(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text)
}

/// With virtual-host addressing each bucket is an origin of its own.
fn content_security_policy(settings: &Settings) -> String {
    let mut origins: Vec<String> = Vec::new();
    for preset in settings.presets().iter() {
        let storage = &settings.storages[preset.storage];
        let target = storage.public_endpoint.bucket(&preset.bucket);
        let origin = format!("{}://{}", target.scheme, target.host);
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    let storage = origins.join(" ");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {storage}; \
         img-src 'self' blob: data: {storage}; media-src 'self' blob: data: {storage}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{CLIENT, File, PAGE};

    #[track_caller]
    fn check(folder: &str, except: &str, files: &[File]) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.unwrap().file_name().into_string().unwrap()
        };
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(name)
            .filter(|n| n != except)
            .collect();
        there.sort();
        assert_eq!(files.iter().map(|file| file.0).collect::<Vec<_>>(), there);
    }

    #[test]
    fn every_file_of_the_page_is_embedded() {
        check("page", "index.html", PAGE);
    }

    #[test]
    fn every_file_of_the_client_is_embedded() {
        check("../../client/src", "", CLIENT);
    }
}
