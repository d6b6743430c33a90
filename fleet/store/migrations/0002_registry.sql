-- +goose Up
ALTER TABLE tenants ADD COLUMN contact TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN demonstration BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN trust BIGINT NOT NULL DEFAULT 0;

CREATE TABLE structures (
    tenant    TEXT   NOT NULL,
    structure BIGINT NOT NULL,
    siret     TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    territory TEXT   NOT NULL,
    contact   TEXT   NOT NULL,
    passes    BIGINT NOT NULL,
    PRIMARY KEY (tenant, structure)
);

CREATE TABLE places (
    tenant    TEXT   NOT NULL,
    place     TEXT   NOT NULL,
    structure BIGINT NOT NULL,
    name      TEXT   NOT NULL,
    commune   TEXT   NOT NULL,
    insee     TEXT   NOT NULL,
    zone      TEXT   NOT NULL,
    itinerant BIGINT NOT NULL,
    PRIMARY KEY (tenant, place)
);
CREATE INDEX places_of_structure ON places (tenant, structure);

CREATE TABLE kits (
    tenant    TEXT   NOT NULL,
    kit       TEXT   NOT NULL,
    structure BIGINT NOT NULL,
    label     TEXT   NOT NULL,
    PRIMARY KEY (tenant, kit)
);

-- What people decided about a station, then what it said last. hello,
-- telemetry, reported and desired are the messages of fleet/wire as JSON;
-- the columns beside them are what lists sort and filter by.
CREATE TABLE stations (
    tenant          TEXT   NOT NULL,
    station         TEXT   NOT NULL,
    kit             TEXT   NOT NULL,
    label           TEXT   NOT NULL,
    role            TEXT   NOT NULL,
    mode            TEXT   NOT NULL,
    place           TEXT   NOT NULL,
    incarnation     BIGINT NOT NULL,
    hardware        TEXT   NOT NULL,
    model           TEXT   NOT NULL DEFAULT '',
    enrolled_at     BIGINT NOT NULL,
    lost_since      BIGINT NOT NULL DEFAULT 0,
    last_seen       BIGINT NOT NULL DEFAULT 0,
    online          BIGINT NOT NULL DEFAULT 0,
    session         BIGINT NOT NULL DEFAULT 0,
    hello           TEXT   NOT NULL DEFAULT '',
    release         TEXT   NOT NULL DEFAULT '',
    telemetry       TEXT   NOT NULL DEFAULT '',
    telemetry_at    BIGINT NOT NULL DEFAULT 0,
    pending         BIGINT NOT NULL DEFAULT 0,
    reported        TEXT   NOT NULL DEFAULT '',
    reported_at     BIGINT NOT NULL DEFAULT 0,
    reached         BIGINT NOT NULL DEFAULT 0,
    desired         TEXT   NOT NULL DEFAULT '',
    desired_version BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, station)
);
CREATE INDEX stations_of_kit ON stations (tenant, kit);

CREATE TABLE ledger_keys (
    tenant      TEXT   NOT NULL,
    station     TEXT   NOT NULL,
    incarnation BIGINT NOT NULL,
    public      BYTEA  NOT NULL,
    PRIMARY KEY (tenant, station, incarnation)
);

CREATE TABLE certificates (
    tenant      TEXT   NOT NULL,
    serial      TEXT   NOT NULL,
    station     TEXT   NOT NULL,
    incarnation BIGINT NOT NULL,
    not_before  BIGINT NOT NULL,
    not_after   BIGINT NOT NULL,
    revoked_at  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, serial)
);
CREATE UNIQUE INDEX certificates_by_serial ON certificates (serial);
CREATE INDEX certificates_of_station ON certificates (tenant, station);

-- Only the hash of a token's secret is kept. key_hash and answer are set when
-- it is used, to give the same answer to the same key again.
CREATE TABLE enrolment_tokens (
    tenant     TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    kit        TEXT   NOT NULL,
    claims     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked    BIGINT NOT NULL DEFAULT 0,
    key_hash   TEXT   NOT NULL DEFAULT '',
    answer     BYTEA,
    used_at    BIGINT NOT NULL DEFAULT 0,
    used_by    TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, hash)
);
CREATE UNIQUE INDEX enrolment_tokens_by_hash ON enrolment_tokens (hash);

-- Who changed what; a year is kept.
CREATE TABLE audit (
    tenant   TEXT   NOT NULL,
    id       BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    who      TEXT   NOT NULL,
    from_    TEXT   NOT NULL,
    what     TEXT   NOT NULL,
    object   TEXT   NOT NULL,
    detail   TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX audit_by_time ON audit (tenant, at);

-- A login is one person on the whole server: people sign in without saying
-- whose they are.
CREATE TABLE people (
    tenant      TEXT   NOT NULL,
    login       TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    structure   BIGINT NOT NULL,
    territory   TEXT   NOT NULL,
    password    TEXT   NOT NULL,
    must_change BIGINT NOT NULL,
    disabled    BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL,
    last_login  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, login)
);
CREATE UNIQUE INDEX people_by_login ON people (login);

-- Only the hash of a session's token is kept.
CREATE TABLE web_sessions (
    tenant     TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    login      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash)
);
CREATE INDEX web_sessions_by_hash ON web_sessions (hash);
