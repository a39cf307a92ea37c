package main

import (
	"bytes"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// shownAccount is what account show tells. The names are part of the command's interface.
type shownAccount struct {
	accountRow
	Tenant  string `json:"tenantId"` // of the call
	Reason  string `json:"reason"`   // one of plugin.Why
	Because string `json:"because"`  // for a person
}

// nobodyError says that a call with these settings would need a sign-in.
type nobodyError struct {
	request plugin.Request
	err     error
}

func (e *nobodyError) Error() string { return e.err.Error() }
func (e *nobodyError) Unwrap() error { return e.err }

// accountCall is a call with the settings of this one: what it asks for, the cache, and the source of tokens.
type accountCall struct {
	request  plugin.Request
	settings settings
	store    *cache.Store
	cached   *plugin.Cached
}

func (a *app) accountCall() (accountCall, error) {
	s, c, err := a.settings()
	if err != nil {
		return accountCall{}, err
	}
	s = append(s, mapLayer("the default", map[string]string{tenantID: anyTenant}))
	t, err := a.resolve(s, c)
	if err != nil {
		return accountCall{}, err
	}
	st, err := a.store(s)
	if err != nil {
		return accountCall{}, err
	}
	st.Locate()
	return accountCall{t.request, s, st, a.cached(st, s, t.authority)}, nil
}

func (a *app) accountShow() error {
	format, err := a.outputFormat()
	if err != nil {
		return err
	}
	call, err := a.accountCall()
	if err != nil {
		return err
	}
	r := call.request
	session, err := call.store.Session(r.SessionID)
	if err != nil {
		return err
	}
	account, why, err := plugin.ExplainAccount(session, r.Account, r.Tenant)
	if errors.Is(err, plugin.ErrNobody) {
		return &nobodyError{r, err}
	}
	if several := (*plugin.AccountsError)(nil); errors.As(err, &several) {
		several.Session = r.SessionID
	}
	if err != nil {
		return err
	}
	storage, err := call.store.InForce()
	if err != nil {
		return err
	}
	tokens, err := call.store.TokensOf(r.SessionID)
	if err != nil {
		return err
	}
	shown := shownAccount{rowOfAccount(r.SessionID, session, account, tokens, a.now()), r.Tenant, string(why), call.because(why)}
	shown.Storage = string(storage)
	if format == "json" {
		return a.printJSON(shown)
	}
	return a.writeAccount(shown)
}

// because says why an account serves the call.
func (c accountCall) because(why plugin.Why) string {
	_, origin := c.settings.get(account)
	tenant := text.Clean(c.request.Tenant)
	return map[plugin.Why]string{
		plugin.WhyNamed:        origin + " names it",
		plugin.WhyChosenHere:   "it was chosen for the tenant " + tenant + " with entralogin account set",
		plugin.WhyChosen:       "it was chosen with entralogin account set",
		plugin.WhyOnly:         "nobody else has signed in with this client and authority",
		plugin.WhyOnlyOfTenant: "nobody else has had a token of the tenant " + tenant,
	}[why]
}

func (a *app) writeAccount(shown shownAccount) error {
	var out bytes.Buffer
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(table, "%s\t%s\n", name, value)
		}
	}
	line("Account", shown.Account)
	line("Because", shown.Because)
	line("Tenant of the call", text.Clean(shown.Tenant))
	line("Tenants", words(shown.Tenants))
	line("Client", shown.Client)
	line("Cloud", shown.Environment)
	line("Authority", shown.Authority)
	line("Storage", shown.Storage)
	line("Signed in", age(shown.SignedIn, a.now()))
	for i, t := range shown.Tokens {
		line([]string{"Tokens", " "}[min(i, 1)], t.words(a.now()))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := a.stdout.Write(out.Bytes())
	return outputError(err)
}
