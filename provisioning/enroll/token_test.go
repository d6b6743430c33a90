package enroll_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/enroll"
)

func TestTokensNeverShowTheirSecret(t *testing.T) {
	f := newFleet(t)
	text := f.token(t, "")
	i := parse(t, text)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("token", "token", i)
	fmt.Fprintf(&log, "%v %+v %#v %s %x", i, i, i, i, i)
	_, err := enroll.ParseToken(text[:40])
	fmt.Fprint(&log, err)
	if strings.Contains(log.String(), fmt.Sprintf("%x", i.Secret[:4])) || strings.Contains(log.String(), text[12:30]) {
		t.Errorf("printed token shows its secret: %s", log.String())
	}
}

func TestEveryKindHasItsSentence(t *testing.T) {
	kinds := []enroll.Kind{
		enroll.KindUnknown, enroll.KindExpired, enroll.KindUsed, enroll.KindRevoked, enroll.KindLost, enroll.KindRefused, enroll.KindBusy,
		enroll.KindInternal, enroll.KindUnreadable, enroll.KindUnreachable, enroll.KindStranger, enroll.KindDisk,
	}
	seen := map[string]enroll.Kind{}
	for _, k := range kinds {
		s := k.French()
		if before, ok := seen[s]; ok || !strings.HasSuffix(strings.TrimSuffix(s, " »."), ".") && !strings.HasSuffix(s, ".") {
			t.Errorf("French(%s) = %q; want its own sentence, not that of %s", k, s, before)
		}
		seen[s] = k
	}
	if got := enroll.KindOf(io.EOF); got != enroll.KindInternal {
		t.Errorf("KindOf(EOF) = %s; want internal", got)
	}
}

func FuzzParseToken(f *testing.F) {
	i := enroll.Invitation{Server: "kit.example:8883", Tenant: "nancy", Kit: "kit-1", Expires: start}
	f.Add(i.Text())
	f.Add("mallette1.")
	f.Add("mallette1.e30")
	f.Fuzz(func(t *testing.T, text string) {
		i, err := enroll.ParseToken(text)
		if err != nil {
			if enroll.KindOf(err) != enroll.KindUnreadable {
				t.Errorf("ParseToken = %v; want unreadable", err)
			}
			return
		}
		again, err := enroll.ParseToken(i.Text())
		if err != nil || again.Server != i.Server || again.Root != i.Root || again.Secret != i.Secret || !again.Expires.Equal(i.Expires) {
			t.Errorf("ParseToken(Text()) = %v, %v; want %v", again, err, i)
		}
	})
}
