-- +goose Up
-- The web proxy without which a place's network lets nothing out.
ALTER TABLE places ADD COLUMN proxy TEXT NOT NULL DEFAULT '';
