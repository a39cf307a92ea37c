package logincmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// lacksClient reports whether err says that no setting names a client.
func lacksClient(err error) bool {
	var missing *config.Error
	return errors.As(err, &missing) && missing.Name == config.ClientID && missing.Origin == ""
}

// held is a session of which something is stored.
type held struct {
	id       cache.SessionID
	accounts []cache.Account
	unread   bool // it can't be read, and may be anybody's
}

func heldIn(st *cache.Store, id cache.SessionID) held {
	session, err := st.Session(id)
	accounts, failed := session.Accounts()
	return held{id, accounts, err != nil || failed != nil}
}

// allHeld lists the sessions that are meant.
func allHeld(st *cache.Store, meant func(cache.SessionID) bool) ([]held, error) {
	ids, err := st.SessionIDs()
	var all []held
	for _, id := range ids {
		if meant(id) {
			all = append(all, heldIn(st, id))
		}
	}
	return all, err
}

// accountsOf are those of all of some sessions.
func accountsOf(all []held) []cache.Account {
	var accounts []cache.Account
	for _, h := range all {
		accounts = append(accounts, h.accounts...)
	}
	return accounts
}

// one is what can be signed out: an account of a session, or all of the session where account is "".
type one struct {
	id      cache.SessionID
	account string
	names   []string
}

func (o one) describe() string {
	return cmp.Or(strings.Join(text.ShortAll(o.names, 200), ", "), "accounts that can't be read")
}

// choices are what a logout may mean that names account, or nobody.
func choices(all []held, account string) []one {
	var list []one
	for _, h := range all {
		fits := h.accounts
		if account != "" {
			fits = slices.DeleteFunc(slices.Clone(fits), func(a cache.Account) bool { return !a.Is(account) })
		}
		switch {
		case len(fits) == 0 && account != "" && !h.unread:
		case account != "" || len(fits) < 2:
			o := one{id: h.id, account: account}
			for _, a := range fits {
				o.names = append(o.names, nameOf(a))
			}
			list = append(list, o)
		default:
			for _, a := range fits {
				list = append(list, one{h.id, nameOf(a), []string{nameOf(a)}})
			}
		}
	}
	return list
}

func nameOf(a cache.Account) string { return cmp.Or(a.Username, a.HomeID) }

// logoutOnly forgets the only session that there is where no setting names a client, or the account of the settings in
// it. Of several a person chooses one.
func logoutOnly(ctx context.Context, f *cli.Factory, target config.Target) error {
	st, err := f.CacheOf(target.Settings)
	if err != nil {
		return err
	}
	named := target.Has(config.AuthorityHost, config.Environment)
	all, err := allHeld(st, func(id cache.SessionID) bool { return !named || strings.EqualFold(id.Authority, target.Authority.Host) })
	if err != nil {
		return err
	}
	r := &target.Request
	if target.Of(config.ByFlag).Has(config.Account) {
		if r.Account, err = plugin.CompleteAccount(accountsOf(all), r.Account); err != nil {
			return err
		}
	}
	list := choices(all, r.Account)
	switch {
	case len(list) == 0 && r.Account != "":
		return notSignedIn(f, st, r.Account, false)
	case len(list) == 0:
		return answerNobody(f, st)
	}
	title := fmt.Sprintf("client-id is not set, and %d sessions are stored", len(all))
	if len(all) == 1 {
		title = fmt.Sprintf("%d accounts are signed in", len(list))
	}
	chosen, err := choose(f, target, title, list)
	if err != nil {
		return err
	}
	r.SessionID, r.Account = chosen.id, chosen.account
	return forget(ctx, f, st, *r, " ("+cli.DescribeSession(chosen.id)+")")
}

// choose has a person at a terminal choose one of several. Elsewhere it names the command for each.
func choose(f *cli.Factory, target config.Target, title string, list []one) (one, error) {
	if len(list) == 1 {
		return list[0], nil
	}
	can, err := cli.CanChoose(f, target.Settings)
	if err != nil {
		return one{}, err
	}
	x := f.Explainer()
	if !can {
		e := &cli.Advised{Kind: failure.Usage, What: title + ": which one is to be signed out?"}
		for _, o := range list {
			e.Advice = append(e.Advice, o.describe()+": "+x.LogoutCommand(o.id, o.account))
		}
		e.Advice = append(e.Advice, "All of them: "+x.LogoutAllCommand(target.Request.Account))
		return one{}, e
	}
	var lines []string
	for _, o := range list {
		lines = append(lines, fmt.Sprintf("%s (%s)", o.describe(), cli.DescribeSession(o.id)))
	}
	chosen, err := cli.Choose(f, title+":", lines, "Which one is to be signed out? Its number, or nothing to leave all as they are:", "nobody was signed out")
	if err != nil {
		return one{}, err
	}
	return list[chosen], nil
}

func describeHeld(all []held) []string {
	var lines []string
	for _, o := range choices(all, "") {
		lines = append(lines, fmt.Sprintf("Signed in: %s (%s)", o.describe(), cli.DescribeSession(o.id)))
	}
	return lines
}

// notSignedIn says that nobody has a name, who is signed in, and who may be meant. Where everywhere is true the command
// that it names signs that one out in every session.
func notSignedIn(f *cli.Factory, st *cache.Store, name string, everywhere bool) error {
	all, err := allHeld(st, func(cache.SessionID) bool { return true })
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return answerNobody(f, st)
	}
	x := f.Explainer()
	e := &cli.Advised{Kind: failure.Config, What: text.Short(name, 80) + " is not signed in: nobody was signed out."}
	var near []string
	for _, a := range accountsOf(all) {
		near = append(near, plugin.LocalPart(a.Username))
	}
	meant := text.Nearest(plugin.LocalPart(name), near)
	e.Advice = describeHeld(all)
	for _, h := range all {
		for _, a := range h.accounts {
			if meant == "" || plugin.LocalPart(a.Username) != meant || a.Is(name) {
				continue
			}
			command := x.LogoutCommand(h.id, nameOf(a))
			if everywhere {
				command = x.LogoutAllCommand(nameOf(a))
			}
			if line := "Did you mean " + text.Short(nameOf(a), 200) + "? " + command; !slices.Contains(e.Advice, line) {
				e.Advice = append(e.Advice, line)
			}
		}
	}
	return e
}
