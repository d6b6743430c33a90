package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/scan"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// journal keeps what the program logs and tells the address of its pages.
type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	address chan string
}

var served = regexp.MustCompile(`url=(http://\S+)`)

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if m := served.FindSubmatch(b); m != nil {
		j.address <- string(m[1])
	}
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// running is a started launcher, the passreader beside it and a browser.
type running struct {
	t      *testing.T
	url    string
	log    *journal
	client *http.Client
	offer  *scan.Offer
	stop   func()
}

// start runs the launcher until stop or the end of the test.
func start(t *testing.T, f *fleet, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, log: &journal{address: make(chan string, 1)}, offer: new(scan.Offer)}
	must(t, os.MkdirAll(f.run, 0o700))
	socket, err := net.Listen("unix", filepath.Join(f.run, "reader.sock"))
	must(t, err)
	var wait sync.WaitGroup
	wait.Go(func() { _ = r.offer.Run(ctx, socket) })
	ended := make(chan error, 1)
	args = append([]string{"--data", f.data, "--run", f.run, "--listen", "127.0.0.1:0"}, args...)
	go func() { ended <- run(ctx, args, io.Discard, r.log) }()
	select {
	case r.url = <-r.log.address:
	case err := <-ended:
		t.Fatalf("run = %v\n%s", err, r.log)
	}
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("run = %v; want context.Canceled", err)
		}
		wait.Wait()
	})
	t.Cleanup(r.stop)
	r.forget()
	return r
}

// forget gives the browser no cookies.
func (r *running) forget() {
	jar, _ := cookiejar.New(nil)
	r.client = &http.Client{Jar: jar, Timeout: time.Minute}
}

func (r *running) get(path string) string {
	r.t.Helper()
	resp, err := r.client.Get(r.url + path)
	must(r.t, err)
	return text(r.t, resp)
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return html.UnescapeString(string(body))
}

var formToken = regexp.MustCompile(`name="jeton" value="([0-9a-f]{32})"`)

func (r *running) post(path string, form url.Values) string {
	r.t.Helper()
	token := formToken.FindStringSubmatch(r.get("/aide"))
	if token == nil {
		r.t.Fatal("page without a form token")
	}
	form.Set("jeton", token[1])
	resp, err := r.client.PostForm(r.url+path, form)
	must(r.t, err)
	return text(r.t, resp)
}

// show holds a code in front of the reader, and waits for the page to say so.
func (r *running) show(code, path, want string) string {
	r.t.Helper()
	r.offer.Publish(scan.Reading{Code: code, Source: scan.Scanner, At: time.Now()})
	return r.await(path, want)
}

// await asks for a page until it says what is wanted.
func (r *running) await(path, want string) string {
	r.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		page := r.get(path)
		if strings.Contains(page, want) {
			return page
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%s never says %q:\n%s\n%s", path, want, page, r.log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func wants(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			t.Errorf("page lacks %q", w)
		}
	}
}

func theDay() url.Values {
	now := time.Now()
	return url.Values{
		"lieu": {"mediatheque"}, "date": {now.Format(time.DateOnly)}, "heure": {"09:15"},
		"service": {"KS-01"}, "posture": {"faire_avec"}, "lecon": {"souris"}, "papiers": {"oui"},
	}
}

// records opens what the outbox holds, as only the fleet can.
func (f *fleet) records(t *testing.T) []pass.Record {
	t.Helper()
	reader, err := outbox.OpenReader(filepath.Join(f.data, outbox.FileName))
	must(t, err)
	defer reader.Close()
	_, entries, err := reader.Entries(t.Context(), 1, 64)
	must(t, err)
	var out []pass.Record
	for _, e := range entries {
		line, err := e.Open()
		must(t, err)
		plain, err := age.Decrypt(bytes.NewReader(line.Sealed), f.age)
		must(t, err)
		body, err := io.ReadAll(plain)
		must(t, err)
		record, err := pass.ParseRecord(body)
		must(t, err)
		out = append(out, record)
	}
	return out
}

