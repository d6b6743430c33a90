package console

// Routes lists every route with the roles that may use it. Those without
// roles, the sign-in form and its answer, need no session.
func Routes() []Route {
	var out []Route
	for _, r := range (&console{}).routes() {
		out = append(out, r.Route)
	}
	return out
}
