package wpa

import (
	"context"
	"strconv"
	"strings"
)

// Status is how joining stands.
type Status struct {
	Phase string // wpa_supplicant's own word, e.g. "COMPLETED" or "SCANNING"
	ID    int    // number of the network in use; -1: none
	Name  string // of the network in use
}

// Joined reports whether a Wi-Fi is in use.
func (s Status) Joined() bool { return s.Phase == "COMPLETED" }

// Status asks how joining stands.
func (s *Socket) Status(ctx context.Context) (Status, error) {
	answer, err := s.ask(ctx, "STATUS")
	if err != nil {
		return Status{}, err
	}
	return ParseStatus(answer), nil
}

// ParseStatus reads the lines of STATUS; what is missing stays empty.
func ParseStatus(text string) Status {
	st := Status{ID: -1}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		switch key {
		case "wpa_state":
			st.Phase = value
		case "ssid":
			st.Name = unescape(value)
		case "id":
			if id, err := strconv.Atoi(value); err == nil {
				st.ID = id
			}
		}
	}
	return st
}
