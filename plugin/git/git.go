// Package git is the front end for git: a credential helper, as
// https://git-scm.com/docs/gitcredentials#_custom_helpers describes it, for Azure DevOps and for hosts
// that the user names.
//
// git writes what it knows (ReadInput), Find says whether the host is ours, Tenants in which tenant it is,
// and Helper answers with a token. The format is that of https://git-scm.com/docs/git-credential#IOFMT,
// from git 1.7.9 to the newest:
//
//	get         Helper, Quit where no token can be had; nothing at all for other hosts
//	store       nothing: the token is kept already
//	erase       Input.Refuses, for cache.Store.RemoveTokens
//	capability  Capability
//
// git takes what a helper prints even if that fails, and prints a line that it does not understand. So an
// answer is whole or not there, and nothing else may ever reach standard output.
//
// The attribute state[] is not used. It would come back with store and erase, but an erase brings the
// refused token itself, which says more; and what is not sent can't be traced, kept or forged.
package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// Helper is a plugin.FrontEnd that answers git's "get".
type Helper struct {
	Input  Input
	Place  Place  // of Find, and ours
	Tenant string // of Tenants

	// Basic answers with a password though git takes a bearer token: some versions lose it on the way.
	Basic bool

	// Resolve settles the request. settings has the keys tenant-id, scope, client-id and account, the last
	// two only where git or the config names them.
	Resolve func(settings map[string]string) (plugin.Request, error)

	// stubbable for testing
	Now func() time.Time // nil means time.Now
}

// Request settles the request and says in it that git asks, and for which address. Errors are those of
// Resolve.
func (h *Helper) Request() (plugin.Request, error) {
	settings := map[string]string{"tenant-id": h.Tenant, "scope": h.Place.Scope}
	if h.Place.ClientID != "" {
		settings["client-id"] = h.Place.ClientID
	}
	if account := h.account(); account != "" {
		settings["account"] = account
	}
	r, err := h.Resolve(settings)
	if err != nil {
		return plugin.Request{}, err
	}
	r.Asker = "git, for " + text.Short(h.Place.URL(), 200)
	return r, nil
}

// account is the user name in the URL, if it names an account, or else the one that the config names for
// the host. The clone URLs of Azure DevOps have the organisation's name there, which is no account: an
// account's name has an "@", and no organisation's has.
func (h *Helper) account() string {
	name, domain, ok := strings.Cut(h.Input.Username, "@")
	if ok && name != "" && domain != "" {
		return h.Input.Username
	}
	return h.Place.Account
}

// Reply writes the token t: as a bearer token if git takes that, else as a password. A bearer token that
// is ephemeral is kept by no other helper, a password may be.
func (h *Helper) Reply(_ context.Context, w io.Writer, t cache.Token) error {
	token := t.Value.Reveal()
	if !fitToken(token) {
		return errors.New("the token can't be passed to git: it is empty, too long, or has a character that no token has")
	}
	lines := []string{"capability[]=authtype", "authtype=Bearer", "credential=" + token, "ephemeral=1"}
	if h.Basic || !h.Input.Offers("authtype") {
		user, err := h.username(t)
		if err != nil {
			return err
		}
		lines = []string{"username=" + user, "password=" + token,
			"password_expiry_utc=" + strconv.FormatInt(h.expiry(t).Unix(), 10)}
	}
	return write(w, append(lines, "")) // a blank line is the end
}

// username is the one that git gave, or else the account's: Azure DevOps looks at the password alone. Basic
// authentication can't carry an empty one or one with a colon: https://www.rfc-editor.org/rfc/rfc7617#section-2
func (h *Helper) username(t cache.Token) (string, error) {
	for _, name := range []string{h.Input.Username, t.Account} {
		switch {
		case hasControl(name) || len(name) > maxLine-len("username="):
			return "", errors.New("the account's name can't be passed to git: it is too long or has a control character")
		case name != "" && !strings.Contains(name, ":"):
			return name, nil
		}
	}
	return "entralogin", nil
}

// expiry is the end of t that git is told. By then t counts as stale here, so that whoever keeps the
// password that long asks again before it is refused. git throws away a password that has expired, so
// within the last moments of t, where nothing better can be had, its true end is told.
func (h *Helper) expiry(t cache.Token) time.Time {
	now := time.Now
	if h.Now != nil {
		now = h.Now
	}
	early := t.Until().Add(-min(time.Minute, t.Margin()/2))
	if early.After(now().Add(time.Second)) {
		return early
	}
	return t.Until()
}

// fitToken reports whether token can stand in a line and in the header Authorization: visible ASCII.
func fitToken(token string) bool {
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return false
		}
	}
	return token != "" && len(token) <= maxLine-len("credential=")
}

// Quit tells git to ask no other helper and no person: the host is ours, and there is no token for it. Why
// is for standard error.
func Quit(w io.Writer) error { return write(w, []string{"quit=1", ""}) }

// Capability answers the operation "capability":
// https://git-scm.com/docs/git-credential#CAPA-IOFMT
func Capability(w io.Writer) error { return write(w, []string{"version 0", "capability authtype"}) }

func write(w io.Writer, lines []string) error {
	if _, err := io.WriteString(w, strings.Join(lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("writing the answer for git: %w", err)
	}
	return nil
}
