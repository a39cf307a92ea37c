// Package dockerconfig reads and edits the files in which docker, podman and what follows them look for the password of a
// registry: docker's config.json and the auth.json of podman, buildah and skopeo. Of all that stands there it changes
// credHelpers alone, the helpers of named registries, and leaves every other byte as it is:
//
//	{"credHelpers": {"contoso.azurecr.io": "entralogin"}}
//
// means that the program docker-credential-entralogin has the password of contoso.azurecr.io.
//
//   - https://docs.docker.com/reference/cli/docker/login/#credential-helpers
//   - https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
package dockerconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/entralogin/entralogin/plugin/text"
	"github.com/entralogin/entralogin/plugin/userfile"
)

// Helper is the name that stands in credHelpers for this program.
const Helper = "entralogin"

// Program is what docker and podman run for a helper: it is looked for on the PATH, and no path may be named.
func Program(helper string) string { return "docker-credential-" + helper }

// The errors of a file. Parse and Edit don't know its path.
type (
	Error      = userfile.Error
	LockError  = userfile.LockError
	WriteError = userfile.WriteError
)

// Names of top-level keys. Go's decoder, which docker and podman use, takes them in any case.
const (
	helpersKey = "credHelpers"
	storeKey   = "credsStore"
	authsKey   = "auths"
)

// maxFile is how many bytes a file may have.
const maxFile = 4 << 20

// File is what a file says. The zero File is one that is empty or not there.
type File struct {
	Helpers   map[string]string // of named registries, such as Helper
	Store     string            // the helper of all other registries, or ""
	Passwords []string          // the registries, or parts of them, whose password stands in the file, sorted

	text  []byte
	top   object
	auths bool // it has entries there, with a password or without
}

// Parse reads a file, as strictly as those who read it: what docker would refuse can't be edited. Errors: *Error.
func Parse(content []byte) (File, error) {
	f := File{text: content}
	switch {
	case len(content) > maxFile:
		return File{}, &Error{What: "is larger than 4 MiB"}
	case strings.HasPrefix(string(content), "\ufeff"):
		return File{}, &Error{What: "begins with a byte order mark, with which neither docker nor podman can read it; save it in UTF-8 without one"}
	case !utf8.Valid(content) || slices.Contains(content, 0):
		return File{}, &Error{What: "is not in UTF-8"}
	case strings.Trim(string(content), " \t\r\n") == "":
		return f, nil
	}
	if err := checkJSON(content); err != nil {
		return File{}, err
	}
	top, err := readObject(content, 0)
	if err != nil {
		return File{}, &Error{What: "is no JSON object", Err: err}
	}
	if key, twice := top.twice(strings.ToLower); twice {
		return File{}, &Error{What: fmt.Sprintf("has the key %q twice", text.Short(key, 80))}
	}
	f.top = top
	if err := f.read(); err != nil {
		return File{}, err
	}
	return f, nil
}

// checkJSON tells in which line of a text it ceases to be JSON. The text itself may hold passwords and is not shown.
func checkJSON(content []byte) error {
	var any json.RawMessage
	err := json.Unmarshal(content, &any)
	if err == nil {
		return nil
	}
	what := "is no JSON"
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		before := content[:min(int(syntax.Offset), len(content))]
		what += fmt.Sprintf(": it goes wrong in line %d", strings.Count(string(before), "\n")+1)
	}
	return &Error{What: what}
}

// read fills in what the keys say that matter here.
func (f *File) read() error {
	wrong := func(key, what string) error { return &Error{What: fmt.Sprintf("has %s that is no %s", key, what)} }
	if m, ok := f.top.member(storeKey); ok && json.Unmarshal(f.value(m), &f.Store) != nil {
		return wrong(storeKey, "text")
	}
	if m, ok := f.top.member(helpersKey); ok {
		if json.Unmarshal(f.value(m), &f.Helpers) != nil {
			return wrong(helpersKey, "object of texts")
		}
		if inner, err := readObject(f.text, m.valueAt); err == nil {
			if key, twice := inner.twice(strings.Clone); twice {
				return &Error{What: fmt.Sprintf("has the registry %q twice in %s", text.Short(key, 80), helpersKey)}
			}
		}
	}
	m, ok := f.top.member(authsKey)
	if !ok {
		return nil
	}
	var auths map[string]map[string]any
	if json.Unmarshal(f.value(m), &auths) != nil {
		return wrong(authsKey, "object of objects")
	}
	f.auths = len(auths) > 0
	for registry, auth := range auths {
		if holdsPassword(auth) {
			f.Passwords = append(f.Passwords, registry)
		}
	}
	slices.Sort(f.Passwords)
	return nil
}

// value is the text of a member's value.
func (f File) value(m member) []byte { return f.text[m.valueAt:m.valueEnd] }

// holdsPassword reports whether an entry of auths holds something that signs in. docker leaves an empty one for a registry
// whose password is elsewhere.
func holdsPassword(auth map[string]any) bool {
	for key, value := range auth {
		for _, secret := range []string{"auth", "password", "identitytoken", "registrytoken"} {
			if strings.EqualFold(key, secret) && value != nil && value != "" {
				return true
			}
		}
	}
	return false
}

// Ours are the registries of which this program is the helper, sorted.
func (f File) Ours() []string {
	var ours []string
	for registry, helper := range f.Helpers {
		if helper == Helper {
			ours = append(ours, registry)
		}
	}
	slices.Sort(ours)
	return ours
}

// PasswordsOf are those of Passwords that are of a registry: itself, as an address, or parts of it, which podman knows.
func (f File) PasswordsOf(registry string) []string {
	var of []string
	for _, name := range f.Passwords {
		host := name
		if _, rest, ok := strings.Cut(name, "://"); ok {
			host = rest
		}
		if host, _, _ = strings.Cut(host, "/"); strings.EqualFold(host, registry) {
			of = append(of, name)
		}
	}
	return of
}
