package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/fleet/admin"
)

type runCommand struct {
	dataFlag
	Listen      string   `help:"Adresse où les postes se connectent (TLS)." default:":8883" env:"MALLETTE_LISTEN"`
	Address     string   `help:"Nom et port sous lesquels les postes joignent ce serveur." default:"127.0.0.1:8883" env:"MALLETTE_ADDRESS"`
	Also        []string `help:"Autre nom sous lequel des postes joignent encore ce serveur, pendant un déménagement ; un par option." env:"MALLETTE_ALSO" placeholder:"HÔTE"`
	Console     string   `help:"Adresse de la console. Hors de cette machine, il lui faut un certificat." default:"127.0.0.1:8080" env:"MALLETTE_CONSOLE"`
	ConsoleCert string   `help:"Certificat de la console (PEM)." env:"MALLETTE_CONSOLE_CERT" placeholder:"FICHIER"`
	ConsoleKey  string   `help:"Clé du certificat de la console (PEM)." env:"MALLETTE_CONSOLE_KEY" placeholder:"FICHIER"`
	Metrics     string   `help:"Adresse des mesures (/metrics), sur cette machine seulement ; vide : aucune." env:"MALLETTE_METRICS"`
}

// What is wrong with the addresses that were asked for.
var (
	errConsoleOpen = errors.New("console needs a certificate beyond loopback")
	errMetricsOpen = errors.New("metrics are for loopback only")
	errAddress     = errors.New("address is not host:port")
)

// grace is how long requests under way may take once the server stops.
const grace = 10 * time.Second

// Run serves until it is told to stop.
func (c *runCommand) Run(t *terminal) error {
	if err := c.check(); err != nil {
		return err
	}
	h, err := open(t.ctx, c, t.log)
	if err != nil {
		return err
	}
	return errors.Join(h.serve(t.ctx), h.close())
}

func (c *runCommand) check() error {
	host, _, err := net.SplitHostPort(c.Address)
	switch {
	case err != nil || host == "":
		return errAddress
	case !loopback(c.Console) && (c.ConsoleCert == "" || c.ConsoleKey == ""):
		return errConsoleOpen
	case c.Metrics != "" && !loopback(c.Metrics):
		return errMetricsOpen
	}
	return nil
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// serve opens every door before it says that it is ready, and closes them all
// when one fails.
func (h *house) serve(ctx context.Context) error {
	doors, err := h.doors()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, part := range h.parts {
		group.Go(func() error { return part(ctx) })
	}
	for _, d := range doors {
		group.Go(func() error { return d.serve(ctx) })
	}
	group.Go(func() error { return h.watchdog(ctx) })
	h.log.Info("fleet server ready", "version", version, "stations", h.command.Address, "console", h.command.Console)
	return group.Wait()
}

// door is a listener with what stands behind it.
type door struct {
	server   *http.Server
	listener net.Listener
	tls      bool
}

func (d door) serve(ctx context.Context) error {
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		stopped <- errors.Join(d.server.Shutdown(late), d.server.Close())
	}()
	err := d.listen()
	if ctx.Err() != nil {
		<-stopped
		return nil
	}
	return err
}

func (d door) listen() error {
	if d.tls {
		return d.server.ServeTLS(d.listener, "", "")
	}
	return d.server.Serve(d.listener)
}

// doors opens every listener, or none.
func (h *house) doors() ([]door, error) {
	var doors []door
	add := func(d door, listen func() (net.Listener, error)) error {
		listener, err := listen()
		if err != nil {
			return err
		}
		d.listener = listener
		doors = append(doors, d)
		return nil
	}
	c := h.command
	tcp := func(address string) func() (net.Listener, error) {
		return func() (net.Listener, error) { return net.Listen("tcp", address) }
	}
	err := add(door{server: h.stationServer(), tls: true}, tcp(c.Listen))
	if err == nil {
		err = add(door{server: h.consoleServer(), tls: !h.plain()}, tcp(c.Console))
	}
	if err == nil && c.Metrics != "" {
		err = add(door{server: h.metricsServer()}, tcp(c.Metrics))
	}
	if err == nil {
		err = add(door{server: h.adminServer()}, func() (net.Listener, error) { return admin.Listen(h.socket()) })
	}
	if err != nil {
		for _, d := range doors {
			d.listener.Close()
		}
	}
	return doors, err
}

// plain says that the console speaks HTTP: on loopback and without a certificate.
func (h *house) plain() bool { return strings.TrimSpace(h.command.ConsoleCert) == "" }
