//! The outbox of events: who may send which, in which order, and what is forgotten; on SQLite and on PostgreSQL.

use dropslip_service::database::{Decided, Quota, Record, Settled, Verdict};
use sqlx::Connection as _;

use crate::database::{Folder, amount, event, on_each, open, record, run};

fn settled(seq: i64, lease: &str, verdict: Verdict) -> Settled {
    let lease = lease.to_owned();
    Settled {
        seq,
        lease,
        verdict,
    }
}

#[tokio::test]
async fn events_of_one_upload_are_claimed_in_order() {
    on_each(async |url| {
        let database = open(&url).await;
        let completed = record(Decided::Completed);
        let aborted = Record { state: Decided::Aborted, ..completed.clone() };
        let events = |record, kind| ["app", "log"].map(|endpoint| event(record, kind, endpoint));
        database.decide(&completed, &events(&completed, "upload.completed")).await.unwrap();
        database.decide(&aborted, &events(&aborted, "upload.aborted")).await.unwrap();
        let claim = async |endpoint: &str| database.claim(endpoint, endpoint, 10).await.unwrap();
        let settle = async |endpoint, seq, verdict| {
            database.settle(&[settled(seq, endpoint, verdict)]).await.unwrap();
        };

        let first = claim("app").await;
        assert_eq!(first.len(), 1);
        assert_eq!((first[0].kind.as_str(), first[0].attempts), ("upload.completed", 0));
        assert_eq!(claim("app").await, [], "the second waits for the first");
        let why = "it answered 500".to_owned();
        settle("app", first[0].seq, Verdict::Again { after_ms: 3_600_000, why }).await;
        assert_eq!(claim("app").await, [], "the first waits, and the second behind it");
        assert_eq!(claim("log").await[0].kind, "upload.completed", "another webhook does not wait");

        run(&url, "UPDATE dropslip_events SET due_ms = due_ms - 3600000, created_ms = created_ms - 3600000").await;
        let again = claim("app").await;
        assert_eq!((again[0].id.as_str(), again[0].attempts), (first[0].id.as_str(), 1));
        assert!(again[0].age_ms >= 3_600_000);
        settle("app", first[0].seq, Verdict::GivenUp { why: "it is gone".to_owned() }).await;
        let second = claim("app").await;
        assert_eq!(second[0].kind, "upload.aborted", "behind one that was given up");
        settle("app", second[0].seq, Verdict::Delivered).await;
        assert_eq!(claim("app").await, []);
        let counts = database.counts().await.unwrap();
        assert_eq!((counts.pending, counts.failed), (2, 1));
        assert!(counts.oldest_ms >= 3_600_000);
    })
    .await;
}

#[tokio::test]
async fn workers_share_the_events_without_overlap() {
    on_each(async |url| {
        let replicas = [open(&url).await, open(&url).await, open(&url).await];
        for _ in 0..60 {
            let record = record(Decided::Completed);
            let events = [event(&record, "upload.completed", "app")];
            replicas[0].decide(&record, &events).await.unwrap();
        }
        let mut workers = tokio::task::JoinSet::new();
        for (n, database) in replicas.iter().cloned().enumerate() {
            workers.spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = database.claim("app", &format!("w{n}"), 4).await.unwrap();
                    assert!(claimed.len() <= 4);
                    if claimed.is_empty() {
                        return mine;
                    }
                    mine.extend(claimed.into_iter().map(|event| event.seq));
                }
            });
        }
        let mut all: Vec<i64> = workers.join_all().await.into_iter().flatten().collect();
        // Who found nothing may have looked while others had locked the rest.
        all.extend(
            replicas[0]
                .claim("app", "rest", 100)
                .await
                .unwrap()
                .iter()
                .map(|event| event.seq),
        );
        all.sort_unstable();
        let claimed = all.len();
        all.dedup();
        assert_eq!((claimed, all.len()), (60, 60));
    })
    .await;
}

