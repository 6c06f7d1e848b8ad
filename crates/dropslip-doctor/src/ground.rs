//! What the later steps stand on: addresses, keys and region as they were found to be right, and the storage's time.

use std::sync::Arc;

use dropslip_s3::client::Client;
use dropslip_s3::presign::{Presign, presign_query};
use dropslip_s3::{BucketName, Endpoint, ObjectKey, Target};
use dropslip_sigv4::{Credentials, Payload, Request, Signer, Timestamp};

use crate::ask::{Ask, Reply, Sent, Trouble};
use crate::case::Case;
use crate::limits::EXPIRES_S;
use crate::scratch::Scratch;

/// The ground of a step.
pub(crate) struct Ground<'a> {
    pub(crate) case: &'a Case,
    pub(crate) ask: &'a Ask,
    pub(crate) scratch: &'a Scratch,
    pub(crate) signer: Signer,
    /// Where the service asks, with the addressing that works.
    pub(crate) endpoint: Endpoint,
    /// Where browsers ask.
    pub(crate) public: Endpoint,
    /// How far the storage's clock is ahead, in seconds; 0 where that is too little to matter.
    pub(crate) ahead_s: i64,
}

/// A request to be signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    pub(crate) method: &'static str,
    pub(crate) target: &'a Target,
    /// Percent-encoded, without the `?`.
    pub(crate) query: &'a str,
    /// Headers that are signed and sent, names in lower case, besides `host`.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
}

impl<'a> Order<'a> {
    pub(crate) fn new(method: &'static str, target: &'a Target) -> Self {
        Self {
            method,
            target,
            query: "",
            headers: &[],
            body: &[],
        }
    }
}

impl Ground<'_> {
    pub(crate) fn bucket(&self) -> &BucketName {
        &self.case.bucket
    }

    /// The storage's time, as far as it was told.
    pub(crate) fn now(&self) -> Timestamp {
        let own = (self.case.clock)().unix_s();
        Timestamp::from_unix_s(own + self.ahead_s)
    }

    /// A new key of the scratch prefix, and where browsers reach it.
    pub(crate) fn public_object(&self, name: &str) -> (ObjectKey, Target) {
        let key = self.scratch.key(name);
        let target = self.public.object(self.bucket(), &key);
        (key, target)
    }

    /// The calls of the service, by what was found to be right.
    pub(crate) fn client(&self) -> Result<Client, String> {
        let signer = signer(&self.case.credentials, self.signer.region());
        Client::new(self.endpoint.clone(), Arc::new(signer)).map_err(|error| error.to_string())
    }

    /// Makes a call as the service makes it: to its own address, signed in the headers.
    pub(crate) async fn owner(&self, order: Order<'_>) -> Result<Reply, Trouble> {
        self.ask
            .send(signed(&self.signer, &order, self.now())?)
            .await
    }

    /// Makes a call as a browser makes it: presigned, with just the headers that were signed.
    pub(crate) async fn browser(&self, order: Order<'_>) -> Result<Reply, Trouble> {
        let sent = self.slip(&order, EXPIRES_S)?;
        self.ask.send(sent).await
    }

    /// What a browser would send. Whoever wants to lie changes it.
    pub(crate) fn slip(&self, order: &Order<'_>, expires_s: u32) -> Result<Sent, Trouble> {
        presigned(&self.signer, order, expires_s, self.now())
    }

    /// Makes a call without a signature.
    pub(crate) async fn stranger(&self, order: Order<'_>) -> Result<Reply, Trouble> {
        self.ask.send(unsigned(&order)).await
    }
}

/// A signer of these keys for S3.
pub(crate) fn signer(credentials: &Credentials, region: &str) -> Signer {
    Signer::new(credentials.clone(), region, "s3")
}

/// A request that is signed in its headers.
pub(crate) fn signed(signer: &Signer, order: &Order<'_>, now: Timestamp) -> Result<Sent, Trouble> {
    let mut headers = vec![("host", order.target.host.as_bytes())];
    let given = order.headers.iter();
    headers.extend(given.map(|(name, value)| (*name, value.as_bytes())));
    let request = Request {
        method: order.method,
        path: &order.target.path,
        query: order.query,
        headers: &headers,
    };
    let signed = signer
        .sign(&request, &Payload::of(order.body), now)
        .map_err(|error| Trouble::invalid(&error.to_string()))?;
    let mut sent = unsigned(order);
    let own = signed.headers.into_iter();
    sent.headers
        .extend(own.map(|(name, value)| (name.to_owned(), value)));
    Ok(sent)
}

/// A request that is signed in its address.
pub(crate) fn presigned(
    signer: &Signer,
    order: &Order<'_>,
    expires_s: u32,
    now: Timestamp,
) -> Result<Sent, Trouble> {
    let request = Presign {
        method: order.method,
        target: order.target,
        headers: order.headers,
        expires_s,
    };
    let url = presign_query(signer, &request, order.query, now)
        .map_err(|error| Trouble::invalid(&error.to_string()))?;
    Ok(Sent {
        url,
        ..unsigned(order)
    })
}

fn unsigned(order: &Order<'_>) -> Sent {
    let mut url = order.target.url();
    if !order.query.is_empty() {
        url.push('?');
        url.push_str(order.query);
    }
    let headers = order.headers.iter();
    // The length is that of the body that is sent.
    let headers = headers.filter(|(name, _)| *name != "content-length");
    Sent {
        method: order.method,
        url,
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: order.body.to_vec(),
    }
}
