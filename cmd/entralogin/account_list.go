package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// accountRow is an account as a person and a program get it. The names are part of the command's interface.
type accountRow struct {
	Account     string     `json:"account"`
	HomeID      string     `json:"homeAccountId,omitempty"`
	Chosen      bool       `json:"chosen"`
	ChosenFor   []string   `json:"chosenForTenants,omitempty"`
	Tenants     []string   `json:"tenantIds"`
	Client      string     `json:"clientId"`
	Environment string     `json:"environment,omitempty"` // of Microsoft's clouds
	Authority   string     `json:"authority"`
	Storage     string     `json:"storage"`
	SignedIn    time.Time  `json:"signedIn,omitzero"`
	Tokens      []tokenRow `json:"tokens"`
}

type tokenRow struct {
	Kind    string    `json:"kind"`
	Tenant  string    `json:"tenantId"`
	Scopes  []string  `json:"scopes,omitempty"`
	Expires time.Time `json:"expires"`
	Expired bool      `json:"expired"`
}

func (a *app) accountList() error {
	format, err := a.outputFormat()
	if err != nil {
		return err
	}
	st, err := a.cacheStore()
	if err != nil {
		return err
	}
	rows, err := a.accountRows(st)
	if err != nil {
		return err
	}
	if format == "json" {
		return a.printJSON(rows)
	}
	var out bytes.Buffer
	if len(rows) == 0 {
		out.WriteString("Nobody has signed in.\n")
	} else if err := writeAccounts(&out, rows, a.now()); err != nil {
		return err
	}
	_, err = a.stdout.Write(out.Bytes())
	return outputError(err)
}

// accountRows lists all accounts.
func (a *app) accountRows(st *cache.Store) ([]accountRow, error) {
	storage, err := st.InForce()
	if err != nil {
		return nil, err
	}
	rows := []accountRow{}
	err = a.eachAccount(st, func(id cache.SessionID, session cache.Session, account cache.Account, tokens []cache.Stored) {
		row := rowOfAccount(id, session, account, tokens, a.now())
		row.Storage = string(storage)
		rows = append(rows, row)
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(x, y accountRow) int {
		return cmp.Or(cmp.Compare(x.Authority, y.Authority), cmp.Compare(x.Client, y.Client), cmp.Compare(x.Account, y.Account))
	})
	return rows, nil
}

// eachAccount goes through all accounts, with the tokens of their session. What can't be read is told on
// standard error.
func (a *app) eachAccount(st *cache.Store, do func(cache.SessionID, cache.Session, cache.Account, []cache.Stored)) error {
	ids, err := st.Holdings()
	if err != nil {
		return err
	}
	for _, id := range ids {
		session, err := st.Session(id)
		if err != nil {
			a.say("the session of the %s can't be read: %v", sessionWords(id), err)
		}
		accounts, err := session.Accounts()
		if err != nil {
			return err
		}
		tokens, err := st.TokensOf(id)
		if err != nil {
			return err
		}
		for _, account := range accounts {
			do(id, session, account, tokens)
		}
	}
	return nil
}

// rowOfAccount cleans everything: it came from a service.
func rowOfAccount(id cache.SessionID, session cache.Session, account cache.Account, tokens []cache.Stored, now time.Time) accountRow {
	clean := func(s string) string { return text.Short(s, 200) }
	general, _ := session.Chosen("")
	row := accountRow{Account: clean(account.Username), HomeID: clean(account.HomeID), Chosen: general == account.HomeID, Tenants: []string{},
		Client: clean(id.Client), Authority: clean(id.Authority), SignedIn: session.SignedIn(account.HomeID), Tokens: []tokenRow{}}
	for _, tenant := range session.ChosenTenants() {
		if chosen, _ := session.Chosen(tenant); chosen == account.HomeID {
			row.ChosenFor = append(row.ChosenFor, clean(tenant))
		}
	}
	for _, tenant := range account.Tenants {
		row.Tenants = append(row.Tenants, clean(tenant))
	}
	for _, cloud := range authority.Clouds() {
		if cloud.Host == id.Authority {
			row.Environment = cloud.Environment
		}
	}
	for _, t := range tokens {
		if !account.Is(t.Token.Account) {
			continue
		}
		one := tokenRow{Kind: clean(string(t.Key.Kind)), Tenant: clean(t.Key.Tenant), Expires: t.Token.Until().UTC(), Expired: !t.Token.Valid(now)}
		for _, scope := range t.Key.Scopes {
			one.Scopes = append(one.Scopes, clean(scope))
		}
		if !slices.ContainsFunc(row.Tokens, one.same) {
			row.Tokens = append(row.Tokens, one)
		}
	}
	return row
}

// same reports whether two tokens are for the same: one may be stored for calls with a name, too. The one
// that ends later comes first.
func (t tokenRow) same(other tokenRow) bool {
	return t.Kind == other.Kind && strings.EqualFold(t.Tenant, other.Tenant) && slices.Equal(t.Scopes, other.Scopes)
}

func writeAccounts(out *bytes.Buffer, rows []accountRow, now time.Time) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ACCOUNT\tCHOSEN\tTENANTS\tCLIENT\tCLOUD\tSTORAGE\tSIGNED IN\tTOKENS")
	for _, r := range rows {
		cells := []string{cmp.Or(r.Account, r.HomeID), chosenWords(r), words(r.Tenants), r.Client, cmp.Or(r.Environment, r.Authority), r.Storage, age(r.SignedIn, now)}
		if len(r.Tokens) == 0 {
			fmt.Fprintln(table, strings.Join(append(cells, "-"), "\t"))
		}
		for i, t := range r.Tokens {
			if i == 1 {
				cells = make([]string, len(cells))
			}
			fmt.Fprintln(table, strings.Join(append(cells[:len(cells):len(cells)], t.words(now)), "\t"))
		}
	}
	return table.Flush()
}

func words(list []string) string { return cmp.Or(strings.Join(list, ", "), "-") }

func chosenWords(r accountRow) string {
	switch {
	case r.Chosen && len(r.ChosenFor) > 0:
		return "yes, and for " + strings.Join(r.ChosenFor, ", ")
	case r.Chosen:
		return "yes"
	case len(r.ChosenFor) > 0:
		return "for " + strings.Join(r.ChosenFor, ", ")
	}
	return "-"
}

func age(at, now time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return text.Span(now.Sub(at)) + " ago"
}

// words says what a token is for and when it ends.
func (t tokenRow) words(now time.Time) string {
	what := strings.Join(t.Scopes, " ")
	if t.Kind == string(cache.ID) {
		what = "ID token"
	}
	end := "ends in " + text.Span(t.Expires.Sub(now))
	if t.Expired {
		end = "ended"
	}
	return fmt.Sprintf("%s (%s, %s)", what, t.Tenant, end)
}
