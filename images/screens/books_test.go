package screens_test

import (
	"image"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/device/lesson/zim/zimtest"
	"github.com/mallette-kit/mallette/hardware/needs"
)

// packHelp packs what LibreOffice's French help, as Debian has it, says of
// writing, with zim-tools.
func (w *walk) packHelp(to string) {
	w.t.Helper()
	const help = "/usr/share/libreoffice/help"
	if _, err := os.Stat(filepath.Join(help, "fr")); err != nil {
		needs.Missing(w.t, "libreoffice-help-fr is not installed")
	}
	needs.Program(w.t, "zimwriterfs", "zim-tools")
	from := filepath.Join(w.t.TempDir(), "html")
	must := w.house.must
	must(filepath.WalkDir(help, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if at := strings.TrimPrefix(name, help+"/"); strings.Contains(at, "/") && !strings.HasPrefix(at, "fr/text/swriter/") {
			return nil
		}
		raw, err := os.ReadFile(name)
		must(err)
		name = filepath.Join(from, strings.TrimPrefix(name, help))
		must(os.MkdirAll(filepath.Dir(name), 0o755))
		return os.WriteFile(name, raw, 0o644)
	}))
	picture, err := os.Create(filepath.Join(from, "picture.png"))
	must(err)
	must(png.Encode(picture, image.NewGray(image.Rect(0, 0, 48, 48))))
	must(picture.Close())
	said, err := exec.CommandContext(w.t.Context(), "zimwriterfs", "--welcome=index.html", "--illustration=picture.png", "--language=fra",
		"--title=Aide de LibreOffice", "--description=Écrire, compter, dessiner", "--creator=LibreOffice", "--publisher=Mallette", "--withoutFTIndex", from, to).CombinedOutput()
	if err != nil {
		w.t.Fatalf("zimwriterfs: %v: %s", err, said)
	}
}

// bringsBook looks at a stick that has a whole manual and the half of one, takes
// the one, and takes the book of fruit away.
func (w *walk) bringsBook() {
	w.t.Helper()
	whole := filepath.Join(w.stick, "aide.zim")
	w.packHelp(whole)
	raw, err := os.ReadFile(whole)
	w.house.must(err)
	w.house.must(os.WriteFile(filepath.Join(w.stick, "coupe.zim"), raw[:len(raw)/2], 0o600))
	w.comes()
	w.follow("Les leçons")
	w.follow("Les livres")
	w.see("Place libre")
	w.see("Ce fichier est incomplet")
	w.picture("livres-cle")
	w.follow("« Aide de LibreOffice »")
	w.see("Laissez la clé en place")
	w.follow("Figer cette page")
	w.await("est sur le poste")
	w.check()
	w.picture("livres-venu")
	w.reach(": Les fruits")
	w.press(kb.Enter)
	w.follow("« Les fruits »")
	w.see("Le livre est retiré")
	w.leaves()
	w.house.must(os.Remove(whole))
}

// searchesBook finds a word of the manual from the search of lessons and reads
// its page.
func (w *walk) searchesBook() {
	w.t.Helper()
	w.follow("Commencer")
	w.follow("La bibliothèque")
	w.see("Aide de LibreOffice")
	w.follow("Voir toutes les leçons")
	w.write("Que cherchez-vous", "publipostage")
	w.leave(kb.Enter)
	w.see("de la bibliothèque")
	w.picture("trouve-livre")
	w.follow("Assistant Mailing")
	w.run("see the page in its frame", chromedp.Poll[chromedp.Void](`document.querySelector("iframe").contentDocument?.body?.innerText.length > 100`, chromedp.WithPollingTimeout(listening)))
	w.ends()
}

// books are a stick with books that can be brought and one that cannot, a book
// on its way, and one that has come and goes again.
func (s *setting) books(b *browser, d display) {
	b.t.Helper()
	page, folder := s.house.station.Kiosk()+"mediateur/livres", filepath.Join(s.stick, "mallette-livres")
	s.house.must(os.MkdirAll(folder, 0o755))
	raw := zimtest.Book{Entries: []zimtest.Entry{
		{Namespace: 'C', Path: "p", Title: "Le verger", Type: "text/html", Content: "<title>Le verger</title>"},
		{Namespace: 'M', Path: "Title", Type: "text/plain", Content: "Les vergers"},
		{Namespace: 'M', Path: "License", Type: "text/plain", Content: "CC BY-SA 4.0"},
	}}.Bytes()
	s.house.must(os.WriteFile(filepath.Join(folder, "vergers.zim"), raw, 0o600))
	s.house.must(os.WriteFile(filepath.Join(s.stick, "un-nom-de-fichier-qui-ne-finit-pas-et-qui-n-a-pas-d-espace-2026-11.zim"), raw[:90], 0o600))
	s.reach(b, page)
	b.see("Les vergers")
	s.look(b, d)
	slow := make(chan struct{})
	s.picture.slow.Store(&slow)
	b.submit(`form[action="/mediateur/livres/prendre"] button`)
	b.see("Laissez la clé en place")
	s.sides(b, d)
	b.open(page + "?calme=1")
	close(slow)
	b.run("see the book come", chromedp.Poll[chromedp.Void](`fetch("/mediateur/livres?calme=1").then(r => r.text()).then(p => p.includes("est sur le poste"))`, chromedp.WithPollingTimeout(listening)))
	b.open(page)
	s.look(b, d)
	ask[bool](b, "remove it", `(() => { const f = [...document.querySelectorAll('form[action$="/retirer"]')].find(f => f.textContent.includes("vergers")); f.closest("details").open = true; f.querySelector("button").focus(); return true })()`)
	b.leave(kb.Enter)
	b.see("Le livre est retiré")
	s.sides(b, d)
}
