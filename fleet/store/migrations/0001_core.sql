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

-- Usage totals, as each log last gave them; readers sum over logs.
CREATE TABLE counters (
    tenant      TEXT   NOT NULL,
    station     TEXT   NOT NULL,
    log         TEXT   NOT NULL,
    period      TEXT   NOT NULL,
    place       TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    lesson      TEXT   NOT NULL,
    item        TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    clock       TEXT   NOT NULL,
    value       BIGINT NOT NULL,
    rev         BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, station, log, period, place, name, lesson, item, outcome)
);
CREATE INDEX counters_by_period ON counters (tenant, period);

-- Health samples, kept for 90 days.
CREATE TABLE telemetry (
    tenant  TEXT   NOT NULL,
    station TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    sample  TEXT   NOT NULL,
    PRIMARY KEY (tenant, station, at)
);
CREATE INDEX telemetry_by_time ON telemetry (at);

-- How far a station is with an order.
CREATE TABLE progress (
    tenant  TEXT   NOT NULL,
    station TEXT   NOT NULL,
    job     TEXT   NOT NULL,
    status  TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (tenant, station, job)
);

-- When a boot of a station began, as it said in a hello: what dates the
-- records that were made without a clock.
CREATE TABLE boots (
    tenant  TEXT   NOT NULL,
    station TEXT   NOT NULL,
    boot    TEXT   NOT NULL,
    mono    BIGINT NOT NULL,
    wall    BIGINT NOT NULL,
    clock   TEXT   NOT NULL,
    PRIMARY KEY (tenant, station, boot)
);

-- Something a person must look at. One row for one cause: repeats only
-- change last_at. cleared_at is set when the cause has gone.
CREATE TABLE alarms (
    tenant     TEXT   NOT NULL,
    station    TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    log        TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    raised_at  BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    cleared_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, station, kind, log, seq)
);

-- Believed records about passes: validations, and cancellations with the pass
-- of what they cancel (issuer 0 until that is known). issuer 0 on a
-- validation is a foreign code, known by its MAC only. at is worked out by
-- the fleet, 0 while nobody knows. state to statement are mint's.
CREATE TABLE validations (
    tenant      TEXT   NOT NULL,
    station     TEXT   NOT NULL,
    log         TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    cancels_log TEXT   NOT NULL DEFAULT '',
    cancels_seq BIGINT NOT NULL DEFAULT 0,
    issuer      BIGINT NOT NULL,
    batch       BIGINT NOT NULL,
    serial      BIGINT NOT NULL,
    key_id      BIGINT NOT NULL,
    foreign_mac TEXT   NOT NULL,
    assurance   TEXT   NOT NULL,
    structure   BIGINT NOT NULL,
    siret       TEXT   NOT NULL,
    place       TEXT   NOT NULL,
    service     TEXT   NOT NULL,
    posture     TEXT   NOT NULL,
    card        BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    clock       TEXT   NOT NULL,
    boot        TEXT   NOT NULL,
    mono        BIGINT NOT NULL,
    paper_kept  BIGINT NOT NULL,
    override    TEXT   NOT NULL,
    keyset_v    BIGINT NOT NULL,
    status_v    BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    state       TEXT   NOT NULL DEFAULT 'recu',
    reason      TEXT   NOT NULL DEFAULT '',
    decision    TEXT   NOT NULL DEFAULT '',
    statement   BIGINT NOT NULL DEFAULT 0,
    settled_at  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, station, log, seq)
);
CREATE INDEX validations_by_pass ON validations (tenant, issuer, serial);
CREATE INDEX validations_by_batch ON validations (tenant, issuer, batch);
CREATE INDEX validations_by_cancelled ON validations (tenant, station, cancels_log, cancels_seq);
CREATE INDEX validations_by_foreign ON validations (tenant, foreign_mac);

-- Passes with an event that the rule of settlement has not seen yet.
CREATE TABLE unsettled (
    tenant TEXT   NOT NULL,
    issuer BIGINT NOT NULL,
    serial BIGINT NOT NULL,
    PRIMARY KEY (tenant, issuer, serial)
);

-- Mediators' counts of kept papers at the end of a day.
CREATE TABLE papers (
    tenant    TEXT   NOT NULL,
    station   TEXT   NOT NULL,
    log       TEXT   NOT NULL,
    seq       BIGINT NOT NULL,
    structure BIGINT NOT NULL,
    place     TEXT   NOT NULL,
    date      TEXT   NOT NULL,
    validated BIGINT NOT NULL,
    kept      BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (tenant, station, log, seq)
);
CREATE INDEX logs_unbelieved ON logs (tenant) WHERE believed_seq < acked_seq;
CREATE INDEX logs_with_gap ON logs (gap_since) WHERE gap_since > 0;

-- Orders to stations, carried out once before they expire.
CREATE TABLE jobs (
    tenant     TEXT   NOT NULL,
    station    TEXT   NOT NULL,
    job        TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, station, job)
);
