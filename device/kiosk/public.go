package kiosk

// mountPublic registers the pages that anybody at the station may open.
func (s *Server) mountPublic() {
	s.Handle("GET "+assetRoot, s.assets.serve)
	s.Handle("GET /{$}", s.home)
	s.Handle("GET /etat", s.state)
	s.Handle("GET /dessin", s.painted)
	s.Handle("GET /", notFound)

	s.Handle("POST /session/debut", s.begin)
	s.Handle("POST /session/presence", s.touch)
	s.Handle("POST /session/prolonger", s.extend)
	s.Handle("POST /session/fin", s.end)
	s.Handle("GET "+lastPage, s.ended)
	s.Handle("GET /encore-la", s.stillThere)

	s.Handle("GET /lecons", s.during(s.lessons))
	s.Handle("GET /envies", s.during(s.interests))
	s.Handle("GET /demarches", s.during(s.duties))
	s.Handle("GET /lecon/{id}", s.during(s.overview))
	s.Handle("POST /lecon/{id}/commencer", s.during(s.startLesson))
	s.Handle("GET /lecon/{id}/etape/{n}", s.during(s.step))
	s.Handle("POST /lecon/{id}/terminer", s.during(s.finishLesson))
	s.Handle("GET /lecon/{id}/bravo", s.during(s.bravo))
	s.Handle("GET /lecon/{id}/fiche/{kind}", s.during(s.sheet))
	s.Handle("GET /lecon/{id}/video", s.during(s.video))
	s.Handle("GET /lecon/{id}/media/{name}", s.media)
	s.Handle("GET /lecon/{id}/audio/{name}", s.audio)
	s.Handle("GET /lecon/{id}/image/{name}", s.picture)
	s.Handle("POST /lecon/{id}/lecture", s.during(s.saveReading))
	s.Handle("GET /lecon/{id}/quiz/{n}", s.during(s.question))
	s.Handle("POST /lecon/{id}/quiz/{n}", s.during(s.answer))
	s.Handle("GET /lecon/{id}/jeu/{n}", s.during(s.round))
	s.Handle("POST /lecon/{id}/jeu/{n}", s.during(s.play))

	s.Handle("GET "+gymRoot, s.during(s.exercises))
	s.Handle("GET "+gymRoot+"/{id}", s.during(s.exercise))
	s.Handle("POST "+gymRoot+"/{id}", s.during(s.practise))
	s.Handle("GET "+gymRoot+"/{id}/bravo", s.during(s.wellDone))

	s.Handle("GET /reglages", s.showSettings)
	s.Handle("POST /reglages", s.saveSettings)
	s.Handle("POST /langue", s.saveLanguage)
	s.Handle("GET /aide", s.help)
	s.Handle("GET "+findRoot, s.find)
	s.Handle("GET /accessibilite", s.accessibility)
}
