package enroll

import (
	"errors"
	"fmt"
)

// Kind is why an enrolment or a renewal did not happen: a closed list, the
// same on both ends.
type Kind string

// The kinds. The fleet answers the first group; a station finds the second
// by itself.
const (
	KindUnknown  Kind = "unknown_token"
	KindExpired  Kind = "expired_token"
	KindUsed     Kind = "used_token"
	KindRevoked  Kind = "revoked"
	KindLost     Kind = "lost"    // of a station that was declared lost
	KindRefused  Kind = "refused" // certificate not of this fleet, or malformed request
	KindBusy     Kind = "busy"
	KindInternal Kind = "internal"

	KindUnreadable  Kind = "unreadable_token"
	KindUnreachable Kind = "unreachable"
	KindStranger    Kind = "stranger"
	KindDisk        Kind = "disk"
)

// French returns the sentence to show a technician or a mediator. It is the
// only place where enrolment speaks to people.
func (k Kind) French() string {
	switch k {
	case KindUnknown:
		return "Ce code d'inscription n'existe pas ou a été annulé. Demandez-en un nouveau dans la console."
	case KindExpired:
		return "Ce code d'inscription n'est plus valable : sa date est passée. Demandez-en un nouveau dans la console."
	case KindUsed:
		return "Ce code d'inscription a déjà servi à un autre poste. Demandez-en un nouveau : un code par poste."
	case KindLost:
		return "Ce poste a été déclaré perdu : il a oublié ses secrets. Rendez-le à la structure dont le nom est sur la machine, ou enrôlez-le de nouveau avec un jeton."
	case KindRevoked:
		return "Ce poste a été déclaré perdu ou retiré. Dans la console, indiquez d'abord qu'il est retrouvé."
	case KindRefused:
		return "Le serveur n'a pas accepté ce poste. Inscrivez-le de nouveau avec un nouveau code."
	case KindBusy:
		return "Trop d'essais en peu de temps. Attendez une minute, puis recommencez."
	case KindUnreadable:
		return "Ce code d'inscription est incomplet ou mal recopié. Il commence par « mallette1. »."
	case KindUnreachable:
		return "Le serveur ne répond pas. Vérifiez la connexion à internet, puis recommencez."
	case KindStranger:
		return "Le serveur qui répond n'est pas celui du code d'inscription. Rien n'a été envoyé ; prévenez votre service informatique."
	case KindDisk:
		return "L'identité du poste n'a pas pu être enregistrée sur son disque. Vérifiez la place libre, puis recommencez avec le même code."
	}
	return "Le serveur a rencontré une difficulté. Recommencez dans quelques minutes avec le même code."
}

// Error is a failure with its kind. Err may be nil.
type Error struct {
	Kind Kind
	Err  error
}

// Error implements error. People read [Kind.French].
func (e *Error) Error() string {
	if e.Err == nil {
		return "enroll: " + string(e.Kind)
	}
	return fmt.Sprintf("enroll: %s: %v", e.Kind, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error of this package, [KindInternal] for any
// other.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

func fail(k Kind, err error) error { return &Error{k, err} }
