// Package keyring is the front end for pip, uv and others that run the program keyring for the password of a package
// index, with the command line of Python's:
//
//	keyring get SERVICE USERNAME                             a password, and nothing else
//	keyring --mode creds [--output json] get SERVICE [USERNAME]   a user name and a password
//
// Read reads such a call. Whether the service is one of ours says package artifacts; Answer writes what the caller gets.
// Whatever else keyring does (set, del, diagnose, all other services) is for a keyring that stores something. Where there
// is no password, keyring prints nothing and its exit code is 1.
//
//   - https://github.com/jaraco/keyring#command-line-utility
//   - https://pip.pypa.io/en/stable/topics/authentication/#keyring-support
//   - https://docs.astral.sh/uv/guides/integration/alternative-indexes/
package keyring

import (
	"io"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/text"
)

// Name is the name of the program.
const Name = "keyring"

// User is the user name that is answered where the call names none: that of a feed counts for nothing.
const User = "entralogin"

// Input is a call for a password.
type Input struct {
	Service string // a URL, or its host alone; as the caller wrote it
	User    string // "" where none is named
	Creds   bool   // the user name is wanted, too
	JSON    bool
}

// Read reads the arguments of a call, without the program's name. ok is false for each call that is none for a password, or
// that keyring would not understand. A backend that is named counts for nothing.
func Read(args []string) (in Input, ok bool) {
	var words []string
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		switch {
		case args[i] == "--":
			words = append(words, args[i+1:]...)
			i = len(args)
			continue
		case !strings.HasPrefix(args[i], "-") || args[i] == "-":
			words = append(words, args[i])
			continue
		case !strings.HasPrefix(name, "--") && len(args[i]) > 2: // "-bNAME"
			name, value, given = args[i][:2], args[i][2:], true
		}
		if !given {
			if i++; i == len(args) {
				return Input{}, false
			}
			value = args[i]
		}
		if !in.set(name, value) {
			return Input{}, false
		}
	}
	if len(words) < 2 || len(words) > 3 || words[0] != "get" {
		return Input{}, false
	}
	in.Service = words[1]
	if len(words) == 3 {
		in.User = words[2]
	}
	if in.Service == "" || text.Clean(in.User) != in.User { // it would be a line of the answer, or two
		return Input{}, false
	}
	return in, true
}

// set takes an option with its value. It reports false for one that is not known.
func (in *Input) set(name, value string) bool {
	switch name {
	case "-b", "--keyring-backend", "-p", "--keyring-path":
		return true
	case "--mode":
		in.Creds = value == "creds"
		return in.Creds || value == "password"
	case "--output":
		in.JSON = value == "json"
		return in.JSON || value == "plain"
	}
	return false
}

// Account is the user name, where it can say whose token is wanted: an account, or an organization as the addresses have it
// that Azure DevOps shows. "" stands for the names that mean nobody.
func (in Input) Account() string {
	if slices.Contains([]string{User, "vsssessiontoken", "build", "any", "anything", "user", "username", "pat", "azdo", "az"}, strings.ToLower(in.User)) {
		return ""
	}
	return in.User
}

// Answer writes what the caller gets: t, in one piece. Errors: a token that can't be passed on, and those of out.
func (in Input) Answer(out io.Writer, t cache.Token) error {
	secret, err := claims.PassOn(t, claims.MostPassedOn, "on")
	if err != nil {
		return err
	}
	user := in.User
	if user == "" {
		user = User
	}
	var answer strings.Builder
	switch {
	case in.JSON && in.Creds:
		return text.WriteJSON(out, struct {
			User     string `json:"username"`
			Password string `json:"password"`
		}{user, secret})
	case in.JSON:
		return text.WriteJSON(out, struct {
			Password string `json:"password"`
		}{secret})
	case in.Creds:
		answer.WriteString(user + "\n")
	}
	answer.WriteString(secret + "\n")
	_, err = io.WriteString(out, answer.String())
	return err
}
