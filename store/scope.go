package store

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// Role is what someone may do. Who may call what stands in the API's route table; here a
// role decides only whose work someone may touch.
type Role string

const (
	RoleCoordinator   Role = "coordinator"
	RoleLead          Role = "lead"
	RoleManager       Role = "manager"
	RoleClinician     Role = "clinician"
	RoleCredentialing Role = "credentialing"
	RoleIntegrator    Role = "integrator"
	RoleAuditor       Role = "auditor"
	RoleAdministrator Role = "administrator" // sees no health data
)

// Roles lists every role.
var Roles = []Role{
	RoleCoordinator, RoleLead, RoleManager, RoleClinician, RoleCredentialing, RoleIntegrator, RoleAuditor, RoleAdministrator,
}

// Scope is who asks and what they may see. Every query takes one; what lies outside does
// not exist for it. The zero Scope sees nothing.
type Scope struct {
	Subject    domain.Actor
	Roles      []Role
	All        bool // every facility
	Facilities []domain.FacilityID
}

// Has reports whether the subject has one of some roles.
func (s Scope) Has(any ...Role) bool {
	return slices.ContainsFunc(any, func(r Role) bool { return slices.Contains(s.Roles, r) })
}

// Sees reports whether a facility is in scope.
func (s Scope) Sees(f domain.FacilityID) bool { return s.All || slices.Contains(s.Facilities, f) }

// where is a condition on a facility column. One facility is an equality, so that an index
// that begins with it keeps its order.
func (s Scope) where(column string, args pgx.NamedArgs) string {
	switch {
	case s.All:
		return "true"
	case len(s.Facilities) == 1:
		args["scope"] = s.Facilities[0]
		return column + " = @scope"
	}
	args["scope"] = append([]domain.FacilityID{}, s.Facilities...) // null would be no array
	return column + " = any(@scope)"
}

// narrowed is the scope cut down to one facility, if one is asked for.
func (s Scope) narrowed(f domain.FacilityID) Scope {
	switch {
	case f == "":
		return s
	case s.Sees(f):
		s.All, s.Facilities = false, []domain.FacilityID{f}
	default:
		s.All, s.Facilities = false, nil
	}
	return s
}
