package git

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// Variable is one value of git's configuration.
type Variable struct {
	Key   string // "credential.https://dev.azure.com.helper"; section and name are in lower case
	Value string
}

// ParseVariables reads the fields that "git config --null --get-regexp" prints. One without a value is true.
// https://git-scm.com/docs/git-config#Documentation/git-config.txt-boolean
func ParseVariables(fields []string) []Variable {
	all := make([]Variable, len(fields))
	for i, field := range fields {
		key, value, ok := strings.Cut(field, "\n")
		if !ok {
			value = "true"
		}
		all[i] = Variable{key, value}
	}
	return all
}

// AzureHosts are what git's configuration calls the hosts of Azure DevOps.
func AzureHosts() []string { return []string{authority.DevAzure, "*.visualstudio.com"} }

// Section is what one file of git's configuration says of a host, each variable with its values in their order.
// https://git-scm.com/docs/gitcredentials#_configuration_options
type Section struct {
	Host string // as it stands there: "*.visualstudio.com"

	helpers []string
	paths   []string // of useHttpPath
	written []string // of the mark: names of variables that setup wrote though they are no helper
	heard   bool     // a helper that is not ours gets to see what ours answers
}

// The variables of a section. The mark is ours: git knows none of that name.
const (
	helperVariable = "helper"
	pathVariable   = "useHttpPath"
	markVariable   = "entralogin"
)

// FindSection takes a host's section out of all variables of a file, in their order.
func FindSection(host string, all []Variable) Section {
	s := Section{Host: host, heard: overheard(host, all)}
	values := map[string]*[]string{helperVariable: &s.helpers, pathVariable: &s.paths, markVariable: &s.written}
	for name, list := range values {
		for _, v := range all {
			if v.Key == "credential.https://"+host+"."+strings.ToLower(name) {
				*list = append(*list, v.Value)
			}
		}
	}
	return s
}

// SetupHosts are the hosts whose sections look as Setup writes them, in their order: also those that are in
// no config any more.
func SetupHosts(all []Variable) []string {
	var hosts []string
	for _, v := range all {
		host, ok := strings.CutPrefix(v.Key, "credential.https://")
		host, isHelper := strings.CutSuffix(host, "."+helperVariable)
		if !ok || !isHelper || !isOurs(v.Value) || slices.Contains(hosts, host) {
			continue
		}
		if helpers := FindSection(host, all).helpers; len(helpers) > 1 && helpers[0] == "" && isOurs(helpers[1]) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// ConflictError says that a variable has a value that is not ours.
type ConflictError struct {
	Key   string
	Value string
}

func (e *ConflictError) Error() string {
	return text.HideUsers(fmt.Sprintf("%s is %q already", e.Key, e.Value))
}

// Setup returns the calls of "git config" that have git run helper for the host, none if it does. An empty
// helper in front resets the chain, so that no other helper sees our tokens: git hands what one of them
// answered to all others. For dev.azure.com git has to pass on the path, where the organisation stands.
//
// What somebody else put there is replaced only if overwrite is set; else that is a *ConflictError.
func (s Section) Setup(helper string, overwrite bool) ([][]string, error) {
	want := s
	want.helpers = append(slices.Repeat([]string{""}, s.foreignResets(helper)+1), helper)
	if s.Host == authority.DevAzure && !slices.Equal(s.paths, []string{"true"}) {
		want.paths, want.written = []string{"true"}, []string{pathVariable}
	}
	for _, value := range s.helpers {
		if value != "" && value != helper && !isOurs(value) && !overwrite {
			return nil, &ConflictError{s.key(helperVariable), value}
		}
	}
	for _, value := range s.paths {
		if value != "" && !slices.Contains(want.paths, value) && !overwrite {
			return nil, &ConflictError{s.key(pathVariable), value}
		}
	}
	return s.become(want, s.heard), nil
}

// foreignResets counts the empty helpers that were there before ours and the one in front of it.
func (s Section) foreignResets(helper string) int {
	n := 0
	for n < len(s.helpers) && s.helpers[n] == "" {
		n++
	}
	switch {
	case n == len(s.helpers):
		return n
	case s.helpers[n] == helper || isOurs(s.helpers[n]):
		return max(0, n-1)
	}
	return 0
}

// Unset returns the calls of "git config" that take back what Setup did, none if nothing of it is there. Values
// of somebody else stay, also those that Setup would have written had they not been there.
func (s Section) Unset(helper string) [][]string {
	want := s
	want.helpers = s.otherHelpers(helper)
	if want.written = nil; len(s.written) > 0 && slices.Equal(s.paths, []string{"true"}) {
		want.paths = nil
	}
	return s.become(want, false)
}

// otherHelpers are the helpers without ours, and without the empty one in front of it unless that serves others.
func (s Section) otherHelpers(helper string) []string {
	var others, served []string
	foreign := false
	for _, value := range s.helpers {
		if value == helper || isOurs(value) {
			if n := len(others); n > 0 && others[n-1] == "" {
				others = others[:n-1]
			}
			continue
		}
		others, served = append(others, value), append(served, value)
		foreign = foreign || value != ""
	}
	if foreign {
		return served
	}
	return others
}

// become returns the calls that give the section the values of want. With anew all of them are written at the
// end of the file: git does that with a section that it has emptied.
func (s Section) become(want Section, anew bool) [][]string {
	var calls [][]string
	for _, variable := range []struct {
		name       string
		have, want []string
	}{{helperVariable, s.helpers, want.helpers}, {pathVariable, s.paths, want.paths}, {markVariable, s.written, want.written}} {
		key, add := s.key(variable.name), variable.want
		switch n := len(variable.have); {
		case !anew && n <= len(add) && slices.Equal(variable.have, add[:n]):
			add = add[n:]
		case n > 0:
			calls = append(calls, []string{"--unset-all", key})
		}
		for _, value := range add {
			calls = append(calls, []string{"--add", key, value})
		}
	}
	return calls
}

func (s Section) key(variable string) string {
	return "credential.https://" + s.Host + "." + variable
}

// overheard reports whether a helper that is not ours stands behind the last of a host's own ones, where it
// gets to see what they answered.
func overheard(host string, all []Variable) bool {
	heard := false
	for _, v := range all {
		pattern, isHelper := strings.CutSuffix(strings.TrimPrefix(v.Key, "credential."), "."+helperVariable)
		switch {
		case v.Key == "credential.https://"+host+"."+helperVariable:
			heard = false
		case v.Key == "credential."+helperVariable || isHelper && Applies(pattern, strings.Replace(host, "*", "x", 1), ""):
			heard = heard || v.Value != "" && !isOurs(v.Value)
		}
	}
	return heard
}

// isOurs reports whether a helper is entralogin, wherever it lies.
func isOurs(helper string) bool {
	words := strings.FieldsFunc(strings.TrimPrefix(helper, "!"), func(r rune) bool { return strings.ContainsRune(` '"/\`, r) })
	for i, word := range words {
		word = strings.TrimSuffix(strings.ToLower(word), ".exe")
		if word == "git-credential-entralogin" || text.IsOwnName(word) && (len(words) == 1 || i+1 < len(words) && words[i+1] == "git-credential") {
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
