package release

import (
	"maps"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// ForgetBase makes the repository one from before there were base releases.
func (r *Repository) ForgetBase() error {
	targets := r.nextTargets()
	d := targets.Signed.Delegations
	d.Roles = slices.DeleteFunc(d.Roles, func(role metadata.DelegatedRole) bool { return role.Name == roleBase })
	r.at.roles = maps.Clone(r.at.roles)
	delete(r.at.roles, roleBase)
	delete(r.at.snapshot.Signed.Meta, roleBase+".json")
	return r.commit(map[string]*targetsMeta{roleTargets: targets})
}
