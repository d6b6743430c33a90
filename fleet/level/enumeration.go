package level

import (
	"maps"
	"slices"
)

// Enumeration returns the exact values of a list that another party defines,
// such as "coop.thematiques" or "lieux.typologie", in that party's order; nil
// when there is none of that name. [EnumerationNames] returns the names.
func Enumeration(name string) []string {
	return slices.Clone(enumerations().Enumerations[name])
}

// EnumerationNames returns the names of all enumerations, sorted. The part
// before the dot names the party: lieux (map of places 1.0.2), inclusion
// (data·inclusion 1.0.8), coop (La Coop), labase (La Base).
func EnumerationNames() []string {
	return slices.Sorted(maps.Keys(enumerations().Enumerations))
}
