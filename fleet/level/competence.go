package level

import (
	"slices"
	"strings"
)

// Framework is a list of competences in one of its versions.
type Framework struct {
	Code        string `json:"code"` // with its version, such as "digcomp@2.2"
	Label       string `json:"label"`
	Competences []Term `json:"competences"`
}

type skillTable struct {
	Frameworks []Framework `json:"frameworks"`
	Crosswalk  []struct {
		Of    string   `json:"of"`
		Alike []string `json:"alike"`
	} `json:"crosswalk"`
}

// Frameworks returns the sixteen competences of Pix and the twenty-one of
// DigComp.
func Frameworks() []Framework {
	list := []Framework{{Code: themes().Framework, Label: "Pix", Competences: terms().Competences}}
	list = append(list, skills().Frameworks...)
	for i := range list {
		list[i].Competences = slices.Clone(list[i].Competences)
	}
	return list
}

// Competence returns one competence by the reference that lessons keep,
// framework and version included, such as "crcn@2019:5.2".
func Competence(reference string) (Term, bool) {
	framework, code, _ := strings.Cut(reference, ":")
	for _, f := range Frameworks() {
		if f.Code == framework {
			return find(f.Competences, code)
		}
	}
	return Term{}, false
}

// Alike returns the references in other frameworks that speak of about the
// same as one; none for an unknown reference.
func Alike(reference string) []string {
	var list []string
	for _, x := range skills().Crosswalk {
		switch {
		case x.Of == reference:
			list = append(list, x.Alike...)
		case slices.Contains(x.Alike, reference):
			list = append(list, x.Of)
		}
	}
	return list
}
