package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type ceremonyCommand struct {
	dataFlag
}

// Help says what to do before and after.
func (ceremonyCommand) Help() string {
	return `À tenir tous les deux ans environ, ou quand le journal du serveur le demande un an à l'avance.

Arrêtez le serveur. Remettez dans le répertoire de données les clés sorties du coffre : authority/offline et
release/offline (deux des trois clés root et la clé targets). Lancez la cérémonie, puis effacez ces deux dossiers
et redémarrez le serveur. Les postes suivent d'eux-mêmes.`
}

// Run signs again what only offline keys sign.
func (c *ceremonyCommand) Run(t *terminal) error {
	var until time.Time
	err := c.stopped(t, func(*store.Store) (err error) {
		until, err = ceremony(folder(c.Data), time.Now())
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Cérémonie faite : signatures valables jusqu'au %s.\n", until.Format("02/01/2006"))
	c.remind(t)
	return nil
}

// ceremony may be repeated after a cut: each time signs above the time before.
func ceremony(f folder, now time.Time) (time.Time, error) {
	repository, err := release.Open(f.release())
	if err != nil {
		return time.Time{}, err
	}
	if err := identity.RenewIntermediate(f.authority(), now); err != nil {
		return time.Time{}, err
	}
	if err := repository.Ceremony(); err != nil {
		return time.Time{}, err
	}
	return repository.OfflineUntil(), nil
}

// stopped works on a directory that no server uses meanwhile.
func (d dataFlag) stopped(t *terminal, work func(*store.Store) error) error {
	db, err := store.Open(t.ctx, folder(d.Data).store())
	if err != nil {
		return err
	}
	return errors.Join(work(db), db.Close())
}

// remind asks to take the offline keys away again.
func (d dataFlag) remind(t *terminal) {
	fmt.Fprintf(t.out, "Mettez en lieu sûr, hors de cette machine : %s et %s.\n", folder(d.Data).authority()+"/offline", folder(d.Data).release()+"/offline")
}
