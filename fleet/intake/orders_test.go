package intake_test

import (
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Orders given while a station was away are told one after the other.
func TestTheNextOrderFollowsTheOneThatIsOver(t *testing.T) {
	k := newKit(t)
	for _, id := range []string{"j1", "j2"} {
		job := wire.Job{ID: id, Kind: wire.JobIdentify, Expires: noon.Add(time.Hour)}
		if err := k.AddJobs(t.Context(), k.peer.Tenant, []registry.StationJob{{Station: k.peer.Station, Job: job}}, registry.Audit{At: noon}); err != nil {
			t.Fatal(err)
		}
	}
	var told []string
	k.desk.Acks.Push = func(_ wire.Tenant, _ wire.Station, kind wire.Kind, payload []byte) error {
		var job wire.Job
		if kind == wire.KindJob && wire.Decode(payload, &job) == nil {
			told = append(told, job.ID)
		}
		return nil
	}
	for _, p := range []wire.Progress{{ID: "j1", Status: "accepted"}, {ID: "j1", Status: "done"}, {ID: "j2", Status: "done"}} {
		if err := k.send(t, wire.KindProgress, &p); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"j2"}; !slices.Equal(told, want) {
		t.Errorf("told %v; want %v", told, want)
	}
}
