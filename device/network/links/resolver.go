package links

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// maxNames is what resolvers read of the file.
const maxNames = 3

// WriteResolver replaces the resolver's file. It is on a disk of memory and is
// made anew at each start.
func WriteResolver(path string, servers []netip.Addr) error {
	var b strings.Builder
	b.WriteString("# written by Mallette's network program\n")
	for _, s := range servers[:min(len(servers), maxNames)] {
		fmt.Fprintf(&b, "nameserver %s\n", s)
	}
	if err := durable.Swap(path, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("write resolver: %w", err)
	}
	return nil
}
