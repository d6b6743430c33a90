package console

import (
	"fmt"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
)

// structures returns every structure of the tenant by id.
func (c *console) structures(v *visit) (map[pass.Structure]registry.Structure, error) {
	list, err := c.Fleet.Structures(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read structures: %w", err)
	}
	byID := make(map[pass.Structure]registry.Structure, len(list))
	for _, s := range list {
		byID[s.ID] = s
	}
	return byID, nil
}

// sees reports whether the person's scope includes a structure.
func (v *visit) sees(s registry.Structure) bool {
	q := v.query(registry.Query{})
	return (q.Structure == 0 || q.Structure == s.ID) && (q.Territory == "" || q.Territory == s.Territory)
}

func (c *console) structuresOf(v *visit) ([]registry.Structure, error) {
	list, err := c.Fleet.Structures(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read structures: %w", err)
	}
	var out []registry.Structure
	for _, s := range list {
		if v.sees(s) {
			out = append(out, s)
		}
	}
	return out, nil
}

func (c *console) placesOf(v *visit) ([]registry.Place, error) {
	structures, err := c.structures(v)
	if err != nil {
		return nil, err
	}
	list, err := c.Fleet.Places(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	var out []registry.Place
	for _, p := range list {
		if v.sees(structures[p.Structure]) {
			out = append(out, p)
		}
	}
	return out, nil
}

func (c *console) kitsOf(v *visit) ([]registry.Kit, error) {
	structures, err := c.structures(v)
	if err != nil {
		return nil, err
	}
	list, err := c.Fleet.Kits(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read kits: %w", err)
	}
	var out []registry.Kit
	for _, k := range list {
		if v.sees(structures[k.Structure]) {
			out = append(out, k)
		}
	}
	return out, nil
}

func (c *console) placeNames(v *visit) (map[string]string, error) {
	places, err := c.Fleet.Places(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	names := make(map[string]string, len(places))
	for _, p := range places {
		names[p.ID] = p.Name
	}
	return names, nil
}
