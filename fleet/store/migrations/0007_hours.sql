-- +goose Up
-- When a place is open, as it was typed: fleet/registry reads it.
ALTER TABLE places ADD COLUMN hours TEXT NOT NULL DEFAULT '';
