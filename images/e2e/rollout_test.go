package e2e_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/images/visitor"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// The crowd: 50 kits of ten.
const (
	crowdKits = 50
	kitSize   = 10
)

// crowd is a real fleet server with many simulated stations.
type crowd struct {
	t        *testing.T
	fleet    *stage.Fleet
	office   *console
	stations []*crowdStation

	asked  atomic.Int64  // how many attempts began
	gate   chan struct{} // closed: stations beyond the canary go on
	firsts int64         // stations of the canary, which nothing holds up
}

// TestARolloutToFiveHundredStations: three in a hundred stations fail, and the
// rollout halts at its threshold, although the server is killed twice on the
// way; nobody of the last wave was asked, and what stations recorded before and
// after is all there.
func TestARolloutToFiveHundredStations(t *testing.T) {
	c := newCrowd(t)
	c.work(2)
	c.start()
	c.until("the canary is healthy and the second wave is asked", func() bool { return c.asked.Load() == c.firsts+100 })
	c.kill()
	c.work(3)
	close(c.gate)
	c.until("some of the second wave have tried", func() bool {
		return c.count(func(s *crowdStation) bool { return s.state().Running == newRelease }) > kitSize+5
	})
	c.kill()
	c.until("the rollout halts", func() bool { return c.page("/deploiements/1", "Arrêté de lui-même") })
	c.until("everything is stored", func() bool { return c.count((*crowdStation).stored) == len(c.stations) })
	c.until("kits agree", func() bool { return c.mixed() == 0 })
	c.check()
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	dir := t.TempDir()
	c := &crowd{t: t, gate: make(chan struct{}), firsts: kitSize,
		fleet: &stage.Fleet{Bin: bin, Data: filepath.Join(dir, "fleet"), Listen: "127.0.0.1:0", Console: "127.0.0.1:0"}}
	password, err := c.fleet.Init(t.Context(), stage.Tenant, "Une foule")
	c.must(err)
	c.offer()
	c.must(c.fleet.Start(t.Context()))
	t.Cleanup(c.fleet.Kill)
	c.office = &console{&visitor.Office{Visitor: visitor.New("http://" + c.fleet.Console), Password: password}}
	c.furnish()
	c.enrol(filepath.Join(dir, "stations"))
	return c
}

func (c *crowd) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// offer publishes a release, as the person who has its key does.
func (c *crowd) offer() {
	c.t.Helper()
	repository, err := release.Open(filepath.Join(c.fleet.Data, "release"))
	c.must(err)
	text, err := os.ReadFile(filepath.Join(c.fleet.Data, "release", "offline", "base.pem"))
	c.must(err)
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	c.must(err)
	v := slot.Verity{Algorithm: "sha256", Blocks: 2, Salt: strings.Repeat("ab", 32), Hash: strings.Repeat("cd", 32)}
	part := func(content string) release.Part {
		p := release.Part{SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(content))), Size: int64(len(content))}
		c.must(repository.PutBlob(p, strings.NewReader(content)))
		return p
	}
	base := release.Base{V: 1, Release: newRelease, Arch: "amd64", Made: time.Now().UTC().Truncate(time.Second), Notes: "Pour une foule.",
		Boot: part("boot"), Root: release.Part{SHA256: strings.Repeat("ef", 32), Size: v.Size()}, Verity: v,
		Bundle: release.Bundle{Index: part("index"), Pack: part("pack")}}
	list, err := repository.BaseList()
	c.must(err)
	signed, contents, err := release.SignBase(list, key.(ed25519.PrivateKey), []release.Base{base}, nil, time.Now())
	c.must(err)
	c.must(repository.Adopt(signed, contents))
}

func (c *crowd) furnish() {
	c.t.Helper()
	ctx, door := c.t.Context(), c.fleet.Admin()
	c.must(door.SaveStructure(ctx, stage.Tenant, registry.Structure{ID: 1, Name: "Une structure"}))
	c.must(door.SavePlace(ctx, stage.Tenant, registry.Place{ID: "halles", Structure: 1, Name: "Halles", Zone: "Europe/Paris"}))
	for k := range crowdKits {
		c.must(door.SaveKit(ctx, stage.Tenant, registry.Kit{ID: kitName(k), Structure: 1}))
	}
}

func kitName(k int) string { return fmt.Sprintf("kit-%02d", k) }

// enrol makes every station join and connect.
func (c *crowd) enrol(dir string) {
	c.t.Helper()
	seal := c.seal()
	c.stations = make([]*crowdStation, crowdKits*kitSize)
	var joining sync.WaitGroup
	places := make(chan struct{}, 8)
	errs := make(chan error, len(c.stations))
	for i := range c.stations {
		joining.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			errs <- c.join(i, filepath.Join(dir, fmt.Sprint(i)), seal)
		})
	}
	joining.Wait()
	for range c.stations {
		c.must(<-errs)
	}
	c.run()
}

func (c *crowd) join(i int, dir string, seal age.Recipient) error {
	token, err := c.fleet.Admin().IssueToken(c.t.Context(), admin.TokenOrder{Tenant: stage.Tenant, Kit: kitName(i / kitSize), Life: time.Hour})
	if err != nil {
		return err
	}
	machine := enroll.Machine{Model: "simulated", Hardware: fmt.Sprint("machine-", i)}
	me, err := enroll.Join(c.t.Context(), token, dir, machine, func() time.Time { return time.Time{} })
	if err != nil {
		return err
	}
	c.stations[i] = newCrowdStation(c.t, me, dir, c.fleet.Listen, seal, c.fate)
	return nil
}

