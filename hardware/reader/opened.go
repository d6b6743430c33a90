package reader

// Opened is told of each device that is open, by a short name of its kind and
// model, and is to be told when it has closed. nil: nobody asks.
type Opened func(name string) (closed func())

// Tell calls o if there is somebody to tell.
func (o Opened) Tell(name string) (closed func()) {
	if o == nil {
		return func() {}
	}
	return o(name)
}
