package gitcheck

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
)

// again has git get a new token, and where that does not help, a new sign-in.
func (p Probe) again() string {
	return "run git again: it has the refused token forgotten and gets a new one. If it stays so: " + p.Again
}

// judge says what an answer means.
func (p Probe) judge(r check.Reply) []check.Finding {
	host := name(p.Target.Host)
	if f, busy := Server.Busy(host, r.Status); busy {
		return []check.Finding{f}
	}
	switch {
	case r.Status == http.StatusNonAuthoritativeInfo:
		return p.signInPage(r, "answered 203, a sign-in page")
	case r.Status == http.StatusUnauthorized && p.Token.IsZero():
		return p.asked(r)
	case r.Status == http.StatusUnauthorized:
		f := Server.Fail(failure.Refused, "%s refuses the token (401). It gives no reason; what the token itself shows follows", host).Or("%s", p.again())
		return append([]check.Finding{f}, p.candidates(r)...)
	case r.Status == http.StatusForbidden:
		return []check.Finding{Server.Fail(failure.Refused, "%s knows the caller and grants no access to the repository (403)", host).
			Or("%s", p.accessWords())}
	case r.Status == http.StatusNotFound:
		return []check.Finding{Server.Fail(failure.Refused, "%s says that the repository is not there (404), or hides it from %s", host, p.who()).
			Or("compare the URL with the one that the web page shows; then %s", p.accessWords())}
	case showsRefs(r) && p.Token.IsZero():
		return []check.Finding{Server.Good("%s shows the repository to everybody", host)}
	case showsRefs(r):
		return []check.Finding{Server.Good("%s accepts the token of %s and shows the repository", host, p.who())}
	case r.Page:
		return p.signInPage(r, "answered with a web page")
	}
	return []check.Finding{Server.Fail(failure.Answer, "%s answered %d, and not as a git server does", host, r.Status).Or("is the URL that of a repository?")}
}

func (p Probe) who() string {
	if p.Token.IsZero() {
		return "strangers"
	}
	return name(cmp.Or(p.Account, "this account"))
}

func (p Probe) accessWords() string {
	if p.Token.IsZero() {
		return "sign in: " + p.SignIn
	}
	return "ask for access for " + p.who() + ", in the organization and the project; if it is the wrong account, name the right one (entralogin help git)"
}

// asked judges the refusal of a request without a token, which is what git waits for.
func (p Probe) asked(r check.Reply) []check.Finding {
	host := name(p.Target.Host)
	if !asks(r) {
		return []check.Finding{Server.Warn("%s is reached and wants something else than a token or a password", host).
			Or("its WWW-Authenticate has to name Basic or Bearer")}
	}
	found := []check.Finding{Server.Good("%s is reached and wants a token", host)}
	if f, ok := p.otherTenant(r); ok {
		found = append(found, f)
	}
	return found
}

func (p Probe) otherTenant(r check.Reply) (check.Finding, bool) {
	named := challengeTenant(r)
	if named == "" || strings.EqualFold(named, p.Asked.Tenant) || !authority.IsGUID(p.Asked.Tenant) {
		return check.Finding{}, false
	}
	return Server.Warn("%s names another tenant than %s: %s", name(p.Target.Host), name(p.Asked.Tenant), named).
		Or("take tenant-id of the host out of the config file, or correct it"), true
}

// signInPage judges a page for browsers.
func (p Probe) signInPage(r check.Reply, what string) []check.Finding {
	host := name(p.Target.Host)
	if p.Token.IsZero() {
		return []check.Finding{Server.Fail(failure.Answer, "%s %s: a sign-in page, of the host or of a network in the way", host, what).
			Or("open the URL in a browser to see which; a host has to answer git with 401 and a challenge")}
	}
	f := Server.Fail(failure.Refused, "%s %s: it takes the token for none of its own", host, what).Or("%s", p.again())
	return append([]check.Finding{f}, p.candidates(r)...)
}

// candidates are what can be wrong with a token that was refused.
func (p Probe) candidates(r check.Reply) []check.Finding {
	var found []check.Finding
	add := func(f check.Finding) { found = append(found, f.Possible()) }
	c := p.Claims
	if f, ok := Server.OutOfTime(c, p.Now(), r.Date, "the server's"); ok {
		add(f)
	}
	if f := CheckAudience(Server, c, p.Asked, p.Again); f.Level != check.OK {
		add(f)
	}
	if f, ok := p.otherTenant(r); ok {
		add(f)
	} else if named := challengeTenant(r); named != "" && c.Tenant != "" && !strings.EqualFold(named, c.Tenant) {
		add(Server.Warn("the token is of the tenant %s, and the server names %s", name(c.Tenant), named).Or("%s", p.Again))
	}
	if !strings.HasSuffix(p.Target.Host, ".visualstudio.com") && p.Target.Host != "dev.azure.com" {
		add(p.form())
	}
	add(Server.Warn("the session was revoked, or a policy of the organization wants more than this sign-in").Or("%s", p.again()))
	return found
}

// form says how the token went to a host of somebody's own.
func (p Probe) form() check.Finding {
	if p.Bearer {
		return Server.Warn("the token went there as a bearer token, as this git sends it; the host may take passwords (Basic) alone").
			Or("have the host take Authorization: Bearer")
	}
	return Server.Warn("the token went there as a password (Basic), as this git sends it; the host may take bearer tokens alone").
		Or("update git to 2.54 or newer, or have the host take the token as a password")
}
