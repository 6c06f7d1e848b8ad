//! Calls about a bucket.

use dropslip_sigv4::Timestamp;

use super::call::Call;
use super::{Client, ClientError};
use crate::limits::CLIENT_LIST_BYTES_MAX;
use crate::name::BucketName;
use crate::xml::{self, ObjectsPage};

impl Client {
    /// Whether the bucket is there and may be used. `false` when the storage answers 404.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn head_bucket(
        &self,
        bucket: &BucketName,
        now: Timestamp,
    ) -> Result<bool, ClientError> {
        let target = self.endpoint.bucket(bucket);
        let answer = self.call(&Call::new("HEAD", &target), now).await?;
        if answer.status() == 404 {
            return Ok(false);
        }
        self.checked(answer).await.map(|_| true)
    }

    /// One page of the objects whose keys begin with a prefix, in the order of their keys. `from` is
    /// the page before's [`ObjectsPage::next`].
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn list_objects(
        &self,
        bucket: &BucketName,
        prefix: &str,
        from: Option<&str>,
        now: Timestamp,
    ) -> Result<ObjectsPage, ClientError> {
        let target = self.endpoint.bucket(bucket);
        let mut query = vec![("list-type", "2"), ("encoding-type", "url")];
        if !prefix.is_empty() {
            query.push(("prefix", prefix));
        }
        query.extend(from.map(|token| ("continuation-token", token)));
        let call = Call {
            query: &query,
            ..Call::new("GET", &target)
        };
        let answer = self.call(&call, now).await?;
        let answer = self.checked(answer).await?;
        let body = self.whole(answer, CLIENT_LIST_BYTES_MAX).await?;
        let page = xml::read_objects(&body)?;
        if page.next.is_some() && page.next.as_deref() == from {
            return Err(ClientError::unreadable("its pages repeat"));
        }
        Ok(page)
    }
}
