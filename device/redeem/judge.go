package redeem

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// misread says what was wrong with a text that is no code.
func misread(err error) Kind {
	if errors.Is(err, pass.ErrCheckDigits) {
		return Mistyped
	}
	return Unreadable
}

// closed says why the station takes no pass at all, or nothing.
func (s Setting) closed() Kind {
	switch {
	case !s.Passes:
		return NoPasses
	case s.Role != wire.RoleMediator:
		return WrongStation
	case !s.Open:
		return Closed
	}
	return ""
}

// judge decides on a code and writes the record if there is one to write.
func (d *Desk) judge(ctx context.Context, s Setting, code pass.Code, words []Override) Line {
	if kind := s.closed(); kind != "" {
		return d.line(s, Verdict{Kind: kind})
	}
	facts, err := d.facts(ctx, s, code)
	if err != nil {
		d.Log.Error("ledger not read", "err", err)
		return d.line(s, Verdict{Kind: Failed})
	}
	facts.Overrides = words
	return d.write(ctx, s, Decide(facts))
}

// write puts an acceptance on the disk, or turns it into what went wrong.
func (d *Desk) write(ctx context.Context, s Setting, v Verdict) Line {
	if !v.Kind.Written() {
		return d.line(s, v)
	}
	record := s.validation(d.Clock.Stamp(), v)
	at, err := d.Ledger.Append(ctx, record)
	if err != nil {
		d.Log.Error("validation not written", "err", err)
		return d.line(s, Verdict{Kind: unwritten(err)})
	}
	d.Log.Info("pass validated", "outcome", string(v.Kind), "assurance", string(v.Ref.Assurance))
	line := d.line(s, v)
	line.Position = at
	return line
}

func unwritten(err error) Kind {
	switch {
	case errors.Is(err, ErrFull):
		return Full
	case errors.Is(err, ErrUsed):
		return AlreadyUsed
	}
	return Failed
}

func (d *Desk) facts(ctx context.Context, s Setting, code pass.Code) (Facts, error) {
	trust := d.Trust()
	f := Facts{
		Code: code, Trust: trust, Structure: s.Structure, Service: s.Service,
		Zone: s.Zone, Degraded: s.Degraded,
	}
	f.Now, f.Dated = d.now()
	var err error
	if f.Unsynced, err = d.unsynced(ctx, trust); err != nil {
		return Facts{}, fmt.Errorf("sum pending validations: %w", err)
	}
	if ref, ok := Locate(trust, code); ok {
		if f.Use, err = d.Ledger.Use(ctx, ref); err != nil {
			return Facts{}, fmt.Errorf("look for a validation: %w", err)
		}
	}
	return f, nil
}

// unsynced is the value, in cents, of what the fleet has not stored.
func (d *Desk) unsynced(ctx context.Context, trust Trust) (int, error) {
	pending, err := d.Ledger.Pending(ctx)
	if err != nil {
		return 0, err
	}
	cents := 0
	for lot, n := range pending {
		if m, ok := trust.Manifest(lot.Issuer, lot.Batch); ok {
			cents += n * m.FaceValue
		}
	}
	return cents, nil
}

// now is the date somebody stands for, or else the earliest it can be.
func (d *Desk) now() (time.Time, bool) {
	if now, quality := d.Clock.Now(); dated(quality) {
		return now, true
	}
	return d.Clock.Floor(), false
}

func dated(q pass.Quality) bool { return q != pass.ClockUnset && q != "" }

// line is a verdict at this moment; its time is zero when nobody knows it.
func (d *Desk) line(s Setting, v Verdict) Line {
	line := Line{Verdict: v, Service: s.Service}
	if now, dated := d.now(); dated {
		line.At = now.In(s.Zone)
	}
	if v.Kind == NeedsMediator {
		line.Words, _ = Overrides(v.Needs)
	}
	return line
}
