package report

// Suppress says which of the values of one breakdown are hidden, and whether
// their total is, so that a reader of the rest learns no count below k:
//
//   - a value below k is hidden, zero included;
//   - when what is hidden is a single value, or adds up to less than k, the
//     smallest value still shown is hidden too (else the total minus what is
//     shown would tell);
//   - a total below k is hidden, and then so is everything.
//
// A reader who knows these rules still cannot tell which of the hidden values
// are the small ones. The function is pure; ties hide the first.
func Suppress(values []uint64, k uint64) (hidden []bool, total bool) {
	hidden = make([]bool, len(values))
	var sum, hiddenSum uint64
	n := 0
	for i, v := range values {
		sum += v
		if v < k {
			hidden[i] = true
			hiddenSum += v
			n++
		}
	}
	for n > 0 && (n == 1 || hiddenSum < k) {
		i := smallestShown(values, hidden)
		if i < 0 {
			break
		}
		hidden[i] = true
		hiddenSum += values[i]
		n++
	}
	return hidden, sum < k
}

func smallestShown(values []uint64, hidden []bool) int {
	best := -1
	for i, v := range values {
		if !hidden[i] && (best < 0 || v < values[best]) {
			best = i
		}
	}
	return best
}
