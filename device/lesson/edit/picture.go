package edit

import (
	"regexp"
	"strings"
)

// Image is a picture where a text shows it.
type Image struct {
	Mark string // as it is written in the text
	Alt  string // what it shows
	File string // in images/
}

var imageForm = regexp.MustCompile(`!\[([^\]\n]*)\]\(images/([A-Za-z0-9_.-]+)\)`)

// Images are the pictures that a text shows, in their order.
func Images(text string) []Image {
	var list []Image
	for _, m := range imageForm.FindAllStringSubmatch(text, -1) {
		list = append(list, Image{m[0], m[1], m[2]})
	}
	return list
}

// SetImage changes a picture of a text or its description; a text that no
// longer has the mark stays as it is.
func SetImage(text, mark string, to Image) string {
	return strings.Replace(text, mark, written(to), 1)
}

// AddImage puts a picture at the end of a text.
func AddImage(text string, i Image) string {
	return strings.TrimRight(text, "\n") + "\n\n" + written(i) + "\n"
}

// written is a picture in Markdown; a description has no brackets.
func written(i Image) string {
	alt := strings.NewReplacer("[", "(", "]", ")", "\n", " ", "\r", " ", `\`, "/").Replace(i.Alt)
	return "![" + strings.TrimSpace(alt) + "](images/" + i.File + ")"
}
