package trust

import "github.com/mallette-kit/mallette/fleet/wire"

func (s *Snapshot) takeBooks(content []byte) error {
	var list wire.Books
	if err := wire.Decode(content, &list); err != nil {
		return err
	}
	s.Books = list
	return nil
}
