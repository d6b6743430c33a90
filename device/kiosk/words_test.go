package kiosk_test

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

// forms are the plural forms of go-i18n's messages.
func forms() []string { return []string{"zero", "one", "two", "few", "many", "other"} }

// keys reads every key of a language with the plural forms it has.
func keys(t *testing.T, lang string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	names, err := fs.Glob(kioskui.Files, "locales/"+lang+"*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("locales of %s: %v, %v", lang, names, err)
	}
	for _, name := range names {
		raw, err := fs.ReadFile(kioskui.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := json.Unmarshal(raw, &tree); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		flatten(found, "", tree)
	}
	return found
}

func flatten(found map[string][]string, prefix string, tree map[string]any) {
	for k, v := range tree {
		switch v := v.(type) {
		case string:
			if slices.Contains(forms(), k) {
				found[prefix] = append(found[prefix], k)
			} else {
				found[strings.TrimPrefix(prefix+"."+k, ".")] = nil
			}
		case map[string]any:
			flatten(found, strings.TrimPrefix(prefix+"."+k, "."), v)
		}
	}
}

func TestNoKeyIsMissing(t *testing.T) {
	french := keys(t, "fr")
	for _, lang := range kiosk.Languages()[1:] {
		other := keys(t, lang)
		for key := range french {
			if _, ok := other[key]; !ok {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
		for key := range other {
			if _, ok := french[key]; !ok {
				t.Errorf("%s: %s is not a key of ours", lang, key)
			}
		}
	}
}

func TestArabicHasItsSixPlurals(t *testing.T) {
	for key, has := range keys(t, "ar") {
		if len(has) != 0 && len(has) != len(forms()) {
			t.Errorf("%s has the forms %v; want %v", key, has, forms())
		}
	}
}

var asked = regexp.MustCompile(`(?:\.T|\$\.T|\.View\.T) "([a-z]+\.[a-z_0-9]+)"`)

func TestPagesAskOnlyForKeysThatExist(t *testing.T) {
	french := keys(t, "fr")
	err := fs.WalkDir(kioskui.Files, "pages", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(kioskui.Files, name)
		for _, m := range asked.FindAllStringSubmatch(string(raw), -1) {
			if _, ok := french[m[1]]; !ok {
				t.Errorf("%s asks for %s, which no language has", name, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
