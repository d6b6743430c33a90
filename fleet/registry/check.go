package registry

import (
	"fmt"
	"regexp"
	"time"
	_ "time/tzdata" // a server without zone files knows them too

	"github.com/mallette-kit/mallette/fleet/wire"
)

var (
	idForm    = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	siretForm = regexp.MustCompile(`^\d{14}$`)
	inseeForm = regexp.MustCompile(`^([013-9]\d|2[AB1-9])\d{3}$`)
)

// maxText is how long a name or label may be, in bytes.
const maxText = 200

func (t Tenant) check() error {
	if !t.ID.Valid() {
		return invalid("tenant")
	}
	return texts(map[string]string{"name": t.Name, "contact": t.Contact})
}

func (s Structure) check() error {
	if s.ID == 0 {
		return invalid("structure")
	}
	if s.SIRET != "" && (!siretForm.MatchString(s.SIRET) || !luhn(s.SIRET)) {
		return invalid("siret")
	}
	if s.Name == "" {
		return invalid("name")
	}
	return texts(map[string]string{"name": s.Name, "contact": s.Contact, "territory": s.Territory})
}

func (p Place) check() error {
	if !idForm.MatchString(p.ID) {
		return invalid("place")
	}
	if p.Structure == 0 {
		return invalid("structure")
	}
	if p.INSEE != "" && !inseeForm.MatchString(p.INSEE) {
		return invalid("insee")
	}
	if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "" || p.Zone == "Local" {
		return invalid("zone")
	}
	if p.Name == "" {
		return invalid("name")
	}
	if _, err := ParseHours(p.Hours); err != nil {
		return err
	}
	if p.Proxy != "" && !wire.ValidProxy(p.Proxy) {
		return invalid("proxy")
	}
	return texts(map[string]string{"name": p.Name, "commune": p.Commune, "hours": p.Hours, "proxy": p.Proxy})
}

func (k Kit) check() error {
	if !idForm.MatchString(k.ID) {
		return invalid("kit")
	}
	if k.Structure == 0 {
		return invalid("structure")
	}
	return texts(map[string]string{"label": k.Label})
}

func (e Edit) check() error {
	if e.Kit == "" {
		return invalid("kit")
	}
	if e.Role != wire.RoleMediator && e.Role != wire.RoleStation {
		return invalid("role")
	}
	if e.Mode != wire.ModeKiosk && e.Mode != wire.ModeWorkshop {
		return invalid("mode")
	}
	return texts(map[string]string{"label": e.Label})
}

// luhn checks the last digit of a SIRET. La Poste's establishments follow
// another rule: the sum of their digits is a multiple of five.
func luhn(digits string) bool {
	sum, plain := 0, 0
	for i, c := range digits {
		d := int(c - '0')
		plain += d
		if i%2 == len(digits)%2 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0 || digits[:9] == "356000000" && plain%5 == 0
}

func texts(fields map[string]string) error {
	for name, text := range fields {
		if len(text) > maxText {
			return invalid(name)
		}
	}
	return nil
}

func invalid(field string) error { return fmt.Errorf("%w: %s", ErrInvalid, field) }