#[tokio::test]
async fn a_lease_ends_or_is_given_back() {
    on_each(async |url| {
        let (dead, alive) = (open(&url).await, open(&url).await);
        let record = record(Decided::Completed);
        dead.decide(&record, &[event(&record, "upload.completed", "app")])
            .await
            .unwrap();
        let claimed = dead.claim("app", "dead", 1).await.unwrap();
        assert_eq!(alive.claim("app", "alive", 1).await.unwrap(), []);

        run(&url, "UPDATE dropslip_events SET due_ms = due_ms - 9000").await;
        dead.renew(&["dead".to_owned()]).await.unwrap();
        run(&url, "UPDATE dropslip_events SET due_ms = due_ms - 9000").await;
        assert_eq!(
            alive.claim("app", "alive", 1).await.unwrap(),
            [],
            "it was kept up"
        );

        run(&url, "UPDATE dropslip_events SET due_ms = due_ms - 9000").await;
        let taken = alive.claim("app", "alive", 1).await.unwrap();
        assert_eq!(taken[0].id, claimed[0].id);
        dead.renew(&["dead".to_owned()]).await.unwrap();
        dead.give_back(&["dead".to_owned()]).await.unwrap();
        let why = "late".to_owned();
        let late = settled(claimed[0].seq, "dead", Verdict::GivenUp { why });
        dead.settle(&[late]).await.unwrap();
        assert_eq!(
            alive.counts().await.unwrap().failed,
            0,
            "the lease was another's"
        );
        assert_eq!(dead.claim("app", "dead", 1).await.unwrap(), []);

        alive.give_back(&["alive".to_owned()]).await.unwrap();
        let back = dead.claim("app", "dead", 1).await.unwrap();
        assert_eq!((back[0].seq, back[0].attempts), (claimed[0].seq, 0));
        // Whoever has delivered it has, lease or not.
        let late = settled(claimed[0].seq, "alive", Verdict::Delivered);
        alive.settle(&[late]).await.unwrap();
        assert_eq!(alive.counts().await.unwrap().pending, 0);
    })
    .await;
}

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn what_is_old_is_forgotten() {
    on_each(async |url| {
        let database = open(&url).await;
        let old = record(Decided::Completed);
        let new = Record {
            decided_ms: old.decided_ms + 30 * DAY_MS,
            ..record(Decided::Completed)
        };
        database.decide(&old, &[]).await.unwrap();
        database.decide(&new, &[]).await.unwrap();
        let day = old.decided_ms / DAY_MS;
        let quota = Quota::default();
        let reserved = database.reserve("u", day, amount(1, 1), &quota);
        reserved.await.unwrap();

        let prune = async |now_ms| database.prune(now_ms).await.unwrap();
        assert_eq!(prune(old.decided_ms + 7 * DAY_MS).await, 0);
        assert_eq!(prune(old.decided_ms + 30 * DAY_MS).await, 1, "the usage");
        assert_eq!(
            prune(old.decided_ms + 30 * DAY_MS + 1).await,
            1,
            "an upload"
        );
        assert_eq!(database.find(old.id).await.unwrap(), None);
        assert_eq!(database.find(new.id).await.unwrap(), Some(new));
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_not_forgotten_but_given_up_when_nobody_can_send_it() {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let now_ms = i64::try_from(now).unwrap();
    on_each(async |url| {
        let database = open(&url).await;
        let record = record(Decided::Completed);
        let events = ["app", "gone", "app2"].map(|name| event(&record, "upload.completed", name));
        database.decide(&record, &events).await.unwrap();
        let claimed = database.claim("app", "w", 1).await.unwrap();
        let delivered = settled(claimed[0].seq, "w", Verdict::Delivered);
        database.settle(&[delivered]).await.unwrap();

        let orphans = async |now_ms| {
            let orphans = database.give_up_orphans(&["app", "app2"], now_ms).await;
            orphans.unwrap()
        };
        assert_eq!(orphans(now_ms + DAY_MS).await, 0);
        assert_eq!(orphans(now_ms + 3 * DAY_MS).await, 1);
        let counts = database.counts().await.unwrap();
        assert_eq!((counts.pending, counts.failed), (1, 1));
        let removed = database.prune(now_ms + 40 * DAY_MS).await.unwrap();
        assert_eq!(removed, 3, "the upload, and what was delivered or given up");
        assert_eq!(database.counts().await.unwrap().pending, 1);
    })
    .await;
}

/// Looking for work touches what waits alone: no plan reads the whole table.
#[tokio::test]
async fn a_claim_reads_no_whole_table() {
    let folder = Folder::new();
    open(&folder.sqlite()).await.close().await;
    let mut connection = sqlx::SqliteConnection::connect(&folder.sqlite())
        .await
        .unwrap();
    let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(
        "EXPLAIN QUERY PLAN SELECT seq FROM dropslip_events AS e WHERE state = 'pending' AND endpoint = $1 \
         AND due_ms <= $2 AND NOT EXISTS (SELECT 1 FROM dropslip_events AS b WHERE b.state = 'pending' \
         AND b.upload = e.upload AND b.endpoint = e.endpoint AND b.seq < e.seq) ORDER BY due_ms LIMIT 10",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let text = format!("{plan:?}");
    assert!(
        text.contains("dropslip_events_due") && text.contains("dropslip_events_order"),
        "{text}"
    );
    assert!(!text.contains("SCAN"), "{text}");
}
