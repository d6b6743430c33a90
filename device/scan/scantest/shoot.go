package scantest

import (
	"image"
	"math"
	"math/rand/v2"

	"rsc.io/qr"
)

// shoot takes a picture of a symbol printed on a sheet that lies on a desk.
func shoot(symbol *qr.Code, size image.Point, h hardship, r *rand.Rand) *image.Gray {
	s := scene{symbol: symbol, size: size, view: aim(size, h, r), wavy: h.wavy, phase: r.Float64() * 6}
	light := s.expose()
	scale := float64(size.X) / 640
	light = smooth(light, size, h.blur*math.Sqrt(scale))
	if h.smear > 0 {
		light = smear(light, size, int(float64(h.smear)*math.Sqrt(scale)))
	}
	return develop(light, size, h, r)
}

// view maps a pixel to the sheet, where the symbol spans -1 to 1.
type view [9]float64

func (v view) sheet(x, y float64) (float64, float64) {
	w := v[6]*x + v[7]*y + v[8]
	return (v[0]*x + v[1]*y + v[2]) / w, (v[3]*x + v[4]*y + v[5]) / w
}

// aim places the camera: the inverse of K [r1 r2 t] for a plane turned and
// tilted before it.
func aim(size image.Point, h hardship, r *rand.Rand) view {
	w, ht := float64(size.X), float64(size.Y)
	turn := (2*r.Float64() - 1) * h.turn * math.Pi / 180
	tilt := (.6 + .4*r.Float64()) * h.tilt * math.Pi / 180
	axis := 2 * math.Pi * r.Float64()
	far := 2 * w / (h.span * ht)
	m := times(times(spin(axis), lean(tilt)), spin(turn-axis))
	dx, dy := (r.Float64()-.5)*w*.12, (r.Float64()-.5)*ht*.12
	k := view{w, 0, w/2 + dx, 0, w, ht/2 + dy, 0, 0, 1}
	return inverse(times(k, view{m[0], m[1], 0, m[3], m[4], 0, m[6], m[7], far}))
}

func spin(a float64) view {
	return view{math.Cos(a), -math.Sin(a), 0, math.Sin(a), math.Cos(a), 0, 0, 0, 1}
}

func lean(a float64) view {
	return view{1, 0, 0, 0, math.Cos(a), -math.Sin(a), 0, math.Sin(a), math.Cos(a)}
}

func times(a, b view) (c view) {
	for i := range 9 {
		for k := range 3 {
			c[i] += a[i/3*3+k] * b[k*3+i%3]
		}
	}
	return c
}

// inverse is the adjugate: a view is the same at any scale.
func inverse(m view) view {
	return view{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
}

// scene is what lies before the camera.
type scene struct {
	symbol *qr.Code
	size   image.Point
	view   view
	wavy   float64
	phase  float64
}

// expose returns how much light falls on each pixel, of 255 in full light.
func (s scene) expose() []float64 {
	light := make([]float64, s.size.X*s.size.Y)
	for i := range light {
		x, y := float64(i%s.size.X), float64(i/s.size.X)
		if s.onDesk(x, y) {
			light[i] = 110 + 30*math.Sin(x/23+s.phase) + 20*math.Cos(y/17)
			continue
		}
		light[i] = s.sample(x, y)
	}
	return light
}

// onDesk reports whether a pixel is well away from the sheet.
func (s scene) onDesk(x, y float64) bool {
	u, v := s.view.sheet(x, y)
	return math.Abs(u) > 1.7 || v < -1.5 || v > 2.1
}

// sample is the mean of nine points of a pixel.
func (s scene) sample(x, y float64) float64 {
	const fine = 3
	sum := 0.0
	for j := range fine * fine {
		sum += s.shade(x+(float64(j%fine)+.5)/fine, y+(float64(j/fine)+.5)/fine)
	}
	return sum / (fine * fine)
}

const ink, paper = 30, 222

// shade is the symbol, the sheet with print below the symbol, or the desk.
func (s scene) shade(x, y float64) float64 {
	u, v := s.view.sheet(x, y)
	if s.wavy > 0 {
		u, v = u+s.wavy*math.Sin(3*v+s.phase), v+s.wavy*math.Sin(2*u+s.phase)
	}
	quiet := 8 / float64(s.symbol.Size)
	switch {
	case math.Abs(u) < 1 && math.Abs(v) < 1:
		n := float64(s.symbol.Size)
		if s.symbol.Black(int((u+1)/2*n), int((v+1)/2*n)) {
			return ink
		}
		return paper
	case math.Abs(u) < 1.2+quiet && v > -1-quiet && v < 1.6+quiet:
		if v > 1+quiet && math.Sin(u*40)*math.Sin(v*70) > .3 {
			return ink + 40
		}
		return paper
	}
	return 110 + 30*math.Sin(x/23+s.phase) + 20*math.Cos(y/17)
}

// smooth is a Gaussian blur.
func smooth(light []float64, size image.Point, sigma float64) []float64 {
	reach := int(math.Ceil(3 * sigma))
	kernel := make([]float64, 2*reach+1)
	sum := 0.0
	for i := range kernel {
		d := float64(i - reach)
		kernel[i] = math.Exp(-d * d / (2 * sigma * sigma))
		sum += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	across := transpose(fold(light, size, kernel), size)
	turned := image.Pt(size.Y, size.X)
	return transpose(fold(across, turned, kernel), turned)
}

func smear(light []float64, size image.Point, length int) []float64 {
	kernel := make([]float64, length)
	for i := range kernel {
		kernel[i] = 1 / float64(length)
	}
	return fold(light, size, kernel)
}

// fold is a convolution along the rows; the border repeats.
func fold(light []float64, size image.Point, kernel []float64) []float64 {
	out := make([]float64, len(light))
	reach := len(kernel) / 2
	row := make([]float64, size.X+len(kernel))
	for y := range size.Y {
		from, to := light[y*size.X:][:size.X], out[y*size.X:][:size.X]
		for i := range row {
			row[i] = from[min(max(i-reach, 0), size.X-1)]
		}
		for x := range to {
			sum := 0.0
			for k, weight := range kernel {
				sum += weight * row[x+k]
			}
			to[x] = sum
		}
	}
	return out
}

func transpose(light []float64, size image.Point) []float64 {
	out := make([]float64, len(light))
	for i, v := range light {
		out[i%size.X*size.Y+i/size.X] = v
	}
	return out
}

// develop lights the scene unevenly and adds what the sensor adds.
func develop(light []float64, size image.Point, h hardship, r *rand.Rand) *image.Gray {
	g := image.NewGray(image.Rectangle{Max: size})
	from := 2 * math.Pi * r.Float64()
	lx, ly := .35+.3*r.Float64(), .35+.3*r.Float64()
	for i := range light {
		x, y := float64(i%size.X)/float64(size.X), float64(i/size.X)/float64(size.Y)
		lamp := h.light * (1 + h.shade*((x-.5)*math.Cos(from)+(y-.5)*math.Sin(from)))
		glare := 255 * h.glare * math.Exp(-((x-lx)*(x-lx)+(y-ly)*(y-ly))/.006)
		v := light[i]*lamp + glare + r.NormFloat64()*h.noise
		g.Pix[i] = byte(min(max(v, 0), 255))
	}
	return g
}
