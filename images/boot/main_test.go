package boot_test

import (
	"context"
	"os"
	"testing"
	"time"
)

// within bounds a test's waiting by minutes.
func within(t *testing.T, minutes int) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(minutes)*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// soaking says that the long set was asked for: make soak.
func soaking() bool { return os.Getenv("MALLETTE_SOAK") != "" }
