-- +goose Up
-- A station counts apart what it counted under another quality of its clock:
-- the clock is part of a counter's name, or one of the two values is lost.
CREATE TABLE counters_by_clock (
    tenant      TEXT   NOT NULL,
    station     TEXT   NOT NULL,
    log         TEXT   NOT NULL,
    period      TEXT   NOT NULL,
    clock       TEXT   NOT NULL,
    place       TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    lesson      TEXT   NOT NULL,
    item        TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    value       BIGINT NOT NULL,
    rev         BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, station, log, period, clock, place, name, lesson, item, outcome)
);
INSERT INTO counters_by_clock (tenant, station, log, period, clock, place, name, lesson, item, outcome, value, rev, received_at)
    SELECT tenant, station, log, period, clock, place, name, lesson, item, outcome, value, rev, received_at FROM counters;
DROP TABLE counters;
ALTER TABLE counters_by_clock RENAME TO counters;
CREATE INDEX counters_by_period ON counters (tenant, period);
