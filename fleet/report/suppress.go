package report

// Suppress says which of the values of one breakdown are hidden, and whether
// their total is, so that nobody learns from the rest how small a small count
// is:
//
//   - a value below k is hidden, zero included;
//   - with them, values from the top of the table are hidden too, whatever
//     their size, at least one and until what is hidden adds up to so much that
//     every small one could be anything below k;
//   - a total below k is hidden, and then so is everything.
//
// Companions are taken in the order of the table and not by size, because a
// reader who knows that the smallest was taken could work backwards. The
// function is pure.
func Suppress(values []uint64, k uint64) (hidden []bool, total bool) {
	hidden = make([]bool, len(values))
	var sum, hiddenSum, needed uint64
	for i, v := range values {
		sum += v
		if v < k {
			hidden[i] = true
			hiddenSum += v
			needed += k - 1
		}
	}
	if needed == 0 {
		return hidden, sum < k
	}
	for i, alone := 0, true; i < len(values) && (alone || hiddenSum < needed); i++ {
		if hidden[i] {
			continue
		}
		hidden[i], alone = true, false
		hiddenSum += values[i]
		needed += k
	}
	return hidden, sum < k
}
