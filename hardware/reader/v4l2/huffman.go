package v4l2

import (
	"bytes"
	"image"
	"image/jpeg"
)

// JPEG markers
const (
	markerTables = 0xc4 // define Huffman tables
	markerScan   = 0xda // start of scan
)

// withTables returns a frame that defines its Huffman tables. Many cameras
// leave them out: motion JPEG implies the standard ones of ITU-T T.81, K.3,
// which are also those that the standard library writes.
func withTables(frame []byte) []byte {
	at := segment(frame, markerScan)
	if at < 0 || segment(frame, markerTables) >= 0 {
		return frame
	}
	tables := standardTables()
	out := make([]byte, 0, len(frame)+len(tables))
	return append(append(append(out, frame[:at]...), tables...), frame[at:]...)
}

// segment returns where the first segment of a kind starts, before the scan
// ends the headers, or -1.
func segment(frame []byte, kind byte) int {
	for at := 2; at+4 <= len(frame) && frame[at] == 0xff; {
		if frame[at+1] == kind {
			return at
		}
		if frame[at+1] == markerScan {
			return -1
		}
		at += 2 + int(frame[at+2])<<8 + int(frame[at+3])
	}
	return -1
}

// standardTables takes the segment from a picture made for it.
func standardTables() []byte {
	var out bytes.Buffer
	if jpeg.Encode(&out, image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio420), nil) != nil {
		return nil
	}
	frame := out.Bytes()
	at := segment(frame, markerTables)
	return frame[at : at+2+int(frame[at+2])<<8+int(frame[at+3])]
}
