package main

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/sandbox"
	"github.com/mallette-kit/mallette/device/screen"
)

// shape is what of a session depends on the machine.
type shape struct {
	root     string // userland
	work     string // where sessions are put together
	share    string // where sticks are mounted
	memory   int64  // of the machine, in bytes
	headless bool
	software bool     // draw without the graphics chip
	page     string   // one more to open in the help world
	extra    []string // more of the browser's flags
}

func homeFolder(name string) string { return path.Join(sandbox.Home, name) }

const runtimeDir = "/run/user/1000"

// plan is a session of the world.
func (s shape) plan(world screen.World) (sandbox.Plan, error) {
	files, err := filesOf(world)
	if err != nil {
		return sandbox.Plan{}, err
	}
	p := sandbox.Plan{
		Dir: s.work, Root: s.root, Space: s.space(), Memory: s.memory / 4 * 3, Processes: 1500,
		Devices: s.devices(), Files: files, Listen: []string{pagesAddress}, Services: s.services(world),
	}
	if world == screen.Help {
		p.Listen = append(p.Listen, gateAddress)
		p.Share, p.ShareAt = s.share, homeFolder(stickName)
	}
	return p, nil
}

// space is a quarter of the memory: what a person may download or write.
func (s shape) space() int64 { return min(max(s.memory/4, 128<<20), 1<<30) }

func (s shape) devices() []string {
	if s.headless {
		return nil
	}
	return []string{"dri", "input", "snd"}
}

// filesOf are the files that every session of the world begins with. The
// folders above the person's own can be gone through and not looked into, so
// that a file dialog has nothing to show but what is hers.
func filesOf(world screen.World) ([]sandbox.File, error) {
	text, err := policyOf(world)
	if err != nil {
		return nil, err
	}
	files := []sandbox.File{
		{Path: policyFile, Text: text, Mode: 0o644},
		{Path: "/etc/machine-id", Text: "00000000000000000000000000000001\n", Mode: 0o444},
		{Path: sandbox.Home, Mode: fs.ModeDir | 0o700, UID: sandbox.PersonUID},
		{Path: runtimeDir, Mode: fs.ModeDir | 0o700, UID: sandbox.PersonUID},
	}
	for _, dir := range []string{".config", ".config/chromium", ".config/chromium/Default", ".config/gtk-3.0", ".cache"} {
		files = append(files, sandbox.File{Path: homeFolder(dir), Mode: fs.ModeDir | 0o700, UID: sandbox.PersonUID})
	}
	if world == screen.Help {
		files = append(files, helpFiles()...)
	}
	for _, dir := range []string{"/", "/home", "/usr", "/etc", "/var", "/opt", "/srv", "/mnt", "/media"} {
		files = append(files, sandbox.File{Path: dir, Mode: fs.ModeDir | 0o711})
	}
	return files, nil
}

// helpFiles are the way back, always in sight, and the two folders that file
// dialogs begin with.
func helpFiles() []sandbox.File {
	places := "file://" + homeFolder("T%C3%A9l%C3%A9chargements") + " " + downloads + "\n" +
		"file://" + homeFolder("Cl%C3%A9%20USB") + " " + stickName + "\n"
	return []sandbox.File{
		{Path: homeFolder(downloads), Mode: fs.ModeDir | 0o700, UID: sandbox.PersonUID},
		{Path: homeFolder(".config/chromium/Default/Bookmarks"), Text: wayBack, Mode: 0o600, UID: sandbox.PersonUID},
		{Path: homeFolder(".config/gtk-3.0/bookmarks"), Text: places, Mode: 0o600, UID: sandbox.PersonUID},
		{Path: homeFolder(".config/user-dirs.dirs"), Text: "XDG_DOWNLOAD_DIR=\"$HOME/" + downloads + "\"\n", Mode: 0o600, UID: sandbox.PersonUID},
	}
}

// wayBack is the one bookmark, on the bar that no page can hide.
const wayBack = `{"roots":{"bookmark_bar":{"type":"folder","id":"1","name":"Barre","children":[` +
	`{"type":"url","id":"4","name":"⮌ Revenir à Mallette","url":"` + pagesURL + `"}]},` +
	`"other":{"type":"folder","id":"2","name":"Autres","children":[]},"synced":{"type":"folder","id":"3","name":"Mobile","children":[]}},"version":1}`

// services are the programs of a session, in the order they start.
func (s shape) services(world screen.World) []sandbox.Service {
	return append(s.seat(), sandbox.Service{
		Name: "browser", Person: true, Groups: groupsOf(s.root), Env: s.environment(),
		Argv: append([]string{"/usr/bin/dbus-run-session", "--", "/usr/bin/cage", "-d", "--"}, s.browser(world)...),
	})
}

// groupsOf are the numbers that the userland gives to those who may draw and
// be heard.
func groupsOf(root string) (groups []uint32) {
	text, err := os.ReadFile(filepath.Join(root, "etc/group"))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(line, ":")
		if len(f) < 3 || !slices.Contains([]string{"video", "render", "audio"}, f[0]) {
			continue
		}
		if n, err := strconv.ParseUint(f[2], 10, 32); err == nil {
			groups = append(groups, uint32(n))
		}
	}
	return groups
}

