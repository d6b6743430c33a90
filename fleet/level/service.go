package level

import "slices"

// Service is something a pass pays for. This is our own catalogue, KS-01 and
// on, because the official list of services is not published; it can be mapped
// one to one when it is.
type Service struct {
	Code      string    `json:"code"`
	Label     string    `json:"label"`
	About     string    `json:"about"`
	Theme     string    `json:"theme"`
	Stage     string    `json:"stage"`
	Coop      []string  `json:"coop,omitempty"` // when narrower than the theme's
	Crosswalk Crosswalk `json:"-"`              // the theme's, narrowed
}

// Services returns the catalogue in the order of its codes.
func Services() []Service {
	list := slices.Clone(services().Services)
	for i := range list {
		list[i] = list[i].resolved()
	}
	return list
}

// ServiceOf returns one service by its code, such as "KS-03".
func ServiceOf(code string) (Service, bool) {
	list := services().Services
	i := slices.IndexFunc(list, func(s Service) bool { return s.Code == code })
	if i < 0 {
		return Service{}, false
	}
	return list[i].resolved(), true
}

func (s Service) resolved() Service {
	theme, _ := ThemeOf(s.Theme)
	s.Crosswalk = theme.Crosswalk
	if len(s.Coop) > 0 {
		s.Crosswalk.Coop = slices.Clone(s.Coop)
	}
	s.Coop = slices.Clone(s.Crosswalk.Coop)
	return s
}
