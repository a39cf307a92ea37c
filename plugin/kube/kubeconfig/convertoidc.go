package kubeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

const (
	confidential      = "the application is a confidential client, and entralogin signs in as a public one, without a secret"
	public            = `once the application allows public client flows ("entralogin help application"): ` + anew
	publicNote        = `the application has to allow public client flows ("entralogin help application")`
	clientCredentials = "client-credentials"

	codeNote     = "a code of the browser was typed in here; entralogin shows a code to enter in the browser instead, which a Conditional Access policy may forbid"
	redirectNote = `the application needs the redirect URI http://localhost now ("entralogin help application")`
	systemTrust  = `the system's certificates count, and those of the config ("entralogin help config")`
)

// oidcFlags are those of int128/kubelogin's get-token, now and in older versions, with what becomes of them beside a grant.
// https://github.com/int128/kubelogin/blob/master/docs/usage.md
func oidcFlags(grant string) flagSet {
	const (
		method  = "for another way to sign in"
		browser = `the browser is that of the machine, or of your config ("entralogin help config")`
		place   = `tokens lie in one cache for all programs ("entralogin help storage")`
	)
	s := flagSet{
		"oidc-issuer-url":                {},
		"oidc-client-id":                 {},
		"oidc-client-secret":             {},
		"oidc-extra-scope":               {},
		"oidc-use-access-token":          {alone: true},
		"oidc-auth-request-extra-params": {},
		"oidc-request-header":            {},
		"grant-type":                     {},
		"oidc-use-pkce":                  {alone: true},
		"oidc-pkce-method":               {},
		"logtostderr":                    {alone: true},
		"v":                              {short: "v", lost: "entralogin has a -v of its own"},

		"username": {lost: method},
		"password": {refused: "it is for --grant-type password, and would be lost", do: "take it out of the entry, and convert it then"},

		"force-refresh":                       {alone: true, lost: "a token is renewed when it ends"},
		"token-cache-dir":                     {lost: place},
		"token-cache-storage":                 {lost: place},
		"certificate-authority":               {lost: systemTrust},
		"certificate-authority-data":          {lost: systemTrust},
		"insecure-skip-tls-verify":            {alone: true, lost: systemTrust},
		"tls-renegotiation-once":              {alone: true, lost: "connections are never renegotiated"},
		"tls-renegotiation-freely":            {alone: true, lost: "connections are never renegotiated"},
		"oidc-redirect-url":                   {lost: method},
		"oidc-redirect-url-hostname":          {lost: method},
		"oidc-redirect-url-authcode-keyboard": {lost: method},
		"listen-address":                      {lost: method},
		"listen-port":                         {lost: method},
		"local-server-cert":                   {lost: method},
		"local-server-key":                    {lost: method},
		"skip-open-browser":                   {alone: true, lost: browser},
		"browser-command":                     {lost: browser},
		"authentication-timeout-sec":          {lost: "the prompt says when it ends"},
		"open-url-after-authentication":       {lost: "the last page says what came of the sign-in"},
	}
	if grant != clientCredentials {
		s["oidc-client-secret"] = flag{refused: confidential, do: public}
	}
	return s
}

// readOIDC reads an entry of int128/kubelogin, which calls itself kubectl oidc-login, too.
func (c Converter) readOIDC(e Exec, args []string) (draft, error) {
	d := draft{from: "int128/kubelogin"}
	g, err := oidcFlags("").parse(args)
	if err != nil {
		return d, err
	}
	if err := onlyGetToken(g.words); err != nil {
		return d, err
	}
	grant, err := d.takeGrant(g)
	if err != nil {
		return d, err
	}
	d.from += ", " + grant
	if d.login == "ropc" {
		return d, reason{"it signs in with a password, which the service refuses for accounts with a second factor, and entralogin takes none", signIn}
	}
	d.cache, d.beside = g.apart("token-cache-dir")
	if d.login == "browser" {
		d.takeLocalServer(g)
	}
	lost, err := oidcFlags(grant).judge(g)
	if err != nil {
		return d, err
	}
	if err := d.takeIssuer(g.last("oidc-issuer-url"), c.trusts); err != nil {
		return d, err
	}
	d.client = g.last("oidc-client-id")
	d.notes = append(d.notes, lost...)
	if err := d.takeWanted(g); err != nil {
		return d, err
	}
	d.keepHeader(g)
	if secret := g.last("oidc-client-secret"); secret != "" {
		d.more = append(d.more, "--client-secret", secret)
		d.notes = append(d.notes, "kept --oidc-client-secret in args, as --client-secret, where process lists show it: better a file, a keyring or a variable (entralogin help machines)")
	}
	env := readEnv(e.Env, d.login, false)
	d.env, d.notes = env.kept, append(d.notes, env.notes...)
	return d, nil
}

