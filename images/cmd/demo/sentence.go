package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/mallette-kit/mallette/images/stage"
)

func sentence(err error) string {
	var port *portError
	switch {
	case errors.As(err, &port) && errors.Is(err, errPort):
		return fmt.Sprintf("%s=%q n'est pas un numéro de port.", variable(port.name), port.port)
	case errors.As(err, &port) && errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("le port %s est déjà pris. Arrêtez l'autre programme, ou choisissez un autre port : %s=… make run", port.port, variable(port.name))
	case errors.As(err, &port):
		return fmt.Sprintf("le port %s ne peut pas être ouvert ; choisissez-en un autre avec %s.", port.port, variable(port.name))
	case errors.Is(err, stage.ErrHalfMade):
		return "les données sont restées à moitié faites. Supprimez le dossier de la démonstration (make clean) et recommencez."
	case errors.Is(err, fs.ErrNotExist):
		return "les programmes manquent : lancez d'abord make build."
	case errors.Is(err, errStopped):
		return "un programme s'est arrêté ; le journal ci-dessus dit pourquoi."
	}
	return fmt.Sprintf("échec (%v).", err)
}
