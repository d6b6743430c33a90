package kiosk

import "slices"

// GuardedRoutes lists the pages that only an open door shows.
func GuardedRoutes() []string {
	var routes []string
	for pattern := range new(Mediator).guarded() {
		routes = append(routes, pattern)
	}
	slices.Sort(routes)
	return routes
}
