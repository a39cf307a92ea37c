package gitcheck

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/https"
)

// Probe asks a host once for the references of a repository, as a fetch does.
type Probe struct {
	check.Probe // its Account is the user name where the token is a password
	Target      Target
	Bearer      bool // git would send the token as a bearer token
}

// Repository reports whether the path is one of a repository, as far as it shows.
func (p Probe) Repository() bool {
	if p.Target.Host == "dev.azure.com" || strings.HasSuffix(p.Target.Host, ".visualstudio.com") {
		return strings.Contains("/"+p.Target.Path, "/_git/")
	}
	return p.Target.Path != ""
}

// Check makes the request and says what the answer means.
func (p Probe) Check(ctx context.Context) []check.Finding {
	if !p.Repository() {
		return []check.Finding{Server.Unchecked("what %s says to git: the URL is not that of a repository", name(p.Target.Host)).
			Or("for that name one: entralogin git check %s", p.Target.Example())}
	}
	var found []check.Finding
	if p.Token.IsZero() {
		found = append(found, Server.Unchecked("what %s says to a token: there is none at hand that is fresh", name(p.Target.Host)))
	}
	r, err := p.ask(ctx)
	var redirect *https.RedirectError
	switch {
	case errors.As(err, &redirect):
		return append(found, p.signInPage(check.Reply{Status: redirect.Status}, `leads to "`+name(redirect.To)+`"`)...)
	case err != nil:
		return append(found, unreached(err))
	}
	found = append(found, check.Clocks(p.Now(), r.Date, "the server's")...)
	return append(found, p.judge(r)...)
}

func (p Probe) ask(ctx context.Context) (check.Reply, error) {
	q := check.Question{Address: "https://" + p.Target.Host + "/" + p.Target.Path + "/info/refs?service=git-upload-pack",
		Token: p.Token, Header: http.Header{"X-Tfs-Fedauthredirect": {"Suppress"}}}
	if !p.Bearer {
		q.User = git.UserBeside(p.Target.User, p.Account)
	}
	return q.Ask(ctx, p.HTTPS)
}

// unreached says why there is no answer.
func unreached(err error) check.Finding {
	f, obstacle := Server.Unreached(err)
	if obstacle.OfProxy() {
		return f.Or("look at HTTPS_PROXY and NO_PROXY")
	}
	switch obstacle {
	case https.NotTrusted:
		return f.Or("have the authority trusted on this machine, or name its file in SSL_CERT_FILE; http.sslCAInfo counts for git alone")
	case https.OtherName, https.OutOfDate, https.NoTLS:
		return f.Or("is the URL right, and this machine's clock? Else it is the host's turn, or that of a network in the way")
	}
	if f.Class == failure.Answer {
		return f
	}
	return f.Or("is the URL right, and the network or VPN up? A proxy has to stand in HTTPS_PROXY")
}

// challengeTenant is the tenant that the host names, or "".
func challengeTenant(r check.Reply) string {
	return git.ChallengeTenant(r.Header.Values("WWW-Authenticate"))
}

// showsRefs reports whether an answer is what git wants.
func showsRefs(r check.Reply) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return r.Status == http.StatusOK && kind == "application/x-git-upload-pack-advertisement"
}

// asks reports whether the host asks for what git and entralogin know.
func asks(r check.Reply) bool {
	return slices.ContainsFunc(https.Challenges(r.Header.Values("WWW-Authenticate")), func(c https.Challenge) bool { return c.Is("Basic") || c.Is("Bearer") })
}
