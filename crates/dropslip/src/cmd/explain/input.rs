//! What `dropslip explain` is given: a request, the storage's error, or both.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use dropslip_s3::capture::{self, CaptureError, CaptureErrorKind, Captured, Claimed, Har, Piece};
use dropslip_s3::limits::{COMMAND_BYTES_MAX, HAR_BYTES_MAX};
use dropslip_s3::xml::{self, ErrorDocument};
use dropslip_sigv4::Timestamp;

use super::storage;
use crate::args::explain::Explain;
use crate::failure::Failure;
use crate::limits::ERROR_BYTES_MAX;

/// A request as it was sent, and what is known of its fate.
pub(super) struct Input {
    pub(super) sent: Captured,
    /// The storage's error, if it is at hand.
    pub(super) error: Option<ErrorDocument>,
    /// When the request was sent, if that is told.
    pub(super) at: Option<Timestamp>,
    /// The status of an answer that says that the request was taken.
    pub(super) taken: Option<u16>,
    /// What to know beside it.
    pub(super) remarks: Vec<String>,
}

/// What there is to explain.
pub(super) enum Given {
    /// A request.
    Request(Box<Input>),
    /// An error alone that does not hold the request: with the reason that it names, or
    /// without one if it explains itself.
    Error(Box<ErrorDocument>, Option<String>),
}

/// Gathers the input.
pub(super) fn gather(args: &Explain) -> Result<Given, Failure> {
    let pasted = [&args.curl, &args.har, &args.error];
    if pasted
        .iter()
        .filter(|value| value.as_deref() == Some("-"))
        .count()
        > 1
    {
        return Err(Failure::new("only one of the inputs can be `-`")
            .hint("save the others to files and name those"));
    }
    let mut error = args.error.as_deref().map(error_document).transpose()?;
    let mut at = None;
    let mut taken = None;
    let mut assumed = None;
    let mut sent = match (&args.url, &args.curl, &args.har) {
        // Whoever pastes the whole command in the place of the URL is understood.
        (Some(command), ..) if command.starts_with("curl ") => curl(command)?,
        (Some(url), ..) => {
            if args.method.is_none() {
                assumed =
                    Some("no method was given, so GET is assumed: say `-X PUT` for an upload");
            }
            of_url(url, args)?
        }
        (None, Some(command), _) => curl(&command_text(command)?)?,
        (None, None, Some(file)) => {
            let entry = entry(file, args.entry)?;
            at = entry.started.parse().ok().map(timestamp);
            let answer = entry.answer.unwrap_or_default();
            if error.is_none() && answer.contains("<Error") {
                error = xml::find_error(&answer).ok();
            }
            taken = Some(entry.status).filter(|status| matches!(status, 200..300 | 304));
            entry.request
        }
        (None, None, None) => match alone(error.as_ref()) {
            Ok(sent) => sent,
            Err(failure) => return of_error(error.unwrap_or_default()).ok_or(failure),
        },
    };
    sent.measure(length);
    let mut remarks = std::mem::take(&mut sent.remarks);
    remarks.extend(assumed.map(str::to_owned));
    remarks.extend(
        taken.map(|status| format!("this request was answered with {status}, so it was taken")),
    );
    remarks.extend(length_remark(&sent));
    let server_time = error.as_ref().map(|error| error.server_time.as_str());
    let server_time = server_time
        .and_then(|time| time.parse().ok())
        .map(timestamp);
    Ok(Given::Request(Box::new(Input {
        sent,
        error,
        at: server_time.or(at),
        taken,
        remarks,
    })))
}

/// What an error says that does not hold the request.
fn of_error(error: ErrorDocument) -> Option<Given> {
    let reason = match storage::explains(&error) {
        true => None,
        false => Some(storage::reason(&error).or_else(|| storage::other_reason(&error))?),
    };
    Some(Given::Error(Box::new(error), reason))
}

/// A `content-length` that was signed is part of the proof.
fn length_remark(sent: &Captured) -> Option<String> {
    let signed = Claimed::of(sent).signed_headers?;
    let is_signed = signed.split(';').any(|name| name == "content-length");
    (is_signed && sent.header("content-length").is_none()).then(|| {
        "`content-length` was signed, and nothing here says how long the body was: add `-H 'content-length: …'`"
            .to_owned()
    })
}

