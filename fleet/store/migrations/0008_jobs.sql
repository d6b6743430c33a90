-- +goose Up
-- One order to many stations is one job. token is what a station enrols again
-- with after it was wiped; it goes when the job is over.
ALTER TABLE jobs ADD COLUMN who TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN token TEXT NOT NULL DEFAULT '';
CREATE INDEX jobs_by_time ON jobs (tenant, created_at);

-- Why a job failed or waits, and what a station signed before it was wiped.
ALTER TABLE progress ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE progress ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
