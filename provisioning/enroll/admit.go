package enroll

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// maxTries is how often an admission is begun again when the registry changed
// under it.
const maxTries = 3

func (s *Server) enroll(ctx context.Context, q *http.Request) ([]byte, error) {
	var r request
	if err := read(q.Body, maxRequest, &r); err != nil {
		return nil, fail(KindRefused, nil)
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	for range maxTries {
		a, err := s.admit(ctx, r)
		if !errors.Is(err, ErrConflict) {
			return a, err
		}
	}
	return nil, fail(KindInternal, ErrConflict)
}

// admit uses the token for the keys of r, or says again what these keys were
// told: a station may not have heard it.
func (s *Server) admit(ctx context.Context, r request) ([]byte, error) {
	key, err := keyHash(r.CSR)
	if err != nil {
		return nil, err
	}
	token, err := s.token(ctx, r.Secret)
	if err != nil {
		return nil, err
	}
	if token.Used() {
		if subtle.ConstantTimeCompare(token.Key[:], key[:]) == 1 {
			return bytes.Clone(token.Answer), nil
		}
		return nil, fail(KindUsed, nil)
	}
	station, err := s.stationFor(ctx, token, r)
	if err != nil {
		return nil, err
	}
	return s.commit(ctx, token, station, key, r)
}

// token finds the token by its hash: comparing the secret itself is left to
// nobody, so there is nothing to time.
func (s *Server) token(ctx context.Context, secret []byte) (Token, error) {
	t, err := s.Registry.Token(ctx, hashSecret(secret))
	switch {
	case errors.Is(err, ErrNotFound):
		return Token{}, fail(KindUnknown, nil)
	case err != nil:
		return Token{}, err
	case t.Revoked:
		return Token{}, fail(KindUnknown, nil)
	case !s.Now().Before(t.Expires):
		return Token{}, fail(KindExpired, nil)
	}
	return t, nil
}

// stationFor decides who the machine becomes: the station that the token
// names, the one of its kit that this same hardware was, or a new one.
func (s *Server) stationFor(ctx context.Context, t Token, r request) (Station, error) {
	old, err := s.before(ctx, t, r)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Station{}, err
	}
	st := Station{Tenant: t.Tenant, ID: identity.NewStationID(), Incarnation: 1}
	switch {
	case t.Claims != "" && (err != nil || old.Revoked):
		return Station{}, fail(KindRevoked, err)
	case err == nil && !old.Revoked:
		st.ID, st.Incarnation = old.ID, old.Incarnation+1
	}
	st.Kit, st.Hardware, st.Model, st.Ledger = t.Kit, r.Hardware, r.Model, r.Ledger
	return st, nil
}

func (s *Server) before(ctx context.Context, t Token, r request) (Station, error) {
	if t.Claims != "" {
		return s.Registry.Station(ctx, t.Tenant, t.Claims)
	}
	if r.Hardware == "" {
		return Station{}, ErrNotFound
	}
	return s.Registry.StationByHardware(ctx, t.Tenant, t.Kit, r.Hardware)
}

// commit issues the certificate and stores everything at once.
func (s *Server) commit(ctx context.Context, t Token, st Station, key Hash, r request) ([]byte, error) {
	public, err := identity.ParseRequest(r.CSR)
	if err != nil {
		return nil, fail(KindRefused, err)
	}
	peer := identity.Peer{Tenant: st.Tenant, Station: st.ID, Incarnation: st.Incarnation}
	chain, issued, err := s.Authority.IssueStation(peer, public, s.Now())
	if err != nil {
		return nil, err
	}
	release, err := s.Release()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(answer{string(chain), st.Kit, s.Address, release})
	if err != nil {
		return nil, err
	}
	a := Admission{Token: t.Hash, Key: key, Answer: body, Station: st, Certificate: certificate(issued), At: s.Now()}
	if err := s.Registry.Admit(ctx, a); err != nil {
		return nil, err
	}
	s.Log.Info("station enrolled", "station", st.ID, "tenant", st.Tenant, "kit", st.Kit, "incarnation", st.Incarnation)
	return body, nil
}

// keyHash names the TLS key of a request.
func keyHash(csr []byte) (Hash, error) {
	public, err := identity.ParseRequest(csr)
	if err != nil {
		return Hash{}, fail(KindRefused, err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return Hash{}, fail(KindRefused, err)
	}
	return sha256.Sum256(der), nil
}
