package redeem

import (
	"slices"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// trial is a decision on its way.
type trial struct {
	Facts
	Verdict
	keyset   pass.Keyset
	manifest pass.Manifest
}

func (t *trial) as(kind Kind) Verdict {
	t.Kind = kind
	return t.Verdict
}

// refuse ends a trial; it returns false for the checks to return.
func (t *trial) refuse(kind Kind, why Reason) bool {
	t.Kind, t.Why, t.Needs = kind, why, nil
	return false
}

func (t *trial) note(n Note) { t.Notes = append(t.Notes, n) }

func (t *trial) need(r Reason) {
	if !slices.Contains(t.Needs, r) {
		t.Needs = append(t.Needs, r)
	}
}

// kind sends away what is not a pass of ours; a foreign code is only noted.
func (t *trial) kind() bool {
	switch t.Code.Kind {
	case pass.KindSigned, pass.KindNumber:
		return true
	case pass.KindForeign:
		return t.foreign()
	case pass.KindCard, pass.KindOwn:
		return t.refuse(NotAPass, "")
	}
	return t.refuse(Unreadable, "")
}

// foreign notes a code for its issuer to confirm, once a day.
func (t *trial) foreign() bool {
	t.Ref, _ = Locate(t.Trust, t.Code)
	if t.Use.At != (pass.Position{}) && !t.Use.Cancelled {
		t.Used = t.Use.At
		return t.refuse(AlreadyUsed, SeenToday)
	}
	return t.refuse(Foreign, "")
}

func (t *trial) signed() bool { return t.Code.Kind == pass.KindSigned }

// issuer finds whose pass it says it is.
func (t *trial) issuer() bool {
	ref, ok := Locate(t.Trust, t.Code)
	if !ok {
		return t.refuse(UnknownBatch, NotInBatch)
	}
	keyset, ok := t.Trust.Keyset(ref.Issuer)
	if !ok {
		return t.refuse(UnknownBatch, UnknownIssuer)
	}
	t.Ref, t.keyset, t.Keyset = ref, keyset, keyset.Version
	return true
}

// signature checks that the issuer's key made the code; a printed number has
// none.
func (t *trial) signature() bool {
	if !t.signed() {
		return true
	}
	key, ok := t.keyset.Find(t.Ref.Key)
	if !ok {
		return t.refuse(UnknownBatch, UnknownKey)
	}
	if t.Code.Signed.Verify(key.Public) != nil {
		return t.refuse(Forged, "")
	}
	return true
}

// key refuses a revoked key, unless the issuer listed this very pass as
// genuine, and a key whose passes are all past.
func (t *trial) key() bool {
	if !t.signed() {
		return t.keysOfNumber()
	}
	key, _ := t.keyset.Find(t.Ref.Key)
	if key.RevokedAt != nil {
		if !t.genuine() {
			return t.refuse(Revoked, RevokedKey)
		}
		t.note(OnGenuineList)
	}
	if t.today() <= key.VerifyUntil {
		return true
	}
	if t.Dated {
		return t.refuse(Expired, OldKey)
	}
	t.need(ExpiryEdge)
	return true
}

// keysOfNumber asks for the code when a key of the number's batch is revoked:
// digits cannot tell a genuine pass from a forged one.
func (t *trial) keysOfNumber() bool {
	m, _ := t.Trust.Manifest(t.Ref.Issuer, t.Ref.Batch)
	for _, id := range m.Keys {
		if key, ok := t.keyset.Find(id); ok && key.RevokedAt != nil {
			return t.refuse(NeedsCode, RevokedKey)
		}
	}
	return true
}

func (t *trial) genuine() bool {
	m, ok := t.Trust.Manifest(t.Ref.Issuer, t.Ref.Batch)
	return ok && m.IsGenuine(t.Code.Signed)
}

// batch finds the pass in a batch that is in force.
func (t *trial) batch() bool {
	m, ok := t.Trust.Manifest(t.Ref.Issuer, t.Ref.Batch)
	if !ok {
		return t.refuse(UnknownBatch, "")
	}
	t.manifest, t.Value = m, m.FaceValue
	if !m.Holds(t.Ref.Serial) || (t.signed() && !slices.Contains(m.Keys, t.Ref.Key)) {
		return t.refuse(UnknownBatch, NotInBatch)
	}
	if m.Revoked {
		return t.refuse(Revoked, RevokedBatch)
	}
	if m.Specimen {
		t.note(Specimen)
	}
	return true
}
