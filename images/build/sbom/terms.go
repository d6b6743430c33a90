package sbom

import (
	"slices"
	"strings"
)

// Terms reads the short names of licences out of a Debian copyright file; a file
// of the old free form has none.
func Terms(copyright string) []string {
	if !strings.HasPrefix(copyright, "Format:") {
		return nil
	}
	var all []string
	for line := range strings.Lines(copyright) {
		name, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "License:")
		if name = strings.TrimSpace(name); ok && name != "" && len(name) < 100 {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Licence recognises the common texts of licences; "" for any other.
func Licence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	has := func(words string) bool { return strings.Contains(text, words) }
	switch {
	case has("GNU LESSER GENERAL PUBLIC LICENSE Version 3"):
		return "LGPL-3.0-only"
	case has("GNU LESSER GENERAL PUBLIC LICENSE Version 2.1"):
		return "LGPL-2.1-only"
	case has("GNU GENERAL PUBLIC LICENSE Version 3"):
		return "GPL-3.0-only"
	case has("GNU GENERAL PUBLIC LICENSE Version 2"):
		return "GPL-2.0-only"
	case has("Apache License") && has("Version 2.0"):
		return "Apache-2.0"
	case has("Mozilla Public License Version 2.0"), has("Mozilla Public License, version 2.0"):
		return "MPL-2.0"
	case has("Permission is hereby granted, free of charge, to any person obtaining a copy"):
		return "MIT"
	case has("Permission to use, copy, modify, and/or distribute this software for any purpose"):
		return "ISC"
	case has("Redistribution and use in source and binary forms") && has("Neither the name"):
		return "BSD-3-Clause"
	case has("Redistribution and use in source and binary forms"):
		return "BSD-2-Clause"
	}
	return ""
}
