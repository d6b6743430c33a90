package enroll

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// PathAsk is where a station without a token asks for one.
const PathAsk = "/enroll/ask"

// asking is what it says. The same words again are the same question.
type asking struct {
	CSR    []byte            `json:"csr"`
	Ledger ed25519.PublicKey `json:"ledger"`
	Proof  []byte            `json:"proof"` // by the ledger key, see wished
}

// wished is what the ledger key signs: only its owner is given the token.
func wished(csr []byte) []byte {
	h := sha256.Sum256(csr)
	return append([]byte("mallette-ask-v1\x00"), h[:]...)
}

func (a asking) check() error {
	if len(a.Ledger) != ed25519.PublicKeySize || !ed25519.Verify(a.Ledger, wished(a.CSR), a.Proof) {
		return fail(KindRefused, nil)
	}
	if _, err := identity.ParseRequest(a.CSR); err != nil {
		return fail(KindRefused, err)
	}
	return nil
}

// given is the answer; Token is "" while nobody has approved.
type given struct {
	Token string `json:"token"`
}

// ask answers a station that shows a code.
func (s *Server) ask(_ context.Context, q *http.Request) ([]byte, error) {
	var a asking
	if err := read(q.Body, maxRequest, &a); err != nil {
		return nil, fail(KindRefused, nil)
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	token, err := s.Waiting.hear(codeOf(s.Authority.Fingerprint(), a.CSR, a.Ledger), addressOf(q))
	if err != nil {
		return nil, err
	}
	return json.Marshal(given{token})
}

// askEvery is how often a station asks.
const askEvery = 3 * time.Second

// Ask obtains a token for this machine from the fleet at server ("host:port"),
// of which nothing is known yet: show is called with the code that a technician
// has to approve there. It returns when somebody did or ctx is done; a server
// that cannot be reached for a moment is asked again. The token is for [Join],
// and names the authority that the code was computed with. Errors are [Error]s.
func Ask(ctx context.Context, server string, floor func() time.Time, show func(Code)) (token string, err error) {
	host, _, err := net.SplitHostPort(server)
	if err != nil || host == "" {
		return "", fail(KindUnreadable, nil)
	}
	root, err := anyRoot(ctx, server)
	if err != nil {
		return "", err
	}
	a, err := newAsking()
	if err != nil {
		return "", err
	}
	config := identity.ClientTLS(root, host, floor)
	config.NextProtos = []string{identity.ProtoHTTP}
	c := newClient(config, nil)
	defer c.CloseIdleConnections()
	show(codeOf(identity.FingerprintOf(root), a.CSR, a.Ledger))
	for {
		token, err := askOnce(ctx, c, server, a, root)
		if token != "" || err != nil && KindOf(err) != KindUnreachable && KindOf(err) != KindBusy {
			return token, err
		}
		if !pause(ctx, askEvery) {
			return "", fail(KindUnreachable, context.Cause(ctx))
		}
	}
}

func newAsking() (asking, error) {
	keys, err := identity.NewKeys()
	if err != nil {
		return asking{}, fail(KindInternal, err)
	}
	csr, err := identity.Request(keys.TLS)
	if err != nil {
		return asking{}, fail(KindInternal, err)
	}
	return asking{csr, keys.Ledger.Public().(ed25519.PublicKey), ed25519.Sign(keys.Ledger, wished(csr))}, nil
}

// askOnce refuses a token for another authority than the code was for.
func askOnce(ctx context.Context, c *http.Client, server string, a asking, root *x509.Certificate) (string, error) {
	var g given
	if err := post(ctx, c, "https://"+server+PathAsk, a, &g); err != nil || g.Token == "" {
		return "", err
	}
	i, err := ParseToken(g.Token)
	if err != nil || i.Root != identity.FingerprintOf(root) {
		return "", fail(KindStranger, nil)
	}
	return g.Token, nil
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// anyRoot asks a server for its root without believing it.
func anyRoot(ctx context.Context, server string) (*x509.Certificate, error) {
	c := newClient(&tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, // a fingerprint or a code decides
		NextProtos:         []string{identity.ProtoHTTP},
	}, nil)
	defer c.CloseIdleConnections()
	text, err := get(ctx, c, "https://"+server+PathRoot)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fail(KindStranger, nil)
	}
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fail(KindStranger, nil)
	}
	return root, nil
}
