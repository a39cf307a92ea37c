package gitcheck

import (
	"errors"
	"net/url"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/text"
)

// Target is what git would talk to.
type Target struct {
	Remote string // the remotes' names, "" if there is none

	Scheme, Host string // in lower case
	Path         string // without slashes at its ends, as it stands in the URL
	User         string // before the "@", decoded
	Password     bool   // there is one in the URL
}

// RemoteURL is a line of "git remote -v".
type RemoteURL struct{ Name, URL string }

// ParseRemotes reads what "git remote -v" prints: name, tab, URL, " (fetch)" or " (push)", and what partial
// clones add to that.
func ParseRemotes(out string) []RemoteURL {
	var all []RemoteURL
	for line := range strings.Lines(out) {
		name, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		end := max(strings.LastIndex(rest, " (fetch)"), strings.LastIndex(rest, " (push)"))
		if end > 0 {
			all = append(all, RemoteURL{name, rest[:end]})
		}
	}
	return all
}

// SSH reports whether a URL leads to Azure DevOps by SSH, where no helper takes part.
func SSH(text string) bool {
	rest := strings.TrimPrefix(strings.ToLower(text), "ssh://")
	if _, behind, ok := strings.Cut(rest, "@"); ok {
		rest = behind
	}
	host, _, _ := strings.Cut(strings.ReplaceAll(rest, "/", ":"), ":")
	return host == "ssh.dev.azure.com" || host == "vs-ssh.visualstudio.com"
}

// ParseURL takes a URL apart. Errors hold nothing of it: a password may stand there.
func ParseURL(content string) (Target, error) {
	u, err := url.Parse(content)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		return Target{}, errors.New("is no address such as https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY")
	case text.Clean(content) != content:
		return Target{}, errors.New("has a control or an invisible character")
	}
	t := Target{Scheme: strings.ToLower(u.Scheme), Host: strings.TrimSuffix(strings.ToLower(u.Host), ":443"), Path: strings.Trim(u.EscapedPath(), "/")}
	t.User = u.User.Username()
	_, t.Password = u.User.Password()
	return t, nil
}

// URL is the address without user and password, fit to be shown.
func (t Target) URL() string {
	content := t.Scheme + "://" + t.Host
	if t.Path != "" {
		content += "/" + t.Path
	}
	return text.URL(content, 300)
}

// Example is the address of a repository, as far as the target says one.
func (t Target) Example() string {
	organization, _, _ := strings.Cut(t.Path, "/")
	if host, ok := strings.CutSuffix(t.Host, ".visualstudio.com"); ok {
		return "https://" + text.Short(host, 120) + ".visualstudio.com/PROJECT/_git/REPOSITORY"
	}
	if t.Host != "dev.azure.com" {
		return "https://" + name(t.Host) + "/REPOSITORY"
	}
	if !authority.IsOrganization(organization) {
		organization = "ORGANIZATION"
	}
	return "https://dev.azure.com/" + organization + "/PROJECT/_git/REPOSITORY"
}

// Input is what git would tell a helper of it, with the path.
func (t Target) Input() git.Input {
	return git.Input{Protocol: t.Scheme, Host: t.Host, Path: t.Path, Username: t.User}
}

// Check says what a URL itself tells.
func (t Target) Check(p git.Place) []check.Finding {
	var found []check.Finding
	if t.Remote == "" {
		found = append(found, Remote.Good("%s is looked at", t.URL()))
	} else {
		found = append(found, Remote.Good("%s is the URL of %s", t.URL(), name(t.Remote)))
	}
	if t.Password {
		found = append(found, Remote.Fail(failure.Config, "the URL holds a password: git sends that, and asks nobody for a token").
			Or("git remote set-url NAME URL, without the password; it stands in .git/config in plain text, so it should be revoked, too"))
	}
	user, ok := text.UserName(t.User, p.Organization)
	switch {
	case t.User == "":
	case !ok:
		found = append(found, Remote.Warn("the user in the URL (%s) names no account: it has no @, and may be a token", user).
			Or("git remote set-url NAME URL, without it; a token stands in .git/config in plain text, so it should be revoked, too"))
	case strings.EqualFold(t.User, p.Organization):
		found = append(found, Remote.Good("the user in the URL is the organization, and names no account"))
	default:
		found = append(found, Remote.Good("the user in the URL chooses the account %s", user))
	}
	return found
}

// CheckUsername says what credential.username of git's configuration is.
func CheckUsername(user string, p git.Place) check.Finding {
	shown, ok := text.UserName(user, p.Organization)
	if !ok {
		return check.Settings.Warn("credential.username (%s) names no account: it has no @, and may be a token", shown).
			Or("take it out of git's configuration: git config --show-origin --name-only --get-regexp '^credential\\..*username$'")
	}
	return check.Settings.Good("credential.username is %s", shown)
}
