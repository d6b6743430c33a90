package pass

import (
	"fmt"
	"io"
	"log/slog"
)

// What is printed in the place of a pass, a card or a record.
const (
	hiddenPass   = "[pass]"
	hiddenCard   = "[card]"
	hiddenRecord = "[record]"
)

func hide(f fmt.State, text string) { _, _ = io.WriteString(f, text) }

func hideJSON(text string) ([]byte, error) { return []byte(`"` + text + `"`), nil }

// String returns "[pass]": numbers never reach a log by accident.
func (Serial) String() string { return hiddenPass }

// GoString implements [fmt.GoStringer].
func (Serial) GoString() string { return hiddenPass }

// Format implements [fmt.Formatter]; convert to uint32 to print a serial.
func (Serial) Format(f fmt.State, _ rune) { hide(f, hiddenPass) }

// LogValue implements [slog.LogValuer].
func (Serial) LogValue() slog.Value { return slog.StringValue(hiddenPass) }

// String returns "[pass]".
func (Payload) String() string { return hiddenPass }

// GoString implements [fmt.GoStringer].
func (Payload) GoString() string { return hiddenPass }

// Format implements [fmt.Formatter].
func (Payload) Format(f fmt.State, _ rune) { hide(f, hiddenPass) }

// LogValue implements [slog.LogValuer].
func (Payload) LogValue() slog.Value { return slog.StringValue(hiddenPass) }

// MarshalJSON returns "[pass]"; the form that travels is [Signed.Digits].
func (Payload) MarshalJSON() ([]byte, error) { return hideJSON(hiddenPass) }

// String returns "[pass]"; the form that travels is [Signed.Digits].
func (Signed) String() string { return hiddenPass }

// GoString implements [fmt.GoStringer].
func (Signed) GoString() string { return hiddenPass }

// Format implements [fmt.Formatter].
func (Signed) Format(f fmt.State, _ rune) { hide(f, hiddenPass) }

// LogValue implements [slog.LogValuer].
func (Signed) LogValue() slog.Value { return slog.StringValue(hiddenPass) }

// MarshalJSON returns "[pass]"; the form that travels is [Signed.Digits].
func (Signed) MarshalJSON() ([]byte, error) { return hideJSON(hiddenPass) }

// String returns "[pass]"; the form for people is [Number.Grouped].
func (Number) String() string { return hiddenPass }

// GoString implements [fmt.GoStringer].
func (Number) GoString() string { return hiddenPass }

// Format implements [fmt.Formatter].
func (Number) Format(f fmt.State, _ rune) { hide(f, hiddenPass) }

// LogValue implements [slog.LogValuer].
func (Number) LogValue() slog.Value { return slog.StringValue(hiddenPass) }

// MarshalJSON returns "[pass]"; the form that travels is [Number.Digits].
func (Number) MarshalJSON() ([]byte, error) { return hideJSON(hiddenPass) }

// String returns "[pass]", or "[card]" for a card.
func (c Code) String() string {
	if c.Kind == KindCard || c.Kind == KindOwn {
		return hiddenCard
	}
	return hiddenPass
}

// GoString implements [fmt.GoStringer].
func (c Code) GoString() string { return c.String() }

// Format implements [fmt.Formatter].
func (c Code) Format(f fmt.State, _ rune) { hide(f, c.String()) }

// LogValue implements [slog.LogValuer].
func (c Code) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON returns the same as String.
func (c Code) MarshalJSON() ([]byte, error) { return hideJSON(c.String()) }

// String returns "[card]".
func (SignedCard) String() string { return hiddenCard }

// GoString implements [fmt.GoStringer].
func (SignedCard) GoString() string { return hiddenCard }

// Format implements [fmt.Formatter].
func (SignedCard) Format(f fmt.State, _ rune) { hide(f, hiddenCard) }

// LogValue implements [slog.LogValuer].
func (SignedCard) LogValue() slog.Value { return slog.StringValue(hiddenCard) }

// MarshalJSON returns "[card]"; the form that travels is [SignedCard.Digits].
func (SignedCard) MarshalJSON() ([]byte, error) { return hideJSON(hiddenCard) }

// String returns "[pass]". A Ref's JSON, which is sealed before it is stored,
// is complete.
func (Ref) String() string { return hiddenPass }

// GoString implements [fmt.GoStringer].
func (Ref) GoString() string { return hiddenPass }

// Format implements [fmt.Formatter].
func (Ref) Format(f fmt.State, _ rune) { hide(f, hiddenPass) }

// LogValue implements [slog.LogValuer].
func (Ref) LogValue() slog.Value { return slog.StringValue(hiddenPass) }

// String returns "[record]". A Record's JSON, which is sealed before it is
// stored, is complete.
func (Record) String() string { return hiddenRecord }

// GoString implements [fmt.GoStringer].
func (Record) GoString() string { return hiddenRecord }

// Format implements [fmt.Formatter].
func (Record) Format(f fmt.State, _ rune) { hide(f, hiddenRecord) }

// LogValue implements [slog.LogValuer].
func (Record) LogValue() slog.Value { return slog.StringValue(hiddenRecord) }

// String returns "[card]"; the form that travels is [SignedOwn.Digits].
func (OwnCard) String() string { return hiddenCard }

// GoString implements [fmt.GoStringer].
func (OwnCard) GoString() string { return hiddenCard }

// Format implements [fmt.Formatter].
func (OwnCard) Format(f fmt.State, _ rune) { hide(f, hiddenCard) }

// LogValue implements [slog.LogValuer].
func (OwnCard) LogValue() slog.Value { return slog.StringValue(hiddenCard) }

// MarshalJSON returns "[card]"; the form that travels is [SignedOwn.Digits].
func (OwnCard) MarshalJSON() ([]byte, error) { return hideJSON(hiddenCard) }

// String returns "[card]"; the form that travels is [SignedOwn.Digits].
func (SignedOwn) String() string { return hiddenCard }

// GoString implements [fmt.GoStringer].
func (SignedOwn) GoString() string { return hiddenCard }

// Format implements [fmt.Formatter].
func (SignedOwn) Format(f fmt.State, _ rune) { hide(f, hiddenCard) }

// LogValue implements [slog.LogValuer].
func (SignedOwn) LogValue() slog.Value { return slog.StringValue(hiddenCard) }

// MarshalJSON returns "[card]"; the form that travels is [SignedOwn.Digits].
func (SignedOwn) MarshalJSON() ([]byte, error) { return hideJSON(hiddenCard) }
