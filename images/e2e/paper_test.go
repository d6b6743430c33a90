package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/images/stage"
)

// papers are the passes of the story as they were printed: nothing here knows
// more of a pass than what is on its paper.
type papers struct {
	story   *story
	secrets *journal
	passes  map[string]paper
}

// paper is one pass: a picture of it, what a scanner reads, and its digits.
type paper struct {
	picture string
	code    string // of the QR code
	digits  string // "1000 0000 0001 80"
}

// Millimetres of a pass on its sheet of ten.
const (
	margin = 8.0
	wide   = 97.0
	high   = 56.2
	dpi    = 150
	inch   = 25.4
)

// pass returns pass n of a batch; the first batch is 1.
func (p *papers) pass(batch, n int) (paper, error) {
	name := fmt.Sprintf("%d-%d", batch, n)
	if known, ok := p.passes[name]; ok {
		return known, nil
	}
	sheet, err := p.sheet(batch)
	if err != nil {
		return paper{}, err
	}
	made, err := p.cut(sheet, name, n)
	if err != nil {
		return paper{}, fmt.Errorf("cut out pass %d: %w", n, err)
	}
	if p.passes == nil {
		p.passes = map[string]paper{}
	}
	p.passes[name] = made
	p.secrets.never("the code of a pass", made.code)
	p.secrets.never("the number of a pass", made.digits, strings.ReplaceAll(made.digits, " ", ""))
	return made, nil
}

// sheet prints a batch with the technician's tool.
func (p *papers) sheet(batch int) (string, error) {
	file := filepath.Join(p.story.dir, fmt.Sprintf("lot-%d.pdf", batch))
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	_, err := p.story.kitctl("batch", "print", "--issuer", strconv.Itoa(int(p.story.seeded.Issuer)), "--batch", strconv.Itoa(batch),
		"--to", strconv.Itoa(p.carnets(batch)), "--out", file)
	return file, err
}

func (p *papers) carnets(batch int) int {
	if batch == int(p.story.seeded.Batch) {
		return stage.Carnets
	}
	return 1
}

var printed = regexp.MustCompile(`\d{4} \d{4} \d{4} \d{2}`)

// cut cuts a pass out of its sheet and reads what is on it.
func (p *papers) cut(sheet, name string, n int) (paper, error) {
	sheetPage, place := strconv.Itoa((n-1)/10+1), (n-1)%10
	dots := func(mm float64, dpi int) string { return strconv.Itoa(int(mm * float64(dpi) / inch)) }
	box := func(dpi int) []string {
		x, y := margin+float64(place%2)*wide, margin+float64(place/2)*high
		return []string{"-f", sheetPage, "-l", sheetPage, "-r", strconv.Itoa(dpi), "-x", dots(x, dpi), "-y", dots(y, dpi), "-W", dots(wide, dpi), "-H", dots(high, dpi)}
	}
	picture := filepath.Join(p.story.dir, "pass-"+name)
	if _, err := output("pdftoppm", append(box(dpi), "-gray", "-png", "-singlefile", sheet, picture)...); err != nil {
		return paper{}, err
	}
	text, err := output("pdftotext", append(box(72), sheet, "-")...)
	if err != nil {
		return paper{}, err
	}
	scanned, err := output(filepath.Join(bin, "kitctl"), "scan", picture+".png")
	if err != nil {
		return paper{}, err
	}
	_, code, _ := strings.Cut(strings.SplitN(scanned, "\n", 2)[0], "\t")
	return paper{picture + ".png", code, printed.FindString(text)}, nil
}

// card returns the mediator card as it is printed.
func (p *papers) card() (paper, error) {
	file := filepath.Join(p.story.dir, "carte.pdf")
	if _, err := p.story.kitctl("card", "issue", "--out", file, "--until", time.Now().AddDate(0, 6, 0).Format(time.DateOnly), "--structure", "1", "--label", "Démonstration"); err != nil {
		return paper{}, err
	}
	picture := filepath.Join(p.story.dir, "carte")
	if _, err := output("pdftoppm", "-r", "200", "-png", "-singlefile", file, picture); err != nil {
		return paper{}, err
	}
	scanned, err := output(filepath.Join(bin, "kitctl"), "scan", picture+".png")
	if err != nil {
		return paper{}, err
	}
	_, code, _ := strings.Cut(strings.TrimSpace(scanned), "\t")
	p.secrets.never("the code of a card", code)
	return paper{picture: picture + ".png", code: code}, nil
}

func output(program string, args ...string) (string, error) {
	var out, complaints bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return "", errors.Join(fmt.Errorf("%s: %w", filepath.Base(program), err), errors.New(complaints.String()))
	}
	return out.String(), nil
}

// altered is the pass with another digit: for the scanner and for the hand.
func (p paper) altered() paper {
	other := func(text string, at int) string {
		return text[:at] + string('0'+(text[at]-'0'+1)%10) + text[at+1:]
	}
	return paper{p.picture, other(p.code, 100), other(p.digits, 8)}
}
