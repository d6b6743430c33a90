-- +goose Up
-- What a station is asked to run and how far it said it is: messages of
-- fleet/wire as JSON.
ALTER TABLE stations ADD COLUMN base TEXT NOT NULL DEFAULT '';
ALTER TABLE stations ADD COLUMN base_state TEXT NOT NULL DEFAULT '';

-- A release on its way to stations. edition rises with every change, so that
-- two that change it at once are found out.
CREATE TABLE rollouts (
    tenant     TEXT   NOT NULL,
    rollout    BIGINT NOT NULL,
    edition    BIGINT NOT NULL,
    title      TEXT   NOT NULL,
    plan       TEXT   NOT NULL,
    phase      TEXT   NOT NULL,
    why        TEXT   NOT NULL,
    wave       BIGINT NOT NULL,
    opened_at  BIGINT NOT NULL,
    proved_at  BIGINT NOT NULL,
    passed     BIGINT NOT NULL,
    stopped_at BIGINT NOT NULL,
    until_at   BIGINT NOT NULL,
    forgiven   BIGINT NOT NULL,
    watched    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT   NOT NULL,
    PRIMARY KEY (tenant, rollout)
);
CREATE INDEX rollouts_watched ON rollouts (watched);

-- position is the member's in the rollout: by wave, kits together.
CREATE TABLE rollout_members (
    tenant   TEXT   NOT NULL,
    rollout  BIGINT NOT NULL,
    station  TEXT   NOT NULL,
    position BIGINT NOT NULL,
    kit      TEXT   NOT NULL,
    place    TEXT   NOT NULL,
    before   TEXT   NOT NULL,
    wave     BIGINT NOT NULL,
    outcome  TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    since    BIGINT NOT NULL,
    want     TEXT   NOT NULL,
    try      BIGINT NOT NULL,
    taken    BIGINT NOT NULL,
    PRIMARY KEY (tenant, rollout, station)
);
CREATE INDEX rollout_members_of_station ON rollout_members (tenant, station);

-- What happened to a rollout, and who wanted it.
CREATE TABLE rollout_steps (
    tenant  TEXT   NOT NULL,
    rollout BIGINT NOT NULL,
    step    BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    who     TEXT   NOT NULL,
    what    TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    PRIMARY KEY (tenant, rollout, step)
);
