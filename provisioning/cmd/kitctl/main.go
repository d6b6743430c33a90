// Command kitctl is the technician's tool: it lets machines join a fleet,
// writes sticks, prints passes and cards, reads codes from pictures, shows and
// moves stations, checks lessons before they are published, and simulates a crowd of stations.
//
// Most commands speak to a fleet server on the same machine, by the socket in
// its data directory ($MALLETTE_ADMIN or --admin). It never speaks to a station.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/wire"
)

var version = "dev"

// tool is the command line. Its fields are its documentation.
type tool struct {
	Version kong.VersionFlag `help:"Affiche la version."`
	Admin   string           `help:"Prise d'administration du serveur." default:"/var/lib/mallette/admin.sock" env:"MALLETTE_ADMIN" placeholder:"FICHIER"`
	Tenant  wire.Tenant      `help:"Territoire (tenant)." default:"demo" env:"MALLETTE_TENANT"`

	EnrollToken tokenCommand    `cmd:"" help:"Crée un jeton d'enrôlement à usage unique et l'affiche."`
	EnrollCode  approveCommand  `cmd:"" help:"Accepte la machine qui affiche ce code sur son écran."`
	Station     stationCommands `cmd:"" help:"Postes : liste, détail, réglages, perte."`
	Batch       batchCommands   `cmd:"" help:"Lots de pass : création, impression, publication, révocation."`
	Card        cardCommands    `cmd:"" help:"Cartes de médiateur : émission, révocation, code secret."`
	Person      personCommand   `cmd:"" help:"Invite une personne dans la console."`
	Lesson      lessonCommands  `cmd:"" help:"Leçons : contrôle de la qualité, publication."`
	Release     releaseCommands `cmd:"" help:"Versions du système des postes : fabrication, publication."`
	Key         keyCommands     `cmd:"" help:"Clés gardées hors ligne : fabrication, changement de clés, d'adresse ou d'autorité, signature, remise au serveur."`
	Stick       stickCommands   `cmd:"" help:"Clés USB pour les postes sans réseau : l'aller et le retour."`
	Flash       flashCommand    `cmd:"" help:"Écrit une image sur des clés, cartes ou disques, tous à la fois ; vérifie ; efface."`
	Cycle       cycleCommands   `cmd:"" help:"Cycles de leçons : contrôle, publication."`
	Book        bookCommands    `cmd:"" help:"Livres de la bibliothèque : publication."`
	Scan        scanCommand     `cmd:"" help:"Lit les codes d'images : FICHIER<tab>code, une ligne par code."`
	Simulate    simulateCommand `cmd:"" help:"Simule de nombreux postes : enrôlement, MQTT, enregistrements."`
}

// desk is what commands work with.
type desk struct {
	ctx    context.Context
	in     io.Reader
	out    io.Writer
	admin  *admin.Client
	tenant wire.Tenant
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run returns the exit status: 0 done, 1 not done, 2 misused.
func run(ctx context.Context, args []string, in io.Reader, out, complaints io.Writer) int {
	var t tool
	exit := -1
	parser := kong.Must(&t, kong.Name("kitctl"), kong.Description("L'outil du technicien de Mallette."),
		kong.Vars{"version": version}, kong.Writers(out, complaints), kong.Exit(func(code int) { exit = code }))
	chosen, err := parser.Parse(args)
	switch {
	case exit >= 0:
		return exit
	case err != nil:
		fmt.Fprintln(complaints, "kitctl :", err)
		return 2
	}
	d := &desk{ctx: ctx, in: in, out: out, admin: admin.Dial(t.Admin), tenant: t.Tenant}
	if err := chosen.Run(d); err != nil {
		fmt.Fprintln(complaints, "kitctl :", sentence(err))
		return 1
	}
	return 0
}
