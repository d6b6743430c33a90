// Command fleetd is the fleet server: the broker that stations connect to, the
// store of what they said, the signed data they fetch and the console that
// people read, in one process.
//
//	fleetd init --data /var/lib/mallette --tenant nancy --name "Métropole"
//	fleetd run  --data /var/lib/mallette --address fleet.example:443
//
// backup works while a server runs; restore, tenant (one more operator) and
// ceremony (signatures of the keys in the safe) work without one.
//
// Stations use one TLS port (MQTT, HTTPS, WebSocket); the console is on its own
// address and the operator's tools on a unix socket in the data directory.
// fleetd never starts on an empty directory: an unmounted volume must not
// become a new authority.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

var version = "dev"

type program struct {
	Version kong.VersionFlag `help:"Affiche la version."`

	Init     initCommand     `cmd:"" help:"Crée le répertoire de données : base, autorité, clés."`
	Run      runCommand      `cmd:"" default:"withargs" help:"Sert les postes et la console."`
	Backup   backupCommand   `cmd:"" help:"Sauvegarde un serveur, en marche ou arrêté, dans un fichier."`
	Restore  restoreCommand  `cmd:"" help:"Recrée un répertoire de données à partir d'une sauvegarde."`
	Tenant   tenantCommand   `cmd:"" help:"Ajoute un territoire à un serveur arrêté, avec les clés du coffre."`
	Ceremony ceremonyCommand `cmd:"" help:"Renouvelle, serveur arrêté, ce que signent les clés du coffre."`

	Authority authorityCommands `cmd:"" help:"Prépare l'autorité suivante des certificats, puis la met en place."`
}

// dataFlag is where everything is kept.
type dataFlag struct {
	Data string `help:"Répertoire de données." default:"/var/lib/mallette" env:"MALLETTE_DATA" placeholder:"DOSSIER"`
}

// terminal is where a command speaks.
type terminal struct {
	ctx context.Context
	out io.Writer
	log *slog.Logger
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0 done, 1 failed, 2 misused.
func run(ctx context.Context, args []string, out, complaints io.Writer) int {
	exit := -1
	parser := kong.Must(&program{}, kong.Name("fleetd"), kong.Description("Le serveur de parc de Mallette."),
		kong.Vars{"version": version}, kong.Writers(out, complaints), kong.Exit(func(code int) { exit = code }))
	chosen, err := parser.Parse(args)
	switch {
	case exit >= 0:
		return exit
	case err != nil:
		fmt.Fprintln(complaints, "fleetd :", err)
		return 2
	}
	if err := chosen.Run(&terminal{ctx, out, slog.New(slog.NewTextHandler(complaints, nil))}); err != nil {
		fmt.Fprintln(complaints, "fleetd :", sentence(err))
		return 1
	}
	return 0
}
