package supervisor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// maxLine bounds a line that a program wrote; longer ones are left out.
const maxLine = 16 << 10

// ErrNoProgram says that the supervisor runs no such program.
var ErrNoProgram = errors.New("no such program")

// Follow gives what a program writes on its standard error, after the last hundred
// lines that it wrote, until ctx is done or the supervisor ends it (nil). It calls
// answered once, as soon as the supervisor has answered or cannot. Errors:
// [ErrNoProgram] and those of the socket.
func (c Client) Follow(ctx context.Context, program string, answered func(), each func(line string)) error {
	question := url.Values{"path": {"/user/" + program}, "stream": {"stderr"}}
	response, err := c.do(ctx, http.MethodGet, "/log?"+question.Encode())
	answered()
	if err != nil {
		return fmt.Errorf("follow program: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return eachLine(bufio.NewReaderSize(response.Body, maxLine), each)
	case http.StatusNotFound:
		return ErrNoProgram
	}
	return fmt.Errorf("follow program: %s", response.Status)
}

// eachLine reads on behind a line that is too long.
func eachLine(r *bufio.Reader, each func(line string)) error {
	long := false
	for {
		line, more, err := r.ReadLine()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("follow program: %w", err)
		}
		if !more && !long {
			each(string(line))
		}
		long = more
	}
}
