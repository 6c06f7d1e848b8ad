//! The page and the browser client, from the binary itself: nothing to install, and never of another version.
//!
//! The page's content security policy allows this origin and the storage's, and no inline script or style.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::settings::Settings;
use crate::state::State;

const CSS: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const TEXT: &str = "text/plain; charset=utf-8";

const INDEX: &str = include_str!("../../page/index.html");

macro_rules! files {
    ($folder:literal: $($name:literal $content_type:ident,)*) => {
        &[$(($name, $content_type, include_str!(concat!("../../", $folder, "/", $name))),)*]
    };
}

type File = (&'static str, &'static str, &'static str);

/// Served under `/page/`.
const PAGE: &[File] = files! { "page":
    "base.css" CSS,
    "dom.js" JS,
    "format.js" JS,
    "icon.svg" SVG,
    "page.css" CSS,
    "page.js" JS,
    "presets.js" JS,
    "queue.js" JS,
    "row.js" JS,
    "slip.css" CSS,
};

/// Served under `/client/`.
const CLIENT: &[File] = files! { "../../client/src":
    "dropslip.js" JS,
    "error.js" JS,
    "flow.js" JS,
    "progress.js" JS,
    "retry.js" JS,
    "send.js" JS,
    "service.js" JS,
    "types.d.ts" TEXT,
};

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
        for &(name, content_type, text) in files {
            router = router.route(
                &format!("/{folder}/{name}"),
                get(async move || file(content_type, text)),
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
