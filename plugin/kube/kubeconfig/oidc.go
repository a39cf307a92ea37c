package kubeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/plugin/text"
)

// OIDC is what the flags of int128/kubelogin's get-token say, in the words of ours.
type OIDC struct {
	Settings map[string]string // by their names with us; without the client
	Own      bool              // the token is one of the client for itself
	Origin   string            // the header Origin of requests to the token endpoint, "" for none
	NoOpen   bool              // no page is opened
	Notes    []string          // what does not count, and what counts in another way
}

// OIDCFlags adds the flags of int128/kubelogin's get-token that a command has not. ReadOIDC reads them.
func OIDCFlags(f *pflag.FlagSet, has func(name string) bool) {
	for name, known := range oidcFlags("") {
		if has(name) || known.short != "" {
			continue
		}
		added := f.VarPF(&values{alone: known.alone}, name, "", "")
		if added.Hidden = true; known.alone {
			added.NoOptDefVal = "true"
		}
	}
}

// ReadOIDC reads those flags. user and secret are what flags say that both kubelogins have. Whether the issuer is trusted
// is not looked at. Errors are *IssuerError, and others that say what is wrong with another flag.
func ReadOIDC(f *pflag.FlagSet, user string, secret bool) (OIDC, error) {
	g, unclean := given{values: map[string][]string{}}, ""
	f.Visit(func(known *pflag.Flag) {
		if v, ok := known.Value.(*values); ok {
			g.values[known.Name] = v.all
			if slices.ContainsFunc(v.all, func(value string) bool { return value != text.Clean(value) }) {
				unclean = known.Name
			}
		}
	})
	if unclean != "" {
		return OIDC{}, fmt.Errorf("--%s has control or invisible characters", unclean)
	}
	if user != "" {
		g.values["username"] = []string{user}
	}
	header, err := originHeader(g.values["oidc-request-header"])
	if err != nil || len(g.values) == 1 && len(g.values["oidc-request-header"]) > 0 {
		return OIDC{Origin: header}, err
	}
	if err := g.fit(); err != nil {
		return OIDC{}, err
	}
	var d draft
	if _, err := d.takeGrant(g); err != nil {
		return OIDC{}, err
	}
	if err := d.takeIssuer(g.last("oidc-issuer-url"), func(string) bool { return true }); err != nil {
		return OIDC{}, &IssuerError{err}
	}
	if secret && !d.machine {
		return OIDC{}, fmt.Errorf("it has --oidc-client-secret: %s. Once the application allows public client flows, leave the flag out (entralogin help application)", confidential)
	}
	return d.oidc(g, header)
}

// IssuerError is an issuer from which entralogin gets no tokens.
type IssuerError struct{ err error }

func (e *IssuerError) Error() string { return e.err.Error() }

// fit refuses flags that can't be heeded.
func (g given) fit() error {
	switch method := cmp.Or(g.last("oidc-pkce-method"), "auto"); {
	case g.last("oidc-issuer-url") == "":
		return fmt.Errorf("--%s is int128/kubelogin's, and needs its --oidc-issuer-url", slices.Sorted(maps.Keys(g.values))[0])
	case g.on("insecure-skip-tls-verify"):
		return errors.New("--insecure-skip-tls-verify would have anybody read the tokens: " + systemTrust)
	case !slices.Contains([]string{"auto", "no", "S256"}, method):
		return errors.New("--oidc-pkce-method is none of auto, no and S256")
	}
	return nil
}

