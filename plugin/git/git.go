// Package git is the front end for git: a credential helper, as
// https://git-scm.com/docs/gitcredentials#_custom_helpers describes it, for Azure DevOps and for hosts
// that the user names.
//
// git writes what it knows (ReadInput), Find says whether the host is ours, Tenants in which tenant it is,
// and Input.Answer passes on a token. The format is that of https://git-scm.com/docs/git-credential#IOFMT,
// from git 1.7.9 to the newest:
//
//	get         Input.Answer, Quit where no token can be had; nothing at all for other hosts
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
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
)

// Answer is what git gets for "get": t as a bearer token if git takes that, else as a password. A bearer token
// that is ephemeral is kept by no other helper, a password may be. With basic it is a password though git
// takes a bearer token: some versions lose it on the way.
func (in Input) Answer(t cache.Token, basic bool, now time.Time) ([]byte, error) {
	token, err := claims.PassOn(t, maxLine-len("credential="), "to git")
	if err != nil {
		return nil, err
	}
	if !basic && in.Offers("authtype") {
		return linesOf("capability[]=authtype", "authtype=Bearer", "credential="+token, "ephemeral=1", ""), nil
	}
	user, err := in.username(t)
	if err != nil {
		return nil, err
	}
	return linesOf("username="+user, "password="+token,
		"password_expiry_utc="+strconv.FormatInt(expiry(t, now).Unix(), 10), ""), nil
}

// username is the one that git gave, or else the account's: Azure DevOps looks at the password alone.
func (in Input) username(t cache.Token) (string, error) {
	name := UserBeside(in.Username, t.Account)
	if hasControl(name) || len(name) > maxLine-len("username=") {
		return "", errors.New("the account's name can't be passed to git: it is too long or has a control character")
	}
	return name, nil
}

// UserBeside is the user name that stands beside a token that is a password: the first of some that is
// neither empty nor has a colon, which Basic authentication can't carry: https://www.rfc-editor.org/rfc/rfc7617#section-2
func UserBeside(names ...string) string {
	for _, name := range names {
		if name != "" && !strings.Contains(name, ":") {
			return name
		}
	}
	return "entralogin"
}

// expiry is the end of t that git is told. By then t counts as stale here, so that whoever keeps the
// password that long asks again before it is refused. git throws away a password that has expired, so
// within the last moments of t, where nothing better can be had, its true end is told.
func expiry(t cache.Token, now time.Time) time.Time {
	early := t.Reported()
	if early.After(now.Add(time.Second)) {
		return early
	}
	return t.Until()
}

// Quit tells git to ask no other helper and no person: the host is ours, and there is no token for it. Why
// is for standard error.
func Quit() []byte { return linesOf("quit=1", "") }

// Capability answers the operation "capability":
// https://git-scm.com/docs/git-credential#CAPA-IOFMT
func Capability() []byte { return linesOf("version 0", "capability authtype") }

// linesOf makes lines. A blank one is the end of a description.
func linesOf(lines ...string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }
