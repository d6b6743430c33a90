package kiosk

import (
	"context"
	"net/http"
	"strconv"

	"github.com/mallette-kit/mallette/device/install"
)

// Installer puts the live stick on a disk of the machine. Its errors are those
// of device/install.
type Installer interface {
	Disks(ctx context.Context) ([]install.Disk, error)
	State(ctx context.Context) (install.State, error)
	Install(ctx context.Context, o install.Order) error
}

// installRefresh is how often the page of an installation asks again by
// itself, in seconds, until a person wants to read in peace.
const installRefresh = "10"

type installPage struct {
	frame
	Inside  bool // mediator mode is open: there is a way back
	Disks   []install.Disk
	Chosen  install.Disk
	State   install.State
	Calm    bool
	Percent int64
	Problem string
}

// installs are the addresses of these pages.
func (m *Mediator) installs() map[string]Handler {
	return map[string]Handler{
		"GET /mediateur/installer":          m.installDisks,
		"POST /mediateur/installer/choisir": m.installAsk,
		"POST /mediateur/installer/lancer":  m.installBegin,
		"GET /mediateur/installer/suivi":    m.installFollow,
	}
}

func (m *Mediator) installPage(r *http.Request, problem install.Problem) installPage {
	_, inside := m.Door.Grant()
	return installPage{frame: m.frame(r, "install"), Inside: inside, Problem: installWords(problem)}
}

// installDisks shows what could be installed on, and what lies there.
func (m *Mediator) installDisks(w http.ResponseWriter, r *http.Request) error {
	if s, err := m.Installer.State(r.Context()); err == nil && s.Running() {
		return SeeOther(w, r, "/mediateur/installer/suivi")
	}
	return m.installList(w, r, http.StatusOK, "")
}

func (m *Mediator) installList(w http.ResponseWriter, r *http.Request, status int, problem install.Problem) error {
	disks, err := m.Installer.Disks(r.Context())
	if err != nil && problem == "" {
		problem = install.ProblemOf(err)
	}
	p := m.installPage(r, problem)
	p.Disks = disks
	return m.Render(w, r, status, "mediator/install", p)
}

// installAsk asks the second time, for one disk and by its name.
func (m *Mediator) installAsk(w http.ResponseWriter, r *http.Request) error {
	d, ok := m.installed(r)
	if !ok {
		return m.installList(w, r, http.StatusConflict, "swapped")
	}
	p := m.installPage(r, "")
	p.Chosen = d
	return m.Render(w, r, http.StatusOK, "mediator/installask", p)
}

// installed finds the disk that a form speaks of: the same medium as was shown.
func (m *Mediator) installed(r *http.Request) (install.Disk, bool) {
	disks, err := m.Installer.Disks(r.Context())
	if err != nil {
		return install.Disk{}, false
	}
	for _, d := range disks {
		if d.Name == r.PostForm.Get("disque") && strconv.FormatUint(d.Sequence, 10) == r.PostForm.Get("suite") &&
			d.Serial == r.PostForm.Get("serie") && strconv.FormatInt(d.Size, 10) == r.PostForm.Get("taille") {
			return d, d.Problem == ""
		}
	}
	return install.Disk{}, false
}

func (m *Mediator) installBegin(w http.ResponseWriter, r *http.Request) error {
	d, ok := m.installed(r)
	if !ok {
		return m.installList(w, r, http.StatusConflict, "swapped")
	}
	err := m.Installer.Install(r.Context(), install.Order{Disk: d, Typed: r.PostForm.Get("nom")})
	if err == nil {
		return SeeOther(w, r, "/mediateur/installer/suivi")
	}
	why := install.ProblemOf(err)
	if why != install.Untyped {
		return m.installList(w, r, http.StatusConflict, why)
	}
	p := m.installPage(r, why)
	p.Chosen = d
	return m.Render(w, r, http.StatusUnprocessableEntity, "mediator/installask", p)
}

// installFollow says how far the installation is. The page comes again by
// itself, unless it was asked not to.
func (m *Mediator) installFollow(w http.ResponseWriter, r *http.Request) error {
	s, err := m.Installer.State(r.Context())
	if err != nil {
		return m.installList(w, r, http.StatusOK, install.ProblemOf(err))
	}
	if s.Phase == install.Idle {
		return SeeOther(w, r, "/mediateur/installer")
	}
	p := m.installPage(r, s.Problem)
	p.State, p.Chosen, p.Calm = s, s.Disk, r.URL.Query().Get("calme") != ""
	p.Percent = s.Done * 100 / max(s.Total, 1)
	if s.Running() && !p.Calm {
		w.Header().Set("Refresh", installRefresh)
	}
	return m.Render(w, r, http.StatusOK, "mediator/installing", p)
}
