package main

import (
	"context"
	"path/filepath"
)

// applied has a station that runs the release old take the one that was made in
// the folder made, three times: as cheaply as it can, without patches, and with
// nothing but the release. Each is a process of its own, so that the most memory
// that it held is that of the one way.
func applied(ctx context.Context, s *stand, made, old string) (list []figure, err error) {
	for _, name := range []string{"^BenchmarkApplyPatches$", "^BenchmarkApplyChunks$", "^BenchmarkApplyFull$"} {
		old, err := filepath.Abs(old)
		if err != nil {
			return list, err
		}
		more, err := benchmark{"./device/update", name, 1}.with(ctx, s, "MALLETTE_BENCH_RELEASE="+made, "MALLETTE_BENCH_RUNNING="+old)
		if list = append(list, more...); err != nil {
			return list, err
		}
	}
	return list, nil
}

// value is that of a figure, 0 when it is not there.
func value(list []figure, name string) float64 {
	for _, f := range list {
		if f.name == name {
			return f.value
		}
	}
	return 0
}
