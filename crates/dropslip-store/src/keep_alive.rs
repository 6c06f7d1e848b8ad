//! Answers that take long: white space until they are there.
//!
//! Clients and what stands between give a connection up that stays silent. S3 therefore
//! answers some operations with 200 at once, sends white space while it works, and then the
//! result or the error in the body
//! ([CompleteMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html)).
//! Most are done long before; they get their true status.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use bytes::Bytes;
use http_body::Frame;
use tokio::task::JoinHandle;
use tokio::time::{Interval, interval, timeout};

use crate::error::{Error, Result};
use crate::limits::{KEEP_ALIVE_PAUSE_S, KEEP_ALIVE_START_S};

/// What XML documents begin with; nothing may stand before it.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A document that is the result of some work, and headers that go with it if they can
/// still be sent.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) document: String,
    pub(crate) headers: Vec<(&'static str, HeaderValue)>,
}

impl Done {
    fn answer(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.document));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, XML);
        headers.extend(
            self.headers
                .into_iter()
                .map(|(name, value)| (header::HeaderName::from_static(name), value)),
        );
        response
    }
}

const XML: HeaderValue = HeaderValue::from_static("application/xml");

/// Answers with what some work gives. The work goes on if the client hangs up. `late` makes
/// the document of an error that comes after the head of the answer.
pub(crate) async fn answer(
    work: impl Future<Output = Result<Done>> + Send + 'static,
    late: impl FnOnce(&Error) -> String + Send + 'static,
) -> Result<Response<Body>> {
    let mut work = tokio::spawn(work);
    match timeout(Duration::from_secs(KEEP_ALIVE_START_S), &mut work).await {
        Ok(done) => done?.map(Done::answer),
        Err(_) => {
            let mut response = Response::new(Body::new(Spaces {
                work: Some(work),
                late: Some(Box::new(late)),
                pause: interval(Duration::from_secs(KEEP_ALIVE_PAUSE_S)),
                is_begun: false,
            }));
            response.headers_mut().insert(header::CONTENT_TYPE, XML);
            Ok(response)
        }
    }
}

type Late = Box<dyn FnOnce(&Error) -> String + Send>;

/// The declaration, spaces, and at last a document.
struct Spaces {
    work: Option<JoinHandle<Result<Done>>>,
    late: Option<Late>,
    pause: Interval,
    is_begun: bool,
}

impl http_body::Body for Spaces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        let Some(work) = &mut this.work else {
            return Poll::Ready(None);
        };
        let frame = |bytes: Bytes| Poll::Ready(Some(Ok(Frame::data(bytes))));
        if !this.is_begun {
            this.is_begun = true;
            return frame(Bytes::from_static(DECLARATION.as_bytes()));
        }
        if let Poll::Ready(done) = Pin::new(work).poll(cx) {
            this.work = None;
            let document = match (done.map_err(Error::from).flatten(), this.late.take()) {
                (Ok(done), _) => done.document,
                (Err(error), Some(late)) => late(&error),
                (Err(_), None) => String::new(),
            };
            let rest = document.strip_prefix(DECLARATION).unwrap_or(&document);
            return frame(Bytes::copy_from_slice(rest.as_bytes()));
        }
        ready!(this.pause.poll_tick(cx));
        frame(Bytes::from_static(b" "))
    }
}

#[cfg(test)]
mod tests {
    use dropslip_s3::Code;
    use http_body_util::BodyExt as _;
    use tokio::sync::oneshot;

    use super::*;

    fn done() -> Result<Done> {
        Ok(Done {
            document: format!("{DECLARATION}<Result/>"),
            headers: vec![("x-amz-version-id", HeaderValue::from_static("v"))],
        })
    }

    fn late(error: &Error) -> String {
        format!("{DECLARATION}<Error><Code>{}</Code></Error>", error.code)
    }

    async fn text(response: Response<Body>) -> String {
        let body = response.into_body().collect().await.unwrap();
        String::from_utf8(body.to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn what_is_done_soon_has_its_own_status() {
        let response = answer(async { done() }, late).await.unwrap();
        assert_eq!(response.headers()["x-amz-version-id"], "v");
        assert_eq!(text(response).await, format!("{DECLARATION}<Result/>"));
        let refused = answer(async { Err(Code::InvalidPart.into()) }, late).await;
        assert_eq!(refused.unwrap_err().code, Code::InvalidPart);
    }

    /// Waits, in a time that passes as fast as nothing happens, longer than clients do.
    async fn slow(result: Result<Done>) -> String {
        let (finish, finished) = oneshot::channel();
        let work = async move { finished.await.unwrap() };
        let response = answer(work, late).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers().get("x-amz-version-id").is_none());
        let waited = tokio::time::sleep(Duration::from_secs(10 * KEEP_ALIVE_PAUSE_S));
        let (all, ()) = tokio::join!(text(response), async {
            waited.await;
            finish.send(result).unwrap();
        });
        all
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_long_is_announced_by_spaces() {
        let all = slow(done()).await;
        let spaces = all
            .strip_prefix(DECLARATION)
            .unwrap()
            .trim_end_matches("<Result/>");
        assert!(spaces.len() >= 10 && spaces.trim().is_empty(), "{all:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_that_comes_late_is_in_the_body() {
        let all = slow(Err(Code::InternalError.into())).await;
        assert!(
            all.ends_with(" <Error><Code>InternalError</Code></Error>"),
            "{all:?}"
        );
        assert_eq!(all.matches("<?xml").count(), 1);
    }
}