// The market day: no network, no clock, ten passes in a row, one taken back.
func TestMarketDay(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.publish(t, dir)
	r := start(t, f, "--clock", "unset")
	r.await("/", "Bonjour") // the reader's connection comes meanwhile
	r.show(f.card(t, nil), "/mediateur", "La journée n’est pas ouverte")
	wants(t, r.get("/mediateur/journee"), "Quel jour sommes-nous ?")
	wants(t, r.post("/mediateur/journee", theDay()), "Médiathèque des Tilleuls", "depuis 09 h 15")
	for i := 1; i <= 10; i++ {
		page := r.show(f.code(t, pass.Serial(i)), "/mediateur/pass", "<strong>"+strconv.Itoa(i)+"</strong>")
		wants(t, page, "Accepté", "10 €")
	}
	r.show(f.code(t, 3), "/mediateur/pass", "Déjà utilisé")
	r.post("/mediateur/pass/4/annuler", url.Values{})
	wants(t, r.get("/mediateur/pass"), "<strong>9</strong>", "Annulé")
	page := r.post("/mediateur/fin", url.Values{"participants": {"9"}, "papiers": {"9"}})
	wants(t, page, "Feuille du jour", "Papiers gardés</th><td>9", "La souris")
	r.stop()

	kinds := map[pass.RecordKind]int{}
	for _, record := range f.records(t) {
		kinds[record.Kind]++
		if record.Kind == pass.Validation && (record.Card != 5 || record.Stamp.Clock != pass.ClockMediator || record.Place != "mediatheque" || !record.PaperKept) {
			t.Errorf("record = card %d, clock %s, place %s, paper %v; want the day's", record.Card, record.Stamp.Clock, record.Place, record.PaperKept)
		}
	}
	if kinds[pass.Validation] != 10 || kinds[pass.Cancellation] != 1 || kinds[pass.PaperCount] != 1 {
		t.Errorf("records = %v; want 10 validations, 1 cancellation, 1 count", kinds)
	}
	if leak := regexp.MustCompile(`\d{14,}`).FindString(r.log.String()); leak != "" {
		t.Error("the log holds a number that may be a pass")
	}
}

func TestTheDaySurvivesAPowerCut(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.publish(t, dir)
	r := start(t, f)
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	r.post("/mediateur/journee", theDay())
	wants(t, r.post("/mediateur/pass", url.Values{"code": {f.code(t, 1)}}), "Accepté")
	r.stop()

	r = start(t, f)
	wants(t, r.get("/mediateur/pass"), "Code secret") // mediator mode is shut again
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	wants(t, r.get("/mediateur"), "Médiathèque des Tilleuls", "1 validé aujourd’hui")
	page := r.post("/mediateur/pass", url.Values{"code": {f.code(t, 1)}})
	wants(t, page, "Déjà utilisé", "Annuler la première validation")
	r.post("/mediateur/pass/1/annuler", url.Values{})
	wants(t, r.post("/mediateur/pass", url.Values{"code": {f.code(t, 1)}}), "Accepté", "<strong>1</strong>")
}

// In public nothing is said of a pass; it waits for the mediator.
func TestAPassShownInPublicWaits(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.statuses = map[pass.Serial]pass.Status{2: pass.Invalid}
	f.publish(t, dir)
	r := start(t, f)
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	r.post("/mediateur/journee", theDay())
	r.post("/mediateur/fermer", url.Values{})
	for _, serial := range []pass.Serial{1, 2} {
		r.offer.Publish(scan.Reading{Code: f.code(t, serial), Source: scan.Camera, At: time.Now()})
	}
	for _, page := range []string{r.get("/"), r.get("/aide")} {
		if strings.Contains(page, "Accepté") || strings.Contains(page, "Annulé") {
			t.Error("a public page says what a pass is worth")
		}
	}
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	r.await("/mediateur/pass", "les 2 pass montrés")
	wants(t, r.post("/mediateur/pass/attente", url.Values{}), "Accepté", "Annulé par l’émetteur", "<strong>1</strong>")
}

func TestAStationThatIsNotTheMediators(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, func(d *wire.Desired) { d.Role = wire.RoleStation })
	f.publish(t, dir)
	r := start(t, f)
	wants(t, r.get("/"), "Les pass se montrent au poste médiateur")
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	page := r.post("/mediateur/journee", theDay())
	wants(t, page, "Médiathèque des Tilleuls", "Finir la journée")
	if strings.Contains(page, "Valider des pass") {
		t.Error("a station of the kit offers to validate passes")
	}
	wants(t, r.post("/mediateur/fin", url.Values{"participants": {"4"}}), "Personnes venues</th><td>4")
	r.stop()
	if n := len(f.records(t)); n != 0 {
		t.Errorf("records = %d; want none", n)
	}
}

