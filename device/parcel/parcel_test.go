package parcel_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/parcel"
)

func pair(t *testing.T) (a, b *net.UnixConn) {
	t.Helper()
	a, f, err := parcel.Pair()
	if err != nil {
		t.Fatal(err)
	}
	if b, err = parcel.Adopt(f); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

func TestMessageWithAnOpenFile(t *testing.T) {
	a, b := pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := parcel.Send(a, "for you", w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var said string
	files, err := parcel.Receive(b, &said)
	if err != nil || said != "for you" || len(files) != 1 {
		t.Fatalf("Receive = %q with %d files, %v; want the message with one", said, len(files), err)
	}
	io.WriteString(files[0], "through it")
	parcel.Close(files)
	if got, err := io.ReadAll(r); err != nil || string(got) != "through it" {
		t.Errorf("read %q, %v from the other end; want what was written to the file that was sent", got, err)
	}
}

func TestMessagesStayApart(t *testing.T) {
	a, b := pair(t)
	for _, n := range []int{1, 2, 3} {
		if err := parcel.Send(a, n); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{1, 2, 3} {
		var got int
		if _, err := parcel.Receive(b, &got); err != nil || got != want {
			t.Errorf("Receive = %d, %v; want %d", got, err, want)
		}
	}
}

func TestClosedEnd(t *testing.T) {
	a, b := pair(t)
	a.Close()
	if _, err := parcel.Receive(b, new(int)); !errors.Is(err, io.EOF) {
		t.Errorf("Receive = %v; want %v", err, io.EOF)
	}
}

func TestWhatIsNotSent(t *testing.T) {
	a, b := pair(t)
	if err := parcel.Send(a, strings.Repeat("x", 70000)); !errors.Is(err, parcel.ErrTooLong) {
		t.Errorf("Send = %v; want %v", err, parcel.ErrTooLong)
	}
	if _, err := a.Write([]byte("no JSON")); err != nil {
		t.Fatal(err)
	}
	if _, err := parcel.Receive(b, new(int)); err == nil || strings.Contains(err.Error(), "no JSON") {
		t.Errorf("Receive = %v; want an error that does not repeat what came", err)
	}
}
