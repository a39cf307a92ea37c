package accountcmd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/text"
)

// person is an account with its session, and the stored tokens that are the account's; or a machine, which has tokens
// alone.
type person struct {
	id      cache.SessionID
	session cache.Session
	account cache.Account
	machine string // its name, or ""
	azure   bool   // az login was given it
	tokens  []cache.Stored
}

// signedIn lists all accounts, by authority, client and name. A session that can't be read is told on standard error.
func signedIn(f *cli.Factory, st *cache.Store) ([]person, error) {
	ids, err := st.SessionIDs()
	if err != nil {
		return nil, err
	}
	var all []person
	for _, id := range ids {
		session, err := st.Session(id)
		if cli.NeedsAgent(err) {
			return nil, err
		}
		if err != nil {
			f.Err.Say("the session of the %s can't be read: %v", cli.DescribeSession(id), err)
		}
		accounts, err := session.Accounts()
		if err != nil {
			return nil, err
		}
		tokens, err := st.TokensOf(id)
		if err != nil {
			return nil, err
		}
		for _, account := range accounts {
			all = append(all, personOf(id, session, account, tokens))
		}
	}
	machines, err := machines(st)
	if err != nil {
		return nil, err
	}
	all = append(all, machines...)
	slices.SortStableFunc(all, func(x, y person) int {
		return cmp.Or(cmp.Compare(x.id.Authority, y.id.Authority), cmp.Compare(x.id.Client, y.id.Client), cmp.Compare(x.name(), y.name()))
	})
	return all, nil
}

// machines lists what has signed in without a person, each with its tokens.
func machines(st *cache.Store) ([]person, error) {
	tokens, err := cache.MachineTokens(st)
	if err != nil {
		return nil, err
	}
	var all []person
	for _, t := range tokens {
		same := func(p person) bool { return p.machine == plugin.MachineName(t.Key) && p.id == t.Key.SessionID }
		i := slices.IndexFunc(all, same)
		if i < 0 {
			i, all = len(all), append(all, person{id: t.Key.SessionID, machine: plugin.MachineName(t.Key)})
		}
		p := &all[i]
		p.tokens = append(p.tokens, t)
		if !slices.Contains(p.account.Tenants, t.Key.Tenant) {
			p.account.Tenants = append(p.account.Tenants, t.Key.Tenant)
		}
	}
	return withAzureLogins(st, all)
}

// withAzureLogins marks the machines that az login was given, and lists those that have no token, too: what they sign in
// with is stored.
func withAzureLogins(st *cache.Store, all []person) ([]person, error) {
	p, err := cache.ReadAzureProfile(st)
	if err != nil {
		return nil, err
	}
	for _, l := range p.Logins {
		name, id := plugin.MachineName(l.Key()), l.Key().SessionID
		i := slices.IndexFunc(all, func(p person) bool { return p.machine == name && p.id == id })
		if i < 0 {
			i, all = len(all), append(all, person{id: id, machine: name, account: cache.Account{Tenants: []string{l.Tenant}}})
		}
		all[i].azure = true
	}
	return all, nil
}

// label is the name of a machine, and who was given what it signs in with.
func (p person) label() string {
	if p.azure {
		return p.machine + ", az login"
	}
	return p.machine
}

// name is what the account is listed as.
func (p person) name() string { return cmp.Or(p.account.Username, p.account.HomeID, p.machine) }

// personOf picks the tokens of an account among those of its session.
func personOf(id cache.SessionID, session cache.Session, account cache.Account, tokens []cache.Stored) person {
	p := person{id: id, session: session, account: account}
	for _, t := range tokens {
		if account.Is(t.Token.Account) {
			p.tokens = append(p.tokens, t)
		}
	}
	return p
}

