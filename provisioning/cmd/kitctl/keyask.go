package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/mallette-kit/mallette/provisioning/keyfile"
)

// signingKey is a key that a command signs with.
type signingKey = keyfile.Key

// keyFlag is the key of a command that signs.
type keyFlag struct {
	Key string `help:"Clé qui signe." required:"" type:"existingfile" placeholder:"FICHIER" short:"k"`
}

// errNoTerminal says that nobody can be asked for a passphrase.
var errNoTerminal = errors.New("no terminal to ask for a passphrase")

// passphraseVariable answers for a script.
const passphraseVariable = "MALLETTE_PASSPHRASE"

// key reads the key, and says so when it is one that protects nothing.
func (f keyFlag) key(d *desk) (signingKey, error) {
	k, err := keyfile.Read(f.Key, func() (string, error) { return askPassphrase(d, "Phrase secrète de "+f.Key) })
	if err == nil && k.Development {
		warnDevelopment(d, f.Key)
	}
	return k, err
}

func warnDevelopment(d *desk, file string) {
	fmt.Fprintf(d.out, "\n  !! CLÉ DE DÉVELOPPEMENT : %s n'est pas chiffrée. Qui lit ce fichier signe à votre place.\n  !! Jamais pour de vrais postes : « kitctl key new » en fait une qui l'est.\n\n", file)
}

// askPassphrase reads without showing what is typed.
func askPassphrase(d *desk, question string) (string, error) {
	if answer := os.Getenv(passphraseVariable); answer != "" {
		return answer, nil
	}
	in, ok := d.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", errNoTerminal
	}
	fmt.Fprintf(d.out, "%s : ", question)
	text, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(d.out)
	return string(text), err
}
