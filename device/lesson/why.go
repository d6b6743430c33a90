package lesson

import "errors"

// Why is a refusal's kind in one closed word, for reports.
func (r Refusal) Why() string {
	for _, k := range []struct {
		err  error
		word string
	}{
		{ErrFormat, "format"}, {ErrMissing, "incomplete"}, {ErrTooLarge, "too_large"}, {ErrPath, "path"}, {ErrActive, "active"},
		{ErrRemote, "remote"}, {ErrQuiz, "quiz"}, {ErrGame, "game"}, {ErrHash, "hash"}, {ErrDuplicate, "duplicate"},
	} {
		if errors.Is(r.Err, k.err) {
			return k.word
		}
	}
	return "unreadable"
}

// Hash is the content hash that a refused pack is named after, or "" when it
// has another name.
func (r Refusal) Hash() string {
	if len(r.Pack) >= 64 && hashForm.MatchString(r.Pack[:64]) && (len(r.Pack) == 64 || r.Pack[64:] == ".zip") {
		return r.Pack[:64]
	}
	return ""
}
