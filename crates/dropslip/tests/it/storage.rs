//! The storage as a test sees it, past the service: through the client that the service uses too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dropslip_s3::client::{Client, ObjectHead, RangeWanted};
use dropslip_s3::{Addressing, BucketName, Endpoint, ObjectKey};
use dropslip_sigv4::{Credentials, Signer, Timestamp};
use tokio::runtime::Runtime;

/// How long a server may take to clean up behind a client. Polled, so that a fast one costs nothing.
const CLEAN_UP_S: u64 = 30;

pub(crate) struct Storage {
    pub(crate) client: Client,
    pub(crate) bucket: BucketName,
    runtime: Runtime,
}

impl Storage {
    /// A store with the keys of development, and the bucket `uploads`.
    pub(crate) fn of(address: SocketAddr) -> Self {
        let keys = Credentials::new("dropslip", "dropslip-dev-secret");
        let signer = Arc::new(Signer::new(keys, "us-east-1", "s3"));
        let endpoint = Endpoint::parse(&format!("http://{address}"), Addressing::Path).unwrap();
        Self {
            client: Client::new(endpoint, signer).unwrap(),
            bucket: BucketName::parse("uploads").unwrap(),
            runtime: Runtime::new().unwrap(),
        }
    }

    pub(crate) fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }

    pub(crate) fn head(&self, key: &str) -> Option<ObjectHead> {
        let key = ObjectKey::parse(key).unwrap();
        self.wait(self.client.head_object(&self.bucket, &key, now()))
            .unwrap()
    }

    pub(crate) fn first_bytes(&self, key: &str) -> Vec<u8> {
        let key = ObjectKey::parse(key).unwrap();
        let wanted = RangeWanted {
            bytes: 0..=1023,
            if_match: None,
        };
        let range = self.client.get_range(&self.bucket, &key, &wanted, now());
        self.wait(range).unwrap().unwrap()
    }

    /// All keys, and the keys of all uploads in parts.
    pub(crate) fn names(&self) -> (Vec<String>, Vec<String>) {
        let client = &self.client;
        let objects = self.wait(client.list_objects(&self.bucket, "", None, now()));
        let uploads = self.wait(client.list_uploads(&self.bucket, "", None, now()));
        let objects = objects.unwrap().objects.into_iter();
        let uploads = uploads.unwrap().uploads.into_iter();
        (
            objects.map(|object| object.key).collect(),
            uploads.map(|upload| upload.key).collect(),
        )
    }

    /// Waits until the storage is as wanted.
    #[track_caller]
    pub(crate) fn until(&self, wanted: impl Fn(&(Vec<String>, Vec<String>)) -> bool) {
        let end = Instant::now() + Duration::from_secs(CLEAN_UP_S);
        loop {
            let names = self.names();
            if wanted(&names) {
                return;
            }
            assert!(Instant::now() < end, "{names:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

pub(crate) fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_unix_s(now.as_secs().try_into().unwrap())
}
