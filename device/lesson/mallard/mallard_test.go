package mallard_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/mallard"
	"github.com/mallette-kit/mallette/hardware/needs"
)

var update = flag.Bool("update", false, "write the golden lessons anew")

const gnome = "/usr/share/help/fr/gnome-help" // Debian: gnome-user-docs

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func gnomeLessons(t *testing.T) (string, importer.Report) {
	t.Helper()
	if _, err := os.Stat(gnome); err != nil {
		needs.Missing(t, "gnome-user-docs is not installed")
	}
	dir := t.TempDir()
	r, err := mallard.Importer{}.Import(t.Context(), gnome, dir)
	must(t, err)
	return dir, r
}

// The whole French help of GNOME becomes lessons that a station reads and that
// the gate lets through, but for the assets that a help page does not have.
func TestTheHelpOfGNOME(t *testing.T) {
	dir, r := gnomeLessons(t)
	if r.Pages < 120 || r.Other < 30 || r.Left < 100 {
		t.Errorf("report = %+v; want some 130 lessons, 40 pictures, 160 pages that are no tasks", r)
	}
	for _, id := range r.Made {
		name := filepath.Join(dir, id)
		l, err := lesson.Read(os.DirFS(name))
		if err != nil {
			t.Errorf("Read(%s) = %v", id, err)
			continue
		}
		if len(l.Authors) == 0 || l.Licence != "cc_by_sa_4_0" || len(l.Lineage) != 1 || l.Lineage[0].Licence != "CC BY-SA 3.0" {
			t.Errorf("%s: authors %v, licence %s; want those of its page", id, l.Authors, l.Licence)
		}
		for _, s := range l.Steps {
			if html := string(s.HTML); strings.Contains(html, "<a ") || strings.Contains(html, "href") {
				t.Errorf("%s, step %d holds a link", id, s.N)
			}
		}
		report, err := check.Pack(name)
		must(t, err)
		for _, f := range report.Findings {
			if f.Severity == check.Publication && f.Rule != "case" {
				t.Errorf("%s: %s, line %d: %s", id, f.File, f.Line, f.Text)
			}
		}
	}
	t.Logf("%d lessons, %d pictures, %d links to a network, %d pages left", r.Pages, r.Other, r.Remote, r.Left)
}

func TestGoldenLessons(t *testing.T) {
	dir, _ := gnomeLessons(t)
	for _, id := range []string{"aide-files-copy", "aide-a11y-right-click", "aide-bluetooth-connect-device"} {
		got := flat(t, filepath.Join(dir, id))
		golden := filepath.Join("testdata", id+".txt")
		if *update {
			must(t, os.MkdirAll("testdata", 0o755))
			must(t, os.WriteFile(golden, []byte(got), 0o644))
		}
		want, err := os.ReadFile(golden)
		must(t, err)
		if got != string(want) {
			t.Errorf("%s is not as in %s; run with -update and read the difference", id, golden)
		}
	}
}

// flat is the texts of a lesson, one after the other, and the names of the rest.
func flat(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b.WriteString("-- " + strings.TrimPrefix(name, dir+"/") + " --\n")
		if ext := filepath.Ext(name); ext != ".md" && ext != ".yaml" {
			return nil
		}
		raw, err := os.ReadFile(name)
		b.Write(raw)
		return err
	}))
	return b.String()
}

// page is a task page around some blocks.
func page(id, body string) string {
	return `<page xmlns="http://projectmallard.org/1.0/" xmlns:if="http://projectmallard.org/if/1.0/" type="topic" style="task" id="` + id + `">
<info><desc>Faire.</desc><credit type="author"><name>Ada</name></credit><license href="https://creativecommons.org/licenses/by-sa/3.0/"/></info>
<title>Faire</title>` + body + `<steps><item><p>Un pas.</p></item></steps></page>`
}