// fate: the canary is well; of those after it every 33rd fails.
func (c *crowd) fate() (<-chan struct{}, bool) {
	n := c.asked.Add(1)
	if n <= c.firsts {
		return nil, true
	}
	return c.gate, n%33 != 0
}

// seal is what stations seal records to.
func (c *crowd) seal() age.Recipient {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.fleet.Data, "keys", "seal.txt"))
	c.must(err)
	identities, err := age.ParseIdentities(strings.NewReader(string(text)))
	c.must(err)
	return identities[0].(*age.X25519Identity).Recipient()
}

// run keeps every station connected until the test ends.
func (c *crowd) run() {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, s := range c.stations {
		running.Go(func() { _ = s.link.Run(ctx) }) // the end of ctx
	}
	c.t.Cleanup(func() { stop(); running.Wait() })
	c.until("everybody is there", func() bool {
		return c.count(func(s *crowdStation) bool { return s.link.Status().Online }) == len(c.stations)
	})
	c.until("everybody has said what it runs", func() bool {
		stations, err := c.fleet.Admin().Stations(ctx, stage.Tenant, registry.Query{})
		c.must(err)
		for _, st := range stations {
			if st.Reported.Base == nil {
				return false
			}
		}
		return true
	})
}

func (c *crowd) work(validations int) {
	c.t.Helper()
	for _, s := range c.stations {
		c.must(s.works(validations))
		s.link.Kick()
	}
}

// start tries a plan dry and starts it, as a technician does.
func (c *crowd) start() {
	c.t.Helper()
	c.must(c.office.Open("/versions/" + newRelease + "/deployer?essai=1&premiers=1&part=20&reussite=90&echec=2&observation=0&attente=1&fin=2"))
	if !strings.Contains(c.office.Page.Text, "500 postes, vague par vague") {
		c.t.Fatalf("the dry run says: %s", c.office.Page.Text)
	}
	form := "/versions/" + newRelease + "/deployer"
	forms := visitor.Forms(c.office.Page.Root, form)
	c.office.Page.Root = forms[len(forms)-1].Parent // the first asks for another dry run
	c.must(c.office.Send(form, url.Values{}))
	if c.office.Page.Path != "/deploiements/1" {
		c.t.Fatalf("after the start the page is %s: %s", c.office.Page.Path, c.office.Page.Text)
	}
}

// kill ends the server without a word, and starts it again.
func (c *crowd) kill() {
	c.t.Helper()
	c.fleet.Kill()
	c.must(c.fleet.Start(c.t.Context()))
}

func (c *crowd) page(path, text string) bool {
	return c.office.Open(path) == nil && strings.Contains(c.office.Page.Text, text)
}

func (c *crowd) count(is func(*crowdStation) bool) (n int) {
	for _, s := range c.stations {
		if is(s) {
			n++
		}
	}
	return n
}

// mixed counts the kits whose stations do not run one release.
func (c *crowd) mixed() (n int) {
	for k := range crowdKits {
		kit := c.stations[k*kitSize : (k+1)*kitSize]
		for _, s := range kit {
			if s.state().Running != kit[0].state().Running {
				n++
				break
			}
		}
	}
	return n
}

// until waits, with patience for a machine that does other things too.
func (c *crowd) until(what string, ok func() bool) {
	c.t.Helper()
	tick, end := time.NewTicker(100*time.Millisecond), time.After(5*time.Minute)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			c.t.Fatalf("never happened: %s", what)
		}
	}
}

// check stops the server and reads what it stored.
func (c *crowd) check() {
	c.t.Helper()
	c.must(c.fleet.Stop(c.t.Context()))
	db, err := store.Open(c.t.Context(), c.fleet.Data)
	c.must(err)
	defer db.Close()
	r, err := db.Rollout(c.t.Context(), stage.Tenant, 1)
	c.must(err)
	all, last := r.Tally(-1), r.Tally(2)
	if r.Phase != rollout.Halted || r.Why != rollout.TooManyFailed || all[rollout.Failed] < 2 || all[rollout.Failed] > 4 {
		c.t.Errorf("rollout is %s %s with %v; want halted at two failures or three", r.Phase, r.Why, all)
	}
	if last[rollout.Waiting] != 390 || c.asked.Load() != 110 {
		c.t.Errorf("last wave is %v, %d stations were asked; want 390 waiting, 110 asked", last, c.asked.Load())
	}
	c.t.Logf("halted with %v", all)
	for _, s := range c.stations {
		c.compare(db, s)
	}
}

// compare holds what a station recorded against what the fleet stored.
func (c *crowd) compare(db *store.Store, s *crowdStation) {
	c.t.Helper()
	log := intake.Log{Tenant: stage.Tenant, Station: s.me.ID, ID: s.log}
	kept, err := db.Evidence(c.t.Context(), log, 0, 100)
	c.must(err)
	if len(kept) != 5 {
		c.t.Errorf("%s: %d records stored; want 5", s.me.ID, len(kept))
		return
	}
	for i, e := range kept {
		if e.Entry.Line != s.entries[i].Line {
			c.t.Errorf("%s: record %d is another than the station's", s.me.ID, i+1)
		}
	}
	acks, err := db.Acks(c.t.Context(), stage.Tenant, s.me.ID)
	c.must(err)
	if len(acks) != 1 || acks[0].Seq != 5 || acks[0].Rev != 2 {
		c.t.Errorf("%s: stored up to %+v; want record 5, revision 2", s.me.ID, acks)
	}
}
