package store

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/internal/testpg"
)

// house is a database of the test's own: the store in the serving role, and the owner,
// who may plant what no program of ours would write.
type house struct {
	*Store
	owner *pgxpool.Pool
	t     testing.TB
}

func newHouse(t testing.TB) house {
	t.Helper()
	owner := testpg.New(t)
	cfg, err := Config(testpg.URL(owner))
	require.NoError(t, err)
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return house{New(pool), owner, t}
}

// sql is for what the owner does.
func (h house) sql(query string, args ...any) {
	h.t.Helper()
	_, err := h.owner.Exec(h.t.Context(), query, args...)
	require.NoError(h.t, err)
}

// behindTheTrigger is for what only someone with the whole server in hand can do.
func (h house) behindTheTrigger(query string, args ...any) {
	h.t.Helper()
	tx, err := h.owner.Begin(h.t.Context())
	require.NoError(h.t, err)
	_, err = tx.Exec(h.t.Context(), `set local session_replication_role = replica`)
	require.NoError(h.t, err)
	tag, err := tx.Exec(h.t.Context(), query, args...)
	require.NoError(h.t, err)
	require.NotZero(h.t, tag.RowsAffected(), "it changed nothing")
	require.NoError(h.t, tx.Commit(h.t.Context()))
}

var (
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	dana  = domain.Actor{Kind: domain.Person, ID: "u-dana", Name: "Dana"}
	eli   = domain.Actor{Kind: domain.Person, ID: "u-eli", Name: "Eli"}
	lena  = domain.Actor{Kind: domain.Person, ID: "u-lena", Name: "Lena"}
	all   = Scope{Subject: dana, Roles: []Role{RoleCoordinator}, All: true}
	north = Scope{Subject: dana, Roles: []Role{RoleCoordinator}, Facilities: []domain.FacilityID{"north"}}
	south = Scope{Subject: eli, Roles: []Role{RoleCoordinator}, Facilities: []domain.FacilityID{"south"}}
	lead  = Scope{Subject: lena, Roles: []Role{RoleLead}, All: true}
)

// caseNo is the nth case of a test.
func caseNo(n int) domain.CaseID {
	return domain.CaseID(fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
}

// plantCase is a case at step 1, audited as a recorded step is, with an armed deadline.
func (h house) plantCase(n int, facility domain.FacilityID) domain.CaseID {
	h.t.Helper()
	id := caseNo(n)
	h.sql(`
		insert into case_file (id, kind, facility, payer, step, fence, stage, status, waiting_on, now_words, title, patient, member, planned,
			source, source_id, changed_at)
		values ($1, 'prior-authorization', $2, 'larkfield', 1, 10, 'ask payer', 'open', '{payer}', 'waiting', 'Knee replacement',
			'{"firstName": "Rosa", "lastName": "Featherstone", "birthDate": "1961-04-02", "sex": "F"}', 'M1', '2026-04-01',
			'ehr', $3, $4)`, id, facility, fmt.Sprint(n), noon.Add(time.Duration(n)*time.Minute))
	h.sql(`
		insert into deadline (case_id, name, rule, due_at, zone, set_step)
		values ($1, 'Larkfield answers', '7 days', now() + interval '7 days', 'UTC', 1)`, id)
	h.plantStep(id, 1, 10)
	return id
}

func (h house) plantStep(id domain.CaseID, no int, fence domain.Fence, causes ...domain.MessageID) {
	h.t.Helper()
	if causes == nil {
		causes = []domain.MessageID{}
	}
	h.sql(`
		insert into step (case_id, no, fence, run_id, stage, status, now_words, causes, digest, at)
		values ($1, $2, $3, 'r', 'ask payer', 'open', 'waiting', $4, 'd', $5)`, id, no, fence, causes, noon)
	h.sql(`update case_file set step = $2, fence = $3 where id = $1`, id, no, fence)
	h.audit(id, auditEntry{What: "recorded", Step: no, Fence: fence, By: domain.ByCase, After: "open"})
}

func (h house) audit(id domain.CaseID, entries ...auditEntry) {
	h.t.Helper()
	require.NoError(h.t, h.tryAudit(id, entries...))
}

func (h house) tryAudit(id domain.CaseID, entries ...auditEntry) error {
	return pgx.BeginFunc(h.t.Context(), h.pool, func(tx pgx.Tx) error {
		return auditCase(h.t.Context(), tx, id, noon, entries...)
	})
}

// plantTask is an open task that the case's last step waits for.
func (h house) plantTask(c domain.CaseID, n int, queue domain.Queue, priority domain.Priority, due time.Time) domain.TaskID {
	h.t.Helper()
	id := domain.NewTaskID(c, 1, "send documents", n)
	h.sql(`
		insert into task (id, case_id, kind, title, instructions, queue, party, priority, due_at, due, facility, opened_step, opened_at)
		select $1, id, 'send documents', 'Send notes', 'Send them', $3, 'coordinator', $4, $5::timestamptz,
			jsonb_build_object('name', 'notes', 'due', $5::timestamptz), facility, 1, $6
		from case_file where id = $2`, id, c, queue, priority, due, noon)
	h.sql(`update step set tasks = tasks || $2::text where case_id = $1`, c, id)
	return id
}

func (h house) plantExchange(c domain.CaseID, n int) domain.ExchangeID {
	h.t.Helper()
	id := c.Exchange(n)
	h.sql(`insert into exchange (id, case_id, payer, kind, trace, asked_at) values ($1, $2, 'larkfield', 'authorization', $1, $3)`,
		id, c, noon.Add(time.Duration(n)*time.Minute))
	return id
}

// plantSend is a send in a state, told of as the ledger does.
func (h house) plantSend(x domain.ExchangeID, n int, state domain.SubmissionState, bytes string) domain.SubmissionID {
	h.t.Helper()
	id := x.Submission(n)
	sum := sha256.Sum256([]byte(bytes))
	h.sql(`
		insert into submission (id, exchange_id, case_id, payer, kind, state, sender, receiver, control, group_control, set_control,
			trace, bytes, bytes_sha256, sends, prepared_at)
		values ($1, $2, $3, 'larkfield', 'authorization', $4, 'us', 'them', $1, '1', '0001', 'T1', $5, $6, 1, $7)`,
		id, x, x.Case(), state, []byte(bytes), sum[:], noon.Add(time.Duration(n)*time.Minute))
	for _, s := range []domain.SubmissionState{domain.Prepared, state} {
		h.sql(`insert into submission_state (submission_id, state, at) values ($1, $2, $3)`, id, s, noon)
	}
	return id
}
