-- One row for each upload that was decided.
CREATE TABLE dropslip_uploads (
    id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    preset TEXT NOT NULL,
    storage TEXT NOT NULL,
    bucket TEXT NOT NULL,
    object_key TEXT NOT NULL,
    size_bytes BIGINT,
    content_type TEXT,
    etag TEXT,
    checksum TEXT,
    subject TEXT,
    metadata TEXT NOT NULL,
    problem_code TEXT,
    problem_detail TEXT,
    issued_ms BIGINT NOT NULL,
    decided_ms BIGINT NOT NULL
);

CREATE INDEX dropslip_uploads_decided ON dropslip_uploads (decided_ms);

-- The outbox: one row for each event and webhook. `due_ms` is when it may be sent, or when the lease ends.
CREATE TABLE dropslip_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    upload TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    lease TEXT,
    due_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    settled_ms BIGINT,
    last_error TEXT
);

CREATE UNIQUE INDEX dropslip_events_id ON dropslip_events (id, endpoint);
-- Only what waits is in these, so that looking for work costs nothing however much was delivered.
CREATE INDEX dropslip_events_due ON dropslip_events (endpoint, due_ms) WHERE state = 'pending';
CREATE INDEX dropslip_events_order ON dropslip_events (upload, endpoint, seq) WHERE state = 'pending';
CREATE INDEX dropslip_events_lease ON dropslip_events (lease) WHERE lease IS NOT NULL;
CREATE INDEX dropslip_events_failed ON dropslip_events (endpoint) WHERE state = 'failed';
CREATE INDEX dropslip_events_settled ON dropslip_events (settled_ms) WHERE settled_ms IS NOT NULL;

-- What a subject has used on a day (days since 1970 in UTC).
CREATE TABLE dropslip_usage (
    subject TEXT NOT NULL,
    day BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (subject, day)
);

CREATE INDEX dropslip_usage_day ON dropslip_usage (day);
