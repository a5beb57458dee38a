package activities

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"

	"parley/domain"
	"parley/payer"
	"parley/store"
)

// Cases reaches cases through the engine.
type Cases interface {
	// Open starts a case or finds it open. One that is closed already is [domain.ErrConflict].
	Open(ctx context.Context, id domain.CaseID, kind domain.CaseKind, start any) (domain.CaseView, error)
	// Hear gives a case a payer's answer; the same answer ID is heard once. A case that is
	// over is [domain.ErrConflict], one that never was [domain.ErrNotFound].
	Hear(ctx context.Context, id domain.CaseID, a domain.Answer) error
	// Tell gives a case a fact, as Hear gives an answer.
	Tell(ctx context.Context, id domain.CaseID, t domain.Tell) error
}

// Desk is where trouble goes that is nobody's case alone.
type Desk struct {
	Facility domain.FacilityID
	Zone     string // IANA
}

// Deps is what activities work with.
type Deps struct {
	Store *store.Store
	Book  func() *payer.Book // the current one
	Wire  payer.Connector
	Cases Cases
	Log   *slog.Logger
	Desk  Desk
	// OutageAfter is how long a payer may be out of reach before people hear of it; 10 minutes.
	OutageAfter time.Duration
	// ProofPatience is how long a resend waits for its proof: the step that records what a
	// person found out may be written at the same time; 10 seconds.
	ProofPatience time.Duration
	Now           func() time.Time
	// Crashpoint is called at each of CrashPoints; nil outside fault tests.
	Crashpoint func(point string)
}

// CrashPoints are the places around a submission where a fault test may end the process.
var CrashPoints = []string{beforeLedgerRow, afterSending, afterFirstByte, afterLastByte, afterAnswer, afterCommit}

const (
	beforeLedgerRow = "before-ledger-row"
	afterSending    = "after-sending"
	afterFirstByte  = "after-first-byte" // by the connector
	afterLastByte   = "after-last-byte"  // by the connector
	afterAnswer     = "after-answer"     // and before anything of it is kept
	afterCommit     = "after-commit"     // and before the activity returns
)

// Activities do what cases ask for.
type Activities struct {
	Deps
	ledger store.Ledger
}

// New are the activities over what they need.
func New(d Deps) *Activities {
	if d.OutageAfter == 0 {
		d.OutageAfter = 10 * time.Minute
	}
	if d.ProofPatience == 0 {
		d.ProofPatience = 10 * time.Second
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Activities{Deps: d, ledger: d.Store.Ledger()}
}

// LoadBook reads the profiles of the folders, keeps each as a version in the database,
// and returns them with their versions. Unchanged files keep theirs. It waits for a
// database that is away: a worker that ended instead would be started again later and
// later, and cases would wait for it after the database's return.
func LoadBook(ctx context.Context, s *store.Store, folders ...fs.FS) (*payer.Book, error) {
	book, err := payer.Load(folders...)
	if err != nil {
		return nil, err
	}
	for {
		numbered, err := book.Numbered(func(p *payer.Profile) (int, error) { return s.KeepProfile(ctx, p.Slug, p.SHA256, p.Body) })
		if !errors.Is(err, domain.ErrUnavailable) {
			return numbered, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(time.Second):
		}
	}
}

// CheckNeed asks the payer's current profile whether an order needs authorization. It
// changes nothing: run twice, it answers by whatever profile is current then. An order for
// a payer that has no profile is for a person to decide.
func (a *Activities) CheckNeed(_ context.Context, q domain.NeedQuestion) (domain.Need, error) {
	need, err := a.Book().Need(q)
	if errors.Is(err, domain.ErrNotFound) {
		slug := q.Order.Coverage.Payer
		return domain.Need{
			Needed: domain.NeededUnknown, Rule: "There is no profile of this payer",
			Terms: domain.Terms{
				Payer: slug, Name: string(slug), PendDays: 14, StatusByHand: true,
				ByHand: []domain.Channel{domain.ByPhone, domain.ByPortal, domain.ByFax},
			},
		}, nil
	}
	return need, err
}

// OpenCase opens a case for another. Asked twice, the second finds it there, open or over.
func (a *Activities) OpenCase(ctx context.Context, c domain.ChildCase) (domain.CaseView, error) {
	view, err := a.Cases.Open(ctx, c.ID, c.Kind, c.Start)
	if errors.Is(err, domain.ErrConflict) {
		return domain.CaseView{CaseID: c.ID, Status: domain.Closed}, nil
	}
	return view, err
}

// profile is a payer's at the version a case works by. The book has the current one,
// the database the earlier ones; where neither can be used, because the version is of
// another release, the current one serves.
func (a *Activities) profile(ctx context.Context, slug domain.PayerID, version int) (*payer.Profile, error) {
	book := a.Book()
	p, err := book.Profile(slug, version)
	if err == nil {
		return p, nil
	}
	body, err := a.Store.ProfileBody(ctx, slug, version)
	if err == nil {
		if p, err = payer.Parse(string(slug)+".yaml", body); err == nil {
			return p.KnownVersion(version), nil
		}
		a.Log.Warn("payer.profile_unreadable", "payer", slug, "version", version)
	} else if !errors.Is(err, domain.ErrNotFound) {
		return nil, err
	}
	return book.Profile(slug, 0)
}

// beating tells Temporal that an activity lives, until the returned function is called:
// also after it was cancelled, since bytes that may have left are heard out.
func beating(ctx context.Context) (stop func()) {
	if !activity.IsActivity(ctx) {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(3 * time.Second)
		defer tick.Stop()
		for {
			activity.RecordHeartbeat(ctx)
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

// lasting does what must be kept although the database may be away for a moment: bytes
// have left, and what came back exists nowhere else. It tries for a minute, whatever
// becomes of the activity, and less than its timeout.
func (a *Activities) lasting(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := do(ctx)
		if err == nil || !errors.Is(err, domain.ErrUnavailable) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func (a *Activities) crash(point string) {
	if a.Crashpoint != nil {
		a.Crashpoint(point)
	}
}

// messageID names a message by what it is about: the same again has the same name.
func messageID(parts ...string) domain.MessageID {
	var about []byte
	for _, part := range parts {
		about = fmt.Appendf(about, "%d:%s", len(part), part)
	}
	return domain.MessageID(uuid.NewHash(sha256.New(), uuid.NameSpaceOID, about, 8).String())
}
