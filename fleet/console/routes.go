package console

import (
	"net/http"

	"github.com/mallette-kit/mallette/fleet/console/people"
)

// Route is one thing that can be asked of the console, and who may.
type Route struct {
	Pattern string // of http.ServeMux
	Roles   []people.Role
}

type route struct {
	Route
	open   bool // no session needed
	always bool // allowed before the one-time password is changed
	do     func(http.ResponseWriter, *visit) error
}

func (c *console) routes() []route {
	all := people.Roles()
	admin := []people.Role{people.Admin}
	tech := []people.Role{people.Technician, people.Admin}
	field := []people.Role{people.Mediator, people.Coordinator, people.Technician, people.Admin}
	near := []people.Role{people.Mediator, people.Technician, people.Admin}
	money := []people.Role{people.Mediator, people.Coordinator, people.Funder, people.Admin}
	pay := []people.Role{people.Mediator, people.Admin}
	is := func(pattern string, roles []people.Role, do func(http.ResponseWriter, *visit) error) route {
		return route{Route: Route{pattern, roles}, do: do}
	}
	signed := func(r route) route { r.always = true; return r }
	return []route{
		{Route: Route{Pattern: "GET /connexion"}, open: true, do: c.signInPage},
		{Route: Route{Pattern: "POST /connexion"}, open: true, do: c.signIn},
		signed(is("POST /deconnexion", all, c.signOut)),
		signed(is("GET /compte", all, c.accountPage)),
		signed(is("POST /compte", all, c.changePassword)),

		is("GET /{$}", all, c.overview),
		is("GET /postes", field, c.stationsPage),
		is("GET /postes/{station}", field, c.stationPage),
		is("POST /postes/{station}", tech, c.editStation),
		is("POST /postes/ordre", near, c.orderMany),
		is("GET /ordres", near, c.ordersPage),
		is("GET /ordres/{job}", near, c.ordersPage),
		is("GET /postes/{station}/journaux/{name}", tech, c.journalPage),
		is("GET /postes/{station}/journaux/{name}/fichier", tech, c.journalFile),
		is("GET /postes/{station}/perdu", near, c.lostPage),
		is("POST /postes/{station}/perdu", near, c.declareLost),

		is("GET /versions", tech, c.versionsPage),
		is("GET /versions/{release}", tech, c.versionPage),
		is("GET /versions/{release}/sbom/{arch}", tech, c.sbom),
		is("GET /versions/{release}/deployer", tech, c.planPage),
		is("POST /versions/{release}/deployer", tech, c.startRollout),
		is("GET /deploiements", tech, c.rolloutsPage),
		is("GET /deploiements/{id}", tech, c.rolloutPage),
		is("POST /deploiements/{id}", tech, c.changeRollout),

		is("GET /territoire", field, c.territoryPage),
		is("GET /territoire/structures/{id}", admin, c.structurePage),
		is("POST /territoire/structures", admin, c.saveStructure),
		is("GET /territoire/lieux/{id}", tech, c.placePage),
		is("POST /territoire/lieux", tech, c.savePlace),
		is("GET /territoire/mallettes/{id}", tech, c.kitPage),
		is("POST /territoire/mallettes", tech, c.saveKit),

		is("GET /lots", admin, c.batchesPage),
		is("POST /lots", admin, c.createBatch),
		is("POST /lots/emetteurs", admin, c.addIssuer),
		is("POST /lots/publier", admin, c.publish),
		is("GET /lots/{issuer}/{batch}", admin, c.batchPage),
		is("GET /lots/{issuer}/{batch}/pdf", admin, c.printPDF),
		is("GET /lots/{issuer}/{batch}/page", admin, c.printHTML),
		is("POST /lots/{issuer}/{batch}/carnets", admin, c.changeCarnet),
		is("GET /lots/{issuer}/{batch}/revoquer", admin, c.revokePage),
		is("POST /lots/{issuer}/{batch}/revoquer", admin, c.revokeBatch),

		is("GET /validations", pay, c.linesPage),
		is("POST /validations/decision", admin, c.decide),
		is("GET /validations/autres", pay, c.foreignCSV),
		is("GET /bordereaux", pay, c.statementsPage),
		is("POST /bordereaux", admin, c.closeMonth),
		is("GET /bordereaux/{number}", pay, c.statementPage),
		is("GET /bordereaux/{number}/csv", pay, c.statementCSV),

		is("GET /alarmes", tech, c.alarmsPage),
		is("POST /alarmes", tech, c.dismissAlarm),

		is("GET /cartes", admin, c.cardsPage),
		is("POST /cartes", admin, c.issueCard),
		is("POST /cartes/code", admin, c.setPIN),
		is("GET /cartes/{card}", admin, c.cardPage),
		is("GET /cartes/{card}/pdf", admin, c.cardPDF),
		is("POST /cartes/{card}/revoquer", admin, c.revokeCard),

		is("GET /usages", all, c.usagePage),
		is("GET /usages/{table}", all, c.usageCSV),
		is("GET /bilan", money, c.passesPage),
		is("GET /bilan/{table}", money, c.passesCSV),

		is("GET /enrolement", tech, c.tokensPage),
		is("POST /enrolement", tech, c.issueToken),
		is("POST /enrolement/annuler", tech, c.revokeToken),
		is("POST /enrolement/code", tech, c.approveCode),

		is("GET /personnes", admin, c.peoplePage),
		is("POST /personnes", admin, c.invite),
		is("GET /personnes/{login}", admin, c.personPage),
		is("POST /personnes/{login}", admin, c.savePerson),
		is("POST /personnes/{login}/mot-de-passe", admin, c.renewPassword),
		is("GET /journal", admin, c.auditPage),
	}
}
