package pass_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

func keyset() pass.Keyset {
	return pass.Keyset{V: 1, Version: 3, Issuer: 7, Series: 12, Name: "Ville d'essai", Keys: []pass.Key{key(1), key(2)}}
}

func key(id pass.KeyID) pass.Key {
	return pass.Key{ID: id, Public: bytes.Repeat([]byte{byte(id)}, 32), SignFrom: 2500, SignUntil: 2600, VerifyUntil: 2700}
}

func manifest() pass.Manifest {
	return pass.Manifest{
		V: 1, Version: 1, Issuer: 7, Series: 12, Batch: 4, Commanditaire: "Chambre d'essai", FaceValue: 1000, Year: 2026,
		UseUntil: 2556, ToleranceUntil: 2587, PresentBy: 2615, CarnetSize: 10, First: 101, Last: 300,
		Services:   []string{"KS-01", "KS-02"},
		Structures: []pass.Qualification{{Structure: 4, From: 2400, Until: 2600}, {Structure: 5, Services: []string{"KS-01"}, From: 2400, Until: 2500}},
		Keys:       []pass.KeyID{1}, Limits: pass.DefaultLimits(),
		Print: pass.Print{IssuerName: "Ville d'essai", Mentions: []string{"Ne peut être vendu."}},
	}
}

func statusList() pass.StatusList {
	l := pass.NewStatusList(7, 4, 101, 300)
	l.Version, l.TTL, l.IssuedAt = 9, 86400, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	return l
}

const goodPHC = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$MDEyMzQ1Njc4OWFiY2RlZg"

func cards() pass.Cards {
	return pass.Cards{V: 1, Version: 2, Tenant: "demo", Keys: []pass.Key{key(1)}, Revoked: []pass.CardID{4}, PINs: []pass.PIN{{Structure: 4, Hash: goodPHC}}}
}

func TestDocumentsSurvive(t *testing.T) {
	k := keyset()
	data, err := k.Encode()
	if got, perr := pass.ParseKeyset(data); err != nil || perr != nil || !reflect.DeepEqual(got, k) {
		t.Errorf("ParseKeyset(Encode) = %+v, %v, %v; want %+v", got, err, perr, k)
	}
	m := manifest()
	data, err = m.Encode()
	if got, perr := pass.ParseManifest(data); err != nil || perr != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("ParseManifest(Encode) = %+v, %v, %v; want %+v", got, err, perr, m)
	}
	c := cards()
	data, err = c.Encode()
	if got, perr := pass.ParseCards(data); err != nil || perr != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("ParseCards(Encode) = %+v, %v, %v; want %+v", got, err, perr, c)
	}
}

// A later release may add fields; this one goes on reading.
func TestUnknownFieldsAreIgnored(t *testing.T) {
	data, err := keyset().Encode()
	if err != nil {
		t.Fatal(err)
	}
	later := strings.Replace(string(data), "{", `{"later":{"a":[1]},`, 1)
	if _, err := pass.ParseKeyset([]byte(later)); err != nil {
		t.Errorf("ParseKeyset with a new field = %v; want nil", err)
	}
}

func TestKeysetRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*pass.Keyset)
		want   error
	}{
		{"later version", func(k *pass.Keyset) { k.V = 2 }, pass.ErrVersion},
		{"no version number", func(k *pass.Keyset) { k.Version = 0 }, pass.ErrMalformed},
		{"no issuer", func(k *pass.Keyset) { k.Issuer = 0 }, pass.ErrMalformed},
		{"series of three digits", func(k *pass.Keyset) { k.Series = 100 }, pass.ErrMalformed},
		{"short key", func(k *pass.Keyset) { k.Keys[0].Public = k.Keys[0].Public[1:] }, pass.ErrMalformed},
		{"same key twice", func(k *pass.Keyset) { k.Keys[1].ID = 1 }, pass.ErrMalformed},
		{"dates reversed", func(k *pass.Keyset) { k.Keys[0].SignUntil = 1 }, pass.ErrMalformed},
		{"long name", func(k *pass.Keyset) { k.Name = strings.Repeat("x", 300) }, pass.ErrMalformed},
		{"300 keys", func(k *pass.Keyset) { k.Keys = make([]pass.Key, 300) }, pass.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := keyset()
			tt.change(&k)
			if _, err := pass.ParseKeyset(mustJSON(t, k)); !errors.Is(err, tt.want) {
				t.Errorf("ParseKeyset = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestManifestRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*pass.Manifest)
		want   error
	}{
		{"later version", func(m *pass.Manifest) { m.V = 2 }, pass.ErrVersion},
		{"no batch", func(m *pass.Manifest) { m.Batch = 0 }, pass.ErrMalformed},
		{"batch over 24 bits", func(m *pass.Manifest) { m.Batch = 1 << 24 }, pass.ErrMalformed},
		{"serials reversed", func(m *pass.Manifest) { m.Last = 100 }, pass.ErrMalformed},
		{"too many passes", func(m *pass.Manifest) { m.Last = 101 + pass.MaxPasses }, pass.ErrMalformed},
		{"no carnet size", func(m *pass.Manifest) { m.CarnetSize = 0 }, pass.ErrMalformed},
		{"dates reversed", func(m *pass.Manifest) { m.PresentBy = 1 }, pass.ErrMalformed},
		{"negative value", func(m *pass.Manifest) { m.FaceValue = -1 }, pass.ErrMalformed},
		{"no key", func(m *pass.Manifest) { m.Keys = nil }, pass.ErrMalformed},
		{"limits reversed", func(m *pass.Manifest) { m.Limits.RefuseAfterDays = 1 }, pass.ErrMalformed},
		{"nobody qualified", func(m *pass.Manifest) { m.Structures[0].Structure = 0 }, pass.ErrMalformed},
		{"long text", func(m *pass.Manifest) { m.Print.Mentions[0] = strings.Repeat("x", 2000) }, pass.ErrMalformed},
		{"genuine list not sorted", func(m *pass.Manifest) { m.Genuine = []string{"BBBBBBBBBBA", "AAAAAAAAAAA"} }, pass.ErrMalformed},
		{"genuine entry too short", func(m *pass.Manifest) { m.Genuine = []string{"AAAA"} }, pass.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := manifest()
			tt.change(&m)
			if _, err := pass.ParseManifest(mustJSON(t, m)); !errors.Is(err, tt.want) {
				t.Errorf("ParseManifest = %v; want %v", err, tt.want)
			}
		})
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestManifestQualified(t *testing.T) {
	tests := []struct {
		name    string
		by      pass.Structure
		service string
		on      pass.Day
		want    bool
	}{
		{"every service of the batch", 4, "KS-02", 2500, true},
		{"service the batch does not pay", 4, "KS-03", 2500, false},
		{"first day", 4, "KS-01", 2400, true},
		{"day before", 4, "KS-01", 2399, false},
		{"day after", 4, "KS-01", 2601, false},
		{"its one service", 5, "KS-01", 2500, true},
		{"not its service", 5, "KS-02", 2500, false},
		{"unknown structure", 6, "KS-01", 2500, false},
		{"nobody knows the date", 5, "KS-01", 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := manifest().Qualified(tt.by, tt.service, tt.on); got != tt.want {
				t.Errorf("Qualified(%d, %q, %v) = %v; want %v", tt.by, tt.service, tt.on, got, tt.want)
			}
		})
	}
}

func TestManifestCarnets(t *testing.T) {
	m := manifest()
	tests := []struct {
		serial pass.Serial
		holds  bool
		carnet int
	}{{100, false, 0}, {101, true, 1}, {110, true, 1}, {111, true, 2}, {300, true, 20}, {301, false, 0}}
	for _, tt := range tests {
		if m.Holds(tt.serial) != tt.holds || m.Carnet(tt.serial) != tt.carnet {
			t.Errorf("serial %d: Holds, Carnet = %v, %d; want %v, %d", uint32(tt.serial), m.Holds(tt.serial), m.Carnet(tt.serial), tt.holds, tt.carnet)
		}
	}
	if m.Size() != 200 || m.Carnets() != 20 {
		t.Errorf("Size, Carnets = %d, %d; want 200, 20", m.Size(), m.Carnets())
	}
}

func TestGenuineList(t *testing.T) {
	m := manifest()
	m.Genuine = []string{"AAAAAAAAAAA", signed(t).Genuine()}
	slices.Sort(m.Genuine)
	if _, err := m.Encode(); err != nil {
		t.Fatalf("Encode: %v", err)
	}
	forged := signed(t)
	forged.Signature[5] ^= 1
	if !m.IsGenuine(signed(t)) || m.IsGenuine(forged) {
		t.Errorf("IsGenuine = %v, forged %v; want true, false", m.IsGenuine(signed(t)), m.IsGenuine(forged))
	}
}

func TestKeyValid(t *testing.T) {
	revoked := key(1)
	day := pass.Day(2550)
	revoked.RevokedAt = &day
	tests := []struct {
		name string
		key  pass.Key
		on   pass.Day
		want bool
	}{
		{"last day", key(1), 2700, true},
		{"day after", key(1), 2701, false},
		{"nobody knows the date", key(1), 0, true},
		{"revoked", revoked, 2500, false},
		{"revoked, nobody knows the date", revoked, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.key.Valid(tt.on); got != tt.want {
				t.Errorf("Valid(%v) = %v; want %v", tt.on, got, tt.want)
			}
		})
	}
	if _, ok := keyset().Find(2); !ok {
		t.Error("Find(2) = false; want true")
	}
	if _, ok := keyset().Find(3); ok {
		t.Error("Find(3) = true; want false")
	}
}

func TestCards(t *testing.T) {
	c := cards()
	if _, ok := c.Find(1); !ok || !c.IsRevoked(4) || c.IsRevoked(5) {
		t.Error("Find(1), IsRevoked(4), IsRevoked(5); want true, true, false")
	}
	tests := []struct {
		name   string
		change func(*pass.Cards)
		want   error
	}{
		{"later version", func(c *pass.Cards) { c.V = 9 }, pass.ErrVersion},
		{"no tenant", func(c *pass.Cards) { c.Tenant = "" }, pass.ErrMalformed},
		{"plain PIN", func(c *pass.Cards) { c.PINs[0].Hash = "123456" }, pass.ErrMalformed},
		{"PIN hash of one gigabyte", func(c *pass.Cards) { c.PINs[0].Hash = strings.Replace(goodPHC, "m=19456", "m=1048576", 1) }, pass.ErrMalformed},
		{"PIN hash of no time", func(c *pass.Cards) { c.PINs[0].Hash = strings.Replace(goodPHC, "t=2", "t=0", 1) }, pass.ErrMalformed},
		{"PIN hash with more text", func(c *pass.Cards) { c.PINs[0].Hash = strings.Replace(goodPHC, "p=1", "p=1,x=2", 1) }, pass.ErrMalformed},
		{"bad key", func(c *pass.Cards) { c.Keys[0].Public = nil }, pass.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := cards()
			tt.change(&c)
			if _, err := pass.ParseCards(mustJSON(t, c)); !errors.Is(err, tt.want) {
				t.Errorf("ParseCards = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestCardValid(t *testing.T) {
	c := pass.Card{ID: 1, NotBefore: 10, NotAfter: 20}
	for on, want := range map[pass.Day]bool{9: false, 10: true, 20: true, 21: false, 0: true} {
		if got := c.Valid(on); got != want {
			t.Errorf("Valid(%d) = %v; want %v", uint16(on), got, want)
		}
	}
}

func TestStatusListBounds(t *testing.T) {
	l := statusList()
	if !l.Set(300, pass.Redeemed) || l.Set(301, pass.Redeemed) || l.Set(100, pass.Redeemed) || l.Set(101, 4) {
		t.Error("Set(last), Set(last+1), Set(first-1), Set(status 4); want true, false, false, false")
	}
	if l.Get(300) != pass.Redeemed || l.Get(301) != pass.Invalid || l.Get(0) != pass.Invalid || l.Get(299) != pass.Valid {
		t.Error("Get outside of the list; want Invalid")
	}
	if l.Count(pass.Redeemed) != 1 || l.Count(pass.Valid) != 199 {
		t.Errorf("Count = %d redeemed, %d valid; want 1, 199", l.Count(pass.Redeemed), l.Count(pass.Valid))
	}
	if empty := pass.NewStatusList(1, 1, 5, 4); empty.Get(5) != pass.Invalid || empty.Count(pass.Valid) != 0 {
		t.Error("list with first after last holds a pass; want none")
	}
}

func lst(raw []byte) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(raw)
	_ = w.Close()
	return base64.RawURLEncoding.EncodeToString(b.Bytes())
}

func TestStatusListRefuses(t *testing.T) {
	good := map[string]any{"v": 1, "version": 1, "issuer": 7, "batch": 4, "first": 1, "last": 200, "issued_at": "2026-11-21T08:00:00Z", "ttl": 60, "lst": lst(make([]byte, 50))}
	tests := []struct {
		name, field string
		value       any
		want        error
	}{
		{"as it should be", "v", 1, nil},
		{"later version", "v", 2, pass.ErrVersion},
		{"no issuer", "issuer", 0, pass.ErrMalformed},
		{"first after last", "first", 201, pass.ErrMalformed},
		{"enormous range", "last", 1 << 31, pass.ErrMalformed},
		{"no time", "issued_at", "0001-01-01T00:00:00Z", pass.ErrMalformed},
		{"negative ttl", "ttl", -1, pass.ErrMalformed},
		{"short list", "lst", lst(make([]byte, 49)), pass.ErrMalformed},
		{"inflation bomb", "lst", lst(make([]byte, 1<<20)), pass.ErrMalformed},
		{"not zlib", "lst", "AAAA", pass.ErrMalformed},
		{"not base64", "lst", "****", pass.ErrMalformed},
		{"damaged checksum", "lst", lst(make([]byte, 50))[:10], pass.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := map[string]any{}
			for k, v := range good {
				d[k] = v
			}
			d[tt.field] = tt.value
			if _, err := pass.ParseStatusList(mustJSON(t, d)); !errors.Is(err, tt.want) {
				t.Errorf("ParseStatusList = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestOversizedDocuments(t *testing.T) {
	big := bytes.Repeat([]byte(" "), 65<<20)
	if _, err := pass.ParseManifest(big); !errors.Is(err, pass.ErrMalformed) {
		t.Errorf("ParseManifest(65 MiB) = %v; want ErrMalformed", err)
	}
	if _, err := pass.ParseKeyset(big); !errors.Is(err, pass.ErrMalformed) {
		t.Errorf("ParseKeyset(65 MiB) = %v; want ErrMalformed", err)
	}
}

func TestDay(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		at   time.Time
		want string
	}{
		{"first day", time.Date(2020, 1, 1, 23, 0, 0, 0, time.UTC), "2020-01-01"},
		{"before 2020", time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), "2020-01-01"},
		{"local date counts", time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC).In(paris), "2027-01-01"},
		{"summer time", time.Date(2026, 7, 14, 0, 30, 0, 0, paris), "2026-07-14"},
		{"after the last", time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC), "2199-06-06"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := pass.DayOf(tt.at)
			if got := d.String(); got != tt.want {
				t.Errorf("DayOf(%v) = %s; want %s", tt.at, got, tt.want)
			}
			if back, err := pass.ParseDay(d.String()); err != nil || back != d {
				t.Errorf("ParseDay(%q) = %v, %v; want %v", d.String(), back, err, d)
			}
		})
	}
	if y, m, d := pass.Day(366).Date(); y != 2021 || m != time.January || d != 1 {
		t.Errorf("Day(366).Date() = %d, %v, %d; want 2021, January, 1", y, m, d)
	}
	if got := pass.Day(2500).In(paris); pass.DayOf(got) != 2500 || got.Hour() != 0 {
		t.Errorf("Day(2500).In(Paris) = %v; want its midnight", got)
	}
	for _, bad := range []string{"", "2026-2-1", "2019-12-31", "2200-01-01", "2026-02-30", "demain"} {
		if _, err := pass.ParseDay(bad); !errors.Is(err, pass.ErrMalformed) {
			t.Errorf("ParseDay(%q) = %v; want ErrMalformed", bad, err)
		}
	}
}
