package scan

// ParseLine lets the fuzz test feed lines without a socket.
func ParseLine(line []byte) (Reading, []string, error) {
	r, now, err := parseLine(line)
	return r, now.Readers, err
}
