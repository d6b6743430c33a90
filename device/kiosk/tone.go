package kiosk

import (
	"encoding/binary"
	"math"
)

const (
	toneRate    = 16000 // samples a second
	toneSeconds = 2
)

// toneWAV is a soft chord of three notes, one after the other, for somebody to
// say whether it is heard.
func toneWAV() string {
	const samples = toneRate * toneSeconds
	b := make([]byte, 0, 44+2*samples)
	le := binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, 36+2*samples)
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, 1) // plain samples
	b = le.AppendUint16(b, 1) // of one voice
	b = le.AppendUint32(b, toneRate)
	b = le.AppendUint32(b, 2*toneRate)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = le.AppendUint32(b, 2*samples)
	for i := range samples {
		b = le.AppendUint16(b, uint16(sample(float64(i)/toneRate)))
	}
	return string(b)
}

// sample is the height of the wave at a time: do, mi, sol, each fading.
func sample(at float64) int16 {
	note, since := 261.63, at
	switch {
	case at >= 1:
		note, since = 392, at-1
	case at >= 0.5:
		note, since = 329.63, at-0.5
	}
	loud := math.Min(1, since*40) * math.Exp(-2.5*since)
	return int16(9000 * loud * math.Sin(2*math.Pi*note*since))
}
