//! Work that one replica does at a time, and since when decisions are kept.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::database::{on_each, open};

#[tokio::test]
async fn a_lease_has_one_holder() {
    on_each(async |url| {
        let (one, other) = (open(&url).await, open(&url).await);
        assert!(one.lease("sweep", "a", 1000, 2000).await.unwrap());
        assert!(!other.lease("sweep", "b", 1500, 2500).await.unwrap());
        assert!(!other.lease("sweep", "b", 2000, 3000).await.unwrap());
        assert!(one.lease("sweep", "a", 1900, 3000).await.unwrap());
        assert!(other.lease("another", "b", 1500, 2500).await.unwrap());
        assert!(other.lease("sweep", "b", 3001, 4000).await.unwrap());
        assert!(!one.lease("sweep", "a", 3002, 4000).await.unwrap());
        one.close().await;
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_database_says_since_when_it_knows() {
    on_each(async |url| {
        let database = open(&url).await;
        let since_ms = database.since_ms().await.unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now_ms = i64::try_from(now.as_millis()).unwrap();
        assert!(
            (now_ms - 600_000..=now_ms + 1000).contains(&since_ms),
            "{since_ms}"
        );
        database.close().await;
        let again = open(&url).await;
        assert_eq!(again.since_ms().await.unwrap(), since_ms);
        again.close().await;
    })
    .await;
}
