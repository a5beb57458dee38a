package faults

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"

	"parley/api"
	apiclient "parley/api/client"
	"parley/domain"
	"parley/internal/dev"
	"parley/keys"
	"parley/payer"
	"parley/store"
)

// facility is where all cases of a fault test are worked.
const facility = "north"

// tester is who makes what a fault test needs.
var tester = domain.Actor{Kind: domain.Person, ID: "operator:faults", Name: "faults"}

// Practice is a practice on a stack, and every way to look behind it.
type Practice struct {
	Stack    *dev.Stack
	Pool     *pgxpool.Pool
	Store    *store.Store
	Ring     *keys.Ring
	Temporal client.Client
	Cases    *api.Cases
	Clinic   *apiclient.Client // starts and completes, as an EHR and its people would
	Payers   Payers
}

// Open opens a practice on a stack that runs. Opened again, it is the same practice.
func Open(ctx context.Context, s *dev.Stack) (*Practice, error) {
	p := &Practice{Stack: s, Payers: Payers{URL: "http://" + s.Env.PayersimControl}}
	cfg, err := store.Config(s.Env.DatabaseURL)
	if err != nil {
		return nil, err
	}
	if p.Pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, fmt.Errorf("open the practice's database: %w", err)
	}
	p.Store = store.New(p.Pool)
	if p.Ring, err = keys.Load(s.Env.KeysFile); err != nil {
		return nil, err
	}
	if p.Temporal, err = p.Engine(s.Env.TemporalNamespace); err != nil {
		return nil, err
	}
	p.Cases = p.CasesOf(p.Temporal, domain.TaskQueue)
	if err := p.Store.SaveFacility(ctx, tester, store.Facility{ID: facility, Name: "North", Zone: "America/Denver"}); err != nil {
		return nil, err
	}
	roles := []store.Role{store.RoleCoordinator, store.RoleLead, store.RoleIntegrator, store.RoleAuditor}
	_, secret, err := p.Store.CreateAPIKey(ctx, tester, "faults", roles, []domain.FacilityID{facility}, nil)
	if err != nil {
		return nil, err
	}
	p.Clinic = &apiclient.Client{URL: s.Env.API, Key: secret, Patience: 2 * time.Minute, HTTP: &http.Client{Timeout: time.Minute}}
	return p, nil
}

// Engine is a client of a namespace of the stack's Temporal, with the stack's keys.
func (p *Practice) Engine(namespace string) (client.Client, error) {
	o := client.Options{HostPort: p.Stack.Env.TemporalAddress, Namespace: namespace, DataConverter: p.Ring.DataConverter()}
	o.FailureConverter = keys.FailureConverter(o.DataConverter)
	o.Logger = silent{}
	c, err := client.NewLazyClient(o)
	if err != nil {
		return nil, fmt.Errorf("temporal client of %s: %w", namespace, err)
	}
	return c, nil
}

// CasesOf reaches the cases of a client that workers of a queue run.
func (p *Practice) CasesOf(c client.Client, queue string) *api.Cases {
	return &api.Cases{Client: c, Store: p.Store, Keys: p.Ring, Queue: queue, Log: slog.New(slog.DiscardHandler)}
}

// Close lets go of the practice; the stack stays as it is.
func (p *Practice) Close() {
	p.Cases.Wait()
	p.Temporal.Close()
	p.Pool.Close()
}

// Keeper is a keeper of the practice whose rounds are made by whoever asks for them.
func (p *Practice) Keeper(cases *api.Cases) *api.Keeper {
	server := api.New(p.Store, cases, nil, cases.Log, nil)
	return server.Keeper(nil)
}

// Impatient writes profiles for [dev.Options.Payers]: the shipped Larkfield, which asks
// about an unknown send after a minute, the least a profile may say.
func Impatient(folder string) error {
	text, err := fs.ReadFile(payer.Shipped(), "larkfield.yaml")
	if err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	quick := strings.NewReplacer(
		"unknownWaits: [5m, 1h, 24h]", "unknownWaits: [1m, 1m, 1m]",
		"timeout: 45s", "timeout: 10s",
	).Replace(string(text))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return os.WriteFile(filepath.Join(folder, "larkfield.yaml"), []byte(quick), 0o600)
}

// Order is a knee replacement that Larkfield approves at once, the nth of a source. A
// member whose ID ends as the simulated payers' script says is treated as it says.
func Order(source string, n int, member string) domain.Order {
	surgeon := domain.Provider{NPI: "1234567893", Last: "Ortiz", First: "Ana", Phone: "5055550101"}
	return domain.Order{
		Source: source, SourceID: fmt.Sprint(n), Facility: facility,
		Patient: domain.Patient{First: "Ruth", Last: "Hale", BirthDate: "1954-02-11", Sex: "F"},
		Coverage: domain.Coverage{
			Payer: "larkfield", MemberID: member, Product: domain.MedicareAdvantage, Funding: domain.Government, State: "NM", Relationship: "self",
		},
		Requesting: surgeon, Servicing: surgeon,
		Where:     domain.Provider{NPI: "1245319599", Last: "North Mesa Hospital", Phone: "5055550102"},
		Services:  []domain.OrderService{{Code: "27447", Words: "Knee replacement", Units: 1}},
		Diagnoses: []string{"M17.11"}, Place: "21", Planned: domain.DateOf(time.Now().AddDate(0, 1, 0), time.UTC), Urgency: domain.Standard,
	}
}

// Start starts an order by REST under a key; the same key again is the same request.
func (p *Practice) Start(ctx context.Context, key string, o domain.Order) (api.Started, int, error) {
	var started api.Started
	status, err := p.Clinic.Post(ctx, "/prior-authorizations", key, o, &started)
	return started, status, err
}

// silent keeps the engine's client from talking into a test's output.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
