package doctorcmd

import (
	"context"
	"errors"
	"path"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// storage says how what is stored is protected, and whether it can be opened.
func (c *call) storage(context.Context) []check.Finding {
	if file := c.store.OpenToOthers(); file != "" {
		return []check.Finding{
			aboutStorage.Warn("others can read %s; what is stored is not looked at, since that would mend it", file).Or("to mend it: %s", c.f.Explainer().Command("cache", "list")),
			aboutAccounts.Unchecked("accounts and tokens: others can read what is stored").Stop(),
		}
	}
	c.readable = true
	var found []check.Finding
	ids, err := c.store.SessionIDs()
	if err != nil {
		found = append(found, c.fail(aboutStorage, err))
	}
	for _, id := range ids {
		opened, err := c.store.Session(id)
		c.sessions = append(c.sessions, session{opened, id, err})
	}
	inForce, err := c.store.InForce()
	if err != nil {
		return append(found, c.fail(aboutStorage, err))
	}
	if chosen := c.place.Storage; chosen != "" && chosen != inForce {
		found = append(found, aboutStorage.Warn("the storage %s is in force, and %s is chosen: the next call that stores anything moves all of it", inForce, chosen).
			Or("to move it now: %s", c.login()))
	} else {
		found = append(found, aboutStorage.Good("the storage %s is in force", inForce))
	}
	keys, ok := c.keys(inForce)
	if found = append(found, keys...); !ok {
		return found
	}
	entries := c.store.List()
	last := lastSignIns(entries)
	for _, e := range entries {
		if e.Kind != cache.EntrySignIn || last[signInsOf(e)].File == e.File {
			found = append(found, c.describeEntry(e)...)
		}
	}
	return found
}

// signIns are those of a client in a tenant, whatever account each was for.
type signIns struct{ authority, client, tenant string }

func signInsOf(e cache.Entry) signIns { return signIns{e.Authority, e.Client, e.Tenant} }

// lastSignIns are the newest ones that have failed: one command serves for those before it, too.
func lastSignIns(entries []cache.Entry) map[signIns]cache.Entry {
	last := map[signIns]cache.Entry{}
	for _, e := range entries {
		if of := signInsOf(e); e.Kind == cache.EntrySignIn && e.Failed != "" && !e.Changed.Before(last[of].Changed) {
			last[of] = e
		}
	}
	return last
}

// session is a stored one, or why it can't be opened.
type session struct {
	cache.Session
	id  cache.SessionID
	err error
}

// keys says whether the key of a storage that seals is there, by what came of opening the sessions. ok says that
// nothing speaks against looking at the rest.
func (c *call) keys(inForce cache.Storage) (found []check.Finding, ok bool) {
	for _, s := range c.sessions {
		var refused *cache.StorageError
		switch {
		case errors.Is(s.err, cache.ErrKeyGone):
			return []check.Finding{aboutStorage.Fail(failure.SignIn, "the key of what is stored is gone: nobody can open the session of the %s again", cli.DescribeSession(s.id)).
				Or("to make a new one: %s", c.f.Explainer().LoginCommand(c.requestOf(s.id)))}, false
		case errors.As(s.err, &refused):
			return []check.Finding{c.fail(aboutStorage, s.err)}, false
		case s.err == nil && found == nil && (inForce.Seals()):
			found = append(found, aboutStorage.Good("the key of the storage %s is there and opens what is stored", inForce))
		}
	}
	return found, true
}

// describeEntry names a file that is refused or damaged, and a sign-in that has just failed.
func (c *call) describeEntry(e cache.Entry) []check.Finding {
	name, age := text.Short(e.File, 200), c.f.Now().Sub(e.Changed)
	var f check.Finding
	switch {
	case e.Problem == cache.ErrKeyGone.Error():
		f = aboutStorage.Warn("the key of %s in the cache is gone, and nobody can open it again", name).Or("the next call puts a new one in its place")
	case e.Kind == cache.EntryRefused:
		f = aboutStorage.Fail(failure.Storage, "%s in the cache is refused: it %s", name, text.Short(e.Problem, 200)).
			Or("look at it, and move it away: entralogin changes nothing there")
	case e.Kind == cache.EntryDamaged:
		f = aboutStorage.Warn("%s in the cache is damaged: %s", name, text.Short(e.Problem, 200)).Or("a new sign-in puts a whole one in its place. To see it: %s", c.f.Explainer().Command("cache", "list"))
	case e.Kind == cache.EntrySignIn && e.Failed != "" && age < plugin.MemoryUnattended:
		f = describeFailure(c.f.Explainer(), c.requestOf(cache.SessionID{Authority: e.Authority, Client: e.Client}), e, age)
	default:
		return nil
	}
	return []check.Finding{f}
}

// describeFailure says how a sign-in ended, and how to ask anew. Where somebody else signed in, the name that was asked
// for may be a slip of the pen, or that of somebody who has signed out: the command does not repeat it.
func describeFailure(x cli.Explainer, r plugin.Request, e cache.Entry, age time.Duration) check.Finding {
	account, why := strings.Join(e.Accounts, ""), text.Short(e.Failed, 60)
	if e.Failed == string(plugin.WrongAccount) && account != "" {
		why += ": " + text.Short(account, 120) + " was asked for, and somebody else signed in"
		account = ""
	}
	f := aboutStorage.Warn("a sign-in failed %s ago (%s): calls that need one fail at once for up to %s", text.Span(age), why, text.Span(plugin.MemoryUnattended))
	if e.Client == "" {
		return f
	}
	r.Tenant, r.Account = e.Tenant, account
	return f.Or("to ask anew: %s", x.LoginCommand(r))
}

// locks says who holds a lock, and whether one can be had.
func (c *call) locks(context.Context) []check.Finding {
	var found []check.Finding
	all := c.store.Locks()
	for _, l := range all {
		switch {
		case l.Err != nil:
			return append(found, aboutLocks.Warn("the lock %s can't be had: %s", text.Short(path.Base(l.File), 120), reason(l.Err)).
				Or("look at its owner and mode, and at the file system: calls go on without, and may ask twice"))
		case l.Held:
			found = append(found, describeHolder(l, c.f.Now()))
		}
	}
	switch {
	case len(found) > 0:
		return found
	case len(all) > 0:
		return []check.Finding{aboutLocks.Good("nobody holds a lock")}
	}
	return []check.Finding{aboutLocks.Good("there are no locks yet")}
}

// describeHolder says who holds a lock, by what the holder has said of itself.
func describeHolder(l cache.LockState, now time.Time) check.Finding {
	what, long := "a refresh or a new session is being saved", 90*time.Second
	switch l.Kind {
	case cache.EntrySignIn:
		what, long = "somebody is being asked to sign in", 20*time.Minute
	case cache.EntryStorage:
		what = "what is stored is being moved"
	}
	if l.Holder.PID == 0 {
		return aboutLocks.Warn("a lock is held by a process that has not said who it is: %s", text.Short(path.Base(l.File), 120))
	}
	if age := now.Sub(l.Holder.Since); age > long {
		return aboutLocks.Warn("%s, by process %d, for %s: that is long", what, l.Holder.PID, text.Span(age)).
			Or("is it stopped or hanging? Its end frees the lock: kill %d", l.Holder.PID)
	}
	return aboutLocks.Good("%s, by process %d, since %s", what, l.Holder.PID, l.Holder.Since.Local().Format(time.TimeOnly))
}
