-- +goose Up
-- How many validations a count of papers follows, since the count before it in
-- the same log. It is kept, because old validations lose their log.
ALTER TABLE papers ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
UPDATE papers SET since = (SELECT COUNT(*) FROM validations v WHERE v.tenant = papers.tenant AND v.station = papers.station
    AND v.log = papers.log AND v.kind = 'validation' AND v.seq < papers.seq
    AND v.seq > COALESCE((SELECT MAX(b.seq) FROM papers b WHERE b.tenant = papers.tenant AND b.station = papers.station
        AND b.log = papers.log AND b.seq < papers.seq), 0));
