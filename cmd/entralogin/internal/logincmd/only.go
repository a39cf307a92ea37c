package logincmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
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
	id    cache.SessionID
	names []string // of its accounts; none where the session can't be read
}

func (h held) describe() string {
	if len(h.names) == 0 {
		return "accounts that can't be read"
	}
	return strings.Join(h.names, ", ")
}

// logoutOnly forgets the only session that there is, or the account of the settings in it. Of several a person
// chooses one.
func logoutOnly(ctx context.Context, f *cli.Factory, target config.Target) error {
	st, err := f.CacheOf(target.Settings)
	if err != nil {
		return err
	}
	all, err := sessionsHeld(st, target)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return f.AnswerText(nobody)
	}
	one := all[0]
	if len(all) > 1 {
		if one, err = choose(f, target, all); err != nil {
			return err
		}
	}
	target.Request.SessionID = one.id
	return forget(ctx, f, st, target.Request, " ("+cli.DescribeSession(one.id)+")")
}

// sessionsHeld lists the sessions that the settings leave in: at their authority, with their account. One that
// can't be read may be anybody's.
func sessionsHeld(st *cache.Store, target config.Target) ([]held, error) {
	ids, err := st.SessionIDs()
	if err != nil {
		return nil, err
	}
	named := target.Has(config.AuthorityHost, config.Environment)
	account := target.Request.Account
	var all []held
	for _, id := range ids {
		if named && !strings.EqualFold(id.Authority, target.Authority.Host) {
			continue
		}
		session, err := st.Session(id)
		accounts, unread := session.Accounts()
		isMeant := func(a cache.Account) bool { return account == "" || a.Is(account) }
		if err == nil && unread == nil && account != "" && !slices.ContainsFunc(accounts, isMeant) {
			continue
		}
		one := held{id: id}
		for _, a := range accounts {
			one.names = append(one.names, text.Short(a.Username, 200))
		}
		all = append(all, one)
	}
	return all, nil
}

// choose has a person at a terminal choose one of several sessions. Elsewhere it names the command for each.
func choose(f *cli.Factory, target config.Target, all []held) (held, error) {
	what := fmt.Sprintf("client-id is not set, and %d sessions are stored", len(all))
	why, err := f.Config().Unattended(target.Settings)
	switch {
	case err != nil:
		return held{}, err
	case why != "" || !f.Err.CanAsk(f.In):
		return held{}, &cli.Advised{Kind: failure.Usage, What: what + ": which one is to be signed out?", Advice: commandsFor(f, all, target.Request.Account)}
	}
	lines := []string{what + ":"}
	for i, h := range all {
		lines = append(lines, fmt.Sprintf("%3d  %s (%s)", i+1, h.describe(), cli.DescribeSession(h.id)))
	}
	f.Err.Lines(append(lines, "Which one is to be signed out? Its number, or nothing to leave all as they are:"))
	answer, err := term.ReadLine(f.In)
	number, bad := strconv.Atoi(answer)
	switch {
	case err != nil:
		return held{}, err
	case answer == "":
		return held{}, &cli.Advised{Kind: failure.Refused, What: "no session was chosen: nobody was signed out."}
	case bad != nil || number < 1 || number > len(all):
		return held{}, &cli.Advised{Kind: failure.Usage,
			What: fmt.Sprintf("%q is no number from 1 to %d: nobody was signed out.", text.Short(answer, 40), len(all))}
	}
	return all[number-1], nil
}

// commandsFor are lines with the command for each session, and for all.
func commandsFor(f *cli.Factory, all []held, account string) []string {
	var lines []string
	for _, h := range all {
		lines = append(lines, h.describe()+": "+f.Explainer().LogoutCommand(h.id, account))
	}
	return append(lines, "All of them: "+f.Explainer().LogoutAllCommand(account))
}
