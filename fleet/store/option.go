package store

import "time"

// Option changes how a store is opened. Programs need none; they are for
// tests that make a disk fail or a clock stand still.
type Option func(*setting)

type setting struct {
	now          func() time.Time
	beforeCommit func() error
	maxPages     int
}

func settings(options []Option) setting {
	set := setting{now: time.Now}
	for _, o := range options {
		o(&set)
	}
	return set
}

// WithNow replaces the clock that dates rows.
func WithNow(now func() time.Time) Option { return func(s *setting) { s.now = now } }

// WithCommitFault calls fault before every commit of the writer; an error
// from it rolls the group back, and a fault that blocks stands for a disk
// that does not answer.
func WithCommitFault(fault func() error) Option {
	return func(s *setting) { s.beforeCommit = fault }
}

// WithMaxPages bounds the database file to n pages of 4 KiB, which is what a
// full disk looks like to it.
func WithMaxPages(n int) Option { return func(s *setting) { s.maxPages = n } }
