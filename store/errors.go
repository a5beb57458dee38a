package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"parley/domain"
)

// clean takes out of an error what could be somebody's data: PostgreSQL quotes values in
// its message and its detail. The code, and the name of a broken constraint, remain. What
// may succeed when it is tried again is ErrUnavailable.
func clean(err error) error {
	var refused *pgconn.PgError
	var unreached *pgconn.ConnectError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		text := "database error " + refused.Code
		if refused.ConstraintName != "" {
			text += " on " + refused.ConstraintName
		}
		if passing(refused.Code) {
			return fmt.Errorf("%s: %w", text, domain.ErrUnavailable)
		}
		return errors.New(text)
	case errors.As(err, &unreached), pgconn.SafeToRetry(err):
		return fmt.Errorf("database not reached: %w", domain.ErrUnavailable)
	}
	return err
}

// passing codes: connection lost, transaction to be repeated, out of resources, shut
// down, lock not had in time.
func passing(code string) bool {
	for _, class := range []string{"08", "40", "53", "57P", "55P03", "25P03"} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}
