package gitcheck

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
)

// Variable is one value of git's configuration.
type Variable struct {
	Scope  string // "global"
	Origin string // "file:/home/alice/.gitconfig"
	git.Variable
}

// ParseVariables reads the fields that "git config --show-scope --show-origin --null --get-regexp" prints.
func ParseVariables(fields []string) []Variable {
	var all []Variable
	for ; len(fields) >= 3; fields = fields[3:] {
		all = append(all, Variable{fields[0], fields[1], git.ParseVariables(fields[2:3])[0]})
	}
	return all
}

// ours reports whether a helper is entralogin.
func (v Variable) ours() bool {
	_, ours := ParseProgram(v.Value)
	return ours
}

// where says in which file a variable stands.
func (v Variable) where() string {
	return v.Scope + ", " + place(strings.TrimPrefix(v.Origin, "file:"))
}

// isTrue reads a boolean as git does.
func isTrue(value string) bool {
	n, err := strconv.Atoi(value)
	return err == nil && n != 0 || slices.Contains([]string{"true", "yes", "on"}, strings.ToLower(value))
}

// applies reports whether the variable section.PATTERN.name is about a target, and returns its name.
func (v Variable) applies(t Target) (name string, ok bool) {
	_, rest, _ := strings.Cut(v.Key, ".")
	dot := strings.LastIndex(rest, ".")
	if dot < 0 {
		return rest, rest != ""
	}
	pattern, name := rest[:dot], rest[dot+1:]
	if !strings.Contains(pattern, "://") {
		pattern = t.Scheme + "://" + pattern
	}
	authority, _, _ := strings.Cut(strings.TrimPrefix(pattern, "https://"), "/")
	if i := strings.LastIndex(authority, "@"); i >= 0 && authority[:i] != t.User {
		return name, false
	}
	return name, git.Applies(pattern, t.Host, t.Path)
}

// Chain is what of git's configuration counts for a target.
type Chain struct {
	Helpers  []Variable // in the order in which git asks them
	Path     bool       // useHttpPath
	Username string
	exact    bool // entralogin stands where libgit2 looks, too
}

// isPlain reports whether libgit2 finds a helper, as cargo has it: for all hosts, or at https://HOST without
// port, wildcard and slash.
func (v Variable) isPlain(t Target) bool {
	return v.Key == "credential.helper" || v.Key == "credential.https://"+t.Host+".helper" && !strings.Contains(t.Host, ":")
}

// EffectiveChain takes the variables in their order: it is that of the files, and not that of how well a
// pattern fits. An empty helper takes away all before it.
func EffectiveChain(all []Variable, t Target) Chain {
	var c Chain
	for _, v := range all {
		name, ok := v.applies(t)
		switch {
		case !ok:
		case name == "helper" && v.Value == "":
			c.Helpers = nil
		case name == "helper":
			c.Helpers = append(c.Helpers, v)
			c.exact = c.exact || v.ours() && v.isPlain(t)
		case name == "usehttppath":
			c.Path = isTrue(v.Value)
		case name == "username":
			c.Username = v.Value
		}
	}
	return c
}

const setup = "entralogin git setup"

// Check says who is asked for a token and gets to see it. known says that the tenant is known without the
// path. The helper that is entralogin is returned, nil if there is none.
func (c Chain) Check(t Target, known bool) (own *Variable, found []check.Finding) {
	for i, v := range c.Helpers {
		if v.ours() {
			own = &c.Helpers[i]
		}
	}
	switch {
	case len(c.Helpers) == 0:
		return nil, []check.Finding{Helper.Fail(failure.Config, "git runs no helper for %s", t.URL()).Or(setup)}
	case own == nil:
		found = append(found, Helper.Fail(failure.Config, "entralogin is none of the helpers that git runs for %s", t.URL()).Or(setup))
	case len(c.Helpers) == 1:
		found = append(found, Helper.Good("git asks entralogin alone (%s)", own.where()))
	default:
		found = append(found, Helper.Good("git asks entralogin (%s), and %d in all", own.where(), len(c.Helpers)))
	}
	first := true
	for i := range c.Helpers {
		v := &c.Helpers[i]
		if v.ours() {
			first = false
			continue
		}
		found = append(found, v.other(own, first))
	}
	if own != nil && !c.exact {
		found = append(found, gap(t))
	}
	return own, append(found, c.path(t, known)...)
}

// gap says who passes over the section in which entralogin stands.
func gap(t Target) check.Finding {
	host, _, hasPort := strings.Cut(t.Host, ":")
	f := Helper.Warn("cargo, and what else uses libgit2, runs no helper for %s: it passes over a section with a wildcard, a port or a path", t.Host)
	if hasPort {
		return f.Or("net.git-fetch-with-cli = true in cargo's configuration has it run git")
	}
	return f.Or("entralogin git setup --host %s", name(host))
}

// other says what a helper does that is not entralogin. git hands the answer of one to all.
func (v *Variable) other(own *Variable, first bool) check.Finding {
	called := programName(v.Value)
	if own == nil {
		return Helper.Warn("git asks the helper %s (%s)", called, v.where())
	}
	when := "after entralogin"
	if first {
		when = "before entralogin"
	}
	remedy := setup
	switch {
	case v.Scope == "local" || v.Scope == "worktree":
		remedy = "take the helper out of the repository's configuration, or put entralogin there, too: entralogin git setup --local"
	case v.Scope == "command":
		remedy = "take the helper out of GIT_CONFIG_PARAMETERS, GIT_CONFIG_COUNT or the command line"
	case !first:
		remedy = "an empty helper has to stand behind the other one: entralogin git unset && entralogin git setup"
	}
	f := Helper.Warn("git asks the helper %s (%s), too, %s, and hands it each token that it gets as a password", called, v.where(), when)
	switch {
	case called == "store":
		f = Helper.Fail(failure.Config, "the helper store (%s) is asked %s: it writes each token that git gets as a password into a file in plain text", v.where(), when)
	case first && strings.HasPrefix(called, "manager"):
		f = Helper.Fail(failure.Config, "Git Credential Manager (%s) is asked %s, and signs in itself", v.where(), when)
	}
	return f.Or("%s", remedy)
}

// path says whether git tells which organization is meant.
func (c Chain) path(t Target, known bool) []check.Finding {
	if t.Host != "dev.azure.com" {
		return nil
	}
	switch {
	case c.Path:
		return []check.Finding{Helper.Good("useHttpPath is set: git says which organization is meant")}
	case c.userIsOrganization(t):
		return []check.Finding{Helper.Good("useHttpPath is not set, and the user name says which organization is meant")}
	case known:
		return []check.Finding{Helper.Warn("useHttpPath is not set: git does not say which organization is meant, and the config's tenant counts for all").Or(setup)}
	}
	return []check.Finding{Helper.Fail(failure.Config, "useHttpPath is not set for dev.azure.com: git does not say which organization is meant").Or(setup)}
}

// userIsOrganization reports whether the helper finds the organization of the path without the path, too.
func (c Chain) userIsOrganization(t Target) bool {
	in := t.Input()
	in.Username = cmp.Or(in.Username, c.Username)
	wanted := git.Find(in, nil).Organization
	in.Path = ""
	return wanted != "" && git.Find(in, nil).Organization == wanted
}
