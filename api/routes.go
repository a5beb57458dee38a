package api

import (
	"net/http"
	"slices"

	"parley/store"
)

// Who may do what. Nobody has a right that is not listed here.
var (
	everyone = store.Roles
	readers  = []store.Role{
		store.RoleCoordinator, store.RoleLead, store.RoleManager, store.RoleClinician, store.RoleIntegrator, store.RoleAuditor,
	}
	deskAndFeeds = []store.Role{store.RoleCoordinator, store.RoleLead, store.RoleIntegrator}
	desk         = []store.Role{store.RoleCoordinator, store.RoleLead}
	hands        = []store.Role{store.RoleCoordinator, store.RoleLead, store.RoleClinician}
	taskReaders  = []store.Role{
		store.RoleCoordinator, store.RoleLead, store.RoleManager, store.RoleClinician, store.RoleAuditor,
	}
	assigners = []store.Role{store.RoleCoordinator, store.RoleLead, store.RoleManager, store.RoleClinician}
	remarkers = []store.Role{store.RoleCoordinator, store.RoleLead, store.RoleManager, store.RoleClinician}
	noters    = []store.Role{store.RoleCoordinator, store.RoleLead, store.RoleClinician, store.RoleIntegrator}
	reopeners = []store.Role{store.RoleLead, store.RoleManager}
	auditors  = []store.Role{store.RoleLead, store.RoleManager, store.RoleAuditor}
	listeners = []store.Role{store.RoleIntegrator, store.RoleManager, store.RoleAuditor, store.RoleAdministrator}
)

// Routes is the table of everything the API can do.
func Routes() []Route {
	return slices.Concat(caseRoutes(), messageRoutes(), taskRoutes(), feedRoutes())
}

func get(path, name, summary string, roles []store.Role) Route {
	return Route{Method: http.MethodGet, Path: path, Name: name, Summary: summary, Roles: roles}
}

func post(path, name, summary string, roles []store.Role) Route {
	return Route{Method: http.MethodPost, Path: path, Name: name, Summary: summary, Roles: roles}
}

// health marks a route whose answer shows health data.
func (r Route) health() Route {
	r.Health = true
	return r
}

func caseRoutes() []Route {
	begin := post("/prior-authorizations", "startPriorAuthorization",
		"Start a prior authorization, at its beginning or in the middle; the same order of the same source is the same case", deskAndFeeds)
	begin.Status = http.StatusCreated
	return []Route{
		on(begin, (*Server).startAuthorization),
		on(get("/cases", "listCases", "List cases, those that changed last first", readers).health(), (*Server).listCases),
		on(get("/cases/{case}", "showCase", "Show a case, by ID or number, with its stages, tasks and clocks", readers).health(), (*Server).showCase),
		on(get("/cases/{case}/timeline", "showTimeline", "What happened in a case, oldest first", readers).health(), (*Server).caseTimeline),
		on(get("/cases/{case}/exchanges", "showExchanges", "The questions to payers of a case, and what became of each send", readers).health(), (*Server).caseExchanges),
		on(get("/cases/{case}/deadlines", "showDeadlines", "The clocks of a case with their rules and sources", readers).health(), (*Server).caseDeadlines),
		on(get("/cases/{case}/audit", "showAudit", "The audit chain of a case", auditors).health(), (*Server).caseAudit),
	}
}

func messageRoutes() []Route {
	return []Route{
		on(post("/cases/{case}/answers", "recordAnswer", "Record what the payer told you by phone, portal, fax or letter", hands), (*Server).recordAnswer),
		on(post("/cases/{case}/corrections", "correctFacts", "Correct facts that were recorded wrongly; both are kept", deskAndFeeds), (*Server).correctFacts),
		on(post("/cases/{case}/service-done", "serviceDone", "Tell that the service was done", noters), (*Server).serviceDone),
		on(post("/cases/{case}/withdrawal", "withdrawCase", "Withdraw a case from wherever it stands", deskAndFeeds), (*Server).withdrawCase),
		on(post("/cases/{case}/hold", "holdCase", "Set a case aside; its clocks run on", desk), (*Server).holdCase),
		on(post("/cases/{case}/resumption", "resumeCase", "End the hold of a case", desk), (*Server).resumeCase),
		on(post("/cases/{case}/notes", "noteCase", "Write a note into a case's timeline", noters), (*Server).noteCase),
		on(post("/cases/{case}/reminders", "remindMe", "Ask to be reminded of a case: it becomes a task of one's own", hands), (*Server).remindMe),
		on(post("/cases/{case}/reopening", "reopenCase", "Reopen a closed case", reopeners), (*Server).reopenCase),
	}
}

func taskRoutes() []Route {
	return []Route{
		on(get("/tasks", "listTasks", "List open tasks in the order in which they should be worked", taskReaders).health(), (*Server).listTasks),
		on(get("/tasks/{task}", "showTask", "Show a task, open or done", taskReaders).health(), (*Server).showTask),
		on(get("/task-kinds", "listTaskKinds", "Every kind of task with the JSON schema of its result", everyone), (*Server).taskKinds),
		on(post("/tasks/{task}/take", "takeTask", "Take a task", hands), (*Server).takeTask),
		on(post("/tasks/{task}/release", "releaseTask", "Put a task back into its queue", hands), (*Server).releaseTask),
		on(post("/tasks/{task}/assign", "assignTask", "Give a task to someone", assigners), (*Server).assignTask),
		on(post("/tasks/{task}/hold", "holdTask", "Set a task aside until an instant; clocks run on", hands), (*Server).holdTask),
		on(post("/tasks/{task}/unhold", "unholdTask", "End the hold of a task", hands), (*Server).unholdTask),
		on(post("/tasks/{task}/return", "returnTask", "Hand a task back to whoever sent it, with a reason", hands), (*Server).returnTask),
		on(post("/tasks/{task}/comments", "commentTask", "Write beside a task", remarkers), (*Server).commentTask),
		on(post("/tasks/{task}/completion", "completeTask", "Complete a task; answered when its case has gone on", hands), (*Server).completeTask),
	}
}

func feedRoutes() []Route {
	return []Route{
		on(get("/events", "listEvents", "What happened after a cursor: IDs and codes only", listeners), (*Server).events),
		on(get("/payers", "listPayers", "The payers that cases can be opened for", everyone), (*Server).payers),
		on(get("/facilities", "listFacilities", "The facilities this key works for", everyone), (*Server).facilities),
	}
}
