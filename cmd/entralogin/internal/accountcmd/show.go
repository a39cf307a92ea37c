package accountcmd

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// shownAccount is what account show tells. The names are part of the command's interface.
type shownAccount struct {
	accountRow
	Tenant  string `json:"tenantId"` // of the call
	Reason  string `json:"reason"`   // one of plugin.Why
	Because string `json:"because"`  // for a person
}

func show(f *cli.Factory, format cli.Format) error {
	shown, err := findAccount(f)
	if err != nil {
		return err
	}
	return f.Show(format, shown, func(out *bytes.Buffer) error {
		out.WriteString(text.Facts(shown.facts(f.Now()), f.Columns(format)))
		return nil
	})
}

// findAccount settles which account a call with these settings uses.
func findAccount(f *cli.Factory) (shownAccount, error) {
	target, err := cli.ResolveTyped(f, f.Call(config.HomeTenant()))
	if err != nil {
		return shownAccount{}, err
	}
	st, err := f.Store(target.Place)
	if err != nil {
		return shownAccount{}, err
	}
	st.Locate()
	r := target.Request
	if !r.Person() {
		return shownAccount{}, nobody(target)
	}
	session, err := st.Session(r.SessionID)
	if err != nil {
		return shownAccount{}, err
	}
	account, why, err := plugin.ExplainAccount(session, r.Account, r.Tenant)
	if errors.Is(err, plugin.ErrNobody) {
		return shownAccount{}, &cli.NobodyError{Request: r, Err: plugin.WithOthers(st, r.SessionID, err)}
	}
	if several := (*plugin.AccountsError)(nil); errors.As(err, &several) {
		several.Session = r.SessionID
	}
	if err != nil {
		return shownAccount{}, err
	}
	storage, err := st.InForce()
	if err != nil {
		return shownAccount{}, err
	}
	tokens, err := st.TokensOf(r.SessionID)
	row := personOf(r.SessionID, session, account, tokens).row(storage, f.Now())
	return shownAccount{row, r.Tenant, string(why), cli.DescribeWhy(why, target)}, err
}

// nobody says that nobody has signed in, or that nobody does.
func nobody(t config.Target) error {
	if t.Request.Person() {
		return &cli.NobodyError{Request: t.Request, Err: plugin.ErrNobody}
	}
	return &cli.Advised{Kind: failure.Config, What: fmt.Sprintf("a call with these settings has no account: it signs in as %s (--%s %s).",
		plugin.DescribeMachine(t.Request.Key), config.Login, t.Machine), Advice: []string{"What is stored of it: entralogin account list"}}
}

// facts are what a person reads.
func (s shownAccount) facts(now time.Time) facts {
	table := facts{}.with("Account", s.Account).with("Because", s.Because).with("Tenant of the call", text.Clean(s.Tenant)).
		with("Tenants", describeList(s.Tenants)).with("Client", s.Client).with("Cloud", s.Environment).with("Authority", s.Authority).
		with("Storage", s.Storage).with("Signed in", describeAge(s.SignedIn, now)).with("Session", describeKeeper(s.KeptBy))
	title := "Tokens"
	for _, t := range s.Tokens {
		table, title = table.with(title, t.describe(now)), ""
	}
	return table
}
