package practice

import (
	"strings"
	"time"
)

// send puts a note on the fake phone; one with a code draws the next.
func (s *Service) send(v Visit, note string, now time.Time) Visit {
	if strings.Contains(s.Notes[note], "{code}") {
		v.Sent, v.SentAt = v.Sent+1, now
	}
	v.Notes = append(v.Notes, s.say(v, s.Notes[note]))
	if n := len(v.Notes); n > maxNotes {
		v.Notes = v.Notes[n-maxNotes:]
	}
	return v
}

// code is the n-th that was sent, from 1.
func (s *Service) code(n int) string {
	if n < 1 || len(s.Codes) == 0 {
		return ""
	}
	return s.Codes[(n-1)%len(s.Codes)]
}

func (s *Service) codeProblem(v Visit, got string, now time.Time) Problem {
	got = plain(Code, got)
	switch {
	case v.Sent > 0 && got == s.code(v.Sent):
		if now.Sub(v.SentAt) > CodeLife {
			return Expired
		}
		return ""
	case s.sentBefore(v, got):
		return Replaced
	}
	return Other
}

func (s *Service) sentBefore(v Visit, got string) bool {
	for n := max(1, v.Sent-len(s.Codes)); n < v.Sent; n++ {
		if s.code(n) == got {
			return true
		}
	}
	return false
}
