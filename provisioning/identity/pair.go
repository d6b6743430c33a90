package identity

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// pair is a private key and its certificates, leaf first.
type pair struct {
	key   *ecdsa.PrivateKey
	chain []*x509.Certificate
}

func (p pair) leaf() *x509.Certificate { return p.chain[0] }

func (p pair) tls() *tls.Certificate {
	c := &tls.Certificate{PrivateKey: p.key, Leaf: p.leaf()}
	for _, cert := range p.chain {
		c.Certificate = append(c.Certificate, cert.Raw)
	}
	return c
}

const (
	certificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY"
)

var errPEM = errors.New("not the expected PEM")

// sign issues the certificate that template describes for key.
func sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey, signer crypto.Signer) (pair, error) {
	cert, err := issue(template, parent, &key.PublicKey, signer)
	if err != nil {
		return pair{}, err
	}
	return pair{key, []*x509.Certificate{cert}}, nil
}

func issue(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// newSerial returns 127 random bits: positive, and never chosen by a station.
func newSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b) // never fails: see crypto/rand
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}

func (p pair) encode() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return nil, err
	}
	key := pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der})
	return append(key, encodeCertificates(p.chain...)...), nil
}

func encodeCertificates(chain ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range chain {
		_ = pem.Encode(&b, &pem.Block{Type: certificateBlock, Bytes: c.Raw}) // a bytes.Buffer never fails
	}
	return b.Bytes()
}

// parsePair reads a key followed by its certificates, which must match it.
func parsePair(text []byte) (pair, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != keyBlock {
		return pair{}, errPEM
	}
	key, err := parseKey(block.Bytes)
	if err != nil {
		return pair{}, err
	}
	chain, err := parseCertificates(rest)
	if err != nil {
		return pair{}, err
	}
	if !key.PublicKey.Equal(chain[0].PublicKey) {
		return pair{}, errors.New("key and certificate do not match")
	}
	return pair{key, chain}, nil
}

func parseKey(der []byte) (*ecdsa.PrivateKey, error) {
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errPEM // the parser's words could quote key material
	}
	key, ok := k.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errPEM
	}
	return key, nil
}

// maxChain is more certificates than any chain of ours has.
const maxChain = 4

func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != certificateBlock || len(chain) == maxChain {
			return nil, errPEM
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 {
		return nil, errPEM
	}
	return chain, nil
}

func readPair(name string) (pair, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return pair{}, err
	}
	p, err := parsePair(text)
	if err != nil {
		return pair{}, fmt.Errorf("parse key pair: %w", err)
	}
	return p, nil
}

func writePair(name string, p pair) error {
	text, err := p.encode()
	if err != nil {
		return err
	}
	return durable.Replace(name, text, 0o600)
}
