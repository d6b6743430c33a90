package word

import "slices"

// Common says whether a stem, as [Stem] gives it, is of a word so frequent in
// French that it says nothing of a text.
func Common(stem string) bool {
	_, found := slices.BinarySearch(common(), stem)
	return found
}

// common is sorted.
func common() []string {
	return []string{
		"a", "au", "aux", "avec", "c", "ce", "cet", "cett", "comm", "comment", "d", "dan", "de", "des", "du", "elle", "en",
		"est", "et", "etre", "fair", "fait", "il", "j", "je", "l", "la", "le", "les", "leur", "m", "ma", "mais", "me",
		"mes", "mon", "n", "ne", "nos", "not", "notr", "nou", "on", "ou", "par", "pas", "pour", "qu", "que", "quel", "qui",
		"quoi", "s", "sa", "se", "ses", "son", "sont", "sur", "t", "ta", "te", "tes", "ton", "tu", "un", "une", "vo",
		"vos", "votr", "vou", "y",
	}
}
