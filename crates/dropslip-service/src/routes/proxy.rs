//! `PUT /v1/proxy/{preset}/{fileName}`: the file goes through the service; answers what `complete` answers.
//!
//! All that can be refused is refused before the body is asked for, so a client that sends `expect: 100-continue` keeps
//! its bytes.

use std::collections::BTreeMap;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State as AxumState};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use dropslip_s3::checksum::{Algorithm, Checksum};
use dropslip_s3::mail_words;

use crate::auth;
use crate::caller::{Action, Wished};
use crate::decide::Wish;
use crate::problem::{Code, Problem, echo};
use crate::proxy;
use crate::state::State;

#[utoipa::path(
    put,
    path = "/v1/proxy/{preset}/{fileName}",
    operation_id = "proxy",
    tag = "uploads",
    summary = "Takes the file itself and sends it to the storage",
    params(
        ("preset" = String, Path),
        ("fileName" = String, Path),
        ("subject" = Option<String>, Query, description = "For whom, with an API key.")
    ),
    request_body(content = [u8], content_type = "*/*", description = "The file."),
    responses((status = 200, description = "It is stored and complete", body = crate::settle::Completed))
)]
pub(super) async fn proxy(
    AxumState(state): AxumState<State>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let entry = auth::enter(&state, &parts).await?;
    let Path((name, file_name)) = path.map_err(|_| {
        let detail =
            "the path is not of the form `/v1/proxy/PRESET/FILENAME`, percent-encoded UTF-8";
        Problem::new(Code::InvalidRequest, detail)
    })?;
    let size = size(&parts.headers)?;
    let content_type = text(&parts.headers, header::CONTENT_TYPE.as_str())?;
    let metadata = metadata(&parts.headers);
    let subject = subject(parts.uri.query().unwrap_or_default());
    let wished = Wished {
        preset: Some(&name),
        subject: subject.as_deref(),
        file_name: Some(&file_name),
        content_type: Some(content_type),
        size_bytes: size,
        metadata: Some(&metadata),
        ..Wished::default()
    };
    let caller = entry
        .authorize(&state, &parts, Action::Proxy, &wished)
        .await?;
    let preset = state.settings().presets().find(&name);
    let preset = preset.ok_or_else(|| super::create::unknown_preset(&state, &name))?;
    let checksum = checksum(&parts.headers)?;
    let wish = Wish {
        file_name: &file_name,
        content_type,
        size_bytes: size,
        checksum: checksum.as_ref(),
        metadata: &metadata,
    };
    let upload = proxy::plan(&state, preset, &wish, &caller.terms())?;
    let preset = preset.clone();
    let completed = proxy::send(state, preset, upload, body).await?;
    Ok(super::json(&completed))
}

/// The length that is announced; none of a body in chunks.
fn size(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return Ok(None);
    }
    let length = text(headers, header::CONTENT_LENGTH.as_str())?;
    let length = length.parse().ok();
    length.map(Some).ok_or_else(|| {
        let detail = "the call says neither `content-length` nor `transfer-encoding: chunked`";
        Problem::new(Code::LengthRequired, detail)
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Problem> {
    let value = headers.get(name).map(|value| value.to_str()).transpose();
    value.map(Option::unwrap_or_default).map_err(|_| {
        let detail = format!("the header `{name}` has other characters than ASCII");
        Problem::new(Code::InvalidRequest, detail)
    })
}

/// As S3 has it: `x-amz-meta-NAME`.
fn metadata(headers: &HeaderMap) -> BTreeMap<String, String> {
    let all = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-amz-meta-")?;
        Some((name.to_owned(), mail_words::decode(value.as_bytes())))
    });
    all.collect()
}

/// As S3 has it: `x-amz-checksum-sha256` and the like, in base64.
fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, Problem> {
    let mut found = None;
    for algorithm in Algorithm::ALL {
        let value = text(headers, algorithm.header())?;
        if value.is_empty() {
            continue;
        }
        let checksum = Checksum::parse(algorithm, value).ok_or_else(|| {
            let detail = format!(
                "`{}` is {}, no such checksum",
                algorithm.header(),
                echo(value)
            );
            Problem::new(Code::InvalidRequest, detail)
        })?;
        if found.replace(checksum).is_some() {
            let detail = "the call has several checksums; one is enough";
            return Err(Problem::new(Code::InvalidRequest, detail));
        }
    }
    Ok(found)
}

/// For back ends: for whom the file is.
fn subject(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "subject")
        .map(|(_, subject)| subject.into_owned())
}
