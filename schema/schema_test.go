package schema_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"parley/internal/testpg"
	"parley/schema"
)

// shape is everything of a database that a schema says, a line each. Positions of columns
// are left out: a column added by a later migration stands last in one and where it
// belongs in the other.
const shape = `
	select 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
		|| case when a.attnotnull then ' not null' else '' end
		|| case when a.attidentity <> '' then ' identity ' || a.attidentity::text else '' end
		|| case when a.attgenerated <> '' then ' generated' else '' end
		|| coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
	from pg_attribute a join pg_class c on c.oid = a.attrelid
	left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
	where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
	union all
	select 'constraint ' || c.relname || ' ' || n.conname || ' ' || pg_get_constraintdef(n.oid)
	from pg_constraint n join pg_class c on c.oid = n.conrelid where n.connamespace = 'public'::regnamespace
	union all
	select 'index ' || indexdef from pg_indexes where schemaname = 'public'
	union all
	select 'trigger ' || c.relname || ' ' || pg_get_triggerdef(t.oid)
	from pg_trigger t join pg_class c on c.oid = t.tgrelid where not t.tgisinternal
	union all
	select 'function ' || pg_get_functiondef(p.oid) from pg_proc p where p.pronamespace = 'public'::regnamespace
	union all
	select 'sequence ' || sequencename || ' ' || data_type || ' ' || start_value || ' ' || increment_by from pg_sequences where schemaname = 'public'
	union all
	select 'grant ' || c.relname || ' ' || g.privilege_type || ' to ' || g.grantee::regrole
	from pg_class c cross join lateral aclexplode(c.relacl) g
	where c.relnamespace = 'public'::regnamespace and g.grantee <> c.relowner
	order by 1`

func open(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func shapeOf(t *testing.T, pool *pgxpool.Pool) (lines []string) {
	t.Helper()
	rows, err := pool.Query(t.Context(), shape)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	for _, line := range all {
		if !strings.Contains(line, "goose_db_version") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestMigrations_add_up_to_the_readable_schema(t *testing.T) {
	t.Parallel()
	migrated := testpg.New(t)
	written := open(t, testpg.Empty(t))
	_, err := written.Exec(t.Context(), schema.SQL)
	require.NoError(t, err)
	want, got := shapeOf(t, migrated), shapeOf(t, written)
	require.NotEmpty(t, want)
	require.Empty(t, cmp.Diff(want, got), "migrations (-) and schema.sql (+) differ")
}

func TestMigrate_twice_and_by_several_at_once_ends_the_same(t *testing.T) {
	t.Parallel()
	url := testpg.Empty(t)
	var all sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		all.Go(func() { errs[i] = schema.Migrate(t.Context(), url) })
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	before := shapeOf(t, open(t, url))
	require.NoError(t, schema.Migrate(t.Context(), url))
	require.Equal(t, before, shapeOf(t, open(t, url)))
	at, want, err := schema.Level(t.Context(), url)
	require.NoError(t, err)
	require.Equal(t, want, at)
}

func TestServingRole_cannot_change_what_must_stay_as_written(t *testing.T) {
	t.Parallel()
	pool := testpg.New(t)
	for _, query := range []string{
		`update audit_row set why = ''`,
		`delete from audit_row`,
		`truncate audit_row`,
		`drop trigger audit_append_only on audit_row`,
		`alter table audit_row disable trigger all`,
		`delete from step`,
		`delete from case_file`,
		`delete from task`,
		`delete from timeline_entry`,
		`delete from submission`,
		`update submission set bytes = ''`,
		`update submission set control = '1'`,
		`update submission_state set state = ''`,
		`delete from inbound`,
		`update inbound set bytes = ''`,
		`update event set data = '{}'`,
		`update task_comment set words = ''`,
		`update step set now_words = ''`,
		`update step set tasks = '{}'`,
		`update timeline_entry set words = ''`,
		`update task_completion set result = '{}'`,
		`update payer_profile set body = ''`,
		`update api_key set hash = ''`,
		`create table mine (id int)`,
		`set session_replication_role = replica`,
	} {
		err := as(t.Context(), pool, query)
		require.ErrorContains(t, err, "42501", "not refused: %s", query)
	}
	require.NoError(t, as(t.Context(), pool, `update step set struck_at = now()`))
	require.NoError(t, as(t.Context(), pool, `update submission set state = 'unknown'`))
}

// as runs a query in the serving role.
func as(ctx context.Context, pool *pgxpool.Pool, query string) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `set local role parley_app`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, query)
		return err
	})
}

func TestAuditRows_cannot_be_changed_even_by_the_owner(t *testing.T) {
	t.Parallel()
	pool := testpg.New(t)
	for _, query := range []string{`update audit_row set why = ''`, `delete from audit_row`, `truncate audit_row`} {
		_, err := pool.Exec(t.Context(), query)
		require.ErrorContains(t, err, "append-only", query)
	}
}
