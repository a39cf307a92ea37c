package main

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/text"
)

func (a *app) whoamiCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Say who has signed in, and what the stored tokens say of them",
		Long: `Whoami shows each account that has signed in and what stands in its stored
tokens: for which resource, with which roles, scopes and groups, and until when.
It reads what is stored and asks nobody, so it works without a network; what was
changed since a token was issued is not in it.

An access token is written for the resource that it is for. Where one can't be
read here it says opaque, and is none the worse for it.

With the settings of a call, such as --tenant-id or --profile, it says which
account that call would use.`,
		Example: `  entralogin whoami
  entralogin whoami --profile work
  entralogin whoami -o json | jq '.[].tokens[].groups'`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.whoami() },
	}
	cmd.Flags().StringP("output", "o", "", "`format`: table or json (default table)")
	return cmd
}

// personRow is an account as a person and a program get it. The names are part of the command's interface.
type personRow struct {
	Account    string       `json:"account"`
	Name       string       `json:"name,omitempty"`
	HomeTenant string       `json:"homeTenantId,omitempty"`
	Tenants    []string     `json:"tenantIds"`
	Client     string       `json:"clientId"`
	Authority  string       `json:"authority"`
	Used       bool         `json:"used"` // by a call with these settings
	Because    string       `json:"because,omitempty"`
	SignedIn   time.Time    `json:"signedIn,omitzero"`
	Tokens     []claimedRow `json:"tokens"`
}

// claimedRow is a token with its claims.
type claimedRow struct {
	tokenRow
	Opaque    bool     `json:"opaque"` // its claims can't be read
	Resources []string `json:"resources,omitempty"`
	User      string   `json:"user,omitempty"`
	Granted   []string `json:"grantedScopes,omitempty"`
	Roles     []string `json:"roles,omitempty"`
	Directory []string `json:"directoryRoles,omitempty"`
	Groups    *int     `json:"groups,omitempty"` // how many are named; none: the token says nothing of groups
	Overage   bool     `json:"groupsOverage"`    // too many to be named
}

func (a *app) whoami() error {
	format, err := a.outputFormat()
	if err != nil {
		return err
	}
	st, err := a.cacheStore()
	if err != nil {
		return err
	}
	call, failed := a.accountCall()
	rows, err := a.people(st, call, failed == nil)
	if err != nil {
		return err
	}
	switch {
	case len(rows) == 0 && failed != nil:
		return failed
	case len(rows) == 0:
		return &nobodyError{call.request, plugin.ErrNobody}
	}
	if format == "json" {
		return a.printJSON(rows)
	}
	return a.writePeople(rows, a.whichWords(st, call, failed))
}

// whichWords says which account a call with these settings would use, where no row says it.
func (a *app) whichWords(st *cache.Store, call accountCall, failed error) string {
	if failed != nil {
		return "Which account a call uses depends on its settings: " + failed.Error()
	}
	session, err := st.Session(call.request.SessionID)
	if err == nil {
		_, _, err = plugin.ExplainAccount(session, call.request.Account, call.request.Tenant)
	}
	if err != nil {
		return "A call with these settings uses none of them yet: " + err.Error()
	}
	return ""
}

// people lists all accounts, the one that a call would use first.
func (a *app) people(st *cache.Store, call accountCall, known bool) ([]personRow, error) {
	rows := []personRow{}
	err := a.eachAccount(st, func(id cache.SessionID, session cache.Session, account cache.Account, tokens []cache.Stored) {
		row := a.personOf(id, session, account, tokens)
		if known && strings.EqualFold(id.Authority, call.request.Authority) && strings.EqualFold(id.Client, call.request.Client) {
			chosen, why, err := plugin.ExplainAccount(session, call.request.Account, call.request.Tenant)
			if row.Used = err == nil && chosen.HomeID == account.HomeID; row.Used {
				row.Because = call.because(why)
			}
		}
		rows = append(rows, row)
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(x, y personRow) int {
		return cmp.Or(compareBools(y.Used, x.Used), cmp.Compare(x.Authority, y.Authority), cmp.Compare(x.Client, y.Client), cmp.Compare(x.Account, y.Account))
	})
	return rows, nil
}

func compareBools(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	}
	return 1
}

// personOf cleans everything: it came from a service.
func (a *app) personOf(id cache.SessionID, session cache.Session, account cache.Account, tokens []cache.Stored) personRow {
	base := rowOfAccount(id, session, account, tokens, a.now())
	row := personRow{Account: cmp.Or(base.Account, base.HomeID), Tenants: base.Tenants, Client: base.Client, Authority: base.Authority,
		SignedIn: base.SignedIn, Name: nameIn(session, account.HomeID), Tokens: []claimedRow{}}
	if _, home, ok := strings.Cut(account.HomeID, "."); ok {
		row.HomeTenant = foreign(home)
	}
	for _, t := range tokens {
		if !account.Is(t.Token.Account) {
			continue
		}
		one := a.claimed(t)
		if !slices.ContainsFunc(row.Tokens, func(other claimedRow) bool { return other.same(one.tokenRow) }) {
			row.Tokens = append(row.Tokens, one)
		}
	}
	return row
}

// claimed reads what stands in a token.
func (a *app) claimed(t cache.Stored) claimedRow {
	row := claimedRow{tokenRow: tokenRow{Kind: foreign(string(t.Key.Kind)), Tenant: foreign(t.Key.Tenant), Scopes: foreignAll(t.Key.Scopes),
		Expires: t.Token.Until().UTC(), Expired: !t.Token.Valid(a.now())}}
	read, err := claims.Read(t.Token.Value)
	if err != nil {
		row.Opaque = true
		return row
	}
	row.Resources, row.User, row.Granted = foreignAll(read.Audience), foreign(read.User), foreignAll(read.Scopes)
	row.Roles, row.Directory, row.Overage = foreignAll(read.Roles), foreignAll(read.Directory), read.Overage
	if read.HasGroups {
		row.Groups = &read.Groups
	}
	return row
}

func foreign(s string) string { return text.Redact(s, 200) }

// foreignAll cleans a list of names, and leaves out what is too much for anybody to read.
func foreignAll(list []string) []string {
	const most = 100
	var clean []string
	for _, s := range list[:min(len(list), most)] {
		if s = foreign(s); s != "" {
			clean = append(clean, s)
		}
	}
	if len(list) > most {
		clean = append(clean, "…")
	}
	return clean
}

// nameIn is a person's name, by the newest of the ID tokens that MSAL keeps; "" where none has it.
func nameIn(session cache.Session, homeID string) string {
	var kept struct {
		IDToken map[string]struct {
			HomeID string `json:"home_account_id"`
			Realm  string `json:"realm"`
			Secret string `json:"secret"`
		} `json:"IdToken"`
	}
	if json.Unmarshal(session.Reveal(), &kept) != nil {
		return ""
	}
	_, home, _ := strings.Cut(homeID, ".")
	name, atHome, latest := "", false, time.Time{}
	for _, token := range kept.IDToken {
		read, err := claims.Read(cache.NewSecret(token.Secret))
		here := strings.EqualFold(token.Realm, home) || strings.EqualFold(read.Tenant, home)
		if err != nil || token.HomeID != homeID || read.Name == "" || atHome && !here || atHome == here && !read.Expires.After(latest) {
			continue
		}
		name, atHome, latest = read.Name, here, read.Expires
	}
	return foreign(name)
}
