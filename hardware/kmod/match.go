package kmod

import "strings"

// literal returns what stands before the first wildcard of a pattern.
func literal(pattern string) string {
	if at := strings.IndexAny(pattern, "*?["); at >= 0 {
		return pattern[:at]
	}
	return pattern
}

// matches compares a device with a pattern of the kernel: "*", "?" and "[a-f]",
// where no character is special. It takes at most pattern times device steps.
func matches(pattern, device string) bool {
	back, resume := -1, 0 // after the last star, and where it may still eat
	p, d := 0, 0
	for d < len(device) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			back, resume = p, d
			continue
		}
		if n := one(pattern[p:], device[d]); n > 0 {
			p, d = p+n, d+1
			continue
		}
		if back < 0 {
			return false
		}
		resume++
		p, d = back, resume
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// one compares a character with the head of a pattern and returns how long that
// head is, 0 when it does not fit.
func one(pattern string, c byte) int {
	switch {
	case pattern == "":
		return 0
	case pattern[0] == '?':
		return 1
	case pattern[0] == '[':
		return oneOf(pattern, c)
	case pattern[0] == c:
		return 1
	}
	return 0
}

// oneOf compares with "[abc]" or "[0-9]".
func oneOf(pattern string, c byte) int {
	end := strings.IndexByte(pattern, ']')
	if end < 0 {
		return 0
	}
	for set := pattern[1:end]; set != ""; set = set[1:] {
		if len(set) >= 3 && set[1] == '-' {
			if set[0] <= c && c <= set[2] {
				return end + 1
			}
			set = set[2:]
			continue
		}
		if set[0] == c {
			return end + 1
		}
	}
	return 0
}
