package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/store/storetest"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// BenchmarkAddCounters is the cost of one small message committed among many.
func BenchmarkAddCounters(b *testing.B) {
	s := storetest.New(b)
	var stations atomic.Int64
	b.SetParallelism(250)
	b.RunParallel(func(pb *testing.PB) {
		id := wire.Station(fmt.Sprintf("s%016d", stations.Add(1)))
		log := pass.NewLogID()
		for n := 0; pb.Next(); n++ {
			err := s.AddCounters(b.Context(), "demo", id, 1, wire.Counters{Log: log, Counters: []wire.Counter{{
				Period: "2026-03-12/am", Name: wire.CountQuiz, Item: fmt.Sprint(n), Value: 1, Rev: uint64(n + 1)}}})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}
