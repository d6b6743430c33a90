package report

import "strings"

// State says in French what became of a validation, from the settlement's own
// name for it.
func State(state string) string {
	names := map[string]string{
		"recu": "Reçue", "provisoire": "À payer", "conflit": "En conflit", "rejete": "Rejetée",
		"annule": "Annulée", "regle": "Réglée", "late_conflict": "Conflit après règlement", "foreign": "À confirmer chez l’émetteur",
	}
	if name, ok := names[state]; ok {
		return name
	}
	return state
}

// Reason says in French why a validation is in its state.
func Reason(reason string) string {
	names := map[string]string{
		"contested": "Payée ici, mais le même pass a aussi été validé ailleurs", "twice": "Le pass a été validé ailleurs",
		"already_paid": "Le pass est déjà dans un bordereau réglé", "refused": "Refusée par une personne",
		"unknown_target": "Annulation d’une validation inconnue", "not_qualified": "Structure non habilitée pour ce service",
		"unknown_batch": "Lot inconnu", "too_late": "Utilisé après la tolérance", "lapsed": "Reçue après le dernier jour de présentation",
	}
	if name, ok := names[reason]; ok {
		return name
	}
	return reason
}

// Override says in French why a mediator accepted a pass in spite of a
// warning. Its words are joined as device/redeem writes them.
func Override(words string) string {
	var out []string
	for _, n := range []name{{"date_seen", "date lue sur le pass"}, {"handed_out", "carnet bien remis"}, {"paper_held", "papier gardé en main"}} {
		if strings.Contains(words, n.id) {
			out = append(out, n.label)
		}
	}
	return strings.Join(out, ", ")
}
