package kubecheck

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/failure"
)

// judge says what an answer means.
func (p Probe) judge(server *url.URL, r check.Reply) []check.Finding {
	host := name(server.Host)
	if f, busy := Server.Busy(host, r.Status); busy {
		return []check.Finding{f}
	}
	switch {
	case r.Page:
		return []check.Finding{Server.Fail(failure.Answer, "%s answered %d with a web page: a proxy, a firewall or a network's sign-in page answers in place of the API server", host, r.Status).
			Or("open a page in a browser to see whether the network wants a sign-in; " + addressWords)}
	case p.Token.IsZero():
		return withoutToken(host, r)
	case r.Status == http.StatusUnauthorized:
		return p.unauthorized(host, r)
	}
	return p.authenticated(host, r)
}

// withoutToken judges the answer to a request without a token.
func withoutToken(host string, r check.Reply) []check.Finding {
	var version struct {
		GitVersion string `json:"gitVersion"`
	}
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		return []check.Finding{Server.Good("%s is reached and wants a token", host)}
	case r.Status == http.StatusOK && json.Unmarshal(r.Body, &version) == nil && version.GitVersion != "":
		return []check.Finding{Server.Good("%s is reached: Kubernetes %s", host, name(version.GitVersion))}
	}
	return senseless(host, r)
}

func senseless(host string, r check.Reply) []check.Finding {
	return []check.Finding{Server.Fail(failure.Answer, "%s answered %d, which makes no sense for an API server", host, r.Status).Or(addressWords)}
}

// authenticated judges an answer to a token that was not refused.
func (p Probe) authenticated(host string, r check.Reply) []check.Finding {
	var review struct {
		Kind   string `json:"kind"`
		Status struct {
			UserInfo struct {
				Username string   `json:"username"`
				Groups   []string `json:"groups"`
			} `json:"userInfo"`
		} `json:"status"`
	}
	var status struct {
		Kind string `json:"kind"`
	}
	user := &review.Status.UserInfo
	switch {
	case (r.Status == http.StatusCreated || r.Status == http.StatusOK) && json.Unmarshal(r.Body, &review) == nil &&
		review.Kind == "SelfSubjectReview" && user.Username != "":
		return p.known(host, user.Username, user.Groups)
	case r.Status == http.StatusForbidden:
		return []check.Finding{Server.Fail(failure.Refused, "%s accepts the token and allows not even the question who one is (403)", host).
			Or("the token is right; role bindings are missing: ask the cluster's administrator for one, to the user or to one of the groups")}
	case r.Status == http.StatusNotFound && json.Unmarshal(r.Body, &status) == nil && status.Kind == "Status":
		return []check.Finding{Server.Good("%s accepts the token", host),
			Server.Unchecked("whom the API server takes the token for; it is older than Kubernetes 1.28 and can't say")}
	}
	return senseless(host, r)
}

// known says whom the API server takes the caller for.
func (p Probe) known(host, user string, groups []string) []check.Finding {
	if user == "system:anonymous" {
		return []check.Finding{Server.Fail(failure.Refused, "%s takes the caller for nobody (system:anonymous): the token was dropped on the way", host).
			Or("a proxy in the way must pass the Authorization header on")}
	}
	var shown []string
	for _, g := range groups {
		shown = append(shown, name(g))
	}
	if len(groups) == 0 {
		shown = []string{"none"}
	}
	return []check.Finding{Server.Good("%s accepts the token: user %s, groups: %s", host, name(user), check.Some(shown))}
}

// unauthorized names what can be wrong with the token. A 401 of an API server does not say.
func (p Probe) unauthorized(host string, r check.Reply) []check.Finding {
	found := []check.Finding{Server.Fail(failure.Refused, "%s refuses the token (401). It gives no reason; what the token itself shows follows", host)}
	c := p.Claims
	candidate := func(f check.Finding) { found = append(found, f.Possible()) }
	if f, ok := Server.OutOfTime(c, p.Now(), r.Date, "the API server's"); ok {
		candidate(f)
	}
	candidate(likely(checkAudience(Server, c, p.Asked, p.Again), Server.Warn("the API server expects another audience than %s", name(strings.Join(c.Audience, " "))).Or(serverIDWords)))
	if p.Asked.Kind != cache.ID && !isAKS(p.Asked) {
		candidate(Server.Warn("the API server wants ID tokens (its --oidc-client-id is the client %s, not the server application)", name(p.Asked.Client)).
			Or("--token-kind id"))
	}
	candidate(likely(checkIssuer(Server, c, p.Asked), Server.Warn("the API server trusts another issuer than %s: another tenant's, or that of the other version", name(c.Issuer)).
		Or("compare it with --oidc-issuer-url or issuer.url of the API server, letter by letter; on AKS give the tenant of the cluster as --tenant-id")))
	if c.Overage && !isAKS(p.Asked) {
		candidate(Server.Warn("the token names no groups but a place to ask for them, which an API server with --oidc-groups-claim can't do at Entra (its log: could not expand distributed claims)").
			Or(overageWords))
	}
	if authority.IsGUID(p.Asked.Tenant) && c.Tenant != "" && !strings.EqualFold(p.Asked.Tenant, c.Tenant) {
		candidate(Server.Warn("the token is of the tenant %s, not of %s", name(c.Tenant), name(p.Asked.Tenant)).Or("%s", p.Again))
	}
	if !isAKS(p.Asked) {
		candidate(Server.Warn("the API server takes the user's name from a claim that the token lacks; it has %s", namedBy(c)).
			Or("--oidc-username-claim of the API server has to name one that is there, such as oid or sub"))
	}
	return found
}

func namedBy(c claims.Claims) string {
	if c.UserClaim == "" {
		return "none of upn, preferred_username, unique_name and email"
	}
	return c.UserClaim
}

// likely is what is wrong with the token, as far as it shows that itself, or else what can be.
func likely(shown, otherwise check.Finding) check.Finding {
	if shown.Level == check.OK {
		return otherwise
	}
	return shown
}
