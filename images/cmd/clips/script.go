package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// script is one film.
type script struct {
	Lesson string  `yaml:"lesson"`
	Title  string  `yaml:"title"`
	About  string  `yaml:"about"` // one sentence on what the film shows
	Scenes []scene `yaml:"scenes"`
}

// scene is one sentence, and what is done while it is said.
type scene struct {
	Say    string   `yaml:"say"`
	Seen   string   `yaml:"seen"`   // what is seen, for those who do not see it
	Open   string   `yaml:"open"`   // page of the station to go to first
	Point  string   `yaml:"point"`  // CSS selector of what the arrow goes to
	Click  bool     `yaml:"click"`  // once there
	Type   string   `yaml:"type"`   // written there, letter by letter
	Scroll int      `yaml:"scroll"` // pixels, down
	Rest   duration `yaml:"rest"`   // after the sentence
}

type duration time.Duration

// UnmarshalYAML reads "1.5s".
func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	*d = duration(v)
	return err
}

// line is a sentence in time.
type line struct {
	text     string
	from, to time.Duration
}

func readScripts(files fs.FS, only []string) ([]script, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, err
	}
	var all []script
	for _, name := range names {
		if id := strings.TrimSuffix(path.Base(name), ".yaml"); len(only) > 0 && !slices.Contains(only, id) {
			continue
		}
		s, err := readScript(files, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, errors.New("no such script")
	}
	return all, nil
}

func readScript(files fs.FS, name string) (s script, err error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return s, err
	}
	dec := yaml.NewDecoder(strings.NewReader(string(raw)))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil {
		return s, err
	}
	if s.Lesson == "" || len(s.Scenes) == 0 {
		return s, errors.New("a script needs a lesson and scenes")
	}
	for i, sc := range s.Scenes {
		if sc.Say == "" || sc.Seen == "" {
			return s, fmt.Errorf("scene %d says or shows nothing", i+1)
		}
	}
	return s, nil
}

// captions is the WebVTT of a film.
func captions(said []line) []byte {
	var b strings.Builder
	b.WriteString("WEBVTT\n")
	for _, l := range said {
		fmt.Fprintf(&b, "\n%s --> %s\n%s\n", stamp(l.from), stamp(l.to), l.text)
	}
	return []byte(b.String())
}

func stamp(d time.Duration) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}
