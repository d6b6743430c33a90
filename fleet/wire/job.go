package wire

import "github.com/mallette-kit/mallette/fleet/pass"

// Progress is a station's report on a job: how far it is, or what became of it.
type Progress struct {
	ID      string   `json:"id"`
	Status  string   `json:"status"` // "accepted", "running", "done", "failed", "expired", "repeated", "unknown"
	Detail  string   `json:"detail,omitempty"`
	Reason  Reason   `json:"reason,omitempty"`  // why it failed, or waits
	Receipt *Receipt `json:"receipt,omitempty"` // of a wipe
}

// The reasons of a [Progress].
const (
	ReasonBusy    Reason = "busy"    // somebody was at work until the end
	ReasonRecords Reason = "records" // the fleet has not stored everything the station holds
	ReasonDisk    Reason = "disk"    // the disk did not do what was asked
	ReasonLink    Reason = "link"    // the fleet's server did not take what was sent
	ReasonTime    Reason = "time"    // it was not done in time
	ReasonEmpty   Reason = "empty"   // there is nothing of what was asked for
	ReasonHosted  Reason = "hosted"  // the machine is not the station's own
)

// Receipt is what a station signs before it forgets everything: that the fleet
// has stored all it held. Sig is made with its ledger key over Text, a
// [Farewell] as JSON.
type Receipt struct {
	Text string `json:"text"`
	Sig  []byte `json:"sig"`
}

// Farewell is the text of a [Receipt].
type Farewell struct {
	V           int      `json:"v"` // 1
	Station     Station  `json:"station"`
	Incarnation uint32   `json:"incarnation"`
	Job         string   `json:"job"`
	Epoch       string   `json:"epoch"` // of the fleet's store
	Logs        []LogAck `json:"logs"`  // what each log held, all of it stored
}

// ReceiptDomain comes before the text in what is signed, so that a receipt can
// never pass for a record, nor a record for a receipt.
const ReceiptDomain = "mallette receipt 1\n"

// maxReceipt bounds the text of a receipt.
const maxReceipt = 32 << 10

// Check implements [Message].
func (m *Progress) Check() error {
	switch m.Status {
	case "accepted", "running", "done", "failed", "expired", "repeated", "unknown":
	default:
		return malformed("status")
	}
	if !validName(m.ID) {
		return malformed("id")
	}
	if !m.Reason.valid() {
		return malformed("reason")
	}
	if r := m.Receipt; r != nil && (len(r.Text) > maxReceipt || len(r.Sig) != 64) {
		return malformed("receipt")
	}
	return short(m.Detail)
}

// Check implements [Message].
func (m *Farewell) Check() error {
	if m.V != 1 || !m.Station.Valid() || m.Incarnation == 0 || !validName(m.Job) || len(m.Logs) > 256 {
		return malformed("receipt")
	}
	for _, l := range m.Logs {
		if l.Log == (pass.LogID{}) {
			return malformed("receipt")
		}
	}
	return short(m.Epoch)
}
