package accountcmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// set keeps a choice, or takes it back.
func set(ctx context.Context, f *cli.Factory, name string, none bool) error {
	target, err := f.Resolve(f.Call(config.HomeTenant()))
	if err != nil {
		return err
	}
	if !target.Request.Person() {
		return nobody(target)
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return err
	}
	tokens.Store.Locate()
	if !none {
		if name, err = nameOf(f, target, tokens.Store, name); err != nil {
			return err
		}
	}
	tenant := f.Flags[config.TenantID]
	chosen, changes, err := tokens.Choose(ctx, target.Request.SessionID, name, tenant)
	if errors.Is(err, plugin.ErrNobody) {
		r := target.Request
		r.Account = name
		return &cli.NobodyError{Request: r, Err: plugin.WithOthers(tokens.Store, r.SessionID, err)}
	}
	if err != nil {
		return err
	}
	return f.AnswerSentences(describeChoice(chosen, tenant) + describeChanges(changes))
}

// nameOf is the account that a name means, or where there is none that a person chooses.
func nameOf(f *cli.Factory, target config.Target, st *cache.Store, name string) (string, error) {
	session, err := st.Session(target.Request.SessionID)
	if err != nil && name != "" {
		return name, nil // what is wrong with the session is said where the choice is kept
	}
	accounts, failed := session.Accounts()
	if name != "" && failed == nil {
		return plugin.CompleteAccount(accounts, name)
	}
	can, unknown := cli.CanChoose(f, target.Settings)
	switch err := cmp.Or(unknown, err, failed); {
	case err != nil:
		return "", err
	case !can:
		return "", cli.Usagef("entralogin account set takes one name, or --none")
	case len(accounts) == 0:
		return "", &cli.NobodyError{Request: target.Request, Err: plugin.ErrNobody}
	}
	var lines []string
	for _, a := range accounts {
		lines = append(lines, person{account: a}.name())
	}
	chosen, err := cli.Choose(f, "Signed in with the "+cli.DescribeSession(target.Request.SessionID)+":", lines,
		"Which one are calls to use that name none? Its number, or nothing to change nothing:", "nothing was changed")
	if err != nil {
		return "", err
	}
	return accounts[chosen].HomeID, nil
}

// describeChoice says whom calls without a name use from now on. tenant is "" for all tenants, and chosen is zero
// where a choice was taken back.
func describeChoice(chosen cache.Account, tenant string) string {
	in := "in any tenant"
	if chosen.HomeID != "" {
		in = "in every tenant that has no choice of its own"
	}
	if tenant != "" {
		in = "in " + plugin.DescribeTenant(tenant)
	}
	if chosen.HomeID == "" {
		return fmt.Sprintf("No account is chosen any more, %s.\n", in)
	}
	return fmt.Sprintf("Calls that name no account use %s from now on, %s.\n", text.Short(chosen.Username, 200), in)
}

// describeChanges says for each tenant where calls without a name get another account from now on.
func describeChanges(changes []plugin.Change) string {
	var b strings.Builder
	for _, change := range changes {
		tenant, now, was := text.Short(change.Tenant, 100), text.Short(change.Now, 200), text.Short(change.Was, 200)
		switch {
		case now == "":
			fmt.Fprintf(&b, "In the tenant %s calls have to name an account now, since several fit. They used %s before.\n", tenant, was)
		case was == "":
			fmt.Fprintf(&b, "In the tenant %s calls had to name an account before.\n", tenant)
		default:
			fmt.Fprintf(&b, "In the tenant %s calls that name none use %s now, and used %s before.\n", tenant, now, was)
		}
	}
	return b.String()
}