// seat is what a screen, keys and sound need; nothing without them.
func (s shape) seat() []sandbox.Service {
	if s.headless {
		return nil
	}
	env := []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	once := func(name string, argv ...string) sandbox.Service {
		return sandbox.Service{Name: name, Argv: argv, Env: env, Once: true}
	}
	trigger := func(match ...string) []string {
		return append([]string{"/usr/bin/udevadm", "trigger", "--action=add"}, match...)
	}
	return []sandbox.Service{
		{Name: "devices", Argv: []string{"/usr/lib/systemd/systemd-udevd"}, Env: env, Ready: "/run/udev/control"},
		once("subsystems", trigger("--type=subsystems", "--subsystem-match=input", "--subsystem-match=drm", "--subsystem-match=sound")...),
		once("coldplug", trigger("--type=devices", "--subsystem-match=input", "--subsystem-match=drm", "--subsystem-match=sound", "--subsystem-match=graphics")...),
		once("settle", "/bin/sh", "-c", "udevadm settle --timeout=10 || true"),
		once("sound", "/bin/sh", "-c", sound),
		{Name: "seat", Argv: []string{"/usr/sbin/seatd", "-g", "video"}, Env: append(env, "SEATD_VTBOUND=0"), Ready: "/run/seatd.sock"},
	}
}

// sound makes every card audible at a bearable volume. A machine without one
// is no failure.
const sound = `for c in /proc/asound/card[0-9]*; do
	[ -d "$c" ] || continue
	n=${c##*/card}
	alsactl init "$n"
	for control in Master Speaker Headphone PCM; do amixer -q -c "$n" sset "$control" 70% unmute; done
done >/dev/null 2>&1
true`

func (s shape) environment() []string {
	env := []string{
		"PATH=/usr/bin:/bin", "HOME=" + sandbox.Home, "USER=personne", "LOGNAME=personne", "SHELL=/usr/sbin/nologin",
		"LANG=fr_FR.UTF-8", "LANGUAGE=fr", "XDG_RUNTIME_DIR=" + runtimeDir, "XKB_DEFAULT_LAYOUT=fr", "GSETTINGS_BACKEND=memory",
		"WLR_LIBINPUT_NO_DEVICES=1", "WLR_NO_HARDWARE_CURSORS=1", "NO_AT_BRIDGE=1", "GTK_USE_PORTAL=0",
	}
	if s.headless {
		env = append(env, "WLR_BACKENDS=headless", "WLR_HEADLESS_OUTPUTS=1")
	} else {
		env = append(env, "LIBSEAT_BACKEND=seatd")
	}
	if s.software || s.headless {
		env = append(env, "WLR_RENDERER=pixman")
	}
	return env
}

// patience lets the browser's parts wait for each other on a slow machine: by
// default a page's process that has not been called within 15 s ends itself,
// and leaves a white window for good.
const patience = "--ipc-connection-timeout=120"

// browser is Chromium's command line. Its own sandbox stays on.
func (s shape) browser(world screen.World) []string {
	argv := []string{
		"/usr/bin/chromium", "--ozone-platform=wayland", "--user-data-dir=" + homeFolder(".config/chromium"), "--password-store=basic",
		"--no-first-run", "--no-default-browser-check", "--noerrdialogs", "--disable-breakpad", "--disable-crash-reporter", "--lang=fr",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-domain-reliability",
		"--disable-features=Translate,OptimizationHints,MediaRouter,InterestFeedContentSuggestions,DialMediaRouteProvider,GlobalMediaControls",
		"--disable-pinch", "--overscroll-history-navigation=0", "--force-renderer-accessibility",
		patience,
	}
	if s.software || s.headless {
		argv = append(argv, "--disable-gpu")
	}
	argv = append(argv, s.extra...)
	if world == screen.Kiosk { // our own pages may go on reading aloud from one to the next
		return append(argv, "--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=9222", "--kiosk", pagesURL)
	}
	argv = append(argv, "--autoplay-policy=user-gesture-required", "--start-maximized", pagesURL)
	if s.page != "" {
		argv = append(argv, s.page)
	}
	return argv
}

// webPage is the address if it is one of the web: what begins with a dash
// would be a flag, and other schemes lead elsewhere.
func webPage(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// openPage shows one more page in the session's browser.
func openPage(env []string, url string) sandbox.Service {
	return sandbox.Service{
		Person: true, Env: append(env, "WAYLAND_DISPLAY=wayland-0"),
		Argv: []string{"/usr/bin/chromium", "--ozone-platform=wayland", "--user-data-dir=" + homeFolder(".config/chromium"), url},
	}
}

// shapeOf reads the machine.
func (f flags) shapeOf(root string, memory int64) shape {
	return shape{root: root, work: filepath.Join(f.Run, "sessions"), share: filepath.Join(f.Run, "stick"), memory: memory, headless: f.Headless}
}