// helpOf is a folder fr/aide with these files.
func helpOf(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "fr", "aide")
	for name, text := range files {
		to := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(to), 0o700))
		must(t, os.WriteFile(to, []byte(text), 0o600))
	}
	return dir
}

// first is the first screen that a body becomes.
func first(t *testing.T, body string) string {
	t.Helper()
	into := t.TempDir()
	_, err := mallard.Importer{}.Import(t.Context(), helpOf(t, map[string]string{"a.page": page("a", body), "b.page": strings.ReplaceAll(page("b", ""), "<title>Faire", "<title>Défaire")}), into)
	must(t, err)
	raw, err := os.ReadFile(filepath.Join(into, "aide-a", "etapes", "01.md"))
	must(t, err)
	_, text, _ := strings.Cut(string(raw), "\n\n")
	return strings.TrimSpace(text)
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"buttons and keys", `<p>Cliquez sur <gui>OK</gui> ou <keyseq><key>Ctrl</key><key>C</key></keyseq>.</p>`, "Cliquez sur **OK** ou `Ctrl` + `C`."},
		{"menus", `<p><guiseq><gui>Fichier</gui><gui>Ouvrir</gui></guiseq></p>`, "**Fichier** → **Ouvrir**"},
		{"a link keeps its words", `<p>Voir <link xref="b">la suite</link>.</p>`, "Voir la suite."},
		{"a link without words says where it leads", `<p>Voir <link xref="b"/>.</p>`, "Voir Défaire."},
		{"a link to a network", `<p><link href="https://example.org">ailleurs</link></p>`, "ailleurs"},
		{"a link that leads nowhere", `<p>Voir <link xref="none">cela</link>.</p>`, "Voir cela."},
		{"signs of Markdown", `<p>*a* [b] &lt;c&gt; _d_ 1 &amp; 2</p>`, `\*a\* \[b\] \<c\> \_d\_ 1 \& 2`},
		{"what begins like a list", `<p>1. non</p>`, `1\. non`},
		{"a note", `<note><p>Attention.</p></note>`, "> Attention."},
		{"a list", `<list><item><p>un</p></item><item><p>deux</p></item></list>`, "- un\n- deux"},
		{"another desktop", `<p if:test="platform:gnome-classic">non</p><p if:test="!platform:gnome-classic">oui</p>`, "oui"},
		{"a choice", `<if:choose><if:when test="action:install"><p>non</p></if:when><if:else><p>oui</p></if:else></if:choose>`, "oui"},
		{"a picture that is not there", `<p>a <media src="figures/no.png">un bouton</media> b</p>`, "a (un bouton) b"},
		{"a picture outside", `<p>a <media src="../../../../etc/passwd">un bouton</media> b</p>`, "a (un bouton) b"},
		{"an ornament", `<p>a <media src="figures/no.png"/> b</p>`, "a b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := first(t, c.body); got != c.want {
				t.Errorf("%s = %q; want %q", c.body, got, c.want)
			}
		})
	}
}

