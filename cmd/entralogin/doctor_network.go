package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

const (
	clockSlack     = time.Minute // apart, before it is worth a word
	clockTolerance = 5 * time.Minute
	namesWait      = 5 * time.Second
)

// network looks at the way to the sign-in service, and asks it for its endpoints: one request.
func (d *doctor) network(ctx context.Context) {
	if !d.call.known {
		d.add(aboutAuthority.Unchecked("the network, since the settings do not say which sign-in service is meant"))
		return
	}
	host := d.call.authority.Host
	proxied, ok := d.proxy(host)
	if !ok {
		return
	}
	if !proxied && !d.names(ctx, host) {
		return
	}
	d.authority(ctx, host)
}

// proxy says which proxy is on the way to a host. Nothing of its address but the host is shown.
func (d *doctor) proxy(host string) (proxied, ok bool) {
	for _, name := range []string{"ALL_PROXY", "all_proxy"} {
		if d.getenv(name) != "" {
			d.add(aboutProxy.Warn("%s is set, and entralogin does not read it", name).Or("name the proxy in HTTPS_PROXY"))
		}
	}
	variable := ""
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if variable == "" && d.getenv(name) != "" {
			variable = name
		}
	}
	if variable == "" && cmp.Or(d.getenv("HTTP_PROXY"), d.getenv("http_proxy")) != "" {
		d.add(aboutProxy.Warn("HTTP_PROXY is set and HTTPS_PROXY is not: all that entralogin asks goes by https, and so past that proxy").Or("set HTTPS_PROXY, too"))
	}
	u, err := https.ProxyFor(host)
	switch {
	case err != nil:
		d.add(aboutProxy.Fail(failure.Config, "%s", text.Redact(err.Error(), 200)).Or("write it as http://HOST:PORT, or unset it"))
		return false, false
	case u == nil && variable != "":
		d.add(aboutProxy.Good("%s is asked without the proxy of %s (NO_PROXY, or it is this machine)", host, variable))
	case u == nil:
		d.add(aboutProxy.Good("no proxy is set (HTTPS_PROXY)"))
	default:
		with := ""
		if u.User != nil {
			with = ", with a user name or password that is not shown"
		}
		d.add(aboutProxy.Good("%s is asked through the proxy %s (%s%s)", host, text.Redact(u.Host, 120), variable, with))
	}
	return u != nil, true
}

// names resolves a host, where no proxy does that.
func (d *doctor) names(ctx context.Context, host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if net.ParseIP(strings.Trim(host, "[]")) != nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, namesWait)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		d.add(aboutNames.Fail(failure.Network, "the name %s can't be resolved", text.Short(host, 120)).
			Or("is the network or VPN up? Where a proxy is needed, it resolves names: set HTTPS_PROXY"))
		return false
	}
	d.add(aboutNames.Good("the name %s is resolved (%d addresses)", text.Short(host, 120), len(addresses)))
	return true
}

// authority asks the sign-in service for the endpoints of the tenant, and says what the answer tells.
func (d *doctor) authority(ctx context.Context, host string) {
	roots, err := https.Roots(d.call.authority.CAFile)
	if err != nil {
		d.fail(aboutAuthority, err)
		return
	}
	tenant, _ := d.call.settings.get(tenantID)
	if !authority.IsTenant(tenant) {
		tenant = anyTenant
	}
	r, err := get(ctx, https.Options{Roots: roots},
		"https://"+host+"/"+strings.ToLower(tenant)+"/v2.0/.well-known/openid-configuration", "")
	if err != nil {
		d.unreached(aboutAuthority, host, err)
		return
	}
	d.add(aboutAuthority.Good("the certificate of %s is trusted here; its issuer is %s", host, r.Issuer))
	if !r.Date.IsZero() {
		d.add(aboutClock.Clocks(d.now(), r.Date, "that of "+host))
	}
	d.answer(r, host, tenant)
}

// answer judges what came in place of the endpoints.
func (d *doctor) answer(r check.Reply, host, tenant string) {
	var fields struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
		Codes  []int  `json:"error_codes"`
		Words  string `json:"error_description"`
	}
	if f, busy := aboutAuthority.Busy(host, r.Status); busy {
		d.add(f)
		return
	}
	err := json.Unmarshal(r.Body, &fields)
	number := entra.NumberIn(fields.Words)
	if number == 0 && len(fields.Codes) > 0 {
		number = fields.Codes[0]
	}
	explained, _ := entra.Explain(number)
	switch {
	case err != nil:
		d.add(aboutAuthority.Fail(failure.Answer, "the answer of %s (%d) is no JSON: a proxy, or a sign-in page of the network, stands in the way", host, r.Status).
			Or("open any page in a browser and sign in to the network; or set HTTPS_PROXY"))
	case explained.NoTenant:
		d.add(aboutAuthority.Good("%s is reached", host),
			aboutTenant.Fail(failure.Config, "%s knows no tenant %s (AADSTS%d)", host, text.Short(tenant, 100), number).
				Or("compare tenant-id with the overview of the directory in the portal; is it in another cloud (--%s)?", environment))
	case r.Status != http.StatusOK || fields.Issuer == "" || fields.Token == "":
		d.add(aboutAuthority.Fail(failure.Answer, "%s answered %d, and not with its endpoints", host, r.Status).Or("is the address that of a sign-in service?"))
	case !strings.HasPrefix(strings.ToLower(fields.Token), "https://"+strings.ToLower(host)+"/"):
		d.add(aboutAuthority.Fail(failure.Answer, "%s names a token endpoint on another host, which gets nothing", host).Or("is the tenant in another cloud? See --%s", environment))
	default:
		d.add(aboutAuthority.Good("%s is reached and names its endpoints", host), aboutTenant.Good("there is a tenant %s", text.Short(tenant, 100)))
	}
}

// get makes one request. bearer is a token, or "".
func get(ctx context.Context, o https.Options, address, bearer string) (check.Reply, error) {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return check.Reply{}, errors.New("the address is none")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	o.Limit = doctorRequest
	return check.Ask(ctx, o, req)
}

// unreached says why a service gave no answer.
func (d *doctor) unreached(topic check.Topic, host string, err error) {
	var network *https.NetworkError
	var redirect *https.RedirectError
	var answer *https.AnswerError
	switch {
	case errors.As(err, &redirect):
		d.add(topic.Fail(failure.Answer, "%s answered %d and leads to %q: a proxy, or a sign-in page of the network, stands in the way", host, redirect.Status, redirect.To).
			Or("open any page in a browser and sign in to the network; or set HTTPS_PROXY"))
	case errors.As(err, &answer):
		d.add(topic.Fail(failure.Answer, "%s", text.Redact(answer.Error(), 300)).Or("open any page in a browser: does the network want a sign-in?"))
	case errors.As(err, &network):
		d.fail(topic, err)
	default:
		f, _ := topic.Unreached(err)
		d.add(f)
	}
}
