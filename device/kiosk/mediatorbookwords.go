package kiosk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/zim"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
)

// bookSaid is what a mediator reads of an error, the first that fits.
var bookSaid = []struct {
	err  error
	said string
}{
	{book.ErrThere, "Ce livre est déjà sur le poste."},
	{book.ErrFull, "Ce poste garde déjà 100 livres. Retirez-en un d’abord."},
	{context.Canceled, "La copie a été arrêtée. Le poste est comme avant."},
	{context.DeadlineExceeded, "C’était trop long : la copie s’est arrêtée, et le poste est comme avant. Faites préparer le livre (.book) par la personne qui gère les postes."},
	{importer.ErrSpace, "Il n’y a pas assez de place sur ce poste. Retirez un livre, ou choisissez-en un plus petit. Le poste est comme avant."},
	{syscall.ENOSPC, "Il n’y a pas assez de place sur ce poste. Retirez un livre, ou choisissez-en un plus petit. Le poste est comme avant."},
	{importer.ErrNothing, "Ce fichier ne contient aucune page à lire."},
	{book.ErrDamaged, "Ce livre est abîmé, ou son fichier a changé de nom. Copiez-le de nouveau sur la clé, sous son nom d’origine."},
	{book.ErrFormat, "Ce fichier n’est pas un livre en bon état. Copiez-le de nouveau sur la clé."},
	{zim.ErrTooLarge, "Ce fichier est trop gros pour être préparé ici. Demandez le livre tout prêt (.book) à la personne qui gère les postes."},
	{zim.ErrCut, "Ce fichier est incomplet. Copiez-le de nouveau sur la clé."},
	{zim.ErrDamaged, "Ce fichier est abîmé. Copiez-le de nouveau sur la clé."},
	{zim.ErrVersion, "Ce fichier est d’une forme que ce poste ne sait pas lire. Cherchez-en une version récente."},
	{zim.ErrFormat, "Ce fichier n’est pas une collection ZIM en bon état."},
	{zim.ErrOverlap, "Ce fichier est mal fait : par prudence, ce poste ne l’ouvre pas."},
	{zim.ErrCycle, "Ce fichier est mal fait : par prudence, ce poste ne l’ouvre pas."},
	{zim.ErrPath, "Ce fichier est mal fait : par prudence, ce poste ne l’ouvre pas."},
}

// bookProblem says what was wrong and what a mediator can do; "" for nil.
func bookProblem(err error) string {
	if err == nil {
		return ""
	}
	for _, b := range bookSaid {
		if errors.Is(err, b.err) {
			return b.said
		}
	}
	return stickProblem(err)
}

// stickProblem says what was wrong with a stick.
func stickProblem(err error) string {
	switch {
	case errors.Is(err, ErrNoStick):
		return "Aucune clé n’est branchée. Branchez-la, attendez quelques secondes, puis rechargez la page."
	case errors.Is(err, ErrStickUnread):
		return "Cette clé n’a pas pu être lue. Essayez une autre prise, ou une autre clé."
	case errors.Is(err, ErrStickBusy):
		return "La clé est déjà utilisée par une autre page. Attendez un instant, puis rechargez celle-ci."
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EIO), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ESTALE):
		return "La clé a été retirée trop tôt. Le poste est comme avant : rebranchez-la, puis recommencez."
	}
	return "Le livre n’a pas pu être copié. Le poste est comme avant. Essayez une autre clé ; si cela revient, prévenez la personne qui gère les postes."
}

// Weight is how much room something takes, as people read it.
func (booksPage) Weight(n int64) string {
	switch {
	case n < 1e6:
		return "moins de 1 Mo"
	case n < 1e9:
		return fmt.Sprintf("%d Mo", n/1e6)
	}
	return strings.Replace(fmt.Sprintf("%.1f Go", float64(n)/1e9), ".", ",", 1)
}

// File is the name of an offer's file without its folder.
func (booksPage) File(o book.Offer) string { return path.Base(o.Name) }

// Why says why an offer cannot be taken; "" when it can.
func (p booksPage) Why(o book.Offer) string {
	if o.Err == nil && slices.ContainsFunc(p.Books, func(b *book.Book) bool { return b.Meta == o.Meta }) {
		return "Ce livre est déjà sur le poste."
	}
	if o.Err == nil && p.Free >= 0 && o.Need > p.Free {
		return bookProblem(importer.ErrSpace)
	}
	return bookProblem(o.Err)
}

// Percent is how much is done.
func (p booksPage) Percent() int64 { return 100 * p.Done / max(p.Total, 1) }
