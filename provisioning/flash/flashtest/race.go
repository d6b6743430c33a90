//go:build race

package flashtest

// slow says that this program watches every access to memory.
const slow = true
