package flash

// ParseUses lets tests fuzz what the kernel is read with.
func ParseUses(mounts, swaps string) (by []string) {
	for _, t := range append(parseMounts(mounts), parseSwaps(swaps)...) {
		by = append(by, t.by)
	}
	return by
}
