package wpa

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// Heard is one Wi-Fi that is heard.
type Heard struct {
	Name   string
	Signal int // per cent
	Flags  Flags
}

// Flags is how it protects itself.
type Flags struct {
	Secret     bool // one secret for all: WPA2 or WPA3
	Encrypted  bool // encrypts without a secret
	Enterprise bool // asks for an account
	WEP        bool
}

// Scan starts listening; the event "CTRL-EVENT-SCAN-RESULTS" ends it. That the
// radio is already listening is no error.
func (s *Socket) Scan(ctx context.Context) error {
	answer, err := s.ask(ctx, "SCAN")
	if err != nil {
		return err
	}
	if a := strings.TrimSpace(answer); a != "OK" && a != "FAIL-BUSY" {
		return ErrFailed
	}
	return nil
}

// Results returns what was last heard, the strongest first, each name once.
func (s *Socket) Results(ctx context.Context) ([]Heard, error) {
	answer, err := s.ask(ctx, "SCAN_RESULTS")
	if err != nil {
		return nil, err
	}
	return ParseResults(answer), nil
}

// maxHeard is more than anybody would choose from.
const maxHeard = 64

// ParseResults reads the table of SCAN_RESULTS. Lines that are not of its form
// are skipped, and so are names that nobody could read.
func ParseResults(text string) []Heard {
	var list []Heard
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimRight(line, "\r\n"), "\t", 5)
		if len(fields) != 5 || fields[0] == "" || strings.HasPrefix(fields[0], "bssid") {
			continue
		}
		level, err := strconv.Atoi(fields[2])
		name := unescape(fields[4])
		if err != nil || !readable(name) {
			continue
		}
		list = merge(list, Heard{name, percent(level), parseFlags(fields[3])})
	}
	slices.SortStableFunc(list, func(a, b Heard) int { return b.Signal - a.Signal })
	return list[:min(len(list), maxHeard)]
}

// merge keeps the best of several transmitters of one name.
func merge(list []Heard, h Heard) []Heard {
	i := slices.IndexFunc(list, func(o Heard) bool { return o.Name == h.Name })
	if i < 0 {
		return append(list, h)
	}
	if h.Signal > list[i].Signal {
		list[i] = h
	}
	return list
}

// percent turns dBm, or a driver's own per cent, into per cent.
func percent(level int) int {
	if level < 0 {
		level = 2 * (level + 100)
	}
	return min(max(level, 1), 100)
}

func parseFlags(text string) Flags {
	return Flags{
		Secret:     strings.Contains(text, "PSK") || strings.Contains(text, "SAE"),
		Encrypted:  strings.Contains(text, "[OWE"),
		Enterprise: strings.Contains(text, "EAP"),
		WEP:        strings.Contains(text, "[WEP"),
	}
}

// readable refuses hidden names and those that are no text.
func readable(name string) bool {
	if name == "" || len(name) > 32 {
		return false
	}
	for _, r := range name {
		if r < 0x20 || r == 0x7f || r == '\uFFFD' || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return false
		}
	}
	return true
}

// unescape reads the program's way of writing bytes: \n, \t, \e, \", \\ and \xNN.
func unescape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if text[i] == 'x' && i+2 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(plain(text[i]))
	}
	return b.String()
}

func plain(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'e':
		return 0x1b
	}
	return c
}