// oidc says in our words what the draft and the flags that are left say.
func (d draft) oidc(g given, header string) (OIDC, error) {
	if err := d.takeWanted(g); err != nil {
		return OIDC{}, err
	}
	o := OIDC{Own: d.own, Origin: header, NoOpen: g.on("skip-open-browser")}
	kind := "access"
	if d.id {
		kind = "id"
	}
	timeout := ""
	switch {
	case d.login == "browser":
		d.takeLocalServer(g)
		if seconds := g.last("authentication-timeout-sec"); seconds != "" {
			timeout = seconds + "s"
		}
	case d.machine:
		d.account, o.Origin = "", ""
	case g.last("grant-type") == "device-code":
		d.login = "devicecode"
	}
	o.Settings = map[string]string{"authority-host": "https://" + d.host, "tenant-id": d.tenant, "token-kind": kind, "login": d.login,
		"scope": strings.Join(d.scopes, " "), "account": d.account, "redirect-port": d.port, "prompt-timeout": timeout}
	maps.DeleteFunc(o.Settings, func(_, value string) bool { return value == "" })
	for _, name := range []string{"certificate-authority", "certificate-authority-data", "token-cache-storage"} {
		if g.last(name) != "" {
			d.notes = append(d.notes, fmt.Sprintf("--%s does not count: %s", name, oidcFlags("")[name].lost))
		}
	}
	o.Notes = d.notes
	return o, nil
}

// takeGrant settles who signs in, and how.
func (d *draft) takeGrant(g given) (grant string, err error) {
	grant = cmp.Or(g.last("grant-type"), "auto")
	switch {
	case grant == "password", grant == "auto" && g.last("username") != "":
		d.login = "ropc"
	case grant == "auto", grant == "authcode":
		d.login = "browser"
	case grant == "authcode-keyboard":
		d.notes = append(d.notes, codeNote, publicNote)
	case grant == clientCredentials:
		d.login, d.machine = "spn", true
	case grant != "device-code":
		return "", errors.New("its --grant-type is none that is known")
	}
	return grant, nil
}

// takeWanted settles what kind of token is wanted, what for and whose. An application gets access tokens alone: with a
// client's credentials int128/kubelogin ends with an error at Entra unless it was told --oidc-use-access-token.
func (d *draft) takeWanted(g given) error {
	if err := d.takeScopes(g.values["oidc-extra-scope"], g.on("oidc-use-access-token") || d.machine); err != nil {
		return err
	}
	return d.takeParameters(g.values["oidc-auth-request-extra-params"])
}

// keepHeader keeps the header that redeems codes of a single-page application, and says what is lost of others.
func (d *draft) keepHeader(g given) {
	headers := g.values["oidc-request-header"]
	if origin, err := originHeader(headers); err == nil && origin != "" && !d.machine {
		d.more = append(d.more, "--oidc-request-header", "Origin="+origin)
		d.notes = append(d.notes, "kept the header Origin, which redirect URIs of single-page applications need: with one of the platform Mobile and desktop, "+
			"which lets people stay signed in for longer, leave it out (entralogin help application)")
	} else if err != nil || origin != "" {
		d.notes = append(d.notes, "dropped --oidc-request-header: entralogin sends the header Origin alone, where a person signs in")
	}
}

// originHeader is the one header that requests to the token endpoint may have from a command line, "" for none: Entra redeems
// the codes and refresh tokens of a redirect URI of the kind "Single-page application" for whoever sends one, and for
// nobody else (AADSTS9002327). All others are refused: Host, Authorization, Cookie and those of proxies would change who
// asks whom. Each value is a list of pairs, as with pflag's maps.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#redirect-uris-for-single-page-apps-spas
func originHeader(lists []string) (origin string, err error) {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	headers := f.StringToString("header", nil, "")
	for _, list := range lists {
		if list != "" && f.Set("header", list) != nil {
			return "", errors.New("--oidc-request-header is no NAME=VALUE")
		}
	}
	for name, value := range *headers {
		odd := func(r rune) bool { return r <= ' ' || r > '~' }
		switch {
		case !strings.EqualFold(name, "Origin"):
			return "", fmt.Errorf("--oidc-request-header has %s, and entralogin sends the header Origin alone for others: leave it out", strconv.Quote(text.Short(name, 40)))
		case origin != "", value == "" || len(value) > 200 || strings.ContainsFunc(value, odd):
			return "", errors.New("--oidc-request-header has an Origin that is none")
		}
		origin = value
	}
	return origin, nil
}
