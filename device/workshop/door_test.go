package workshop_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
)

var fleetKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

func day(y int, m time.Month, d int) pass.Day {
	return pass.DayOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

func hashOf(pin string) string {
	p := pass.PHC{Memory: 8, Time: 1, Threads: 1, Salt: []byte("12345678")}
	p.Sum = argon2.IDKey([]byte(pin), p.Salt, p.Time, p.Memory, p.Threads, 32)
	return p.String()
}

func keys() workshop.Keys {
	return workshop.Keys{
		Tenant: "demo", Structure: 11, Today: day(2026, 3, 12), Earliest: day(2026, 3, 1),
		Cards: pass.Cards{
			V: 1, Version: 1, Tenant: "demo", Revoked: []pass.CardID{66},
			Keys: []pass.Key{{ID: 1, Public: fleetKey.Public().(ed25519.PublicKey), VerifyUntil: day(2027, 12, 31)}},
			PINs: []pass.PIN{{Structure: 11, Hash: hashOf("424242")}, {Structure: 12, Hash: hashOf("515151")}, {Hash: hashOf("606060")}},
		},
	}
}

func aCard() pass.Card {
	return pass.Card{Key: 1, Tenant: pass.TenantTag("demo"), Structure: 11, ID: 5, NotBefore: day(2026, 1, 1), NotAfter: day(2026, 12, 31)}
}

func newDoor(path string, k workshop.Keys) *workshop.Door {
	return workshop.NewDoor(path, func() workshop.Keys { return k }, slog.New(slog.DiscardHandler))
}

func TestByCard(t *testing.T) {
	_, stranger, _ := ed25519.GenerateKey(nil)
	cases := []struct {
		name  string
		given func(*workshop.Keys, *pass.Card)
		key   ed25519.PrivateKey
		want  error
	}{
		{"the structure's mediator", func(*workshop.Keys, *pass.Card) {}, fleetKey, nil},
		{"a mediator of every structure", func(_ *workshop.Keys, c *pass.Card) { c.Structure = 0 }, fleetKey, nil},
		{"of another structure", func(_ *workshop.Keys, c *pass.Card) { c.Structure = 12 }, fleetKey, workshop.ErrNotOurs},
		{"of another operator", func(_ *workshop.Keys, c *pass.Card) { c.Tenant++ }, fleetKey, workshop.ErrNotOurs},
		{"signed by a stranger", func(*workshop.Keys, *pass.Card) {}, stranger, workshop.ErrNotOurs},
		{"key not heard of", func(_ *workshop.Keys, c *pass.Card) { c.Key = 9 }, fleetKey, workshop.ErrUnknownKey},
		{"nothing fetched yet", func(k *workshop.Keys, _ *pass.Card) { k.Cards = pass.Cards{} }, fleetKey, workshop.ErrUnknownKey},
		{"key not heard of, another operator", func(_ *workshop.Keys, c *pass.Card) { c.Key, c.Tenant = 9, c.Tenant+1 }, fleetKey, workshop.ErrNotOurs},
		{"key revoked", func(k *workshop.Keys, _ *pass.Card) { d := day(2026, 1, 1); k.Cards.Keys[0].RevokedAt = &d }, fleetKey, workshop.ErrNotOurs},
		{"declared lost", func(_ *workshop.Keys, c *pass.Card) { c.ID = 66 }, fleetKey, workshop.ErrRevoked},
		{"last day", func(_ *workshop.Keys, c *pass.Card) { c.NotAfter = day(2026, 3, 12) }, fleetKey, nil},
		{"over since yesterday", func(_ *workshop.Keys, c *pass.Card) { c.NotAfter = day(2026, 3, 11) }, fleetKey, workshop.ErrCardDate},
		{"from tomorrow", func(_ *workshop.Keys, c *pass.Card) { c.NotBefore = day(2026, 3, 13) }, fleetKey, workshop.ErrCardDate},
		{"no date, card of last week", func(k *workshop.Keys, c *pass.Card) { k.Today = 0; c.NotAfter = day(2026, 3, 5) }, fleetKey, nil},
		{"no date, card surely over", func(k *workshop.Keys, c *pass.Card) { k.Today = 0; c.NotAfter = day(2026, 2, 5) }, fleetKey, workshop.ErrCardDate},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k, card := keys(), aCard()
			c.given(&k, &card)
			signed, err := card.Sign(c.key)
			if err != nil {
				t.Fatal(err)
			}
			door := newDoor(filepath.Join(t.TempDir(), "pin.json"), k)
			err = door.ByCard(signed)
			if grant, open := door.Grant(); !errors.Is(err, c.want) || open != (c.want == nil) || (open && grant.Card != card.ID) {
				t.Errorf("ByCard = %v, open %v; want %v", err, open, c.want)
			}
		})
	}
}

