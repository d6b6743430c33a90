package wpa

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrForm says that a name or a secret cannot be one of a Wi-Fi.
var ErrForm = errors.New("not a wifi name or secret")

// Network is a Wi-Fi to join. An empty Secret joins one without.
type Network struct {
	Name     string
	Secret   string
	Priority int // the higher one is joined where several are heard
}

// Check fails with [ErrForm] when no Wi-Fi could be like that: a name is 1 to
// 32 bytes, a secret 8 to 63 printable characters or 64 hexadecimal digits.
func (n Network) Check() error {
	if n.Name == "" || len(n.Name) > 32 {
		return ErrForm
	}
	if n.Secret == "" || isKey(n.Secret) {
		return nil
	}
	if len(n.Secret) < 8 || len(n.Secret) > 63 {
		return ErrForm
	}
	for _, b := range []byte(n.Secret) {
		if b < 0x20 || b == 0x7f {
			return ErrForm
		}
	}
	return nil
}

func isKey(secret string) bool {
	_, err := hex.DecodeString(secret)
	return len(secret) == 64 && err == nil
}

// settings are the variables of a network, in the order they are set. A secret
// serves WPA2 and WPA3, whichever the Wi-Fi speaks; without one, an open Wi-Fi
// that encrypts is preferred to one that does not.
func (n Network) settings() [][2]string {
	list := [][2]string{
		{"ssid", hex.EncodeToString([]byte(n.Name))},
		{"scan_ssid", "1"}, // it may hide its name
		{"priority", strconv.Itoa(n.Priority)},
	}
	switch {
	case n.Secret == "":
		return append(list, [2]string{"key_mgmt", "NONE OWE"}, [2]string{"ieee80211w", "1"})
	case isKey(n.Secret):
		return append(list, [2]string{"key_mgmt", "WPA-PSK WPA-PSK-SHA256"}, [2]string{"ieee80211w", "1"}, [2]string{"psk", n.Secret})
	}
	quoted := `"` + n.Secret + `"`
	return append(list, [2]string{"key_mgmt", "WPA-PSK WPA-PSK-SHA256 SAE"}, [2]string{"ieee80211w", "1"},
		[2]string{"psk", quoted}, [2]string{"sae_password", quoted})
}

// Add makes the program know a network and returns its number. It is joined
// only when enabled.
func (s *Socket) Add(ctx context.Context, n Network) (id int, err error) {
	if err := n.Check(); err != nil {
		return 0, err
	}
	answer, err := s.ask(ctx, "ADD_NETWORK")
	if err != nil {
		return 0, err
	}
	id, err = strconv.Atoi(strings.TrimSpace(answer))
	if err != nil {
		return 0, fmt.Errorf("add network: %w", ErrFailed)
	}
	for _, v := range n.settings() {
		if err := s.set(ctx, id, v); err != nil {
			return 0, errors.Join(err, s.Remove(ctx, id))
		}
	}
	return id, nil
}

// set sets one variable. An older program knows no SAE or OWE: then the rest
// of the key management is set without them.
func (s *Socket) set(ctx context.Context, id int, v [2]string) error {
	err := s.do(ctx, fmt.Sprintf("SET_NETWORK %d %s %s", id, v[0], v[1]))
	if errors.Is(err, ErrFailed) && v[0] == "key_mgmt" {
		first, _, _ := strings.Cut(v[1], " ")
		err = s.do(ctx, fmt.Sprintf("SET_NETWORK %d key_mgmt %s", id, first))
	}
	if errors.Is(err, ErrFailed) && (v[0] == "sae_password" || v[0] == "ieee80211w") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("set %s: %w", v[0], err)
	}
	return nil
}

// Enable lets the program join a network when it hears it.
func (s *Socket) Enable(ctx context.Context, id int) error {
	return s.do(ctx, fmt.Sprintf("ENABLE_NETWORK %d", id))
}

// EnableAll lets the program join every network it knows.
func (s *Socket) EnableAll(ctx context.Context) error { return s.do(ctx, "ENABLE_NETWORK all") }

// Select makes the program leave what it has joined and join this one alone.
func (s *Socket) Select(ctx context.Context, id int) error {
	return s.do(ctx, fmt.Sprintf("SELECT_NETWORK %d", id))
}

// Remove makes the program forget a network.
func (s *Socket) Remove(ctx context.Context, id int) error {
	return s.do(ctx, fmt.Sprintf("REMOVE_NETWORK %d", id))
}

// Reconnect joins again after having been told to stop.
func (s *Socket) Reconnect(ctx context.Context) error { return s.do(ctx, "RECONNECT") }
