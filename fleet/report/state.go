package report

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
		"unknown_batch": "Lot inconnu", "revoked": "Pass révoqué", "expired": "Hors délai", "lost": "Poste déclaré perdu",
	}
	if name, ok := names[reason]; ok {
		return name
	}
	return reason
}
