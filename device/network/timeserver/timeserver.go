// Package timeserver asks time servers (NTP) what time it is.
//
// It never sets a clock and never decides whether a time is believable: that
// is device/clock's, which refuses what is before its floor or far after it.
// One packet goes to one server after the other until one answers; it holds
// nothing but the machine's own idea of the time.
package timeserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/beevik/ntp"
)

// patience is for one server.
const patience = 3 * time.Second

// ErrNone says that there is no server to ask.
var ErrNone = errors.New("no time server known")

// Ask returns the time of the first server that gives a good answer. A server
// is HOST or HOST:PORT. Answers that say they are not synchronised, or took
// too long to be worth anything, are not good.
func Ask(ctx context.Context, servers []string) (time.Time, error) {
	errs := []error{ErrNone}
	for _, server := range servers {
		if err := ctx.Err(); err != nil {
			return time.Time{}, err
		}
		now, err := ask(server)
		if err == nil {
			return now, nil
		}
		errs = append(errs, fmt.Errorf("ask time: %w", err))
	}
	if len(servers) > 0 {
		errs = errs[1:]
	}
	return time.Time{}, errors.Join(errs...)
}

func ask(server string) (time.Time, error) {
	options := ntp.QueryOptions{Timeout: patience}
	if host, port, err := net.SplitHostPort(server); err == nil {
		server = host
		if options.Port, err = strconv.Atoi(port); err != nil {
			return time.Time{}, errors.New("not a port")
		}
	}
	answer, err := ntp.QueryWithOptions(server, options)
	if err != nil {
		return time.Time{}, err
	}
	if err := answer.Validate(); err != nil {
		return time.Time{}, err
	}
	return time.Now().Add(answer.ClockOffset), nil
}
