package report

// State says in French what became of a validation.
func State(state string) string {
	names := map[string]string{
		"received": "Reçue", "provisional": "Provisoire", "conflict": "En conflit", "rejected": "Rejetée",
		"settled": "Réglée", "late_conflict": "Conflit tardif", "cancelled": "Annulée", "foreign": "À confirmer chez l’émetteur",
	}
	if name, ok := names[state]; ok {
		return name
	}
	return state
}
