package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/sandbox"
	"github.com/mallette-kit/mallette/device/screen"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

// mark is what is planted everywhere and must be found nowhere afterwards.
const mark = "MALLETTE-TRACE-51966"

// place is somewhere that a trace of a person can hide: how it gets there, and
// how the next person would find it. Scripts print what they find.
type place struct {
	name   string
	person bool // planted by the person; otherwise by root inside, at the worst
	plant  string
	look   string
}

// file is a place that is a file.
func file(name string, person bool, path string) place {
	path = strings.ReplaceAll(path, "~", sandbox.Home)
	return place{name, person, fmt.Sprintf("mkdir -p '%s' && echo %s >>'%s'", filepath.Dir(path), mark, path), fmt.Sprintf("grep -c %s '%s'", mark, path)}
}

// perl is a place that only a program reaches.
func perl(name, plant, look string) place {
	return place{name, true, "perl -e '" + plant + "'", "perl -e '" + look + "'"}
}

func places() []place {
	return []place{
		file("home", true, "~/lettre.txt"),
		file("downloads", true, "~/Téléchargements/facture.pdf"),
		file("history of pages", true, "~/.config/chromium/Default/History"),
		file("bookmarks", true, "~/.config/chromium/Default/Bookmarks"),
		file("forms that fill themselves", true, "~/.config/chromium/Default/Web Data"),
		file("passwords", true, "~/.config/chromium/Default/Login Data"),
		file("extensions of the browser", true, "~/.config/chromium/Default/Extensions/x/manifest.json"),
		file("other profile of the browser", true, "~/.config/chromium/Profile 2/Preferences"),
		file("crash reports of the browser", true, "~/.config/chromium/Crash Reports/pending/x.dmp"),
		file("cache on disk", true, "~/.cache/chromium/Default/Cache/x"),
		file("thumbnails", true, "~/.cache/thumbnails/normal/x.png"),
		file("recent files", true, "~/.local/share/recently-used.xbel"),
		file("wastebasket", true, "~/.local/share/Trash/files/x"),
		file("fonts of the person", true, "~/.local/share/fonts/x.ttf"),
		file("fonts of the system", false, "/usr/local/share/fonts/x.ttf"),
		file("settings (dconf)", true, "~/.config/dconf/user"),
		file("what starts by itself", true, "~/.config/autostart/x.desktop"),
		file("what starts by itself, for all", false, "/etc/xdg/autostart/x.desktop"),
		file("programs started by the clock", false, "/etc/cron.d/x"),
		file("programs started by devices", false, "/etc/udev/rules.d/99-x.rules"),
		file("libraries loaded into everything", false, "/etc/ld.so.preload.x"),
		file("browser's rules", false, "/etc/chromium/policies/managed/x.json"),
		file("history of a shell", true, "~/.bash_history"),
		file("keys of the person", true, "~/.ssh/authorized_keys"),
		file("print spool", false, "/var/spool/cups/d00001"),
		file("mail", false, "/var/mail/personne"),
		file("logs", false, "/var/log/x.log"),
		file("/tmp", true, "/tmp/"+mark),
		file("/var/tmp", true, "/var/tmp/"+mark),
		file("/dev/shm", true, "/dev/shm/"+mark),
		file("runtime folder", true, runtimeDir+"/x"),
		file("/run", false, "/run/x"),
		file("Wi-Fi list", false, "/etc/wpa_supplicant/x.conf"),
		file("names of machines", false, "/etc/hosts"),
		file("accounts", false, "/etc/passwd"),
		file("root's home", false, "/root/x"),
		file("programs", false, "/usr/local/bin/x"),
		{"program of the system replaced", false, "echo 'echo " + mark + "' >/usr/bin/true.new && chmod 755 /usr/bin/true.new && mv /usr/bin/true.new /usr/bin/true", "/usr/bin/true"},
		perl("program that goes on", `$0="`+mark+`"; fork or sleep 3000`, `for (glob "/proc/[0-9]*/cmdline") {open F,$_; print if <F> =~ /^`+mark+`/}`),
		{"name of the machine", false, "hostname " + mark, "uname -n | grep " + mark},
		perl("abstract socket", `use Socket; socket(S,AF_UNIX,SOCK_STREAM,0); bind(S,pack_sockaddr_un("\0`+mark+`")); listen(S,1); fork or sleep 3000`,
			`open F,"/proc/net/unix"; while(<F>){print if /`+mark+`/}`),
		perl("listening port", `use Socket; socket(S,AF_INET,SOCK_STREAM,0); bind(S,pack_sockaddr_in(51966,INADDR_LOOPBACK)); listen(S,1); fork or sleep 3000`,
			`use Socket; socket(S,AF_INET,SOCK_STREAM,0); print "open" if connect(S,pack_sockaddr_in(51966,INADDR_LOOPBACK))`),
		perl("shared memory", `$i=shmget(51966,64,01666); shmwrite($i,"`+mark+`",0,20)`, `print "found" if defined shmget(51966,64,0)`),
		perl("message queue", `$q=msgget(51966,01666); msgsnd($q,pack("l! a*",1,"`+mark+`"),0)`, `print "found" if defined msgget(51966,0)`),
		perl("semaphores", `semget(51966,1,01666)`, `print "found" if defined semget(51966,1,0)`),
		perl("kernel keyring", `syscall(248,"user","`+mark+`","x",1,-4)`, `open F,"/proc/keys"; while(<F>){print if /`+mark+`/} print "found" if syscall(250,10,-4,"user","`+mark+`",0)>=0`),
		{"swap", false, "head -c 65536 /dev/zero >/tmp/swap; mkswap /tmp/swap; swapon /tmp/swap", "tail -n +2 /proc/swaps 2>/dev/null"},
		{"crash dump", true, "cd /tmp; ulimit -c unlimited; sh -c 'kill -SEGV $$'; true", "ls /tmp/core* /var/crash/* /var/lib/systemd/coredump/* 2>/dev/null"},
		{"device node", false, "mknod /dev/x b 7 0", "ls /dev/x 2>/dev/null"},
		{"mount", false, "mount -t tmpfs " + mark + " /mnt", "grep " + mark + " /proc/self/mounts"},
		{"folder of the stick, without one", false, "echo " + mark + " >'" + homeFolder(stickName) + "/x'", "ls '" + homeFolder(stickName) + "' 2>/dev/null"},
	}
}

