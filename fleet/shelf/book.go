package shelf

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// Books returns the books that a tenant has published.
func (s *Shelf) Books(tenant wire.Tenant) (wire.Books, error) {
	raw, err := s.Releases.Read(tenant, release.Prefix(tenant)+wire.BooksTarget)
	if errors.Is(err, release.ErrNotFound) {
		return wire.Books{V: 1}, nil
	}
	var list wire.Books
	if err == nil {
		err = wire.Decode(raw, &list)
	}
	if err != nil {
		return list, fmt.Errorf("read list of books: %w", err)
	}
	return list, nil
}

// PutBook lists a book whose bytes were brought before (release.PutBlob), in the
// place of an earlier listing of the same. It fails with [release.ErrMissing]
// when they were not.
func (s *Shelf) PutBook(ctx context.Context, tenant wire.Tenant, b wire.Book) error {
	if !s.Releases.HasBlob(release.Part{SHA256: b.Hash, Size: b.Size}) {
		return fmt.Errorf("publish book: %w", release.ErrMissing)
	}
	return s.changeBooks(ctx, tenant, func(list *wire.Books) error {
		list.Books = slices.DeleteFunc(list.Books, func(o wire.Book) bool { return o.Hash == b.Hash })
		list.Books = append(list.Books, b)
		slices.SortFunc(list.Books, func(x, y wire.Book) int { return strings.Compare(x.Hash, y.Hash) })
		return list.Check()
	})
}

// RemoveBook withdraws the book whose hash begins so: stations lose it at their
// next refresh. It fails with [ErrUnknown] unless there is exactly one.
func (s *Shelf) RemoveBook(ctx context.Context, tenant wire.Tenant, hash string) error {
	return s.changeBooks(ctx, tenant, func(list *wire.Books) error {
		before := len(list.Books)
		list.Books = slices.DeleteFunc(list.Books, func(b wire.Book) bool { return strings.HasPrefix(b.Hash, hash) })
		if before-len(list.Books) != 1 {
			return ErrUnknown
		}
		return nil
	})
}

func (s *Shelf) changeBooks(ctx context.Context, tenant wire.Tenant, amend func(*wire.Books) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.Books(tenant)
	if err == nil {
		err = amend(&list)
	}
	if err != nil {
		return err
	}
	raw, err := wire.Encode(&list)
	if err == nil {
		err = s.Releases.Publish(tenant, map[string][]byte{release.Prefix(tenant) + wire.BooksTarget: raw})
	}
	if err != nil {
		return fmt.Errorf("publish books: %w", err)
	}
	if s.Published != nil {
		s.Published(ctx, tenant)
	}
	return nil
}
