package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/images/stage"
)

const (
	each   = 100                   // passes of each way
	row    = 10                    // passes of one person, after which the screen is cleared
	pace   = 50 * time.Millisecond // between two passes: twenty a second is more than hands do
	unsent = 50                    // passes after which the station must have sent them: it takes no more than its limit
)

// errRefused says that a pass that should have been accepted was not.
var errRefused = errors.New("a pass was not accepted")

// validations shows passes to a station as people do, under the hand scanner
// and by typing, and waits each time for the line that says yes: the record is
// on the disk by then. The station is online and sends meanwhile.
func validations(ctx context.Context, s *stand) (list []figure, err error) {
	h, err := s.openHouse(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close(ctx)) }()
	printed, err := h.papers(ctx, s.dir, 2*each)
	if err != nil {
		return nil, err
	}
	d, err := openDesk(ctx, h.station)
	if err != nil {
		return nil, err
	}
	defer d.close()
	shown, err := d.validate(ctx, "pass_shown", printed[:each], d.scan)
	if err != nil {
		return nil, err
	}
	typed, err := d.validate(ctx, "pass_typed", printed[each:], d.typed)
	return append(shown, typed...), err
}

// desk is a mediator at the open page of passes.
type desk struct {
	*visitor
	station *stage.Station
	scanner *os.File
	stream  io.Closer
	news    *bufio.Scanner // what the page hears from the station
	lines   int            // on the screen
}

func openDesk(ctx context.Context, station *stage.Station) (*desk, error) {
	d := &desk{visitor: newVisitor(station.Kiosk()), station: station}
	if err := d.openDay(ctx); err != nil {
		return nil, err
	}
	if err := d.listen(ctx); err != nil {
		return nil, err
	}
	var err error
	if d.scanner, err = os.OpenFile(station.Scanner(), os.O_WRONLY, 0); err != nil {
		d.stream.Close()
		return nil, err
	}
	return d, nil
}

func (d *desk) openDay(ctx context.Context) error {
	if _, err := d.open(ctx, "/mediateur"); err != nil {
		return err
	}
	if _, err := d.send(ctx, "/mediateur/ouvrir", url.Values{"code": {stage.PIN}}); err != nil {
		return err
	}
	page, err := d.open(ctx, "/mediateur/journee")
	if err != nil {
		return err
	}
	day, err := filled(page, "/mediateur/journee")
	if err != nil {
		return err
	}
	day.Set("lieu", stage.Library)
	_, err = d.send(ctx, "/mediateur/journee", day)
	return err
}

// listen opens the stream that tells the page to fetch itself again.
func (d *desk) listen(ctx context.Context) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+"/mediateur/flux", nil)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Jar: d.client.Jar}).Do(q)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return fmt.Errorf("listen: %s", answer.Status)
	}
	d.stream, d.news = answer.Body, bufio.NewScanner(answer.Body)
	return nil
}

func (d *desk) close() { d.leave(); d.stream.Close(); d.scanner.Close() }

// validate has passes accepted one after the other and returns how long each
// took and the launcher's processor time, its pages included.
func (d *desk) validate(ctx context.Context, name string, papers []paper, show func(context.Context, paper) error) ([]figure, error) {
	var took []float64
	before, err := cpu(d.station.Launcher)
	if err != nil {
		return nil, err
	}
	for i, p := range papers {
		if i%row == 0 {
			if err := d.next(ctx, i%unsent == 0); err != nil {
				return nil, err
			}
		}
		began := time.Now()
		if err := show(ctx, p); err != nil {
			return nil, fmt.Errorf("pass %d: %w", i+1, err)
		}
		took = append(took, milliseconds(time.Since(began)))
		if err := rest(ctx, pace); err != nil {
			return nil, err
		}
	}
	after, err := cpu(d.station.Launcher)
	return []figure{
		plain(name+"_p50", percentile(took, 50), "ms"),
		plain(name+"_p95", percentile(took, 95), "ms"),
		plain(name+"_cpu", milliseconds(after-before)/float64(len(papers)), "ms/pass"),
	}, err
}

// next clears the screen for the next person, when all is sent if sent says so.
func (d *desk) next(ctx context.Context, sent bool) error {
	if sent {
		err := d.station.Agent.Await(ctx, time.Minute, func(ctx context.Context) error {
			return d.sees(ctx, "/mediateur/poste", "aucun pass")
		})
		if err != nil {
			return err
		}
	}
	return d.clear(ctx)
}

func (d *desk) clear(ctx context.Context) error {
	page, err := d.open(ctx, "/mediateur/pass")
	if err != nil {
		return err
	}
	d.lines = 0
	if count(page) == 0 {
		return nil
	}
	_, err = d.send(ctx, "/mediateur/pass/fini", nil)
	return err
}

// scan holds a pass under the hand scanner and looks again each time the
// station says that something changed.
func (d *desk) scan(ctx context.Context, p paper) error {
	if _, err := d.scanner.WriteString(p.code + "\n"); err != nil {
		return err
	}
	for d.news.Scan() {
		if !strings.HasPrefix(d.news.Text(), "event: change") {
			continue
		}
		page, err := d.open(ctx, "/mediateur/pass")
		if err != nil {
			return err
		}
		if count(page) > d.lines {
			return d.accepted(page)
		}
	}
	return errors.Join(io.ErrUnexpectedEOF, d.news.Err())
}

// typed types the digits of a pass; the answer is the page that comes back.
func (d *desk) typed(ctx context.Context, p paper) error {
	page, err := d.send(ctx, "/mediateur/pass", url.Values{"code": {p.digits}})
	if err != nil {
		return err
	}
	return d.accepted(page)
}

func (d *desk) accepted(page string) error {
	n := count(page)
	_, newest, _ := strings.Cut(page, `<li class="med-line`)
	_, title, _ := strings.Cut(newest, "<strong>")
	title, _, _ = strings.Cut(title, "</strong>")
	if n != d.lines+1 || title != "Accepté" {
		return fmt.Errorf("line %d of %d says %q: %w", n, d.lines+1, title, errRefused)
	}
	d.lines = n
	return nil
}

func count(page string) int { return strings.Count(page, `<li class="med-line`) }
