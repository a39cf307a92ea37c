package dockercheck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/docker"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
)

// Probe asks a registry who gives out its tokens, and whether it takes the one at hand: its own that is stored, as docker
// would use it; else that of Entra, for which it gives out one that is thrown away.
type Probe struct {
	check.Probe // its Token is that of Entra
	Registry    string
	Tenant      string      // that was asked for
	Stored      cache.Token // of the registry, fresh, or zero
}

// Check makes the requests and says what the answers mean.
func (p Probe) Check(ctx context.Context) []check.Finding {
	c := docker.New(p.Registry, p.HTTPS)
	c.Now = p.Now
	c.Sleep = func(context.Context, time.Duration) error { // who checks does not want to wait
		return &https.NetworkError{Host: p.Registry, Err: errors.New("it is busy")}
	}
	if err := c.Challenge(ctx); err != nil {
		return []check.Finding{p.unreached(err)}
	}
	found := []check.Finding{Server.Good("%s is reached, and gives out its own tokens", p.Registry)}
	switch {
	case !p.Stored.Value.IsZero():
		if err := c.Try(ctx, p.Stored); err != nil {
			return append(found, p.refused(err, "the stored token",
				"docker logout "+p.Registry+" has it forgotten, and the next pull gets another. If it stays so: "+p.Again)...)
		}
		return append(found, Server.Good("%s accepts the stored token of %s", p.Registry, p.who(p.Stored.Account)))
	case p.Token.IsZero():
		return append(found, Server.Unchecked("what %s says to a token: there is none at hand that is fresh", p.Registry).
			Or("run docker: the helper gets one"))
	}
	given := cache.Token{Value: p.Token, Account: p.Account, Tenant: p.Claims.Tenant}
	if _, err := c.Exchange(ctx, cmp.Or(p.Claims.Tenant, p.Tenant), given); err != nil {
		return append(found, p.refused(err, "the token of "+p.who(p.Account), p.Again)...)
	}
	return append(found, Server.Good("%s takes the sign-in of %s, and gives out a token for it", p.Registry, p.who(p.Account)))
}

func (p Probe) who(account string) string { return name(cmp.Or(account, "this account")) }

// unreached says why a registry did not say who gives out its tokens.
func (p Probe) unreached(err error) check.Finding {
	if _, ok := errors.AsType[*docker.Error](err); ok {
		return Server.Fail(failure.Refused, "%v", err).Or("is %s the registry's login server, and does its firewall let this network in?", p.Registry)
	}
	f, obstacle := Server.Unreached(err)
	switch {
	case obstacle == https.NotTrusted:
		return f.Or("have the authority trusted on this machine, or name its file in SSL_CERT_FILE")
	case obstacle.OfProxy():
		return f.Or("look at HTTPS_PROXY and NO_PROXY")
	}
	if f.Class == failure.Answer {
		return f.Or("is %s the login server of a registry of Azure?", p.Registry)
	}
	return f.Or("is the name right, and the network or VPN up? A registry with a private endpoint is reached from its network alone")
}

// refused says why a registry did not take a token, and what can be wrong with that.
func (p Probe) refused(err error, what, again string) []check.Finding {
	wanted, challenged := errors.AsType[*plugin.ChallengeError](err)
	if challenged {
		return []check.Finding{Server.Warn("%s wants another sign-in than this one, by a policy (%v)", p.Registry, wanted.Err).
			Or("run docker: the helper asks for it")}
	}
	refusal, ok := errors.AsType[*docker.Error](err)
	if !ok {
		return []check.Finding{p.unreached(err)}
	}
	said := fmt.Sprintf("%s refuses %s (%d)", p.Registry, what, refusal.Status)
	if refusal.Message != "" {
		said += ": " + refusal.Message
	}
	switch refusal.Status {
	case http.StatusUnauthorized:
		return append([]check.Finding{Server.Fail(failure.Refused, "%s", said).Or("%s", again)}, p.candidates()...)
	case http.StatusForbidden:
		return []check.Finding{Server.Fail(failure.Refused, "%s", said).
			Or("whoever manages the registry has to give %s a role such as AcrPull, or let this network in", p.who(cmp.Or(p.Account, p.Stored.Account)))}
	}
	return []check.Finding{Server.Fail(failure.Refused, "%s", said)}
}

// candidates are what can be wrong with a token of Entra that was refused.
func (p Probe) candidates() []check.Finding {
	if p.Token.IsZero() {
		return nil
	}
	var found []check.Finding
	if f, ok := Server.OutOfTime(p.Claims, p.Now(), time.Time{}, "this machine's"); ok {
		found = append(found, f.Possible())
	}
	if f := CheckAudience(Server, p.Claims, p.Asked, p.Again); f.Level != check.OK {
		found = append(found, f.Possible())
	}
	return append(found, Server.Warn("%s is in another tenant than %s", p.Registry, name(cmp.Or(p.Claims.Tenant, p.Tenant))).
		Or("name the registry's tenant: tenant-id under registries: in the config file (entralogin help docker)").Possible())
}

// CheckAudience says what a registry will read in a token that was asked for like this. The command again gets a new one.
func CheckAudience(topic check.Topic, c claims.Claims, asked cache.Key, again string) check.Finding {
	return topic.Audience(c, authority.Resource(asked.Scopes), again, "scope of the registry in the config file has to be of the application that the registry expects")
}
