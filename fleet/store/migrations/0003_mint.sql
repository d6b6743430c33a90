-- +goose Up
-- The mint's counters: what number comes next. Nothing else draws numbers, so
-- that a restored server can skip what it has forgotten. The tenant is '' for
-- numbers that are unique on the server.
CREATE TABLE mint_counters (
    tenant TEXT   NOT NULL,
    name   TEXT   NOT NULL,
    next   BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE issuers (
    tenant  TEXT   NOT NULL,
    issuer  BIGINT NOT NULL,
    series  BIGINT NOT NULL,
    name    TEXT   NOT NULL,
    address TEXT   NOT NULL,
    PRIMARY KEY (tenant, issuer)
);
CREATE UNIQUE INDEX issuers_by_number ON issuers (issuer);
CREATE UNIQUE INDEX issuers_by_series ON issuers (series);

-- Signing keys; issuer 0 signs the tenant's mediator cards. sealed is the
-- private half, encrypted with a file outside the database. Days count from
-- 2020-01-01; revoked_at is -1 while the key counts.
CREATE TABLE mint_keys (
    tenant       TEXT   NOT NULL,
    issuer       BIGINT NOT NULL,
    kid          BIGINT NOT NULL,
    public       BYTEA  NOT NULL,
    sealed       BYTEA  NOT NULL,
    sign_from    BIGINT NOT NULL,
    sign_until   BIGINT NOT NULL,
    verify_until BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL DEFAULT -1,
    PRIMARY KEY (tenant, issuer, kid)
);

-- A batch is its manifest; the columns beside it are what lists and reports
-- sort, join and filter by.
CREATE TABLE batches (
    tenant          TEXT   NOT NULL,
    issuer          BIGINT NOT NULL,
    batch           BIGINT NOT NULL,
    manifest        TEXT   NOT NULL,
    commanditaire   TEXT   NOT NULL,
    face_value      BIGINT NOT NULL,
    year            BIGINT NOT NULL,
    use_until       BIGINT NOT NULL,
    tolerance_until BIGINT NOT NULL,
    present_by      BIGINT NOT NULL,
    carnet_size     BIGINT NOT NULL,
    first_serial    BIGINT NOT NULL,
    last_serial     BIGINT NOT NULL,
    hand_over       BIGINT NOT NULL,
    specimen        BIGINT NOT NULL,
    revoked         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (tenant, issuer, batch)
);

-- Only carnets to which something happened.
CREATE TABLE carnets (
    tenant     TEXT   NOT NULL,
    issuer     BIGINT NOT NULL,
    batch      BIGINT NOT NULL,
    carnet     BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    holder     TEXT   NOT NULL,
    revoked    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, issuer, batch, carnet)
);

CREATE TABLE mediator_cards (
    tenant     TEXT   NOT NULL,
    card       BIGINT NOT NULL,
    kid        BIGINT NOT NULL,
    tag        BIGINT NOT NULL,
    structure  BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    not_after  BIGINT NOT NULL,
    label      TEXT   NOT NULL,
    issued_at  BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, card)
);

-- Only the argon2id hash of a PIN is kept; structure 0 is every structure.
CREATE TABLE mediator_pins (
    tenant    TEXT   NOT NULL,
    structure BIGINT NOT NULL,
    hash      TEXT   NOT NULL,
    PRIMARY KEY (tenant, structure)
);

-- What stations were last given under each name. A version is stored before
-- it is published.
CREATE TABLE mint_documents (
    tenant    TEXT   NOT NULL,
    target    TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    digest    BYTEA  NOT NULL,
    issued_at BIGINT NOT NULL,
    published BIGINT NOT NULL,
    PRIMARY KEY (tenant, target)
);

-- Statements are never changed. lines is JSON: sums by batch.
CREATE TABLE statements (
    tenant    TEXT   NOT NULL,
    number    BIGINT NOT NULL,
    structure BIGINT NOT NULL,
    period    TEXT   NOT NULL,
    closed_at BIGINT NOT NULL,
    lines     TEXT   NOT NULL,
    PRIMARY KEY (tenant, number)
);
