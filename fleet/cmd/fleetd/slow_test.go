package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestBodiesThatNeverComeEndTheConnection holds that a stranger who announces
// a body and sends none is cut off, also where nobody reads it: the server
// reads what is left of a body after the answer.
func TestBodiesThatNeverComeEndTheConnection(t *testing.T) {
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "forbidden", http.StatusForbidden) })
	s := httptest.NewServer(hurried(refuse, time.Millisecond))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /release/x HTTP/1.1\r\nHost: fleet\r\nContent-Length: 100\r\n\r\n")
	if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil {
		t.Errorf("connection ended with %v; want a plain end", err)
	}
}
