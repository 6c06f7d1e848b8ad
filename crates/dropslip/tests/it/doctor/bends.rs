//! What a proxy does to uploads so that the storage behind it looks like another: it signs again what nobody signed, and
//! leaves out what was to be held.

use dropslip_s3::form_data::{FormReader, Piece};
use dropslip_sigv4::{Credentials, Payload, Request, Signer};

use crate::meddler::{Meddle, Message};
use crate::storage::now;

/// What is done to a request, or what is answered in the storage's place.
pub(super) type Bend = fn(&mut Message) -> Option<Message>;

/// One bend, before a storage whose errors do not show the request that arrived.
pub(super) struct Terse(pub(super) Bend);

impl Meddle for Terse {
    fn request(&self, request: &mut Message) -> Option<Message> {
        (self.0)(request)
    }

    fn answer(&self, _request: &Message, answer: &mut Message) {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if text.contains("<CanonicalRequest>") {
            let error = Message::error("403 Forbidden", "SignatureDoesNotMatch", "");
            *answer = error;
        }
    }
}

/// Whether it is signed in its address.
pub(super) fn is_presigned(request: &Message) -> bool {
    request.path().contains("X-Amz-Signature=")
}

/// Whether it is a presigned PUT of the object of this name.
pub(super) fn puts(request: &Message, name: &str) -> bool {
    let path = request.path().split('?').next().unwrap_or_default();
    request.method() == "PUT" && is_presigned(request) && path.ends_with(&format!("/{name}"))
}

/// Whether it is a form.
pub(super) fn is_form(request: &Message) -> bool {
    let kind = request.header("content-type").unwrap_or_default();
    request.method() == "POST" && kind.starts_with("multipart/form-data")
}

/// Signs a request again, whoever signed it and whatever for.
pub(super) fn sign(request: &mut Message) {
    let (method, target) = (request.method().to_owned(), request.path().to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let own: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("X-Amz-"))
        .collect();
    let query = own.join("&");
    for name in ["authorization", "x-amz-date", "x-amz-content-sha256"] {
        request.remove(name);
    }
    let host = request.header("host").unwrap_or_default().to_owned();
    // Whatever belongs to S3 has to be signed.
    let s3 = request
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-amz-"));
    let mut headers: Vec<(&str, &[u8])> = s3
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    headers.push(("host", host.as_bytes()));
    let signed = Request {
        method: &method,
        path,
        query: &query,
        headers: &headers,
    };
    let keys = Credentials::new("dropslip", "dropslip-dev-secret");
    let signer = Signer::new(keys, "us-east-1", "s3");
    let signed = signer.sign(&signed, &Payload::Unsigned, now()).unwrap();
    for (name, value) in signed.headers {
        request.set(name, &value);
    }
    let length = request.body.len().to_string();
    request.set("content-length", &length);
    request.start = match query.as_str() {
        "" => format!("{method} {path} HTTP/1.1"),
        query => format!("{method} {path}?{query} HTTP/1.1"),
    };
}

/// The key of a form.
pub(super) fn key_of(request: &Message) -> String {
    form(request).0
}

/// Stores a form's file under its key, whatever its policy says.
pub(super) fn store_form(request: &mut Message) {
    let (key, file) = form(request);
    let bucket = request.path().trim_end_matches('/').to_owned();
    request.start = format!("PUT {bucket}/{key} HTTP/1.1");
    request.set("content-type", "image/png");
    request.body = file;
    sign(request);
}

fn form(request: &Message) -> (String, Vec<u8>) {
    let (mut key, mut file) = (String::new(), Vec::new());
    let kind = request.header("content-type").unwrap_or_default();
    let Ok(mut reader) = FormReader::new(kind) else {
        return (key, file);
    };
    let mut rest = &request.body[..];
    while let Ok(Some(piece)) = reader.read(&mut rest) {
        match piece {
            Piece::Field { name, value } if name == "key" => {
                key = String::from_utf8(value).unwrap();
            }
            Piece::Data(bytes) => file.extend_from_slice(bytes),
            _ => {}
        }
    }
    (key, file)
}

/// A refusal.
pub(super) fn refusal(status: &str, code: &str) -> Option<Message> {
    Some(Message::error(status, code, ""))
}
