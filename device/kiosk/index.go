package kiosk

import (
	"slices"
	"sync"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/search"
)

// indexes keeps the search index of the lessons there are, and makes another
// when lessons came or went.
type indexes struct {
	mu      sync.Mutex
	lessons []*lesson.Lesson
	index   *search.Index
}

func (x *indexes) of(lessons []*lesson.Lesson) *search.Index {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.index == nil || !slices.Equal(x.lessons, lessons) {
		x.lessons, x.index = lessons, search.New(lessons)
	}
	return x.index
}
