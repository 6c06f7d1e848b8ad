-- Since when decisions are kept here. What was issued before may have been completed without a row.
CREATE TABLE dropslip_since (since_ms BIGINT NOT NULL);
INSERT INTO dropslip_since (since_ms) VALUES (CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) * 1000);

-- Work that only one replica does at a time, and until when it is theirs.
CREATE TABLE dropslip_leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);
