package release

import (
	"time"
)

// signedField is our addition to the timestamp, inside what is signed. TUF has
// only an expiry, and stations want to know what time is certainly past.
const signedField = "x-mallette-signed-at"

func setSignedAt(m *timestampMeta, now time.Time) {
	m.Signed.UnrecognizedFields = map[string]any{signedField: now.UTC().Format(time.RFC3339)}
}

// signedAt returns when a verified timestamp was signed, zero when it does not
// say or says a time after its own expiry.
func signedAt(m *timestampMeta) time.Time {
	text, _ := m.Signed.UnrecognizedFields[signedField].(string)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.After(m.Signed.Expires) {
		return time.Time{}
	}
	return t
}
