package doctorcmd

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// network looks at the way to the sign-in service, and asks it for its endpoints: one request.
func (c *call) network() []check.Check {
	return []check.Check{
		{Topic: aboutProxy, Title: "the proxy", Run: c.proxy},
		{Topic: aboutNames, Title: "the name of the sign-in service", Needs: []check.Topic{aboutProxy}, Limit: limit / 2, Run: c.names},
		{Topic: aboutAuthority, Title: "the sign-in service", Needs: []check.Topic{aboutProxy, aboutNames}, Limit: limit, Run: c.service},
		{Topic: aboutIdentity, Title: "the managed identity", Limit: limit, Run: machineCall{c}.answers},
	}
}

// proxy says which proxy is on the way. Nothing of its address but the host is shown.
func (c *call) proxy(context.Context) []check.Finding {
	if !c.known {
		return []check.Finding{aboutAuthority.Unchecked("the network, since the settings do not say which sign-in service is meant").Stop()}
	}
	var found []check.Finding
	for _, name := range []string{"ALL_PROXY", "all_proxy"} {
		if c.f.Getenv(name) != "" {
			found = append(found, aboutProxy.Warn("%s is set, and entralogin does not read it", name).Or("name the proxy in HTTPS_PROXY"))
		}
	}
	set := func(a, b string) bool { return c.f.Getenv(a)+c.f.Getenv(b) != "" }
	if !set("HTTPS_PROXY", "https_proxy") && set("HTTP_PROXY", "http_proxy") {
		found = append(found, aboutProxy.Warn("HTTP_PROXY is set and HTTPS_PROXY is not: all that entralogin asks goes by https, and so past that proxy").Or("set HTTPS_PROXY, too"))
	}
	u, err := https.ProxyFor(c.authority.Host)
	if err != nil {
		return append(found, aboutProxy.Fail(failure.Config, "%s", text.Redact(err.Error(), 200)).Or("write it as http://HOST:PORT, or unset it").Stop())
	}
	return append(found, aboutProxy.Good("%s is asked %s", c.authority.Host, gitcheck.OwnWay(u, nil, c.f.Env)))
}

// names resolves the host, where no proxy does that.
func (c *call) names(ctx context.Context) []check.Finding {
	u := url.URL{Host: c.authority.Host}
	host := u.Hostname()
	if proxy, _ := https.ProxyFor(u.Host); proxy != nil || net.ParseIP(host) != nil {
		return nil
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return []check.Finding{aboutNames.Fail(failure.Network, "the name %s can't be resolved", text.Short(host, 120)).
			Or("is the network or VPN up? Where a proxy is needed, it resolves names: set HTTPS_PROXY").Stop()}
	}
	return []check.Finding{aboutNames.Good("the name %s is resolved (%d addresses)", text.Short(host, 120), len(addresses))}
}

// service asks the sign-in service for the endpoints of the tenant, and says what the answer tells.
func (c *call) service(ctx context.Context) []check.Finding {
	host := c.authority.Host
	tenant, _ := c.settled.Get(config.TenantID)
	if !authority.IsTenant(tenant) {
		tenant = config.AnyTenant
	}
	r, err := c.ask(ctx, "https://"+host+"/"+strings.ToLower(tenant)+"/v2.0/.well-known/openid-configuration", cache.Secret{})
	if err != nil {
		return []check.Finding{c.unreached(aboutAuthority, err)}
	}
	found := []check.Finding{aboutAuthority.Good("the certificate of %s is trusted here; its issuer is %s", host, r.Issuer)}
	found = append(found, check.Clocks(c.f.Now(), r.Date, "that of "+host)...)
	return append(found, judgeEndpoints(r, host, tenant)...)
}

// judgeEndpoints says what an answer of the sign-in service means.
func judgeEndpoints(r check.Reply, host, tenant string) []check.Finding {
	var fields struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
		Codes  []int  `json:"error_codes"`
		Words  string `json:"error_description"`
	}
	f, busy := aboutAuthority.Busy(host, r.Status)
	err := json.Unmarshal(r.Body, &fields)
	number := entra.NumberIn(fields.Words)
	if number == 0 && len(fields.Codes) > 0 {
		number = fields.Codes[0]
	}
	explained, _ := entra.Explain(number)
	switch {
	case busy:
	case err != nil:
		f = aboutAuthority.Fail(failure.Answer, "the answer of %s (%d) is no JSON: a proxy, or a sign-in page of the network, stands in the way", host, r.Status).
			Or("open any page in a browser and sign in to the network; or set HTTPS_PROXY")
	case explained.NoTenant:
		return []check.Finding{aboutAuthority.Good("%s is reached", host),
			aboutTenant.Fail(failure.Config, "%s knows no tenant %s (AADSTS%d)", host, text.Short(tenant, 100), number).
				Or("compare tenant-id with the overview of the directory in the portal; is it in another cloud (--%s)?", config.Environment)}
	case r.Status != http.StatusOK || fields.Issuer == "" || fields.Token == "":
		f = aboutAuthority.Fail(failure.Answer, "%s answered %d, and not with its endpoints", host, r.Status).Or("is the address that of a sign-in service?")
	case !strings.HasPrefix(strings.ToLower(fields.Token), "https://"+strings.ToLower(host)+"/"):
		f = aboutAuthority.Fail(failure.Answer, "%s names a token endpoint on another host, which gets nothing", host).Or("is the tenant in another cloud? See --%s", config.Environment)
	default:
		named := aboutTenant.Good("there is a tenant %s", text.Short(tenant, 100))
		if !authority.IsGUID(tenant) && !authority.IsDomain(tenant) { // organizations, common and consumers are none
			named = aboutTenant.Good("no tenant is named: that of whoever signs in counts")
		}
		return []check.Finding{aboutAuthority.Good("%s is reached and names its endpoints", host), named}
	}
	return []check.Finding{f}
}

// ask makes one request to the sign-in service or its Graph, with a token if there is one.
func (c *call) ask(ctx context.Context, address string, token cache.Secret) (check.Reply, error) {
	roots, err := https.Roots(c.authority.CAFile)
	if err != nil {
		return check.Reply{}, err
	}
	return check.Question{Address: address, Token: token}.Ask(ctx, https.Options{Roots: roots, Trace: c.f.Err.Trace})
}

// unreached says why a service gave no answer.
func (c *call) unreached(topic check.Topic, err error) check.Finding {
	if failure.Of(err) == failure.Answer {
		f, _ := topic.Unreached(err)
		return f.Or("open any page in a browser and sign in to the network; or set HTTPS_PROXY")
	}
	return c.fail(topic, err)
}
