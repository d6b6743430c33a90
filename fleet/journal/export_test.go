package journal

// Prune is prune, with a smaller limit.
func (s Shelf) Prune(most int64) error { return s.prune(most) }