func TestHostileHelpLeavesNothing(t *testing.T) {
	bomb := `<!DOCTYPE page [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>` + page("a", "<p>&b;</p>")
	sound := page("b", "<p>x</p>")
	for _, c := range []struct {
		name, page string
		want       error
	}{
		{"not XML", "<page", mallard.ErrFormat},
		{"not Mallard", "<html><body/></html>", mallard.ErrFormat},
		{"entities", bomb, mallard.ErrFormat},
		{"an entity that is not there", page("a", "<p>&evil;</p>"), mallard.ErrFormat},
		{"very deep", page("a", strings.Repeat("<p>", 100)+strings.Repeat("</p>", 100)), mallard.ErrTooLarge},
		{"very large", page("a", "<p>"+strings.Repeat("a", 2<<20)+"</p>"), mallard.ErrTooLarge},
		{"without an identifier", page("", ""), mallard.ErrFormat},
		{"the identifier of another", page("b", ""), mallard.ErrFormat},
		{"include outside", strings.ReplaceAll(page("a", ""), "<license ", `<include href="../../../etc/passwd"/><x `), nil},
		{"closed licence", strings.ReplaceAll(page("a", ""), "by-sa", "by-nc-nd"), mallard.ErrLicence},
		{"no licence", strings.ReplaceAll(page("a", ""), "<license", "<x"), mallard.ErrLicence},
	} {
		t.Run(c.name, func(t *testing.T) {
			into := t.TempDir()
			_, err := mallard.Importer{}.Import(t.Context(), helpOf(t, map[string]string{"a.page": c.page, "b.page": sound}), into)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("Import() = %v; want %v", err, c.want)
			}
			if left, err := os.ReadDir(into); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestALinkedPageIsNotFollowed(t *testing.T) {
	dir := helpOf(t, map[string]string{"b.page": page("b", "")})
	outside := filepath.Join(t.TempDir(), "out.page")
	must(t, os.WriteFile(outside, []byte(page("a", "")), 0o600))
	must(t, os.Symlink(outside, filepath.Join(dir, "a.page")))
	if _, err := (mallard.Importer{}).Import(t.Context(), dir, t.TempDir()); err == nil {
		t.Error("a link that leads out of the folder was followed")
	}
}

func TestADrawingThatRuns(t *testing.T) {
	into := t.TempDir()
	dir := helpOf(t, map[string]string{
		"a.page":        page("a", `<p><media src="figures/x.svg">un rond</media></p>`),
		"figures/x.svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><circle r="1"/></svg>`,
	})
	r, err := mallard.Importer{}.Import(t.Context(), dir, into)
	must(t, err)
	if r.Other != 0 {
		t.Error("a drawing with a script was taken over")
	}
}

func TestAgainReplacesTheOlder(t *testing.T) {
	into := t.TempDir()
	for _, body := range []string{"<p>avant</p>", "<p>après</p>"} {
		_, err := mallard.Importer{}.Import(t.Context(), helpOf(t, map[string]string{"a.page": page("a", body)}), into)
		must(t, err)
	}
	entries, err := os.ReadDir(into)
	must(t, err)
	raw, err := os.ReadFile(filepath.Join(into, "aide-a", "etapes", "01.md"))
	must(t, err)
	if len(entries) != 1 || !strings.Contains(string(raw), "après") {
		t.Errorf("folder holds %v, first step %q; want the newer lesson alone", entries, raw)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	into := t.TempDir()
	_, err := mallard.Importer{}.Import(ctx, helpOf(t, map[string]string{"a.page": page("a", "")}), into)
	if left, _ := os.ReadDir(into); !errors.Is(err, context.Canceled) || len(left) > 0 {
		t.Errorf("Import() = %v, left %v; want Canceled and nothing", err, left)
	}
}

func TestNothingToImport(t *testing.T) {
	_, err := mallard.Importer{}.Import(t.Context(), helpOf(t, map[string]string{"lisez.txt": "rien"}), t.TempDir())
	if !errors.Is(err, importer.ErrNothing) {
		t.Errorf("Import() = %v; want ErrNothing", err)
	}
}

func FuzzPage(f *testing.F) {
	for _, body := range []string{"", "<p>a <gui>b</gui></p>", `<table><tr><td><p>x</p></td></tr></table>`, `<terms><item><title>t</title><p>x</p></item></terms>`} {
		f.Add(page("a", body))
	}
	f.Fuzz(func(t *testing.T, text string) {
		into := t.TempDir()
		r, err := mallard.Importer{}.Import(t.Context(), helpOf(t, map[string]string{"a.page": text}), into)
		left, _ := os.ReadDir(into)
		if err == nil != (len(left) > 0) || err == nil && !slices.Contains(r.Made, left[0].Name()) {
			t.Errorf("Import() = %v, made %v, left %v", err, r.Made, left)
		}
	})
}
