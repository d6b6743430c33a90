// Package scantest makes pictures of passes as a bad camera would take them,
// with the code that is in each: what the tests and the benchmark of
// device/scan measure a decoder with.
//
// The same number always makes the same picture. The codes are real ones of
// 186 digits, signed by a key made for the purpose; no picture shows a pass
// that was ever issued. It is never part of a program.
package scantest

import (
	"crypto/ed25519"
	"fmt"
	"image"
	"math/rand/v2"
	"runtime"
	"sync"

	"rsc.io/qr"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// Frame is a picture and the code that is in it.
type Frame struct {
	Name    string // its hardship and number: "blur-12"
	Code    string
	Picture *image.Gray
}

// hardship is a way in which a camera sees badly. Lengths are in pixels of a
// picture 640 wide, angles in degrees.
type hardship struct {
	name  string
	span  float64 // side of the symbol, of the picture's height
	turn  float64 // turned in its plane, up to
	tilt  float64 // away from the camera, up to
	blur  float64 // of the lens (standard deviation)
	smear int     // of a moving hand
	noise float64 // of the sensor (standard deviation, of 255)
	light float64 // 1 is a bright room
	shade float64 // from one side of the picture to the other
	glare float64 // a lamp in a plastic sleeve
	wavy  float64 // a sheet that does not lie flat
}

func hardships() []hardship {
	return []hardship{
		{name: "plain", span: .6, turn: 10, tilt: 5, blur: .5, noise: 4, light: 1},
		{name: "turned", span: .5, turn: 180, tilt: 5, blur: .6, noise: 5, light: .9},
		{name: "tilted", span: .6, turn: 40, tilt: 38, blur: .6, noise: 5, light: .9},
		{name: "blurred", span: .55, turn: 20, tilt: 10, blur: 2, noise: 4, light: .9},
		{name: "smeared", span: .55, turn: 20, tilt: 10, blur: .7, smear: 6, noise: 5, light: .9},
		{name: "noisy", span: .5, turn: 30, tilt: 10, blur: .7, noise: 32, light: .9},
		{name: "dark", span: .5, turn: 30, tilt: 12, blur: .8, noise: 9, light: .2, shade: .6},
		{name: "far", span: .31, turn: 30, tilt: 12, blur: .6, noise: 6, light: .8},
		{name: "glaring", span: .5, turn: 30, tilt: 15, blur: .7, noise: 6, light: .7, shade: .7, glare: .8},
		{name: "handheld", span: .45, turn: 180, tilt: 22, blur: .9, smear: 3, noise: 10, light: .6, shade: .5, wavy: .02},
	}
}

// Harsh returns frames number 0 to n-1 of the set: every hardship in turn,
// two of three at 640 × 480 and the others at 1280 × 720.
func Harsh(n int) []Frame {
	frames := make([]Frame, n)
	var shooting sync.WaitGroup
	for part := range runtime.NumCPU() {
		shooting.Go(func() {
			for i := part; i < n; i += runtime.NumCPU() {
				frames[i] = frame(i)
			}
		})
	}
	shooting.Wait()
	return frames
}

func frame(i int) Frame {
	all := hardships()
	h := all[i%len(all)]
	r := rand.New(rand.NewPCG(2026, uint64(i)))
	size := image.Pt(640, 480)
	if i/len(all)%3 == 2 {
		size = image.Pt(1280, 720)
	}
	code := Code(i)
	symbol, err := qr.Encode(code, qr.M)
	if err != nil {
		panic(err) // 186 digits always fit
	}
	return Frame{Name: fmt.Sprint(h.name, "-", i), Code: code, Picture: shoot(symbol, size, h, r)}
}

// Code returns the 186 digits of the n-th specimen pass.
func Code(n int) string {
	key := ed25519.NewKeyFromSeed([]byte("a key for pictures that are made"))
	signed, err := pass.Payload{Issuer: 9, Key: 1, Batch: 3, Serial: pass.Serial(n + 1), NotAfter: 2556}.Sign(key)
	if err != nil {
		panic(err) // a payload made here is a good one
	}
	return signed.Digits()
}

// Desk returns a picture of a desk with no code on it, and some noise.
func Desk(size image.Point) *image.Gray {
	r := rand.New(rand.NewPCG(2026, 0))
	g := image.NewGray(image.Rectangle{Max: size})
	for i := range g.Pix {
		g.Pix[i] = byte(90 + i%size.X/9 + r.IntN(12))
	}
	return g
}

// Flat returns a code as a screen shows it: no hardship, a quiet zone of four
// modules, size pixels a module.
func Flat(code string, size int) *image.Gray {
	symbol, err := qr.Encode(code, qr.M)
	if err != nil {
		panic(err) // the caller's code is too long: a programmer's mistake
	}
	side := (symbol.Size + 8) * size
	g := image.NewGray(image.Rect(0, 0, side, side))
	for i := range g.Pix {
		g.Pix[i] = 255
		if symbol.Black(i%side/size-4, i/side/size-4) {
			g.Pix[i] = 0
		}
	}
	return g
}
