package scan

import "image"

// halve returns the picture at half its size: each pixel is the mean of four.
func halve(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx()/2, g.Rect.Dy()/2
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		above, below, to := g.Pix[2*y*g.Stride:], g.Pix[(2*y+1)*g.Stride:], out.Pix[y*out.Stride:]
		for x := range w {
			sum := int(above[2*x]) + int(above[2*x+1]) + int(below[2*x]) + int(below[2*x+1])
			to[x] = byte(sum / 4)
		}
	}
	return out
}

// stretch returns the picture with its darkest and lightest hundredth spread
// over the whole scale, which brings a dark picture to light.
func stretch(g *image.Gray) *image.Gray {
	low, high := percentiles(g)
	if high-low < 8 || high-low > 200 {
		return g
	}
	var table [256]byte
	for v := range table {
		table[v] = byte(min(max((v-low)*255/(high-low), 0), 255))
	}
	return each(g, func(v byte) byte { return table[v] })
}

func each(g *image.Gray, f func(byte) byte) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, g.Rect.Dx(), g.Rect.Dy()))
	for y := range out.Rect.Dy() {
		from, to := g.Pix[y*g.Stride:], out.Pix[y*out.Stride:]
		for x := range out.Rect.Dx() {
			to[x] = f(from[x])
		}
	}
	return out
}

// percentiles returns the shades below and above which a hundredth lies.
func percentiles(g *image.Gray) (low, high int) {
	var count [256]int
	for y := range g.Rect.Dy() {
		for _, v := range g.Pix[y*g.Stride:][:g.Rect.Dx()] {
			count[v]++
		}
	}
	rest := g.Rect.Dx() * g.Rect.Dy() / 100
	for n := count[0]; n <= rest && low < 255; n += count[low] {
		low++
	}
	high = 255
	for n := count[255]; n <= rest && high > 0; n += count[high] {
		high--
	}
	return low, high
}

// soften returns the picture with the noise of a sensor evened out: a
// binomial blur of three by three, as many times as said.
func soften(g *image.Gray, times int) *image.Gray {
	for range times {
		g = transpose(soften1(transpose(soften1(g))))
	}
	return g
}

// soften1 blurs along the rows.
func soften1(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		from, to := g.Pix[y*g.Stride:][:w], out.Pix[y*out.Stride:][:w]
		for x := range w {
			left, right := from[max(x-1, 0)], from[min(x+1, w-1)]
			to[x] = byte((int(left) + 2*int(from[x]) + int(right) + 2) / 4)
		}
	}
	return out
}

func transpose(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, h, w))
	for y := range h {
		for x, v := range g.Pix[y*g.Stride:][:w] {
			out.Pix[x*out.Stride+y] = v
		}
	}
	return out
}

// double returns the picture at twice its size, for modules of two or three
// pixels; one that is large already is returned as it is.
func double(g *image.Gray) *image.Gray {
	if g.Rect.Dx()*g.Rect.Dy() > 1<<20 {
		return g
	}
	return transpose(double1(transpose(double1(g))))
}

// double1 doubles the rows: each pixel becomes two, a quarter of the way to
// its neighbours.
func double1(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, 2*w, h))
	for y := range h {
		from, to := g.Pix[y*g.Stride:][:w], out.Pix[y*out.Stride:]
		for x, v := range from {
			to[2*x] = byte((3*int(v) + int(from[max(x-1, 0)]) + 2) / 4)
			to[2*x+1] = byte((3*int(v) + int(from[min(x+1, w-1)]) + 2) / 4)
		}
	}
	return out
}
