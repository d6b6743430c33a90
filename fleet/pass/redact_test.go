package pass_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// Whatever prints a pass, a card or a record by accident prints a placeholder.
func TestNothingLeaks(t *testing.T) {
	const serial, foreign = 987654321, "ZX-SECRET-42"
	sig := signed(t)
	sig.Payload.Serial = serial
	number := pass.Number{Series: 12, Serial: serial}
	ref := pass.Ref{Assurance: pass.ForeignRead, Serial: serial, Foreign: foreign}
	record := pass.Record{Pass: &ref}
	manifest := pass.Manifest{First: serial, Last: serial}
	list := pass.NewStatusList(1, 1, serial, serial)
	tests := []struct {
		name  string
		value any
	}{
		{"serial", pass.Serial(serial)},
		{"payload", sig.Payload},
		{"signed", sig},
		{"pointer", &sig},
		{"number", number},
		{"code, signed", pass.Code{Kind: pass.KindSigned, Signed: sig}},
		{"code, number", pass.Code{Kind: pass.KindNumber, Number: number}},
		{"code, foreign", pass.Code{Kind: pass.KindForeign, Foreign: foreign}},
		{"code, card", pass.Code{Kind: pass.KindCard, Card: signedCard(t)}},
		{"card", signedCard(t)},
		{"own card", signedOwn(t)},
		{"code, own card", pass.Code{Kind: pass.KindOwn, Own: signedOwn(t)}},
		{"ref", ref},
		{"record", record},
		{"manifest", manifest},
		{"status list", list},
	}
	secrets := []string{fmt.Sprint(uint32(serial)), "3ade68b1", foreign, number.Digits(), sig.Digits(), signedCard(t).Digits(), signedOwn(t).Digits(), fmt.Sprint(sig.Signature[0:4])}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, text := range printed(t, tt.value) {
				for _, secret := range secrets {
					if strings.Contains(text, secret) {
						t.Errorf("printed = %q; want no number in it", text)
					}
				}
			}
		})
	}
}

// printed returns v as the usual ways of printing and logging show it.
func printed(t *testing.T, v any) []string {
	t.Helper()
	var texts []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%d", "%s", "%x", "%q"} {
		texts = append(texts, fmt.Sprintf(verb, v), fmt.Sprintf(verb, []any{v}))
	}
	texts = append(texts, fmt.Sprintf("%v", struct{ V any }{v}))
	if s, ok := v.(fmt.Stringer); ok {
		texts = append(texts, s.String())
	}
	if s, ok := v.(fmt.GoStringer); ok {
		texts = append(texts, s.GoString())
	}
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("shown", "v", v)
	slog.New(slog.NewTextHandler(&b, nil)).Info("shown", "v", v)
	return append(texts, b.String())
}

// Codes hide even inside something that is logged as JSON; references and
// records do not, because their JSON is what is sealed.
func TestJSONHides(t *testing.T) {
	codes := []any{signed(t), signed(t).Payload, pass.Number{Series: 12, Serial: 425}, signedCard(t), pass.Code{Kind: pass.KindForeign, Foreign: "ZX-SECRET"}}
	for _, v := range codes {
		got, err := json.Marshal(map[string]any{"v": v})
		if s := string(got); err != nil || s != `{"v":"[pass]"}` && s != `{"v":"[card]"}` {
			t.Errorf("Marshal(%T) = %s, %v; want a placeholder", v, got, err)
		}
	}
}

func TestErrorsHoldNoInput(t *testing.T) {
	const secret = "SECRET"
	inputs := []string{"\x00SE\x00" + secret, "12000000042667", strings.Repeat(secret, 100), "{\"v\":1,\x00\"name\":\"" + secret}
	for _, in := range inputs {
		errs := []error{readError(in), second(pass.ParseKeyset([]byte(in))), second(pass.ParseManifest([]byte(in))),
			second(pass.ParseStatusList([]byte(in))), second(pass.ParseCards([]byte(in))), second(pass.ParseRecord([]byte(in))),
			second(pass.Entry{Line: in}.Open()), second(pass.ParsePHC(in)), second(pass.ParseDay(in)), second(pass.ParseLogID(in))}
		for _, err := range errs {
			if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "4266") {
				t.Errorf("error = %v; want one without the input", err)
			}
		}
	}
}

func readError(in string) error { return second(pass.Read(in)) }

func second[T any](_ T, err error) error { return err }
