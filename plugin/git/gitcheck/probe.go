package gitcheck

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// Probe asks a host once for the references of a repository, as a fetch does.
type Probe struct {
	Target   Target
	HTTPS    https.Options // Hosts is not looked at
	Token    cache.Secret  // zero: none
	Claims   claims.Claims // of Token
	Bearer   bool          // git would send the token as a bearer token
	Account  string        // of Token, and the user name where it is a password
	Tenant   string        // that the token was asked of
	Resource string        // that the token was asked for
	Now      func() time.Time
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
			Or("entralogin git check https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY")}
	}
	var found []check.Finding
	if p.Token.IsZero() {
		found = append(found, Server.Unchecked("what %s says to a token: there is none at hand that is fresh", name(p.Target.Host)))
	}
	r, err := p.ask(ctx)
	var redirect *https.RedirectError
	switch {
	case errors.As(err, &redirect):
		return append(found, p.signInPage(reply{status: redirect.Status}, `leads to "`+name(redirect.To)+`"`)...)
	case err != nil:
		return append(found, p.unreached(err))
	}
	if !r.date.IsZero() {
		found = append(found, Clock.Clocks(p.Now(), r.date, "the server's"))
	}
	return append(found, p.judge(r)...)
}

// reply is a whole answer.
type reply struct {
	status     int
	refs       bool // it is what git wants
	html       bool
	date       time.Time // zero if there is none
	challenges []string
}

func (p Probe) ask(ctx context.Context) (reply, error) {
	address := "https://" + p.Target.Host + "/" + p.Target.Path + "/info/refs?service=git-upload-pack"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return reply{}, errors.New("the URL is none that git could use")
	}
	req.Header.Set("User-Agent", "entralogin")
	req.Header.Set("X-TFS-FedAuthRedirect", "Suppress")
	req.Close = true // there is no second request
	switch {
	case p.Token.IsZero():
	case p.Bearer:
		req.Header.Set("Authorization", "Bearer "+p.Token.Reveal())
	default:
		req.SetBasicAuth(p.user(), p.Token.Reveal())
	}
	https := p.HTTPS
	https.Hosts = []string{p.Target.Host}
	resp, err := https.Client().Do(req)
	if err != nil {
		if outer := (*url.Error)(nil); errors.As(err, &outer) {
			err = outer.Err
		}
		return reply{}, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	r := reply{status: resp.StatusCode, challenges: resp.Header.Values("WWW-Authenticate"),
		refs: kind == "application/x-git-upload-pack-advertisement",
		html: kind == "text/html" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))}
	r.date, _ = http.ParseTime(resp.Header.Get("Date"))
	return r, nil
}

// user is the name that stands beside a token that is a password.
func (p Probe) user() string {
	for _, user := range []string{p.Target.User, p.Account} {
		if user != "" && !strings.Contains(user, ":") {
			return user
		}
	}
	return "entralogin"
}

// unreached says why there is no answer.
func (p Probe) unreached(err error) check.Finding {
	var down *https.NetworkError
	if !errors.As(err, &down) {
		return Server.Fail(failure.Answer, "%s", text.Redact(err.Error(), 300))
	}
	f := Server.Fail(failure.Network, "%s", text.Redact(down.Error(), 300))
	switch down.Obstacle {
	case https.NotTrusted:
		return f.Or("have the authority trusted on this machine, or name its file in SSL_CERT_FILE; http.sslCAInfo counts for git alone")
	case https.ProxyUnfit, https.ProxyGone, https.ProxyLogin, https.ProxyBars, https.ProxyLost:
		return f.Or("look at HTTPS_PROXY and NO_PROXY")
	case https.OtherName, https.OutOfDate, https.NoTLS:
		return f.Or("is the URL right, and this machine's clock? Else it is the host's turn, or that of a network in the way")
	}
	return f.Or("is the URL right, and the network or VPN up? A proxy has to stand in HTTPS_PROXY")
}

// challengeTenant is the tenant that the host names, or "".
func (r reply) challengeTenant() string { return git.ChallengeTenant(r.challenges) }

// asks reports whether the host asks for what git and entralogin know.
func (r reply) asks() bool {
	return slices.ContainsFunc(https.Challenges(r.challenges), func(c https.Challenge) bool { return c.Is("Basic") || c.Is("Bearer") })
}
