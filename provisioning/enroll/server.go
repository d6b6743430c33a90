package enroll

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// Server answers stations that enrol and renew. All fields are needed but
// Waiting: without it no station can ask by a code.
type Server struct {
	Registry  Registry
	Authority *identity.Authority
	Release   func() ([]byte, error) // the newest root of provisioning/release
	Address   string                 // host:port, as stations should keep it
	Now       func() time.Time
	Log       *slog.Logger
	Waiting   *Waiting
}

// What one exchange may take, and how many run at once.
const (
	exchangeTime = 15 * time.Second
	maxExchanges = 32
)

// Handler serves [PathRoot], [PathEnroll], [PathAsk] and [PathRenew] on the fleet's port.
// Renewal needs the TLS state of [identity.Authority.Server].
func (s *Server) Handler() http.Handler {
	g := newGuard(s.Now)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PathRoot, s.root)
	mux.Handle("POST "+PathEnroll, g.wrap(s.answering(s.enroll)))
	mux.Handle("POST "+PathRenew, g.wrap(s.answering(s.renew)))
	if s.Waiting != nil {
		mux.Handle("POST "+PathAsk, g.wrap(s.answering(s.ask)))
	}
	return mux
}

func (s *Server) root(w http.ResponseWriter, _ *http.Request) {
	hurry(w)
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(s.Authority.RootPEM()) // the client will notice
}

// answering turns what happened into an HTTP answer.
func (s *Server) answering(act func(context.Context, *http.Request) ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		ctx, cancel := context.WithTimeout(q.Context(), exchangeTime)
		defer cancel()
		hurry(w)
		w.Header().Set("Content-Type", "application/json")
		body, err := act(ctx, q)
		if err != nil {
			s.refuse(w, q, err)
			return
		}
		_, _ = w.Write(body) // a station that did not hear asks again
	})
}

// hurry bounds how slowly a client may write and read. Not every writer can.
func hurry(w http.ResponseWriter) {
	c, end := http.NewResponseController(w), time.Now().Add(2*exchangeTime)
	_ = c.SetReadDeadline(end)
	_ = c.SetWriteDeadline(end)
}

func (s *Server) refuse(w http.ResponseWriter, q *http.Request, err error) {
	kind := KindOf(err)
	if errors.Is(err, errOnlyAsked) || errors.Is(err, identity.ErrRevoked) {
		pardon(w)
	}
	switch {
	case errors.Is(err, errOnlyAsked):
		s.Log.Debug("station asked whether it is lost", "remote", q.RemoteAddr)
	case q.Context().Err() != nil:
		s.Log.Debug("who asked has gone", "path", q.URL.Path)
	case kind == KindInternal:
		s.Log.Error("enrolment failed", "path", q.URL.Path, "err", err)
	default:
		s.Log.Warn("enrolment refused", "path", q.URL.Path, "kind", kind, "remote", q.RemoteAddr)
	}
	writeRefusal(w, kind)
}

func writeRefusal(w http.ResponseWriter, kind Kind) {
	w.WriteHeader(status(kind))
	_ = json.NewEncoder(w).Encode(refusal{kind}) // the status says enough
}

func status(k Kind) int {
	switch k {
	case KindUnknown, KindRefused, KindRevoked, KindLost:
		return http.StatusForbidden
	case KindExpired, KindUsed:
		return http.StatusGone
	case KindBusy:
		return http.StatusTooManyRequests
	}
	return http.StatusInternalServerError
}

// errOnlyAsked says that a station that is let in asked whether it was declared
// lost ([Lost]): the refusal is the answer that it hopes for.
var errOnlyAsked = errors.New("asked whether it is lost")

// renew gives a known station a fresh certificate; its old one may be expired,
// not revoked.
func (s *Server) renew(ctx context.Context, q *http.Request) ([]byte, error) {
	peer, err := s.known(ctx, q)
	if err != nil {
		return nil, err
	}
	var r renewal
	if err := read(q.Body, maxRequest, &r); err != nil {
		return nil, fail(KindRefused, nil)
	}
	if len(r.CSR) == 0 {
		return nil, fail(KindRefused, errOnlyAsked)
	}
	key, err := identity.ParseRequest(r.CSR)
	if err != nil {
		return nil, fail(KindRefused, err)
	}
	chain, issued, err := s.Authority.IssueStation(peer, key, s.Now())
	if err != nil {
		return nil, err
	}
	err = s.Registry.AddCertificate(ctx, certificate(issued))
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
		return nil, fail(KindRevoked, err)
	}
	if err != nil {
		return nil, err
	}
	s.Log.Info("station certificate renewed", "station", peer.Station, "until", issued.NotAfter)
	return json.Marshal(renewed{string(chain)})
}

// known returns the station whose certificate came with the connection.
func (s *Server) known(ctx context.Context, q *http.Request) (identity.Peer, error) {
	if q.TLS == nil {
		return identity.Peer{}, fail(KindRefused, identity.ErrNoCertificate)
	}
	gate := s.Authority.Gate(Revoked(ctx, s.Registry))
	peer, err := gate.VerifyStation(s.Now(), q.TLS.PeerCertificates)
	switch {
	case err == nil, errors.Is(err, identity.ErrExpired):
		return peer, nil
	case errors.Is(err, identity.ErrRevoked):
		return peer, fail(s.standing(ctx, peer), err)
	case errors.Is(err, identity.ErrUntrusted), errors.Is(err, identity.ErrNoCertificate):
		return peer, fail(KindRefused, err)
	}
	return peer, err
}

// standing tells a station that was declared lost from one whose certificate
// was only replaced. The word makes a station forget everything, so it is for
// what people declared and nothing else.
func (s *Server) standing(ctx context.Context, peer identity.Peer) Kind {
	st, err := s.Registry.Station(ctx, peer.Tenant, peer.Station)
	if err == nil && st.Revoked {
		return KindLost
	}
	return KindRevoked
}

// Revoked returns the check of an [identity.Gate] against a registry: a
// certificate that the registry does not know counts as revoked.
func Revoked(ctx context.Context, reg Registry) func(identity.Peer) error {
	return func(p identity.Peer) error {
		c, err := reg.Certificate(ctx, p.Serial)
		if errors.Is(err, ErrNotFound) || err == nil && (c.Revoked || c.Station != p.Station || c.Tenant != p.Tenant) {
			return identity.ErrRevoked
		}
		return err
	}
}

func certificate(p identity.Peer) Certificate {
	return Certificate{
		Serial: p.Serial, Tenant: p.Tenant, Station: p.Station, Incarnation: p.Incarnation,
		NotBefore: p.NotBefore, NotAfter: p.NotAfter,
	}
}
