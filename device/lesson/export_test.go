package lesson

// ParseQuiz reads a quiz that uses no picture; see readQuiz for the syntax.
func ParseQuiz(raw []byte) (*Quiz, error) { return newWriter("x", "", nil).readQuiz(raw) }
