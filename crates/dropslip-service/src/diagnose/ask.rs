//! Asks a storage what a browser would ask it, from where the service is. The only file here that touches the network.
//!
//! Addresses come from the configuration and from the sealed id alone. No redirect is followed, and of an answer no more
//! is read than the error document that S3 gives.

use std::time::Duration;

use dropslip_s3::Target;
use dropslip_s3::client;
use dropslip_s3::cors::preflight::{Answered, Asked};
use dropslip_s3::xml::read_error;
use reqwest::header::{
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, ORIGIN,
};
use reqwest::{Client, Method, RequestBuilder, Response};
use url::Url;

use crate::limits::{DIAGNOSE_ANSWER_BYTES_MAX, DIAGNOSE_REQUEST_S_MAX};
use crate::outgoing;

/// A part of an upload that is none: no storage keeps bytes for it, signed or not, however open the bucket is.
const NO_UPLOAD: &str = "partNumber=1&uploadId=dropslip-diagnose";

/// What asks about one address.
pub(crate) struct Asker {
    http: Client,
    url: Url,
}

impl Asker {
    pub(crate) fn new(target: &Target) -> Result<Self, String> {
        let url = Url::parse(&target.url()).map_err(|error| error.to_string())?;
        if url.path() != target.path {
            return Err("the key has a `.` or `..` segment, which a URL cannot carry".to_owned());
        }
        let limit = Duration::from_secs(DIAGNOSE_REQUEST_S_MAX);
        let http = outgoing::client(&url, limit)?;
        Ok(Self { http, url })
    }

    /// A preflight, as a browser makes it.
    pub(crate) async fn preflight(&self, asked: &Asked<'_>) -> Result<Answered, String> {
        let mut request = self
            .http
            .request(Method::OPTIONS, self.url.clone())
            .header(ORIGIN, asked.origin)
            .header(ACCESS_CONTROL_REQUEST_METHOD, asked.method);
        if let Some(names) = asked.headers_text() {
            request = request.header(ACCESS_CONTROL_REQUEST_HEADERS, names);
        }
        answered(request).await
    }

    /// A real request without a signature. It is refused, and shows what real answers carry.
    pub(crate) async fn request(
        &self,
        method: &'static str,
        origin: Option<&str>,
    ) -> Result<Answered, String> {
        let mut url = self.url.clone();
        if method == "PUT" {
            url.set_query(Some(NO_UPLOAD));
        }
        let method = Method::from_bytes(method.as_bytes()).expect("a method of ours is a token");
        let mut request = self.http.request(method, url).header(CONTENT_LENGTH, 0);
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        answered(request).await
    }
}

async fn answered(request: RequestBuilder) -> Result<Answered, String> {
    let answer = request.send().await.map_err(why)?;
    let answered = client::answered(answer.status().as_u16(), answer.headers());
    Ok(match answer.status().is_success() {
        true => answered,
        false => Answered {
            code: code(answer).await,
            ..answered
        },
    })
}

/// S3's code, of an answer that is not too long for one.
async fn code(answer: Response) -> Option<String> {
    let body = outgoing::body(answer, DIAGNOSE_ANSWER_BYTES_MAX)
        .await
        .ok()?;
    let code = read_error(&body).ok()?.code;
    (!code.is_empty()).then_some(code)
}

fn why(error: reqwest::Error) -> String {
    match error.is_timeout() {
        true => format!("no answer within {DIAGNOSE_REQUEST_S_MAX} seconds"),
        false => outgoing::why(error),
    }
}
