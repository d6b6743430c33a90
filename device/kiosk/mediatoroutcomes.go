package kiosk

import "github.com/mallette-kit/mallette/device/redeem"

// passWords is how an outcome of the desk reads in mediator mode.
type passWords struct{ tone, title, detail string }

// outcomes is the one place where outcomes become French.
var outcomes = map[redeem.Kind]passWords{
	redeem.Accepted:      {"yes", "Accepté", "Gardez le papier et tamponnez-le."},
	redeem.Tolerated:     {"late", "Accepté, en période de tolérance", "Gardez le papier et tamponnez-le."},
	redeem.Foreign:       {"note", "Noté, à confirmer auprès de l’émetteur", "Ce pass n’est pas des nôtres : il sera vérifié dans la console de son émetteur. Gardez le papier."},
	redeem.NeedsMediator: {"wait", "À vous de confirmer", ""},
	redeem.AlreadyUsed:   {"no", "Déjà utilisé", "Ce pass a déjà été validé."},
	redeem.Revoked:       {"no", "Annulé par l’émetteur", "Ce pass ne vaut plus rien."},
	redeem.Expired:       {"no", "Date dépassée", "La période d’utilisation et de tolérance de ce pass est finie."},
	redeem.UnknownBatch:  {"no", "Lot inconnu de ce poste", "Ce poste n’a pas reçu ce lot. Reliez-le au réseau puis montrez le pass de nouveau."},
	redeem.NotQualified:  {"no", "Pas pour ce service", ""},
	redeem.Forged:        {"no", "Faux ou abîmé", "La signature de ce pass n’est pas celle de l’émetteur. Gardez-le et prévenez la coordination."},
	redeem.NeedsCode:     {"no", "Montrez le code carré", "Les chiffres seuls ne suffisent pas pour ce pass."},
	redeem.Limit:         {"no", "Limite hors réseau atteinte", ""},
	redeem.Unreadable:    {"no", "Illisible", "Ce n’est pas un code de pass. Recommencez, bien à plat et en pleine lumière."},
	redeem.Mistyped:      {"no", "Chiffre mal tapé", "Un chiffre au moins n’est pas le bon. Tapez-les de nouveau."},
	redeem.NotAPass:      {"no", "Ce n’est pas un pass", "C’est une carte de médiation."},
	redeem.WrongStation:  {"no", "Utilisez le poste médiateur", "Dans cette mallette, un seul poste valide les pass."},
	redeem.NoPasses:      {"no", "Pas de pass ici", "Cette structure n’accepte pas de pass."},
	redeem.Closed:        {"no", "La journée n’est pas ouverte", "Ouvrez la journée, puis montrez le pass de nouveau."},
	redeem.Full:          {"no", "Disque plein : rien n’est validé", "Gardez le pass de côté. Reliez le poste au réseau ou appelez votre technicienne ou votre technicien."},
	redeem.Failed:        {"no", "Le poste n’a pas pu écrire : rien n’est validé", "Montrez le pass de nouveau. Si cela continue, gardez-le de côté et appelez votre technicienne ou votre technicien."},
}

// reasons say more about an outcome.
var reasons = map[redeem.Reason]string{
	redeem.UnknownIssuer: "Ce poste ne connaît pas l’émetteur de ce pass. Reliez-le au réseau puis recommencez.",
	redeem.UnknownKey:    "Ce pass est signé d’une clé que ce poste n’a pas reçue. Reliez-le au réseau puis recommencez.",
	redeem.NotInBatch:    "Ce numéro n’est d’aucun lot que ce poste connaît. Vérifiez les chiffres, ou reliez le poste au réseau.",
	redeem.RevokedKey:    "La clé qui a signé ce pass a été volée : seuls les pass de la liste sûre sont acceptés, par leur code carré.",
	redeem.RevokedBatch:  "L’émetteur a annulé tout ce lot.",
	redeem.RevokedPass:   "L’émetteur a annulé ce pass, par exemple parce que le carnet a été perdu.",
	redeem.OldKey:        "Les pass de cette année-là ne sont plus acceptés.",
	redeem.Structure:     "Votre structure n’est pas habilitée pour ce service avec ces pass.",
	redeem.Service:       "Ces pass ne paient pas le service choisi. Changez de service dans « La journée » si c’en était un autre.",
	redeem.UsedHere:      "Ce pass a déjà été validé sur ce poste.",
	redeem.UsedElsewhere: "Ce pass a déjà été validé, ici ou ailleurs.",
	redeem.SeenToday:     "Ce code a déjà été noté aujourd’hui.",
	redeem.DegradedMax:   "Ce poste n’a pas vu le réseau depuis longtemps : il ne peut plus accepter de pass aujourd’hui. Gardez les pass de côté et reliez-le au réseau.",
	redeem.UnsyncedCap:   "Trop de validations attendent d’être envoyées. Reliez le poste au réseau, puis montrez le pass de nouveau.",
	redeem.ListAged:      "La liste des pass de ce poste est trop ancienne pour des chiffres seuls.",
	redeem.Suspended:     "Ce carnet est noté comme pas encore remis à une personne, ou contesté.",
	redeem.ExpiryEdge:    "Le poste ne connaît pas la date et ce pass est peut-être dépassé : lisez la date imprimée.",
	redeem.ListOld:       "La liste des pass a plus d’un mois et demi : ce pass a pu servir ailleurs.",
	redeem.ListMissing:   "Ce poste n’a pas la liste de ce lot : ce pass a pu servir ailleurs.",
	redeem.CancelledHere: "Ce pass est noté comme utilisé, mais vous aviez annulé sa validation ici.",
}

// notes say what else is to know of a pass that was accepted.
var notes = map[redeem.Note]string{
	redeem.DatesUnverified: "Le poste ne connaît pas la date : les dates ne sont pas vérifiées.",
	redeem.InTolerance:     "La date imprimée est dépassée, l’émetteur l’accepte encore jusqu’à la fin de la tolérance.",
	redeem.ListStale:       "La liste des pass date de plus de trois jours : reliez le poste au réseau quand vous pourrez.",
	redeem.ListDegraded:    "La liste des pass est ancienne : peu de pass pourront être acceptés avant la prochaine connexion.",
	redeem.Specimen:        "Spécimen, sans valeur.",
	redeem.OnGenuineList:   "Ce pass est dans la liste sûre de l’émetteur.",
}

// askings are what the mediator says when she lifts a reason.
var askings = map[redeem.Override]string{
	redeem.DateConfirmed: "J’ai lu la date imprimée : le pass est encore valable.",
	redeem.HandedOut:     "Le carnet a bien été remis à cette personne.",
	redeem.PaperInHand:   "J’ai le papier en main et je le garde.",
}
