package scan

// ParseReading lets the fuzz test feed lines without a socket.
func ParseReading(line []byte) (Reading, error) { return parseReading(line) }
