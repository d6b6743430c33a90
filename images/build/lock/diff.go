package lock

import "fmt"

// Diff tells, one line each, what moving from one lock to the other changes.
func Diff(from, to Lock) []string {
	var lines []string
	for _, p := range to {
		if was, ok := from.Find(p.Name); !ok {
			lines = append(lines, fmt.Sprintf("+ %s %s", p.Name, p.Version))
		} else if was.Version != p.Version {
			lines = append(lines, fmt.Sprintf("~ %s %s → %s", p.Name, was.Version, p.Version))
		} else if was.SHA256 != p.SHA256 {
			lines = append(lines, fmt.Sprintf("! %s %s has other contents", p.Name, p.Version))
		}
	}
	for _, p := range from {
		if _, ok := to.Find(p.Name); !ok {
			lines = append(lines, fmt.Sprintf("- %s %s", p.Name, p.Version))
		}
	}
	return lines
}
