package api

import (
	"errors"
	"slices"

	"github.com/labstack/echo/v4"

	"parley/domain"
	"parley/store"
)

// DemoMaker is who makes the keys of the demonstration. Their secrets lie in a folder for
// anyone to read, so they open nothing on an address that another machine can reach.
const DemoMaker = "demonstration"

// authenticate finds whose key a request carries. Why a key is not valid is not told.
func (s *Server) authenticate(c echo.Context) (store.Scope, error) {
	secret := bearer(c.Request())
	if secret == "" {
		return store.Scope{}, refuse(kindNoKey, "Send Authorization: Bearer pk_…")
	}
	key, err := s.Store.FindAPIKey(c.Request().Context(), secret)
	if errors.Is(err, domain.ErrNotFound) || err == nil && key.CreatedBy == DemoMaker && !loopback(c.Request()) {
		return store.Scope{}, refuse(kindNoKey, "This key is not valid here.")
	}
	if err != nil {
		return store.Scope{}, err
	}
	who := key.Scope()
	// A key that does nothing but feed and watch cases is a program's; any other is in the
	// hands of a person, who is named in the case's history as one.
	if slices.ContainsFunc(key.Roles, func(r store.Role) bool { return r != store.RoleIntegrator }) {
		who.Subject.Kind = domain.Person
	}
	return who, nil
}
