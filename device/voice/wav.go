package voice

import (
	"encoding/binary"
	"fmt"
	"time"
)

// wavHeader is the size of the header that espeak-ng writes.
const wavHeader = 44

// whole puts the lengths right that a program cannot know which writes to a
// pipe, and returns how long the sound is.
func whole(wav []byte) ([]byte, time.Duration, error) {
	if len(wav) < wavHeader || string(wav[:4]) != "RIFF" || string(wav[8:16]) != "WAVEfmt " || string(wav[36:40]) != "data" {
		return nil, 0, fmt.Errorf("%w: not a sound", ErrSilent)
	}
	rate := binary.LittleEndian.Uint32(wav[28:]) // bytes a second
	if rate == 0 {
		return nil, 0, fmt.Errorf("%w: not a sound", ErrSilent)
	}
	binary.LittleEndian.PutUint32(wav[4:], uint32(len(wav)-8))
	binary.LittleEndian.PutUint32(wav[40:], uint32(len(wav)-wavHeader))
	return wav, time.Duration(len(wav)-wavHeader) * time.Second / time.Duration(rate), nil
}