// accountRow is an account as a person and a program get it. The names are part of the command's interface.
type accountRow struct {
	Account     string     `json:"account"` // or what signed in that is no person: "managed identity (system)"
	HomeID      string     `json:"homeAccountId,omitempty"`
	Chosen      bool       `json:"chosen"`
	ChosenFor   []string   `json:"chosenForTenants,omitempty"`
	Tenants     []string   `json:"tenantIds"`
	Client      string     `json:"clientId"`
	Environment string     `json:"environment,omitempty"` // of Microsoft's clouds
	Authority   string     `json:"authority"`
	Storage     string     `json:"storage"`
	SignedIn    time.Time  `json:"signedIn,omitzero"`
	KeptBy      string     `json:"keptBy,omitempty"` // who has the session in our place: "broker"
	Tokens      []tokenRow `json:"tokens"`
}

type tokenRow struct {
	Kind    string    `json:"kind"`
	Tenant  string    `json:"tenantId"`
	Scopes  []string  `json:"scopes,omitempty"`
	Expires time.Time `json:"expires"`
	Expired bool      `json:"expired"`
}

// row cleans everything: it came from a service.
func (p person) row(storage cache.Storage, now time.Time) accountRow {
	general, _ := p.session.Chosen("")
	row := accountRow{Account: short(cmp.Or(p.account.Username, p.label())), HomeID: short(p.account.HomeID), Chosen: general == p.account.HomeID && p.machine == "",
		Tenants: text.ShortAll(p.account.Tenants, 200), Client: short(p.id.Client), Authority: short(p.id.Authority), Storage: string(storage),
		SignedIn: p.session.SignedIn(p.account.HomeID), KeptBy: short(p.session.Holder(p.account.HomeID)), Tokens: []tokenRow{}}
	for _, tenant := range p.session.ChosenTenants() {
		if chosen, _ := p.session.Chosen(tenant); chosen == p.account.HomeID {
			row.ChosenFor = append(row.ChosenFor, short(tenant))
		}
	}
	for _, cloud := range authority.Clouds() {
		if cloud.Host == p.id.Authority {
			row.Environment = cloud.Environment
		}
	}
	for _, t := range p.distinctTokens() {
		row.Tokens = append(row.Tokens, rowOfToken(t, now))
	}
	return row
}

// distinctTokens leaves out what is for the same as a token before it: one may be stored for calls with a name,
// too. The one that ends later comes first.
func (p person) distinctTokens() []cache.Stored {
	var kept []cache.Stored
	for _, t := range p.tokens {
		same := func(other cache.Stored) bool {
			a, b := t.Key, other.Key
			return a.Kind == b.Kind && strings.EqualFold(a.Tenant, b.Tenant) && slices.Equal(a.Scopes, b.Scopes)
		}
		if !slices.ContainsFunc(kept, same) {
			kept = append(kept, t)
		}
	}
	return kept
}

// rowOfToken shows nothing of the token itself.
func rowOfToken(t cache.Stored, now time.Time) tokenRow {
	return tokenRow{Kind: short(string(t.Key.Kind)), Tenant: short(t.Key.Tenant), Scopes: text.ShortAll(t.Key.Scopes, 200),
		Expires: t.Token.Until().UTC(), Expired: !t.Token.Valid(now)}
}

// describe says what a token is for and when it ends.
func (t tokenRow) describe(now time.Time) string {
	what := strings.Join(t.Scopes, " ")
	switch t.Kind {
	case string(cache.ID):
		what = "ID token"
	case string(cache.Registry):
		what = "registry " + strings.TrimPrefix(what, "https://")
	}
	end := "ends in " + text.Span(t.Expires.Sub(now))
	if t.Expired {
		end = "ended"
	}
	return fmt.Sprintf("%s (%s, %s)", what, t.Tenant, end)
}

func short(s string) string { return text.Short(s, 200) }

// describeKeeper says who has the session in our place, "" if nobody has.
func describeKeeper(name string) string {
	switch name {
	case "":
		return ""
	case broker.Name:
		return "kept by the identity broker of this machine"
	}
	return "kept by " + name
}
