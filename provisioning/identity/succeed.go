package identity

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// Files and folders of an authority that follows another.
const (
	formerFile = "former.pem" // roots whose certificates still count
	crossFile  = "cross.pem"  // the intermediate's key, certified by those roots
	nextFolder = "next"       // an authority that is prepared
	pastFolder = "before"     // the one that was followed
)

// maxFormer is how many authorities back stations may come from.
const maxFormer = 2

// PrepareNext makes the authority that will follow the one in dir, in dir/next,
// and returns its root certificate (PEM): what stations are to be told, signed,
// before [Succeed]. It needs the offline root key of today, which certifies the next
// intermediate too, so that stations that were not told still believe the server.
func PrepareNext(dir, name string, now time.Time) ([]byte, error) {
	root, err := readPair(filepath.Join(dir, "offline", "root.pem"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOffline, err)
	}
	next := filepath.Join(dir, nextFolder)
	if err := CreateAuthority(next, name, now); err != nil {
		return nil, err
	}
	online := filepath.Join(next, "online")
	issuer, err := readPair(filepath.Join(online, "intermediate.pem"))
	if err != nil {
		return nil, fmt.Errorf("prepare authority: %w", err)
	}
	crossed, err := issue(crossed(issuer.leaf(), root.leaf()), root.leaf(), issuer.leaf().PublicKey, root.key)
	if err != nil {
		return nil, fmt.Errorf("prepare authority: %w", err)
	}
	former, err := optional(filepath.Join(dir, "online", formerFile))
	if err != nil {
		return nil, fmt.Errorf("prepare authority: %w", err)
	}
	former = append([]*x509.Certificate{root.leaf()}, former...)
	err = durable.Replace(filepath.Join(online, formerFile), encodeCertificates(former[:min(len(former), maxFormer)]...), 0o644)
	if err == nil {
		err = durable.Replace(filepath.Join(online, crossFile), encodeCertificates(crossed), 0o644)
	}
	if err != nil {
		return nil, fmt.Errorf("prepare authority: %w", err)
	}
	return os.ReadFile(filepath.Join(online, "root.pem"))
}

// crossed is the intermediate as the root before it certifies it.
func crossed(issuer, root *x509.Certificate) *x509.Certificate {
	t := authorityTemplate(issuer.Subject.CommonName, time.Time{}, 0)
	t.NotBefore, t.NotAfter = issuer.NotBefore, issuer.NotAfter
	if root.NotAfter.Before(t.NotAfter) {
		t.NotAfter = root.NotAfter
	}
	t.MaxPathLenZero = true
	return t
}

// Succeed puts the authority that [PrepareNext] made in the place of the one in
// dir, whose folders move to dir/before. No server may use dir meanwhile. After a
// power cut it is called again.
func Succeed(dir string) error {
	for _, half := range []string{"online", "offline"} {
		if err := follow(dir, half); err != nil {
			return fmt.Errorf("succeed authority: %w", err)
		}
	}
	if err := os.Remove(filepath.Join(dir, nextFolder)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("succeed authority: %w", err)
	}
	return durable.SyncDir(dir)
}

func follow(dir, half string) error {
	next, here, past := filepath.Join(dir, nextFolder, half), filepath.Join(dir, half), filepath.Join(dir, pastFolder, half)
	if _, err := os.Stat(next); errors.Is(err, fs.ErrNotExist) {
		_, err = os.Stat(filepath.Join(dir, pastFolder, half))
		return err // done already, or nothing was prepared
	}
	if _, err := os.Stat(here); err == nil {
		if err := os.MkdirAll(filepath.Dir(past), 0o700); err != nil {
			return err
		}
		if err := os.RemoveAll(past); err != nil {
			return err
		}
		if err := os.Rename(here, past); err != nil {
			return err
		}
	}
	return errors.Join(os.Rename(next, here), durable.SyncDir(dir))
}

// optional reads certificates that need not be there.
func optional(name string) ([]*x509.Certificate, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseCertificates(text)
}