// takeLocalServer takes what the flags say of the server that a browser comes back to. By itself it is on port 8000 or
// 18000; Entra takes any port of localhost, and so none is named. Where one address of this machine was chosen, its port
// stays: somebody may forward it.
func (d *draft) takeLocalServer(g given) {
	var addresses []string
	for _, list := range g.values["listen-address"] {
		addresses = append(addresses, strings.Split(list, ",")...)
	}
	for _, port := range g.values["listen-port"] {
		addresses = append(addresses, "localhost:"+port)
	}
	if len(addresses) > 0 {
		host, port, _ := net.SplitHostPort(addresses[0])
		n, err := strconv.ParseUint(port, 10, 16)
		if len(addresses) == 1 && slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, host) && err == nil && n > 0 {
			d.port = port
		} else {
			d.notes = append(d.notes, "dropped --listen-address: entralogin listens on localhost, at a free port or that of --redirect-port")
		}
	}
	address, host := g.last("oidc-redirect-url"), cmp.Or(g.last("oidc-redirect-url-hostname"), "localhost")
	_, more, err := RedirectPort(address)
	if err != nil || more || strings.HasSuffix(address, "/") || host != "localhost" || g.last("local-server-cert") != "" {
		d.notes = append(d.notes, redirectNote)
	}
	for _, name := range []string{"listen-address", "listen-port", "oidc-redirect-url", "oidc-redirect-url-hostname", "local-server-cert", "local-server-key"} {
		delete(g.values, name)
	}
}

// v1Hosts are the hosts of issuers of Entra's v1.0 endpoint, each with the sign-in service behind it.
func v1Hosts() map[string]string {
	return map[string]string{"sts.windows.net": "login.microsoftonline.com", "sts.chinacloudapi.cn": "login.partner.microsoftonline.cn"}
}

// takeIssuer finds the sign-in service and the tenant in an issuer of Entra's. API servers compare the issuer of a token
// with theirs, letter by letter, and entralogin's ID tokens have that of the v2.0 endpoint. That of the v1.0 endpoint
// have the access tokens of an application whose manifest doesn't ask for others, also those for itself.
// https://learn.microsoft.com/entra/identity-platform/access-tokens#token-formats
func (d *draft) takeIssuer(address string, trusts func(host string) bool) error {
	host, path, err := splitAddress(address)
	if err != nil {
		return fmt.Errorf("its issuer %w", err)
	}
	tenant, version, _ := strings.Cut(strings.Trim(path, "/"), "/")
	service, old := v1Hosts()[host]
	d.host, d.tenant, d.own = cmp.Or(service, host), tenant, old
	switch {
	case !trusts(d.host):
		return reason{fmt.Sprintf("its issuer is on %s, which is none of the Microsoft clouds and not in your config", host), trust}
	case old && version != "":
		return fmt.Errorf("its issuer, on %s, is not that of a tenant", host)
	case !old && version != "v2.0":
		return fmt.Errorf("its issuer, on %s, is not that of Entra's v2.0 endpoint", host)
	case slices.Contains([]string{"common", "organizations", "consumers"}, strings.ToLower(tenant)):
		return errors.New("its issuer stands for many tenants, and a token comes from one")
	}
	return nil
}

// takeScopes settles which kind of token is wanted, and for what. Each value is a list with commas.
func (d *draft) takeScopes(values []string, access bool) error {
	var email, others []string
	for _, value := range values {
		for scope := range strings.SplitSeq(value, ",") {
			switch scope {
			case "", "openid", "profile", "offline_access":
			case "email":
				email = append(email, scope)
			default:
				others = append(others, scope)
			}
		}
	}
	d.id = !access && !d.own
	switch {
	case !access && len(others) > 0:
		d.notes = append(d.notes, "dropped the extra scopes: an ID token needs none")
	case !access:
	case d.own:
		return errors.New("it hands out an access token, and its issuer is that of Entra's v1.0 endpoint")
	case !slices.ContainsFunc(others, func(s string) bool { return strings.Contains(s, "/") }):
		return errors.New("it hands out an access token without a scope of the cluster's, which is one for Microsoft Graph")
	case slices.ContainsFunc(others, func(s string) bool { return resource(s) != resource(others[0]) }):
		return errors.New("it asks for scopes of several resources, and a token is for one")
	default:
		d.scopes = others
	}
	if d.own {
		d.notes = append(d.notes, "its issuer is that of Entra's v1.0 endpoint, which ID tokens of entralogin don't have: it asks for an access token of the application "+
			"for itself now, which has it unless the application's manifest sets requestedAccessTokenVersion to 2")
	}
	if len(email) > 0 {
		d.notes = append(d.notes, "dropped the scope email: where the API server reads the claim email, "+
			"the application needs it as an optional claim (Token configuration)")
	}
	return nil
}

// resource is what a scope belongs to.
func resource(scope string) string { return strings.ToLower(scope[:strings.LastIndex(scope, "/")+1]) }

// takeParameters reads key=value,key=value: what kubelogin adds to the address of the sign-in.
func (d *draft) takeParameters(values []string) error {
	for _, list := range values {
		for pair := range strings.SplitSeq(list, ",") {
			key, value, _ := strings.Cut(pair, "=")
			switch strings.TrimSpace(key) {
			case "login_hint":
				d.account = value
			case "domain_hint", "prompt":
				d.notes = append(d.notes, "dropped the parameter "+strings.TrimSpace(key)+": entralogin chooses what the sign-in asks")
			default:
				return errors.New("it has --oidc-auth-request-extra-params that may change the token")
			}
		}
	}
	return nil
}
