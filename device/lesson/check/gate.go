package check

import (
	"io"
	"io/fs"
	"path"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/mallette-kit/mallette/device/lesson"
)

// gate is one pack being checked.
type gate struct {
	report Report
	files  fs.FS
	names  []string
	sizes  map[string]int64
	meta   lesson.Meta
	root   *yaml.Node // lesson.yaml
	texts  []text
}

func newGate(name string, files fs.FS) *gate {
	return &gate{report: Report{Pack: name, Findings: []Finding{}}, files: files, sizes: map[string]int64{}}
}

const (
	maxNames = 400       // as device/lesson
	maxRead  = 256 << 10 // one text
	metaFile = "lesson.yaml"
)

// open lists the files, reads lesson.yaml and the texts it names. It says
// false when there is nothing to apply rules to.
func (g *gate) open() bool {
	err := fs.WalkDir(g.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || len(g.names) > maxNames {
			return err
		}
		info, err := d.Info()
		if err == nil {
			g.names, g.sizes[name] = append(g.names, name), info.Size()
		}
		return err
	})
	if err != nil {
		g.find("refus", Publication, place{}, "Le dossier ne se lit pas jusqu’au bout. Copiez-le de nouveau.")
		return false
	}
	return g.openMeta() && g.openTexts()
}

func (g *gate) openMeta() bool {
	if !g.holds(metaFile) {
		g.find("fichier", Publication, place{file: metaFile}, "Le fichier lesson.yaml manque : c’est lui qui dit de quelle leçon il s’agit.")
		return false
	}
	raw, ok := g.read(metaFile)
	return ok && g.parseMeta(raw)
}

// openTexts reads the steps and the assets; an absent file is a finding.
func (g *gate) openTexts() bool {
	for i, name := range g.meta.StepFiles {
		g.openText(name, i+1, "", place{metaFile, g.lineOf("steps", i), 0})
		g.openVersions(name, i+1, "")
	}
	for _, kind := range lesson.Kinds() {
		if name, ok := g.meta.Assets[kind]; ok && kind != lesson.Video {
			g.openText(name, 0, kind, place{metaFile, g.lineOf("assets", 0), 0})
			g.openVersions(name, 0, kind)
		}
	}
	if g.meta.TranscriptFile != "" {
		g.openText(g.meta.TranscriptFile, 0, transcript, place{metaFile, g.lineOf("transcript", 0), 0})
		g.openVersions(g.meta.TranscriptFile, 0, transcript)
	}
	return true
}

// transcript is what this package calls the text of a video.
const transcript lesson.Kind = "transcription"

func (g *gate) openText(name string, step int, kind lesson.Kind, named place) {
	if !g.holds(name) {
		g.find("fichier", Publication, named, "Le fichier « "+name+" » est annoncé et n’est pas dans le dossier.")
		return
	}
	raw, ok := g.read(name)
	if !ok {
		return
	}
	t := text{file: name, step: step, kind: kind, lang: g.own()}
	g.parse(&t, raw)
	g.texts = append(g.texts, t)
}

// openVersions reads the twins and translations of a text that are there.
func (g *gate) openVersions(name string, step int, kind lesson.Kind) {
	for _, w := range g.wishes() {
		file := w.File(name, g.own())
		if !g.holds(file) {
			continue
		}
		if raw, ok := g.read(file); ok {
			t := text{file: file, step: step, kind: kind, lang: w.Lang, easy: w.Easy}
			g.parse(&t, raw)
			g.texts = append(g.texts, t)
		}
	}
}

// wishes are the versions that the lesson may have besides its own texts.
func (g *gate) wishes() []lesson.Wish {
	if len(g.meta.Languages) == 0 {
		return nil
	}
	return g.meta.Wishes()
}

// own is the lesson's own language.
func (g *gate) own() string {
	if len(g.meta.Languages) == 0 {
		return ""
	}
	return g.meta.Languages[0]
}

func (g *gate) parse(t *text, raw []byte) {
	switch t.kind {
	case lesson.QuizKind:
		t.parseQuiz(raw)
	case lesson.GameKind:
		t.parseGame(raw)
	default:
		t.parse(raw, 0)
	}
}

func (g *gate) holds(name string) bool { return slices.Contains(g.names, name) }

// read returns a file of at most maxRead bytes; it reports one it cannot read.
func (g *gate) read(name string) ([]byte, bool) {
	f, err := g.files.Open(name)
	if err == nil {
		defer f.Close()
		var raw []byte
		raw, err = io.ReadAll(io.LimitReader(f, maxRead+1))
		if err == nil && len(raw) <= maxRead {
			return raw, true
		}
	}
	g.find("fichier", Publication, place{file: name}, "Ce fichier ne se lit pas, ou dépasse 256 Ko pour un texte.")
	return nil, false
}

// isPicture says whether a name is a picture's, by its ending.
func isPicture(name string) bool {
	return slices.Contains([]string{".svg", ".png", ".jpg", ".webp"}, path.Ext(name))
}
