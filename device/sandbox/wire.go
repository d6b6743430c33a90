package sandbox

// event is what the session's first process says to whoever started it.
type event struct {
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"` // step or service
	Text string `json:"text,omitempty"` // error or how it ended
}

const (
	eventReady  = "ready"  // with the listeners
	eventUp     = "up"     // all services run
	eventFailed = "failed" // to be put together
	eventExited = "exited" // a service ended
)
