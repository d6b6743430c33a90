package debian

import (
	"context"
	"fmt"
	"slices"

	"github.com/mallette-kit/mallette/images/build/lock"
)

// Resolve asks Debian's mirror, through the private apt kept in dir, for the
// newest packages that fit the recipe. apt checks the mirror's signatures. An
// empty root is Root.
func Resolve(ctx context.Context, dir, root string, r Recipe) (lock.Lock, error) {
	if root == "" {
		root = Root
	}
	a, err := newApt(ctx, dir, root, r)
	if err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	names, err := a.names(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	found, err := a.show(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	return locked(found)
}

func (a apt) names(ctx context.Context, r Recipe) ([]string, error) {
	pointing, err := a.show(ctx, r.Behind)
	if err != nil {
		return nil, err
	}
	names := slices.Clone(r.Exact)
	for _, s := range pointing {
		names = append(names, s.first())
	}
	more, err := a.closure(ctx, r.Closure)
	return append(names, more...), err
}

func locked(found []stanza) (lock.Lock, error) {
	var packages []lock.Package
	for _, s := range found {
		p, err := s.locked()
		if err != nil {
			return nil, fmt.Errorf("resolve %s: %w", s["Package"], err)
		}
		if !slices.Contains(packages, p) {
			packages = append(packages, p)
		}
	}
	return lock.New(packages)
}
