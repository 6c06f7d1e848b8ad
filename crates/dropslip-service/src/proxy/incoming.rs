//! A body that comes in: read piece by piece, never for longer than it moves.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use bytes::BytesMut;
use futures_util::{Stream, StreamExt as _};

use crate::limits::PROXY_IDLE_S_MAX;
use crate::problem::{Code, Problem};

/// The body, and what was read of it and is not used yet.
pub(super) struct Incoming {
    rest: BodyDataStream,
    read: BytesMut,
    has_ended: bool,
}

impl Incoming {
    pub(super) fn new(body: Body) -> Self {
        Self {
            rest: body.into_data_stream(),
            read: BytesMut::new(),
            has_ended: false,
        }
    }

    /// The first bytes: so many, or all if there are fewer. They stay there to be taken.
    pub(super) async fn first(&mut self, count: usize) -> Result<&[u8], Problem> {
        self.fill(count).await?;
        Ok(&self.read[..count.min(self.read.len())])
    }

    /// Takes the next bytes: so many, or fewer at the end.
    pub(super) async fn take(&mut self, count: usize) -> Result<Bytes, Problem> {
        self.fill(count).await?;
        let count = count.min(self.read.len());
        Ok(self.read.split_to(count).freeze())
    }

    /// Whether nothing comes any more. Reads, if there is nothing to see it by.
    pub(super) async fn is_at_end(&mut self) -> Result<bool, Problem> {
        self.fill(1).await?;
        Ok(self.read.is_empty())
    }

    async fn fill(&mut self, count: usize) -> Result<(), Problem> {
        while self.read.len() < count && !self.has_ended {
            match next(&mut self.rest).await {
                Some(Ok(piece)) => self.read.extend_from_slice(&piece),
                Some(Err(why)) => return Err(broken(&why)),
                None => self.has_ended = true,
            }
        }
        Ok(())
    }

    /// All that is not taken yet, as it comes.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, String>> + Send {
        let read = (!self.read.is_empty()).then(|| Ok(self.read.freeze()));
        let rest = futures_util::stream::unfold(self.rest, async |mut rest| {
            next(&mut rest).await.map(|piece| (piece, rest))
        });
        futures_util::stream::iter(read).chain(rest)
    }
}

/// The next piece. One that does not come in time is an error.
async fn next(rest: &mut BodyDataStream) -> Option<Result<Bytes, String>> {
    let limit = Duration::from_secs(PROXY_IDLE_S_MAX);
    match tokio::time::timeout(limit, rest.next()).await {
        Ok(piece) => piece.map(|piece| piece.map_err(|_| "the connection ended".to_owned())),
        Err(_) => Some(Err(format!("nothing came for {PROXY_IDLE_S_MAX} seconds"))),
    }
}

/// A file that did not come as a whole.
pub(super) fn broken(why: &str) -> Problem {
    let detail = format!("the file did not arrive as a whole: {why}");
    Problem::new(Code::BodyIncomplete, detail)
}