// storePage plants what a page can keep in a browser, and looks for it. Each
// row is a name and 1 where it was found.
const storePage = `<!doctype html><meta charset="utf-8"><title>traces</title><p>traces</p><script src="/stores.js"></script>`

const storeScript = `
const mark = "` + mark + `";
const request = r => new Promise((yes, no) => { r.onsuccess = () => yes(r.result); r.onerror = () => no(r.error); });
const stores = {
  cookie: { plant: () => { document.cookie = mark + "=1; max-age=999999" }, look: () => document.cookie.includes(mark) },
  localStorage: { plant: () => localStorage.setItem(mark, 1), look: () => localStorage.getItem(mark) !== null },
  sessionStorage: { plant: () => sessionStorage.setItem(mark, 1), look: () => sessionStorage.getItem(mark) !== null },
  indexedDB: {
    plant: () => new Promise((yes, no) => { const r = indexedDB.open(mark, 1); r.onupgradeneeded = () => r.result.createObjectStore("x"); r.onsuccess = () => { r.result.close(); yes() }; r.onerror = no }),
    look: async () => (await indexedDB.databases()).some(d => d.name === mark) },
  cacheStorage: { plant: async () => (await caches.open(mark)).put("/x", new Response(mark)), look: () => caches.has(mark) },
  serviceWorker: {
    plant: async () => { await navigator.serviceWorker.register("/worker.js"); await navigator.serviceWorker.ready },
    look: async () => (await navigator.serviceWorker.getRegistrations()).length > 0 },
  privateFiles: {
    plant: async () => { const d = await navigator.storage.getDirectory(); await d.getFileHandle(mark, { create: true }) },
    look: async () => { const d = await navigator.storage.getDirectory(); for await (const n of d.keys()) if (n === mark) return true; return false } },
  windowName: { plant: () => { window.name = mark }, look: () => window.name === mark },
  history: { plant: () => history.pushState({}, "", "/?" + mark), look: () => history.length > 1 },
};
(async () => {
  const said = [];
  for (const [name, s] of Object.entries(stores)) {
    let before = "?", after = "?";
    try { before = await s.look() ? 1 : 0; await s.plant(); after = await s.look() ? 1 : 0 } catch (e) { after = "!" + e.name }
    said.push(name + " " + before + " " + after);
  }
  await fetch("/said", { method: "POST", body: said.join("\n") });
})();
`

// visit is one whole session as display makes it, with a page that plants and
// looks in the browser's stores.
type visit struct {
	t       testing.TB
	session *sandbox.Session
	stores  map[string][2]string // name: found before planting, found after
}

func begin(t testing.TB, world screen.World, work, share string) *visit {
	t.Helper()
	root := "/"
	s := &systems{flags: userlandFlags(filepath.Dir(work))}
	if found, err := s.root(); err == nil && s.flags.Root == "" {
		root = found
		t.Cleanup(func() { s.close() })
	}
	plan, err := shape{root: root, work: work, share: share, memory: 2 << 30, headless: true}.plan(world)
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{t: t, stores: map[string][2]string{}}
	if v.session, err = sandbox.Start(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	v.serve()
	return v
}

// serve waits until the page has said what it found.
func (v *visit) serve() {
	v.t.Helper()
	said := make(chan string, 8)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /said", func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		said <- string(text)
	})
	for path, content := range map[string][2]string{
		"/": {"text/html", storePage}, "/stores.js": {"text/javascript", storeScript}, "/worker.js": {"text/javascript", "self.onfetch = () => {}"},
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", content[0])
			io.WriteString(w, content[1])
		})
	}
	srv := &http.Server{Handler: mux}
	go srv.Serve(v.session.Listeners()[0])
	v.t.Cleanup(func() { srv.Close() })
	select {
	case text := <-said:
		for line := range strings.Lines(text) {
			if f := strings.Fields(line); len(f) == 3 {
				v.stores[f[0]] = [2]string{f[1], f[2]}
			}
		}
	case <-v.session.Done():
		v.t.Fatalf("session over: %v", v.session.Err())
	case <-time.After(drawnWithin):
		v.t.Fatal("the page said nothing")
	}
}

