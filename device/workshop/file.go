package workshop

import (
	"encoding/json"
	"fmt"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// replace keeps v as JSON in the place of a file.
func replace(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return durable.Replace(path, append(text, '\n'), 0o600)
}
