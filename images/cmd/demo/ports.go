package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// portList is the port of each address of the demonstration.
type portList map[string]int

// defaults are the ports when no variable moves them.
var defaults = portList{"fleet": 8883, "console": 8080, "kiosk": 8081, "metrics": 9464}

// variable names what moves a port.
func variable(name string) string { return "MALLETTE_" + strings.ToUpper(name) + "_PORT" }

// at returns the address on loopback.
func (p portList) at(name string) string { return "127.0.0.1:" + strconv.Itoa(p[name]) }

// portError says which port cannot be used, and why.
type portError struct {
	name string
	port string
	err  error
}

func (e *portError) Error() string { return fmt.Sprintf("port %s for %s: %v", e.port, e.name, e.err) }
func (e *portError) Unwrap() error { return e.err }

var errPort = errors.New("not a port number")

// ports reads the variables and makes sure that every port is free.
func ports(env func(string) (string, bool)) (portList, error) {
	list := portList{}
	for name, port := range defaults {
		if text, ok := env(variable(name)); ok {
			given, err := strconv.Atoi(text)
			if err != nil || given < 1 || given > 65535 {
				return nil, &portError{name, text, errPort}
			}
			port = given
		}
		list[name] = port
		listener, err := net.Listen("tcp", list.at(name))
		if err != nil {
			return nil, &portError{name, strconv.Itoa(port), err}
		}
		listener.Close()
	}
	return list, nil
}
