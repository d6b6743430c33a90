package screens_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// rules are the accessibility rules that every page must keep.
var rules = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "EN-301-549", "RGAAv4", "best-practice"}

// browser is a person at a keyboard: it has no mouse.
type browser struct {
	t       *testing.T
	ctx     context.Context
	axe     string
	sniffer string
	afoot   bool     // goes where pages lead, and types no address
	hasty   bool     // does not check pages: another test does
	pressed []string // keys, in their order
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is missing, run .ci/install: %v", err)
	}
	sniffer, err := os.ReadFile(filepath.Join("node_modules", "html_codesniffer", "build", "HTMLCS.js"))
	if err != nil {
		t.Fatalf("HTML_CodeSniffer is missing, run .ci/install: %v", err)
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("ignore-certificate-errors", true), chromedp.Flag("lang", "fr"), chromedp.Flag("autoplay-policy", "no-user-gesture-required"), chromedp.WindowSize(1280, 800))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), flags...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 40*time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Func(focusWindow)); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return &browser{t: t, ctx: ctx, axe: string(axe), sniffer: string(sniffer)}
}

type step = chromedp.Action[chromedp.Void]

func (b *browser) run(what string, steps ...step) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.fail(what, err)
	}
}

func (b *browser) fail(what string, err error) {
	b.t.Helper()
	b.picture("failed")
	b.t.Fatalf("%s: %v\n%s", what, err, b.text())
}

// ask evaluates an expression in the page.
func ask[T any](b *browser, what, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		b.fail(what, err)
	}
	return answer
}

// with is the same browser for a part of the test.
func (b *browser) with(t *testing.T) *browser {
	return &browser{t: t, ctx: b.ctx, axe: b.axe, sniffer: b.sniffer, hasty: b.hasty}
}

// tab opens another tab, with the cookies of the others.
func (b *browser) tab(t *testing.T) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Func(focusWindow), chromedp.EmulateViewport(1280, 800)); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return &browser{t: t, ctx: ctx, axe: b.axe, sniffer: b.sniffer}
}

// visit opens an address typed by the person.
func (b *browser) visit(url string) {
	b.t.Helper()
	if b.afoot {
		b.t.Fatalf("typed %s: want a way that pages lead", url)
	}
	b.run("visit "+url, chromedp.Navigate(url), chromedp.WaitReady("body"))
	b.check()
}

// text returns what the page says.
func (b *browser) text() string {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	return text
}

// path returns the path and query of the page's address.
func (b *browser) path() string {
	return ask[string](b, "read the address", `location.pathname + location.search`)
}

// see waits until the page says the words.
func (b *browser) see(words string) {
	b.t.Helper()
	want, _ := json.Marshal(words)
	b.run("see "+words, chromedp.Poll[chromedp.Void](`document.body && document.body.innerText.includes(`+string(want)+`)`, chromedp.WithPollingTimeout(25*time.Second)))
}

// await reloads the page until it says the words: what happens elsewhere takes
// a few seconds to be seen here.
func (b *browser) await(words string) {
	b.t.Helper()
	for end := time.Now().Add(time.Minute); !strings.Contains(b.text(), words); {
		if time.Now().After(end) {
			b.fail("await "+words, context.DeadlineExceeded)
		}
		b.run("reload", chromedp.Reload(), chromedp.WaitReady("body"))
	}
}

// focused describes the element that has the focus: its name as a screen reader
// says it, and whether a person sees where the focus is.
type focused struct {
	Name    string
	Tag     string
	Visible bool
}

// describeFocus measures the ring around the focus: it is two pixels wide or
// more, and its colour or that of its halo stands out against what is behind
// it as WCAG asks, three to one.
const describeFocus = `(() => {
  const e = document.activeElement;
  if (!e || e === document.body || e.tabIndex < 0) return {Name: "", Tag: "", Visible: true};
  const label = e.labels && e.labels.length ? e.labels[0].innerText : "";
  const by = (e.getAttribute("aria-labelledby") || "").split(" ").map(i => document.getElementById(i)).filter(Boolean).map(n => n.innerText).join(" ");
  const name = e.getAttribute("aria-label") || by || label || e.innerText || e.value || e.title || "";
  const parts = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = colour => parts(colour).slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const behind = node => { for (; node; node = node.parentElement) { const c = getComputedStyle(node).backgroundColor, p = parts(c); if (p.length === 3 || p[3] > 0) return c; } return "rgb(255, 255, 255)"; };
  const box = ["radio", "checkbox"].includes(e.type) && e.closest(".pick") || e;
  const s = getComputedStyle(box), ground = behind(box.parentElement), rings = [];
  if (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2) rings.push(s.outlineColor);
  const halo = s.boxShadow.match(/^(rgba?\([^)]*\)) 0px 0px 0px ([\d.]+)px/);
  if (halo && parseFloat(halo[2]) >= 2) rings.push(halo[1]);
  return {Name: name.trim(), Tag: e.tagName.toLowerCase(), Visible: rings.some(c => ratio(c, ground) >= 3)};
})()`