func TestByPIN(t *testing.T) {
	cases := []struct {
		name, pin string
		want      error
	}{
		{"the structure's", "424242", nil},
		{"typed with spaces", " 424242 ", nil},
		{"every structure's", "606060", nil},
		{"another structure's", "515151", workshop.ErrPIN},
		{"empty", "", workshop.ErrPIN},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			door := newDoor(filepath.Join(t.TempDir(), "pin.json"), keys())
			if err := door.ByPIN(c.pin); !errors.Is(err, c.want) {
				t.Errorf("ByPIN = %v; want %v", err, c.want)
			}
		})
	}
	k := keys()
	k.Cards.PINs = nil
	if err := newDoor(filepath.Join(t.TempDir(), "pin.json"), k).ByPIN("424242"); !errors.Is(err, workshop.ErrNoPIN) {
		t.Errorf("ByPIN without any PIN = %v; want ErrNoPIN", err)
	}
}

func TestWrongPINsWaitLongerAndLonger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pin.json")
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(path, keys())
		waits := []time.Duration{0, 0, 15 * time.Second, 30 * time.Second, time.Minute}
		for i, want := range waits {
			if err := door.ByPIN("000000"); !errors.Is(err, workshop.ErrPIN) || door.Wait() != want {
				t.Errorf("wrong PIN %d = %v, wait %v; want ErrPIN, %v", i+1, err, door.Wait(), want)
			}
			if i < len(waits)-1 {
				time.Sleep(want)
			}
		}
		if err := door.ByPIN("424242"); !errors.Is(err, workshop.ErrWait) {
			t.Errorf("right PIN too early = %v; want ErrWait", err)
		}
		door = newDoor(path, keys()) // switched off and on
		if err := door.ByPIN("424242"); !errors.Is(err, workshop.ErrWait) || door.Wait() != time.Minute {
			t.Errorf("right PIN after a restart = %v, wait %v; want ErrWait, 1m0s", err, door.Wait())
		}
		time.Sleep(time.Minute)
		if err := door.ByPIN("424242"); err != nil || door.Wait() != 0 {
			t.Errorf("right PIN in time = %v, wait %v; want nil, 0", err, door.Wait())
		}
		if err := door.ByPIN("000000"); !errors.Is(err, workshop.ErrPIN) || door.Wait() != 0 {
			t.Errorf("first wrong PIN after that = %v, wait %v; want ErrPIN, 0", err, door.Wait())
		}
	})
}

func TestADamagedCountStillWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pin.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := newDoor(path, keys()).ByPIN("424242"); !errors.Is(err, workshop.ErrWait) {
		t.Errorf("ByPIN = %v; want ErrWait", err)
	}
}

func TestTheDoorShutsByItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pin.json")
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(path, keys())
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- door.Run(ctx) }()
		if err := door.ByPIN("424242"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(workshop.AutoLock - time.Second)
		if _, open := door.Use(); !open {
			t.Error("door shut before its time")
		}
		time.Sleep(workshop.AutoLock - time.Second)
		if _, open := door.Grant(); !open {
			t.Error("door shut although it was used")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, open := door.Grant(); open {
			t.Error("door open although nobody used it")
		}
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v; want context.Canceled", err)
		}
	})
}
