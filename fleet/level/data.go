package level

import (
	_ "embed" // the tables are files, so that people who do not program can review them
	"encoding/json"
	"fmt"
	"sync"
)

var (
	//go:embed data/terms.json
	termsJSON []byte
	//go:embed data/themes.json
	themesJSON []byte
	//go:embed data/services.json
	servicesJSON []byte
	//go:embed data/competences.json
	competencesJSON []byte
)

type levelEntry struct {
	Code     Level  `json:"code"`
	Label    string `json:"label"`
	About    string `json:"about"`
	Workshop string `json:"coop_niveau"`
	Autonomy string `json:"coop_autonomie"`
}

type termTables struct {
	Levels      []levelEntry `json:"levels"`
	Audiences   []Term       `json:"audiences"`
	Stages      []Term       `json:"stages"`
	Postures    []Term       `json:"postures"`
	Competences []Term       `json:"competences"`
}

type themeTable struct {
	Framework string  `json:"pix_framework"`
	Themes    []Theme `json:"themes"`
}

type serviceTable struct {
	Services []Service `json:"services"`
}

// The tables are parsed at first use and never change. Each accessor copies.
var (
	terms    = sync.OnceValue(func() termTables { return parse[termTables](termsJSON) })
	themes   = sync.OnceValue(func() themeTable { return parse[themeTable](themesJSON) })
	services = sync.OnceValue(func() serviceTable { return parse[serviceTable](servicesJSON) })
	skills   = sync.OnceValue(func() skillTable { return parse[skillTable](competencesJSON) })
)

// parse panics: the data is part of the program.
func parse[T any](data []byte) T {
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		panic(fmt.Sprintf("level: embedded data: %v", err))
	}
	return v
}
