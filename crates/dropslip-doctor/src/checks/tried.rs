//! Requests of the steps that upload: made once more where the answer tells of the storage's state and not of the request,
//! so that nobody is blamed for a busy minute. And what lies at a key afterwards.

use std::time::Duration;

use dropslip_s3::ObjectKey;
use dropslip_s3::client::{ClientError, ClientErrorKind, Refusal};

use super::mismatch;
use crate::ask::{Reply, Sent, Trouble, clean};
use crate::finding::{Because, Check, Finding};
use crate::ground::{Ground, Order, signed};
use crate::limits::{AGAIN_MS, EXPIRES_S};

/// A picture of one transparent pixel. Its first bytes show what text filters on the way do (PNG, section 5.2).
pub(super) const PICTURE: &[u8] = b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\
    \x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x0b\x49\x44\x41\x54\x78\x9c\x63\x60\x00\x02\x00\
    \x00\x05\x00\x01\x7a\x5e\xab\x3f\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";

/// Its type.
pub(super) const TYPE: &str = "image/png";

/// An answer, or in words why there is none to judge by.
pub(super) type Tried<T> = Result<T, String>;

/// What lies at a key.
#[derive(Debug)]
pub(super) enum Held {
    /// No object.
    Nothing,
    /// This one.
    Object {
        body: Vec<u8>,
        content_type: Option<String>,
    },
}

/// Makes a call as a browser makes it.
pub(super) async fn browser(ground: &Ground<'_>, order: Order<'_>) -> Tried<Reply> {
    let sent = ground.slip(&order, EXPIRES_S).map_err(in_words)?;
    send(ground, sent).await
}

/// Makes a call as the service makes it.
pub(super) async fn owner(ground: &Ground<'_>, order: Order<'_>) -> Tried<Reply> {
    let sent = signed(&ground.signer, &order, ground.now()).map_err(in_words)?;
    send(ground, sent).await
}

/// Makes a call without a signature.
pub(super) async fn stranger(ground: &Ground<'_>, order: Order<'_>) -> Tried<Reply> {
    match judged(ground.stranger(order).await) {
        Err(_) => {
            pause().await;
            judged(ground.stranger(order).await)
        }
        reply => reply,
    }
}

/// Sends what was prepared.
pub(super) async fn send(ground: &Ground<'_>, sent: Sent) -> Tried<Reply> {
    match judged(ground.ask.send(sent.clone()).await) {
        Err(_) => {
            pause().await;
            judged(ground.ask.send(sent).await)
        }
        reply => reply,
    }
}

/// What lies at a key, asked at the service's own address.
pub(super) async fn held(ground: &Ground<'_>, key: &ObjectKey) -> Tried<Held> {
    let target = ground.endpoint.object(ground.bucket(), key);
    let reply = owner(ground, Order::new("GET", &target)).await?;
    match reply.status {
        404 => Ok(Held::Nothing),
        _ if reply.is_success() => Ok(Held::Object {
            content_type: reply.header("content-type"),
            body: reply.body,
        }),
        _ => Err(format!("what lies there is not told: {}", reply.shown())),
    }
}

/// The same where something has to lie, which other nodes of a storage may show a moment later.
pub(super) async fn arrived(ground: &Ground<'_>, key: &ObjectKey) -> Tried<Held> {
    match held(ground, key).await? {
        Held::Nothing => {
            pause().await;
            held(ground, key).await
        }
        held => Ok(held),
    }
}

/// Whether nothing lies at a key. What is not told counts as nothing.
pub(super) async fn is_empty(ground: &Ground<'_>, key: &ObjectKey) -> bool {
    !matches!(held(ground, key).await, Ok(Held::Object { .. }))
}

/// A finding of a step, or that it was not tried.
pub(super) fn told(check: Check, found: Tried<Finding>) -> Finding {
    found.unwrap_or_else(|why| Finding::skipped(check, why))
}

/// The answer with the storage's own words, on one line.
pub(super) fn said(reply: &Reply) -> String {
    let message = reply.message();
    let has_code = !reply.code().is_empty() && !message.is_empty();
    let text = match has_code {
        true => format!("{}: {message}", reply.shown()),
        false => reply.shown(),
    };
    text.chars().take(100).collect()
}

/// What something on the way has changed, where the storage shows the request as it arrived.
pub(super) fn on_the_way(reply: &Reply, order: &Order<'_>) -> Option<Because> {
    let changed = mismatch::changed(&reply.error, order)?;
    Some(changed.because(&order.target.host))
}

/// How a call of the S3 client failed.
pub(super) enum Failed {
    /// The storage does not know it.
    NotOffered(String),
    /// The storage refuses it.
    Refused(String),
    /// There is no judging.
    Unknown(String),
}

impl Failed {
    pub(super) fn of(error: &ClientError) -> Self {
        let text = clean(&error.to_string());
        let text = text.strip_prefix("the storage answered ").unwrap_or(&text);
        let text: String = text.chars().take(100).collect();
        match error.kind() {
            _ if error.is(Refusal::NotImplemented) => Self::NotOffered(text),
            ClientErrorKind::Refused { status, code } => match (status, code.as_deref()) {
                (405, _) | (_, Some("MethodNotAllowed" | "XNotImplemented")) => {
                    Self::NotOffered(text)
                }
                (429 | 500.., _) => Self::Unknown(format!("the storage answered {text}")),
                _ => Self::Refused(text),
            },
            // It said yes, and in a way that nobody can use.
            ClientErrorKind::Unreadable => Self::Refused(text),
            _ => Self::Unknown(text),
        }
    }

    /// What it says of a step: with this cause where the storage refuses.
    pub(super) fn finding(
        self,
        check: Check,
        because: impl FnOnce(&str) -> Because,
    ) -> Tried<Finding> {
        match self {
            Self::NotOffered(said) => Ok(Finding::not_offered(check, said)),
            Self::Refused(said) => {
                let because = because(&said);
                Ok(Finding::no(check, said, because))
            }
            Self::Unknown(why) => Err(why),
        }
    }
}

pub(super) async fn pause() {
    tokio::time::sleep(Duration::from_millis(AGAIN_MS)).await;
}

fn judged(reply: Result<Reply, Trouble>) -> Tried<Reply> {
    let reply = reply.map_err(in_words)?;
    let is_state = matches!(reply.status, 429 | 500..) && !reply.is_not_implemented();
    match is_state {
        true => Err(format!("the storage answered {}", reply.shown())),
        false => Ok(reply),
    }
}

fn in_words(trouble: Trouble) -> String {
    trouble.to_string()
}