// do runs the script in the session with the rights that are left there, and
// returns what it printed.
func (v *visit) do(person bool, n int, script string) string {
	v.t.Helper()
	out := fmt.Sprintf("/tmp/.said-%d", n)
	err := v.session.Run(sandbox.Service{
		Person: person, Env: []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + sandbox.Home},
		Argv: []string{"/bin/sh", "-c", "umask 022; { " + script + "\n} >" + out + " 2>/dev/null; mv " + out + " " + out + ".whole"},
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return v.said(fmt.Sprintf("/proc/%d/root%s.whole", v.session.PID(), out), script)
}

// said waits for what a script printed.
func (v *visit) said(file, script string) string {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), startWithin)
	defer cancel()
	var text []byte
	there := watch.Until(ctx, filepath.Dir(file), watch.Files, time.Second, func() (ok bool) {
		var err error
		text, err = os.ReadFile(file)
		return err == nil
	})
	if !there {
		v.t.Fatalf("script did not end: %s", script)
	}
	_ = os.Remove(file)
	return strings.TrimSpace(string(text))
}

// end ends it and is sure that it is over.
func (v *visit) end() {
	v.t.Helper()
	if err := v.session.End(); err != nil {
		v.t.Errorf("End: %v", err)
	}
}

// room is where sessions of a test are put together, and the folder for sticks.
func room(t testing.TB) (work, share string) {
	t.Helper()
	needBrowser(t)
	dir, err := os.MkdirTemp("", "traces")
	if err != nil {
		t.Fatal(err)
	}
	work, share = filepath.Join(dir, "work"), filepath.Join(dir, "share")
	if err := openShare(share); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closeShare(share); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return work, share
}

// What a person leaves, on purpose or not, is not there for the next, nor for
// whoever looks from outside.
func TestPlantedTraces(t *testing.T) {
	work, share := room(t)
	first := begin(t, screen.Help, work, share)
	for i, p := range places() {
		first.do(p.person, i, p.plant)
	}
	first.end()
	outside(t, work, share)
	if err := unplug(share); err != nil {
		t.Error(err)
	}
	next := begin(t, screen.Help, work, share)
	defer next.end()
	for i, p := range places() {
		t.Run(p.name, func(t *testing.T) {
			if found := next.do(true, i, p.look); found != "" && found != "0" {
				t.Errorf("next session found %q with %s; want nothing", found, p.look)
			}
		})
	}
	for name, found := range next.stores {
		t.Run("browser: "+name, func(t *testing.T) {
			if found[0] != "0" || found[1] != "1" {
				t.Errorf("found before and after planting: %s, %s; want 0, and 1 as a proof that looking works", found[0], found[1])
			}
		})
	}
	if len(next.stores) < 9 {
		t.Errorf("looked into %d of the browser's stores; want 9", len(next.stores))
	}
}

// A look that cannot find anything proves nothing: most places are first seen
// to hold what was planted, in the session that planted it.
func TestPlantingWorks(t *testing.T) {
	work, share := room(t)
	v := begin(t, screen.Help, work, share)
	defer v.end()
	refused := map[string]bool{"kernel keyring": true, "swap": true, "crash dump": true, "device node": true, "mount": true, "folder of the stick, without one": true, "name of the machine": true}
	for i, p := range places() {
		v.do(p.person, i, p.plant)
		found := v.do(p.person, i, p.look)
		if seen := found != "" && found != "0"; seen == refused[p.name] {
			t.Errorf("%s: planted and found %q; want it there: %v", p.name, found, !refused[p.name])
		}
	}
}

// outside looks at this machine once the session is over.
func outside(t *testing.T, work, share string) {
	t.Helper()
	for _, file := range []string{"/proc/keys", "/proc/net/unix", "/proc/self/mountinfo", "/proc/sysvipc/shm", "/proc/sysvipc/msg", "/proc/sysvipc/sem"} {
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		if strings.Contains(string(text), mark) || strings.Contains(string(text), " 51966 ") || strings.Contains(string(text), work+"/session-") {
			t.Errorf("%s speaks of the session that is over", file)
		}
	}
	if left := glob(work + "/*"); len(left) > 0 {
		t.Errorf("left where sessions are put together: %v; want nothing", left)
	}
	marked(t, filepath.Dir(work), share)
	marked(t, "/dev/shm", "")
}

// marked looks for the mark in the files of a folder; the stick's person
// saved to it on purpose.
func marked(t *testing.T, dir, except string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == except && except != "" {
			return errors.Join(err, fs.SkipDir)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), mark) {
			t.Errorf("%s holds what was planted", path)
		}
		return nil
	})
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, fs.SkipDir) {
		t.Error(err)
	}
}
