package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
)

// journal keeps all that the programs of a story say, and what none of them
// may ever say.
type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	secrets map[string]string // text: what it is
}

// of returns where a program speaks.
func (j *journal) of(program string) io.Writer { return &voice{j, program, nil} }

type voice struct {
	*journal
	name string
	rest []byte
}

// Write implements io.Writer; a line is kept when it is complete.
func (v *voice) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rest = append(v.rest, p...)
	for {
		line, rest, ok := bytes.Cut(v.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		fmt.Fprintf(&v.text, "%s | %s\n", v.name, line)
		v.rest = rest
	}
}

// never adds a text that no program may say.
func (j *journal) never(what string, texts ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.secrets == nil {
		j.secrets = map[string]string{}
	}
	for _, text := range texts {
		j.secrets[text] = what
	}
}

// numbers are runs of 14 digits or more, grouped or not: a pass, whoever's.
var numbers = regexp.MustCompile(`(?:^|[^0-9a-f.])[0-9]{14,}(?:$|[^0-9a-f])|[0-9]{4} [0-9]{4} [0-9]{4} [0-9]{2}`)

// leak returns what is wrong with what was said, "" when nothing is.
func (j *journal) leak() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, line := range strings.Split(j.text.String(), "\n") {
		for text, what := range j.secrets {
			if strings.Contains(line, text) {
				return what + " in: " + line
			}
		}
		if numbers.MatchString(line) {
			return "a number like a pass in: " + line
		}
	}
	return ""
}

// has reports whether a program said the words.
func (j *journal) has(program, words string) bool { return j.times(program, words) > 0 }

// times counts the lines of a program with the words.
func (j *journal) times(program, words string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, line := range strings.Split(j.text.String(), "\n") {
		if strings.HasPrefix(line, program+" | ") && strings.Contains(line, words) {
			n++
		}
	}
	return n
}

// tail is the end of what was said, for who has to find out.
func (j *journal) tail() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(j.text.String()), "\n")
	return "last words:\n" + strings.Join(lines[max(0, len(lines)-40):], "\n")
}