// A session ends with what it held; beginning one shuts mediator mode.
func TestSessionAndMediatorModeDoNotMeet(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.publish(t, dir)
	r := start(t, f)
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	r.post("/mediateur/journee", theDay())
	r.post("/session/debut", url.Values{})
	wants(t, r.get("/mediateur/poste"), "Code secret")
	r.post("/session/fin", url.Values{})
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	wants(t, r.get("/mediateur/fin"), "<strong>1</strong> session terminée")
}

// A station of no fleet has lessons and no passes; once it is enrolled it
// knows by itself.
func TestEnrolledWhileItRuns(t *testing.T) {
	dir := t.TempDir()
	f := &fleet{data: filepath.Join(dir, "data"), run: filepath.Join(dir, "run")}
	r := start(t, f)
	r.post("/session/debut", url.Values{})
	wants(t, r.get("/lecons"), "La souris")
	wants(t, r.get("/mediateur"), "ne fait pas encore partie", "Rattacher ce poste")
	wants(t, r.post("/mediateur/rejoindre", url.Values{"jeton_de_poste": {"mallette1.rien"}}), "incomplet ou mal recopié")
	f.enrol(t, dir)
	r.await("/mediateur", "Code secret")
}

func TestAddresses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	cases := []struct {
		name, listen string
		want         error
		says         string
	}{
		{"busy", taken.Addr().String(), syscall.EADDRINUSE, "déjà prise"},
		{"seen from elsewhere", "0.0.0.0:0", errNotLoopback, "que sur cette machine"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			err := run(t.Context(), []string{"--data", dir, "--run", dir, "--listen", c.listen}, io.Discard, io.Discard)
			if !errors.Is(err, c.want) || !strings.Contains(french(err), c.says) {
				t.Errorf("run = %v, says %q; want %v, %q", err, french(err), c.want, c.says)
			}
		})
	}
}

func TestTwoLaunchersDoNotShareAData(t *testing.T) {
	f := &fleet{data: t.TempDir(), run: t.TempDir()}
	start(t, f).await("/", "Bonjour")
	err := run(t.Context(), []string{"--data", f.data, "--run", t.TempDir(), "--listen", "127.0.0.1:0"}, io.Discard, io.Discard)
	if !errors.Is(err, outbox.ErrInUse) {
		t.Errorf("second launcher = %v; want ErrInUse", err)
	}
}

// The sandbox hands over a listener of its own network namespace.
func TestInheritedListener(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	f, err := ln.(*net.TCPListener).File()
	must(t, err)
	must(t, ln.Close())
	fd, err := syscall.Dup(int(f.Fd())) // the program closes what it is given
	must(t, err)
	must(t, f.Close())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"--data", t.TempDir(), "--run", t.TempDir(), "--listen-fd", strconv.Itoa(fd)}, io.Discard, io.Discard)
	}()
	resp, err := http.Get("http://" + ln.Addr().String() + "/")
	must(t, err)
	wants(t, text(t, resp), "Bonjour")
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("run = %v; want context.Canceled", err)
	}
}

// The agent's file makes every open page say that this is the machine.
func TestAStationThatIsLookedForShowsItself(t *testing.T) {
	f := &fleet{data: t.TempDir(), run: t.TempDir()}
	r := start(t, f)
	must(t, os.WriteFile(filepath.Join(f.run, "identify"), nil, 0o600))
	resp, err := r.client.Get(r.url + "/etat")
	must(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"wanted":true`) {
			return
		}
	}
	t.Errorf("stream ended with %v; want a page that is told", lines.Err())
}

// Validations that wait near the last day of payment are money: somebody must
// be told before, at the station.
func TestTheDeadlineIsTold(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.presentBy = 29 * 24 * time.Hour // the printed date is past, tolerance ends tomorrow
	f.publish(t, dir)
	r := start(t, f)
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	r.post("/mediateur/journee", theDay())
	wants(t, r.post("/mediateur/pass", url.Values{"code": {f.code(t, 1)}}), "Accepté, en période de tolérance")
	wants(t, r.get("/mediateur/poste"), "1 validation n’est pas encore envoyée", "ne sera pas payée")
}

// TestDamagedIdentity: a disk that spoilt who the station is takes no lesson from
// anybody.
func TestDamagedIdentity(t *testing.T) {
	f := newFleet(t, t.TempDir(), nil)
	files, err := filepath.Glob(filepath.Join(f.data, identityDir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("identity files = %v, %v; want some", files, err)
	}
	for _, file := range files {
		must(t, os.Truncate(file, 0))
	}
	r := start(t, f)
	r.post("/session/debut", url.Values{})
	wants(t, r.get("/lecons"), "/lecon/")
}
