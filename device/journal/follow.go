package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// maxSaid bounds what is read of one line that a program wrote.
const maxSaid = 16 << 10

// errNoProgram says that the supervisor runs no such program.
var errNoProgram = errors.New("no such program")

// follow gives what a program says, after the last hundred lines that it said,
// until ctx is done or the supervisor ends it. It calls answered once, as soon as
// the supervisor has answered or cannot.
func follow(ctx context.Context, socket, program string, answered func(), each func(text string)) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	question := url.Values{"path": {"/user/" + program}, "stream": {"stderr"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://gokrazy/log?"+question.Encode(), nil)
	if err != nil {
		return fmt.Errorf("follow program: %w", err)
	}
	response, err := client.Do(request)
	answered()
	if err != nil {
		return fmt.Errorf("follow program: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return errNoProgram
	default:
		return fmt.Errorf("follow program: %s", response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(make([]byte, 0, 1<<10), maxSaid)
	for lines.Scan() {
		each(lines.Text())
	}
	return lines.Err()
}