fn of_url(url: &str, args: &Explain) -> Result<Captured, Failure> {
    let mut headers = Vec::with_capacity(args.headers.len());
    for header in &args.headers {
        let (name, value) = header.split_once(':').ok_or_else(|| {
            Failure::new(format!("`{}` is no header", header.escape_debug()))
                .hint("write it as `-H 'content-type: image/jpeg'`")
        })?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let method = args.method.as_deref().unwrap_or("GET");
    capture::url(url, method, &headers).map_err(told)
}

fn curl(command: &str) -> Result<Captured, Failure> {
    capture::curl(command).map_err(told)
}

/// The command itself, or the file that has it.
fn command_text(value: &str) -> Result<String, Failure> {
    let is_text = value.trim().contains(char::is_whitespace);
    if is_text && !Path::new(value).is_file() {
        return Ok(value.to_owned());
    }
    read("--curl", value, COMMAND_BYTES_MAX)
}

fn entry(file: &str, wanted: Option<usize>) -> Result<capture::HarEntry, Failure> {
    let mut har = Har::parse(&read("--har", file, HAR_BYTES_MAX)?).map_err(told)?;
    let count = har.entries.len();
    let at = match wanted {
        Some(wanted) => wanted
            .checked_sub(1)
            .filter(|at| *at < count)
            .ok_or_else(|| {
                Failure::new(format!("there is no entry {wanted} in the HAR file"))
                    .hint(format!("`--entry` counts from 1, and there are {count}"))
            })?,
        None => har.failing().ok_or_else(|| {
            Failure::new("no request of the HAR file carries a signature").hint(
                "choose one with `--entry N`; browsers leave the `Authorization` header out unless \
                 the file is exported with sensitive data",
            )
        })?,
    };
    Ok(har.entries.swap_remove(at))
}

fn error_document(value: &str) -> Result<ErrorDocument, Failure> {
    let text = match value.trim_start().starts_with('<') {
        true => value.to_owned(),
        false => read("--error", value, ERROR_BYTES_MAX)?,
    };
    xml::find_error(&text).map_err(|error| {
        Failure::new(format!("`--error` is no error of a storage: {error}"))
            .hint("give the body of its answer, `<Error>…</Error>`")
    })
}

fn alone(error: Option<&ErrorDocument>) -> Result<Captured, Failure> {
    let error = error.ok_or_else(|| Failure::new("there is nothing to explain"))?;
    capture::from_error(error).map_err(told)
}

/// Reads a file or standard input.
fn read(flag: &str, name: &str, max: usize) -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        let shown: String = name.chars().take(80).collect();
        Failure::new(format!("cannot read `{}`: {error}", shown.escape_debug())).hint(format!(
            "`{flag}` takes a file, or `-` to paste the text and end it with ctrl-d"
        ))
    };
    let mut bytes = Vec::new();
    let limit = max as u64 + 1;
    match name {
        "-" => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        name => File::open(name).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    }
    .map_err(failed)?;
    if bytes.len() > max {
        return Err(Failure::new(format!("`{flag}` is larger than {max} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(flag, error.as_bytes()))
}

fn not_utf8(flag: &str, bytes: &[u8]) -> Failure {
    let hint = match (bytes, flag) {
        ([0xff, 0xfe, ..] | [0xfe, 0xff, ..], _) => {
            "it is UTF-16, as PowerShell's `>` writes it: save it as UTF-8 (`| Out-File -Encoding utf8 FILE`)"
        }
        (_, "--har") => {
            "it takes the record of requests that a browser saves: in the network panel, Save all as HAR"
        }
        (_, "--curl") => "it takes the text of a `curl` command, not the file that was uploaded",
        _ => "it takes the text of the storage's answer, `<Error>…</Error>`",
    };
    Failure::new(format!("`{flag}` is no text: it is not UTF-8")).hint(hint)
}

/// The length of a file that a command sends.
fn length(piece: &Piece) -> Option<u64> {
    match piece {
        Piece::File(name) => {
            let metadata = fs::metadata(name).ok()?;
            metadata.is_file().then_some(metadata.len())
        }
        Piece::FileWithoutLines(name) => {
            let small = Path::new(name).metadata().ok()?;
            let small = small.is_file() && small.len() <= COMMAND_BYTES_MAX as u64;
            let bytes = small.then(|| fs::read(name).ok())??;
            let kept = bytes.iter().filter(|byte| !b"\r\n\0".contains(byte));
            Some(kept.count() as u64)
        }
        _ => None,
    }
}

fn timestamp(time: jiff::Timestamp) -> Timestamp {
    Timestamp::from_unix_s(time.as_second())
}

/// Reads `--now`.
pub(super) fn time(text: &str) -> Result<Timestamp, Failure> {
    Timestamp::parse_basic(text)
        .or_else(|error| text.parse().map(timestamp).map_err(|_| error))
        .or_else(|_| Timestamp::parse_http(text))
        .map_err(|_| {
            Failure::new(format!("`{}` is no time", text.escape_debug()))
                .hint("write it as `--now 2026-01-31T10:00:00Z`")
        })
}

fn told(error: CaptureError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error.kind() {
        CaptureErrorKind::Url => failure.hint("dropslip explain 'https://…?X-Amz-Signature=…' -X PUT"),
        CaptureErrorKind::Command => {
            failure.hint("in the browser's network panel: Copy, Copy as cURL; then `dropslip explain --curl -`")
        }
        CaptureErrorKind::ErrorDocument => failure.hint(
            "give the request beside it: `dropslip explain --curl COMMAND --error FILE`, or a URL or a HAR file",
        ),
        CaptureErrorKind::Har => failure.hint("in the browser's network panel: Save all as HAR"),
        _ => failure,
    }
}
