package kiosk_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
)

func TestDoors(t *testing.T) {
	st := newStation(t)
	_, page := st.get("/aide")
	good := token(page)
	tests := []struct {
		name   string
		method string
		host   string
		origin string
		body   string
		want   int
	}{
		{"a page", "GET", "", "", "", http.StatusOK},
		{"a name that points here from elsewhere", "GET", "evil.example", "", "", http.StatusMisdirectedRequest},
		{"localhost by name", "GET", "localhost:1", "", "", http.StatusOK},
		{"a form with its token", "POST", "", "", "jeton=" + good, http.StatusOK},
		{"a form without token", "POST", "", "", "x=1", http.StatusForbidden},
		{"a form with another token", "POST", "", "", "jeton=" + strings.Repeat("0", 32), http.StatusForbidden},
		{"a form from another origin", "POST", "", "http://evil.example", "jeton=" + good, http.StatusForbidden},
		{"a form that is too large", "POST", "", "", "jeton=" + good + "&x=" + strings.Repeat("a", 70<<10), http.StatusBadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, st.url+"/session/debut", strings.NewReader(tt.body))
			if tt.method == "GET" {
				req, err = http.NewRequest("GET", st.url+"/aide", nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			req.Host = tt.host
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if tt.origin != "" {
				req.Header.Set("Origin", tt.origin)
			}
			resp, err := st.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if code, _ := read(t, resp); code != tt.want {
				t.Errorf("status = %d; want %d", code, tt.want)
			}
		})
	}
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	st := newStation(t)
	for _, path := range []string{"/", "/rien", "/fin", "/lecon/souris/image/souris.svg"} {
		resp, err := st.client.Get(st.url + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		policy := resp.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "http") {
			t.Errorf("GET %s: policy = %q; want one that starts from nothing", path, policy)
		}
		if got := resp.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("GET %s: X-Content-Type-Options = %q; want nosniff", path, got)
		}
	}
}

func TestNothingComesFromOutside(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	for _, path := range publicPaths(t) {
		_, page := st.get(path)
		for _, bad := range []string{"https://", "src=\"//", "http-equiv=\"refresh\" content=\"0", "<script>", " style=", " onclick="} {
			if strings.Contains(page, bad) {
				t.Errorf("GET %s contains %q", path, bad)
			}
		}
	}
}

// broken mounts a page that panics and one that fails.
type broken struct{}

func (broken) Mount(s *kiosk.Server) {
	s.Handle("GET /panique", func(http.ResponseWriter, *http.Request) error { panic("boum") })
	s.Handle("GET /echec", func(http.ResponseWriter, *http.Request) error { return io.ErrUnexpectedEOF })
}

func TestFailuresSpeakFrench(t *testing.T) {
	st := newStation(t, broken{})
	tests := []struct {
		path string
		code int
		want string
	}{
		{"/rien", http.StatusNotFound, "Cette page n’est pas ici"},
		{"/panique", http.StatusInternalServerError, "Le poste s’est trompé"},
		{"/echec", http.StatusInternalServerError, "Ce n’est pas votre faute"},
	}
	for _, tt := range tests {
		code, page := st.get(tt.path)
		if code != tt.code || !strings.Contains(page, tt.want) || strings.Contains(page, "EOF") {
			t.Errorf("GET %s = %d %.80q; want %d and %q", tt.path, code, page, tt.code, tt.want)
		}
	}
}
