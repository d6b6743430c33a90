// Package sbom writes what an image is made of as an SPDX document: every Go
// module in every program, every Debian package, with version, checksum and, as
// far as its own files say so, licence. It judges no licence: what it does not
// recognise is NOASSERTION.
package sbom

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/images/build/lock"
)

// Bill is the content of one image.
type Bill struct {
	Image, Version string
	Date           time.Time
	SHA256         string // of the published image
	Modules        []Module
	Packages       []Package
}

// Module is a Go module as the programs that hold it say.
type Module struct {
	Path, Version string
	Sum           string   // as go.sum has it: h1:…
	Licence       string   // SPDX, or ""
	Programs      []string // that hold it
}

// Package is a Debian package, and where it came from.
type Package struct {
	lock.Package
	From  string   // the lock that names it
	Terms []string // the short names in its copyright file
}

// document is the part of SPDX 2.3 that is used here.
type document struct {
	Version       string         `json:"spdxVersion"`
	Licence       string         `json:"dataLicense"`
	ID            string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"`
	Creation      creation       `json:"creationInfo"`
	Packages      []entry        `json:"packages"`
	Relationships []relationship `json:"relationships"`
}

type creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type entry struct {
	ID        string     `json:"SPDXID"`
	Name      string     `json:"name"`
	Version   string     `json:"versionInfo"`
	Supplier  string     `json:"supplier"`
	Download  string     `json:"downloadLocation"`
	Analyzed  bool       `json:"filesAnalyzed"`
	Checksums []checksum `json:"checksums,omitempty"`
	Concluded string     `json:"licenseConcluded"`
	Declared  string     `json:"licenseDeclared"`
	Comments  string     `json:"licenseComments,omitempty"`
	Copyright string     `json:"copyrightText"`
	Refs      []ref      `json:"externalRefs,omitempty"`
	Comment   string     `json:"comment,omitempty"`
}

type checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type ref struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type relationship struct {
	Element string `json:"spdxElementId"`
	Type    string `json:"relationshipType"`
	Related string `json:"relatedSpdxElement"`
}

const none = "NOASSERTION"

// Encode returns the document. Equal bills give equal bytes.
func (b Bill) Encode() ([]byte, error) {
	d := document{Version: "SPDX-2.3", Licence: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: b.Image + "-" + b.Version,
		Namespace: "https://github.com/mallette-kit/mallette/spdx/" + b.Image + "/" + b.Version + "/" + b.SHA256,
		Creation:  creation{b.Date.UTC().Format(time.RFC3339), []string{"Tool: mallette-image"}}}
	d.Packages = append(d.Packages, b.itself())
	d.relate("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image")
	for _, m := range b.Modules {
		d.contain(m.entry())
	}
	for _, p := range b.Packages {
		d.contain(p.entry())
	}
	text, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write bill of materials: %w", err)
	}
	return append(text, '\n'), nil
}

func (d *document) relate(from, how, to string) {
	d.Relationships = append(d.Relationships, relationship{from, how, to})
}

func (d *document) contain(e entry) {
	d.Packages = append(d.Packages, e)
	d.relate("SPDXRef-Image", "CONTAINS", e.ID)
}

func (b Bill) itself() entry {
	return entry{ID: "SPDXRef-Image", Name: b.Image, Version: b.Version, Supplier: none, Download: none,
		Checksums: []checksum{{"SHA256", b.SHA256}}, Concluded: none, Declared: none, Copyright: none}
}

var strange = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

func id(kind string, parts ...string) string {
	return "SPDXRef-" + kind + "-" + strange.ReplaceAllString(strings.Join(parts, "-"), "-")
}

func (m Module) entry() entry {
	return entry{ID: id("Go", m.Path, m.Version), Name: m.Path, Version: m.Version, Supplier: none, Download: "https://proxy.golang.org/" + m.Path + "/@v/" + m.Version + ".zip",
		Concluded: none, Declared: or(m.Licence), Copyright: none,
		Refs:    []ref{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + m.Path + "@" + m.Version}},
		Comment: "go.sum " + m.Sum + "; in " + strings.Join(m.Programs, ", ")}
}

func (p Package) entry() entry {
	e := entry{ID: id("Deb", p.From, p.Name, p.Arch), Name: p.Name, Version: p.Version, Supplier: "Organization: Debian",
		Download: "http://deb.debian.org/" + p.Path, Checksums: []checksum{{"SHA256", p.SHA256}}, Concluded: none, Declared: declared(p.Terms), Copyright: none,
		Refs:    []ref{{"PACKAGE-MANAGER", "purl", "pkg:deb/debian/" + p.Name + "@" + p.Version + "?arch=" + p.Arch}},
		Comment: "component " + p.Component + ", in " + p.From}
	if len(p.Terms) > 0 {
		e.Comments = "named in Debian's copyright file: " + strings.Join(p.Terms, ", ")
	}
	return e
}

func or(licence string) string {
	if licence == "" {
		return none
	}
	return licence
}

// spdx translates Debian's short names that mean one SPDX licence each; "" for others.
func spdx(term string) string {
	switch strings.ToLower(term) {
	case "expat", "mit":
		return "MIT"
	case "gpl-2", "gpl-2.0":
		return "GPL-2.0-only"
	case "gpl-2+", "gpl-2.0+":
		return "GPL-2.0-or-later"
	case "gpl-3+":
		return "GPL-3.0-or-later"
	case "lgpl-2.1":
		return "LGPL-2.1-only"
	case "lgpl-2.1+":
		return "LGPL-2.1-or-later"
	case "lgpl-2+":
		return "LGPL-2.0-or-later"
	case "bsd-2-clause", "bsd-3-clause", "apache-2.0", "mpl-2.0", "isc", "zlib", "ofl-1.1":
		return map[string]string{"bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause", "apache-2.0": "Apache-2.0",
			"mpl-2.0": "MPL-2.0", "isc": "ISC", "zlib": "Zlib", "ofl-1.1": "OFL-1.1"}[strings.ToLower(term)]
	}
	return ""
}

// declared joins the terms when every one of them is understood.
func declared(terms []string) string {
	var all []string
	for _, t := range terms {
		licence := spdx(t)
		if licence == "" {
			return none
		}
		all = append(all, licence)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 0 {
		return none
	}
	return strings.Join(all, " AND ")
}
