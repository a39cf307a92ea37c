package git

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
)

// Setting is a variable of git's configuration with all its values in one file, in their order.
// https://git-scm.com/docs/gitcredentials#_configuration_options
type Setting struct {
	Key    string // "credential.https://dev.azure.com.helper"
	Values []string
}

// AzureHosts are what git's configuration calls the hosts of Azure DevOps.
func AzureHosts() []string { return []string{authority.DevAzure, "*.visualstudio.com"} }

// SetupSettings are the settings that have git run helper for a host. An empty helper in front resets the
// chain, so that no other helper sees our tokens: git hands what one of them answered to all others. For
// dev.azure.com git has to pass on the path, where the organisation stands.
func SetupSettings(host, helper string) []Setting {
	prefix := "credential.https://" + host + "."
	settings := []Setting{{prefix + "helper", []string{"", helper}}}
	if host == authority.DevAzure {
		settings = append(settings, Setting{prefix + "useHttpPath", []string{"true"}})
	}
	return settings
}

// ConflictError says that a setting has a value that is not ours.
type ConflictError struct {
	Key   string
	Value string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s is %q already", e.Key, e.Value)
}

// Setup returns the calls of "git config" that give a setting its values, none if it has them. have are its
// values in the file. What somebody else put there is replaced only if overwrite is set; else that is a
// *ConflictError.
func (s Setting) Setup(have []string, overwrite bool) ([][]string, error) {
	if slices.Equal(have, s.Values) {
		return nil, nil
	}
	for _, value := range have {
		if !s.replaceable(value) && !overwrite {
			return nil, &ConflictError{Key: s.Key, Value: value}
		}
	}
	calls := s.Anew()
	if len(have) == 0 {
		calls = calls[1:]
	}
	return calls, nil
}

// Anew returns the calls that write a setting anew, at the end of the file.
func (s Setting) Anew() [][]string {
	calls := [][]string{{"--unset-all", s.Key}}
	for _, value := range s.Values {
		calls = append(calls, []string{"--add", s.Key, value})
	}
	return calls
}

// Overheard reports whether a helper that is not ours stands behind the last of a host's own ones, where it
// gets to see what they answered. helpers are all helpers of the file, in their order.
func Overheard(host string, helpers []Setting) bool {
	heard := false
	for _, h := range helpers {
		pattern := strings.TrimSuffix(strings.TrimPrefix(h.Key, "credential."), ".helper")
		switch {
		case h.Key == "credential.https://"+host+".helper":
			heard = false
		case h.Key == "credential.helper" || Applies(pattern, strings.Replace(host, "*", "x", 1), ""):
			heard = heard || slices.ContainsFunc(h.Values, func(value string) bool { return value != "" && !isOurs(value) })
		}
	}
	return heard
}

// Unset returns the calls of "git config" that take back what Setup did, none if nothing of it is there.
// Values of somebody else stay.
func (s Setting) Unset(have []string) [][]string {
	var others []string
	found := false
	for _, value := range have {
		switch {
		case isOurs(value) || value != "" && slices.Contains(s.Values, value):
			found = true
		default:
			others = append(others, value)
		}
	}
	if !found {
		return nil
	}
	calls := [][]string{{"--unset-all", s.Key}}
	if slices.ContainsFunc(others, func(value string) bool { return value != "" }) {
		for _, value := range others {
			calls = append(calls, []string{"--add", s.Key, value})
		}
	}
	return calls
}

// replaceable reports whether nothing is lost with a value: it is one of ours, at another place perhaps, or
// resets the chain, or is wanted.
func (s Setting) replaceable(value string) bool {
	return value == "" || isOurs(value) || slices.Contains(s.Values, value)
}

// isOurs reports whether a helper is entralogin, wherever it lies.
func isOurs(helper string) bool {
	words := strings.FieldsFunc(strings.TrimPrefix(helper, "!"), func(r rune) bool { return strings.ContainsRune(` '"/\`, r) })
	for i, word := range words {
		word = strings.TrimSuffix(strings.ToLower(word), ".exe")
		if word == "git-credential-entralogin" || word == "entralogin" && (len(words) == 1 || i+1 < len(words) && words[i+1] == "git-credential") {
			return true
		}
	}
	return false
}

// HelperCommand is the value of a helper that runs the program at path. git gives one that is an absolute
// path to a shell, with the operation behind it; a path with characters that mean something to a shell is
// quoted.
func HelperCommand(path string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._-+:@", r)
	}
	if strings.HasPrefix(path, "/") && strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 {
		return path + " git-credential"
	}
	path = strings.ReplaceAll(path, `\`, "/") // git for Windows has a shell of Unix
	return "!'" + strings.ReplaceAll(path, "'", `'\''`) + "' git-credential"
}

// Applies reports whether a setting "credential.URL.NAME" is about the URL https://host/path, by git's
// rules: the same host, or one label of it for a "*", and a path that begins with the setting's.
// https://git-scm.com/docs/gitcredentials#_credential_contexts
func Applies(pattern, host, path string) bool {
	rest, ok := strings.CutPrefix(pattern, "https://")
	if !ok {
		return false
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		rest = rest[i+1:]
	}
	wantHost, wantPath, _ := strings.Cut(rest, "/")
	want, got := strings.Split(strings.ToLower(wantHost), "."), strings.Split(strings.ToLower(host), ".")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && want[i] != "*" {
			return false
		}
	}
	wantPath = strings.Trim(wantPath, "/")
	return wantPath == "" || path == wantPath || strings.HasPrefix(path, wantPath+"/")
}
