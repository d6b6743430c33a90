package lesson

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Format is the version of lesson.yaml this package reads.
const Format = 1

// Meta is lesson.yaml.
type Meta struct {
	Format         int                    `yaml:"format"`
	ID             string                 `yaml:"id"`                         // short, in lower case: "souris"
	Version        int                    `yaml:"version,omitempty"`          // rises when its authors publish it again
	Title          string                 `yaml:"title"`                      // "La souris"
	Summary        string                 `yaml:"summary"`                    // one plain sentence
	Languages      []string               `yaml:"languages,flow"`             // language tags of the texts, the lesson's own first
	Levels         []string               `yaml:"levels,flow"`                // codes of fleet/level
	Audiences      []string               `yaml:"audiences,flow"`             // codes of fleet/level
	Themes         []string               `yaml:"themes,flow"`                // codes of fleet/level
	Competences    []string               `yaml:"competences,flow,omitempty"` // framework@version:code, e.g. "crcn@2019:5.2"
	Interest       bool                   `yaml:"interest,omitempty"`         // belongs under "Ce qui me plaît"
	Duty           bool                   `yaml:"duty,omitempty"`             // belongs under "Ce que je dois faire"
	Minutes        int                    `yaml:"minutes"`
	Licence        string                 `yaml:"licence"`
	Authors        []string               `yaml:"authors,flow"`
	Source         string                 `yaml:"source,omitempty"`  // where it comes from, as words
	Lineage        []Ancestor             `yaml:"lineage,omitempty"` // what it was made from, the nearest first
	Accessible     []Variant              `yaml:"accessible,flow,omitempty"`
	Reviewed       string                 `yaml:"reviewed,omitempty"` // by whom and when, or "" when nobody outside has read it
	Rank           int                    `yaml:"rank,omitempty"`     // lessons are shown in this order
	Cover          string                 `yaml:"cover,omitempty"`    // picture shown beside the title, or ""
	Objectives     []string               `yaml:"objectives,omitempty"`
	Material       []string               `yaml:"material,omitempty"` // what to bring, for the mediator's list
	Words          []Word                 `yaml:"words,omitempty"`
	StepFiles      []string               `yaml:"steps,flow"`
	Assets         map[Kind]string        `yaml:"assets,omitempty"`       // file of each asset that is there
	Captions       string                 `yaml:"captions,omitempty"`     // WebVTT file of the video
	TranscriptFile string                 `yaml:"transcript,omitempty"`   // text that says what the video shows and says
	Translations   map[string]Translation `yaml:"translations,omitempty"` // by language tag
}

// Translation is what a lesson says of itself in another language.
type Translation struct {
	Title      string   `yaml:"title,omitempty"`
	Summary    string   `yaml:"summary,omitempty"`
	Objectives []string `yaml:"objectives,omitempty"`
	Words      []Word   `yaml:"words,omitempty"`
}

// over is own with what is translated put over it.
func (t Translation) over(own About, lang string) About {
	own.Lang = lang
	own.Title, own.Summary = cmp.Or(t.Title, own.Title), cmp.Or(t.Summary, own.Summary)
	if len(t.Objectives) > 0 {
		own.Objectives = t.Objectives
	}
	if len(t.Words) > 0 {
		own.Words = t.Words
	}
	return own
}

// YAML writes m as a lesson.yaml that [ParseMeta] reads as m.
func (m Meta) YAML() ([]byte, error) {
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("write lesson.yaml: %w", err)
	}
	return buf.Bytes(), enc.Close()
}

// Word is a term the lesson teaches, in plain words.
type Word struct {
	Term    string `yaml:"term"`
	Meaning string `yaml:"meaning"`
}

// Variant is a way to follow the whole lesson.
type Variant string

// The ways a lesson may declare. A lesson without any is announced as such.
const (
	ByKeyboard Variant = "clavier"
	ByReader   Variant = "lecteur_ecran"
	LargeText  Variant = "gros_caracteres"
	ByPointer  Variant = "souris"
	Touch      Variant = "tactile"
	EasyRead   Variant = "facile_a_lire"
)

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	codeForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,79}$`)
	langForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	compForm = regexp.MustCompile(`^[a-z][a-z0-9]{1,15}@[0-9.]{1,8}:[0-9.]{1,8}$`)
)

// ParseMeta reads a lesson.yaml. Errors wrap [ErrFormat] and never quote it.
func ParseMeta(raw []byte) (Meta, error) {
	var m Meta
	if len(raw) > maxText {
		return m, fmt.Errorf("lesson.yaml: %w", ErrTooLarge)
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := decodeSafely(dec, &m); err != nil {
		return Meta{}, fmt.Errorf("lesson.yaml: %w", ErrFormat)
	}
	if err := m.check(); err != nil {
		return Meta{}, fmt.Errorf("lesson.yaml: %w: %w", ErrFormat, err)
	}
	return m, nil
}

// decodeSafely reads exactly one document; the decoder is not trusted to be
// free of panics on hostile input.
func decodeSafely(dec *yaml.Decoder, into any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("decoder panicked")
		}
	}()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("more than one document")
	}
	return nil
}

func (m *Meta) check() error {
	switch {
	case m.Format != Format:
		return errors.New("unknown format version")
	case !idForm.MatchString(m.ID):
		return errors.New("id")
	case bad(m.Title, 80) || bad(m.Summary, 200):
		return errors.New("title or summary")
	case m.Minutes < 1 || m.Minutes > 600:
		return errors.New("minutes")
	case len(m.StepFiles) == 0 || len(m.StepFiles) > 40:
		return errors.New("steps")
	case bad(m.Licence, 60) || len(m.Authors) == 0:
		return errors.New("licence or authors")
	case len(m.Words) > 40 || len(m.Objectives) > 20 || len(m.Authors) > 20 || len(m.Material) > 20:
		return errors.New("lists too long")
	case len(m.Source) > 300 || m.Version < 0:
		return errors.New("source or version")
	}
	return errors.Join(m.checkLists(), m.checkLineage(), m.checkTranslations())
}

func (m *Meta) checkLists() error {
	if !all(langForm, m.Languages) || len(m.Languages) == 0 {
		return errors.New("languages")
	}
	if !all(codeForm, m.Levels, m.Audiences, m.Themes) || len(m.Levels) == 0 || len(m.Audiences) == 0 || len(m.Themes) == 0 {
		return errors.New("levels, audiences or themes")
	}
	if !all(compForm, m.Competences) {
		return errors.New("competences")
	}
	for k := range m.Assets {
		if !slices.Contains(Kinds(), k) {
			return errors.New("unknown asset kind")
		}
	}
	for _, v := range m.Accessible {
		if !slices.Contains([]Variant{ByKeyboard, ByReader, LargeText, ByPointer, Touch, EasyRead}, v) {
			return errors.New("unknown accessible variant")
		}
	}
	return nil
}

func (m *Meta) checkTranslations() error {
	for lang, t := range m.Translations {
		if !slices.Contains(m.Languages, lang) || len([]rune(t.Title)) > 80 || len([]rune(t.Summary)) > 200 ||
			len(t.Objectives) > 20 || len(t.Words) > 40 {
			return errors.New("translations")
		}
	}
	return nil
}

// bad says that a required sentence is missing or over a length.
func bad(s string, most int) bool { return s == "" || len([]rune(s)) > most }

func all(form *regexp.Regexp, lists ...[]string) bool {
	for _, list := range lists {
		if len(list) > 20 {
			return false
		}
		for _, s := range list {
			if !form.MatchString(s) {
				return false
			}
		}
	}
	return true
}
