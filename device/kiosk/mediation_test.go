package kiosk_test

import (
	"context"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// fakeDays is a shop whose clock is only written down.
type fakeDays struct {
	*workshop.Shop
	when []kiosk.When
	fail error
}

func (f *fakeDays) OpenDay(_ context.Context, d workshop.Day, w kiosk.When) error {
	f.when = append(f.when, w)
	if f.fail != nil {
		return f.fail
	}
	return f.Open(d)
}

func (f *fakeDays) AmendDay(d workshop.Day) error {
	return f.Amend(func(day *workshop.Day) { d.Open = true; *day = d })
}

func (f *fakeDays) EndDay(_ context.Context, participants, kept int) error {
	if f.fail != nil {
		return f.fail
	}
	return f.Close(workshop.Sheet{Participants: participants, Validated: 3, Kept: kept, Passes: true})
}

// fakeDesk remembers what was asked of it.
type fakeDesk struct {
	takes   bool
	row     []redeem.Line
	waiting int
	did     []string
}

func (f *fakeDesk) Takes() bool { return f.takes }

func (f *fakeDesk) Show(_ context.Context, text string) redeem.Line {
	f.did = append(f.did, fmt.Sprintf("show %d bytes", len(text)))
	return redeem.Line{}
}

func (f *fakeDesk) Confirm(_ context.Context, id int, words []redeem.Override) error {
	f.did = append(f.did, fmt.Sprint("confirm ", id, words))
	return nil
}

func (f *fakeDesk) Cancel(_ context.Context, id int) error {
	f.did = append(f.did, fmt.Sprint("cancel ", id))
	return redeem.ErrNoLine
}

func (f *fakeDesk) Row() []redeem.Line                     { return f.row }
func (f *fakeDesk) Clear()                                 { f.did = append(f.did, "clear") }
func (f *fakeDesk) Validated(context.Context) (int, error) { return 3, nil }
func (f *fakeDesk) Waiting() int                           { return f.waiting }
func (f *fakeDesk) ShowWaiting(context.Context)            { f.did = append(f.did, "show waiting") }
func (f *fakeDesk) Changed() <-chan struct{}               { return nil }

const secret = "424242"

// mediation is a station with mediator mode.
type mediation struct {
	*station
	door  *workshop.Door
	days  *fakeDays
	desk  *fakeDesk
	state kiosk.Station
	join  func(context.Context, string) string
}

func newMediation(t *testing.T) *mediation {
	t.Helper()
	return newMediationWith(t, func(*kiosk.Mediator) {})
}

// newMediationWith lets a test give the station more than the least.
func newMediationWith(t *testing.T, more func(*kiosk.Mediator), others ...kiosk.Part) *mediation {
	t.Helper()
	return openMediation(t, nil, more, others...)
}

// openMediation also has lessons besides those that every station has.
func openMediation(t *testing.T, besides []*lesson.Lesson, more func(*kiosk.Mediator), others ...kiosk.Part) *mediation {
	t.Helper()
	dir := t.TempDir()
	shop, _, err := workshop.Load(filepath.Join(dir, "workshop.json"))
	if err != nil {
		t.Fatal(err)
	}
	phc := pass.PHC{Memory: 8, Time: 1, Threads: 1, Salt: []byte("12345678")}
	phc.Sum = argon2.IDKey([]byte(secret), phc.Salt, 1, 8, 1, 32)
	keys := workshop.Keys{Structure: 1, Cards: pass.Cards{PINs: []pass.PIN{{Hash: phc.String()}}}}
	m := &mediation{
		door: workshop.NewDoor(filepath.Join(dir, "pin.json"), func() workshop.Keys { return keys }, slog.New(slog.DiscardHandler)),
		days: &fakeDays{Shop: shop}, desk: &fakeDesk{takes: true},
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	m.state = kiosk.Station{
		Enrolled: true, Label: "Poste 1", Zone: paris, Now: time.Date(2026, 3, 12, 9, 15, 0, 0, paris), Clock: pass.ClockRTC,
		Places: []wire.Place{{ID: "mediatheque", Name: "Médiathèque", Zone: "Europe/Paris"}},
	}
	part := &kiosk.Mediator{
		Door: m.door, Days: m.days, Desk: m.desk, State: func(context.Context) kiosk.Station { return m.state },
		Join: func(ctx context.Context, token string) string { return m.join(ctx, token) },
	}
	more(part)
	m.station = openStation(t, besides, append([]kiosk.Part{part}, others...)...)
	return m
}

func (m *mediation) unlock() {
	m.t.Helper()
	if err := m.door.ByPIN(secret); err != nil {
		m.t.Fatalf("open the door: %v", err)
	}
}

func (m *mediation) day() url.Values {
	return url.Values{
		"lieu": {"mediatheque"}, "date": {"2026-03-12"}, "heure": {"09:15"}, "montre": {"2026-03-12 09:15"},
		"service": {"KS-01"}, "posture": {"faire_avec"}, "papiers": {"oui"},
	}
}

// has asks for words as a reader sees them.
func has(t *testing.T, page string, words ...string) {
	t.Helper()
	page = html.UnescapeString(page)
	for _, w := range words {
		if !strings.Contains(page, w) {
			t.Errorf("page lacks %q", w)
		}
	}
}
