package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// A session ends after a working day, or after two hours without a request.
const (
	Life = 12 * time.Hour
	Idle = 2 * time.Hour
)

// touchEvery is how old the last request must be before it is written again.
const touchEvery = time.Minute

// Session is one browser of a person. Hash is of the token in its cookie.
type Session struct {
	Hash    string
	Tenant  wire.Tenant
	Login   string
	Created time.Time
	Seen    time.Time
}

// SignIn checks a password and opens a session, whose token is for the
// browser's cookie. It fails with [ErrRefused], and takes as long whether or
// not the login exists.
func (g Gate) SignIn(ctx context.Context, login, password string) (string, Person, error) {
	p, err := g.check(ctx, login, password)
	if err != nil {
		return "", Person{}, err
	}
	token, err := g.open(ctx, p)
	if err != nil {
		return "", Person{}, err
	}
	return token, p, nil
}

func (g Gate) check(ctx context.Context, login, password string) (Person, error) {
	p, hash, err := g.Store.PersonByLogin(ctx, login)
	if err != nil && !errors.Is(err, ErrUnknown) {
		return Person{}, fmt.Errorf("sign in: %w", err)
	}
	if hash == "" {
		hash = nobody
	}
	if !verifyPassword(hash, password) || err != nil || p.Disabled {
		return Person{}, ErrRefused
	}
	return p, nil
}

// nobody is the hash that an unknown login is checked against; it costs what a
// real one costs and nothing matches it.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func (g Gate) open(ctx context.Context, p Person) (string, error) {
	token := rand.Text() + rand.Text()
	s := Session{Hash: hashToken(token), Tenant: p.Tenant, Login: p.Login, Created: g.Now(), Seen: g.Now()}
	if err := g.Store.AddSession(ctx, s); err != nil {
		return "", fmt.Errorf("open session: %w", err)
	}
	return token, nil
}

// Person returns whose session a token opens. It fails with [ErrNoSession].
func (g Gate) Person(ctx context.Context, token string) (Person, error) {
	s, p, err := g.Store.Session(ctx, hashToken(token))
	if errors.Is(err, ErrUnknown) {
		return Person{}, ErrNoSession
	}
	if err != nil {
		return Person{}, fmt.Errorf("read session: %w", err)
	}
	now := g.Now()
	if p.Disabled || now.Sub(s.Created) > Life || now.Sub(s.Seen) > Idle {
		return Person{}, ErrNoSession
	}
	if now.Sub(s.Seen) < touchEvery {
		return p, nil
	}
	if err := g.Store.TouchSession(ctx, s.Hash, now); err != nil {
		return Person{}, fmt.Errorf("touch session: %w", err)
	}
	return p, nil
}

// ChangePassword replaces a password that the person knows, ends all of their
// sessions and returns the token of a new one.
func (g Gate) ChangePassword(ctx context.Context, login, old, chosen string) (string, error) {
	p, err := g.check(ctx, login, old)
	if err != nil {
		return "", err
	}
	if err := strong(login, chosen); err != nil || chosen == old {
		return "", ErrWeak
	}
	if err := g.Store.SetPassword(ctx, p.Tenant, login, hashPassword(chosen), false); err != nil {
		return "", fmt.Errorf("change password: %w", err)
	}
	if err := g.Store.EndSessionsOf(ctx, p.Tenant, login); err != nil {
		return "", fmt.Errorf("change password: %w", err)
	}
	return g.open(ctx, p)
}

// SignOut ends the session of a token.
func (g Gate) SignOut(ctx context.Context, token string) error {
	return g.Store.EndSession(ctx, hashToken(token))
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte("mallette-console-v1\x00" + token))
	return hex.EncodeToString(sum[:])
}