func (b *browser) focus() focused { return ask[focused](b, "read the focus", describeFocus) }

// focusWindow makes the page behave as the one a person sits before: without
// it a headless window has no focus and draws none.
func focusWindow(ctx context.Context, t *chromedp.Target) error {
	_, err := cdp.Call(ctx, t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return err
}

// reach presses Tab until the control whose name contains the words has the focus.
func (b *browser) reach(words string) {
	b.t.Helper()
	for range 120 {
		f := b.focus()
		if !f.Visible {
			b.t.Errorf("%s: the focus on %q cannot be seen", b.path(), f.Name)
		}
		if f.Tag != "" && strings.Contains(f.Name, words) {
			return
		}
		b.press(kb.Tab)
	}
	b.picture("failed")
	b.t.Fatalf("%s: Tab never reached %q\n%s", b.path(), words, b.text())
}

func (b *browser) press(keys string) {
	b.t.Helper()
	b.pressed = append(b.pressed, keys)
	b.run("press a key", chromedp.KeyEvent(keys))
}

// follow reaches a link or a button, presses Enter, waits for the next page and checks it.
func (b *browser) follow(words string) {
	b.t.Helper()
	b.reach(words)
	b.leave(kb.Enter)
}

// leave presses a key that leads to another page, waits for it and checks it.
func (b *browser) leave(key string) {
	b.t.Helper()
	b.pressed = append(b.pressed, key)
	b.arrive(chromedp.KeyEvent(key))
}

// write reaches a field and types into it.
func (b *browser) write(field, text string) {
	b.t.Helper()
	b.reach(field)
	b.press(text)
}

// sends writes into fields, each before its text, and follows the button that
// sends them.
func (b *browser) sends(button string, fields ...string) {
	b.t.Helper()
	for i := 0; i+1 < len(fields); i += 2 {
		b.write(fields[i], fields[i+1])
	}
	b.follow(button)
}

// violation is one broken rule, as axe-core tells it.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML string }
}

const axeRun = `axe.run(document, {runOnly: {type: "tag", values: %s}}).then(r => r.violations.map(
  v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html}))})))`

// check holds the page to the accessibility rules, as two checkers read them.
func (b *browser) check() {
	b.t.Helper()
	if b.hasty {
		return
	}
	for _, v := range append(b.runAxe(), b.sniff()...) {
		for _, n := range v.Nodes {
			b.t.Errorf("%s breaks %s (%s): %s", b.path(), v.ID, v.Help, n.HTML)
		}
	}
}

func (b *browser) runAxe() []violation {
	b.t.Helper()
	tags, _ := json.Marshal(rules)
	ask[bool](b, "load axe-core", b.axe+"; true")
	return ask[[]violation](b, "run axe-core", fmt.Sprintf(axeRun, tags), chromedp.EvalAwaitPromise)
}

// sniffRun lists the errors of HTML_CodeSniffer; its warnings and notices ask a
// person to look, and are for the grid in kiosk-ui/rgaa.json.
const sniffRun = `new Promise((done, failed) => HTMLCS.process("WCAG2AA", document, () => done(HTMLCS.getMessages()
  .filter(m => m.type === HTMLCS.ERROR).map(m => ({ID: m.code, Help: m.msg, Nodes: [{HTML: (m.element.outerHTML || "").slice(0, 200)}]}))), failed))`

func (b *browser) sniff() []violation {
	b.t.Helper()
	ask[bool](b, "load HTML_CodeSniffer", b.sniffer+"; true")
	return ask[[]violation](b, "run HTML_CodeSniffer", sniffRun, chromedp.EvalAwaitPromise)
}

// picture keeps a screenshot in the folder MALLETTE_SCREENSHOTS, if it is set.
func (b *browser) picture(name string) {
	dir := os.Getenv("MALLETTE_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	if png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
		_ = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "-")+"-"+name+".png"), png, 0o644)
	}
}

// tick reaches a box and ticks it.
func (b *browser) tick(words string) {
	b.t.Helper()
	b.reach(words)
	b.press(" ")
}
