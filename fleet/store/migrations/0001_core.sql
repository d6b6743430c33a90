-- +goose Up
-- Column types are those that SQLite and PostgreSQL both take. Times are
-- milliseconds since 1970, 0 for unknown. The tenant is in every key.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE tenants (
    tenant     TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- Ledger entries exactly as stations signed them. A row is never changed.
CREATE TABLE evidence (
    tenant      TEXT   NOT NULL,
    station     TEXT   NOT NULL,
    log         TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    line        TEXT   NOT NULL,
    sig         BYTEA  NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, station, log, seq)
);

-- One row a log: how far it is stored without a gap (acked), how far it is
-- believed, the highest number seen, and the counter revision stored.
CREATE TABLE logs (
    tenant        TEXT   NOT NULL,
    station       TEXT   NOT NULL,
    log           TEXT   NOT NULL,
    incarnation   BIGINT NOT NULL,
    acked_seq     BIGINT NOT NULL DEFAULT 0,
    highest_seq   BIGINT NOT NULL DEFAULT 0,
    believed_seq  BIGINT NOT NULL DEFAULT 0,
    believed_hash BYTEA,
    counter_rev   BIGINT NOT NULL DEFAULT 0,
    gap_since     BIGINT NOT NULL DEFAULT 0,
    first_at      BIGINT NOT NULL,
    PRIMARY KEY (tenant, station, log)
);

-- What was received and not believed, kept whole for a person to look at.
CREATE TABLE quarantine (
    tenant      TEXT   NOT NULL,
    station     TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    log         TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    payload     BYTEA  NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, station, id)
);
