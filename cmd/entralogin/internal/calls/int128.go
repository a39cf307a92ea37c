package calls

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// What a kubeconfig of int128/kubelogin says, which is kubectl oidc-login, too, where its issuer is one of Entra's:
// https://github.com/int128/kubelogin/blob/master/docs/usage.md

// otherNames are those of the two kubelogins for flags of ours that mean the same. What a kubeconfig may not choose is
// looked at under our name.
func otherNames() map[string]string {
	return map[string]string{"v": "verbose", "oidc-client-id": config.ClientID, "oidc-client-secret": config.ClientSecret, "browser-command": config.Browser}
}

// int128 is what the flags of int128/kubelogin say.
type int128 struct {
	given *pflag.FlagSet // all flags of the call
	own   *pflag.FlagSet // those among them that are there for its sake
	told  kubeconfig.OIDC
}

// flags adds those that get-token has not.
func (k *int128) flags(f *pflag.FlagSet) {
	own := pflag.NewFlagSet("int128", pflag.ContinueOnError)
	kubeconfig.OIDCFlags(own, func(name string) bool { return otherNames()[name] != "" || f.Lookup(name) != nil })
	f.AddFlagSet(own)
	k.given, k.own = f, own
}

// meant reports whether the call was written for int128/kubelogin, which answers in v1beta1 where it is not told of a
// version.
func (k *int128) meant() (meant bool) {
	k.own.VisitAll(func(g *pflag.Flag) { meant = meant || g.Changed })
	return meant
}

// said is what those flags and all others say.
type said struct {
	settings map[string]string // the shared ones
	origins  map[string]string // the flags that say them by another name
	notes    []string          // for -v
}

// mark has a layer of flags say where its settings stand.
func (s said) mark(l config.Layer) {
	for name, origin := range s.origins {
		if v, ok := l.Values[name]; ok {
			l.Values[name] = config.Value{Text: v.Text, Origin: "--" + origin}
		}
	}
}

// origins are the flags that say our settings there.
func origins() map[string]string {
	return map[string]string{config.AuthorityHost: "oidc-issuer-url", config.TenantID: "oidc-issuer-url", config.Login: "grant-type", config.Scope: "oidc-extra-scope",
		config.ServerID: "oidc-client-id", config.TokenKind: "oidc-use-access-token", config.Account: "oidc-auth-request-extra-params",
		config.RedirectPort: "listen-address", config.PromptTimeout: "authentication-timeout-sec"}
}

// read adds to the shared settings that were given what the flags of int128/kubelogin say. Errors: *cli.UsageError, and
// *config.Error where the issuer is none of Entra's.
func (k *int128) read(given map[string]string) (said, error) {
	s := said{settings: given, origins: map[string]string{}}
	if !k.meant() {
		return s, nil
	}
	told, err := kubeconfig.ReadOIDC(k.given, k.text("username"), k.text(config.ClientSecret) != "")
	if issuer, ok := errors.AsType[*kubeconfig.IssuerError](err); ok {
		return s, &config.Error{Name: "oidc-issuer-url", Origin: "--oidc-issuer-url", What: "can't be used: " + strings.TrimPrefix(issuer.Error(), "its issuer "),
			Hint: "Entralogin signs in with Microsoft Entra ID alone, whose issuers are https://login.microsoftonline.com/TENANT_ID/v2.0 and https://sts.windows.net/TENANT_ID/: for others keep int128/kubelogin."}
	}
	if err != nil {
		return s, cli.Usagef("what stands there for int128/kubelogin can't be heeded: %w", err)
	}
	s.settings, s.notes, k.told = maps.Clone(given), told.Notes, told
	if told.Own {
		if given[config.ClientID] == "" {
			return s, cli.Usagef("--oidc-client-id is missing, which says whom tokens of this issuer are for")
		}
		told.Settings[config.ServerID] = given[config.ClientID]
	}
	for _, name := range slices.Sorted(maps.Keys(told.Settings)) {
		value := told.Settings[name]
		ours, both := given[name]
		switch theirs := k.given.Lookup(origins()[name]); {
		case both && !strings.EqualFold(ours, value) && theirs.Changed:
			return s, cli.Usagef("--%s and --%s say two things: leave one of them out", name, origins()[name])
		case both: // it says more than what holds where nothing is said
			continue
		}
		s.settings[name], s.origins[name] = value, origins()[name]
	}
	return s, nil
}

// text is the value of a flag.
func (k *int128) text(name string) string { return k.given.Lookup(name).Value.String() }

// target adds to a target what those flags say beside settings.
func (k *int128) target(t config.Target) config.Target {
	t.SignIn.NoOpen, t.Request.Origin = k.told.NoOpen, k.told.Origin
	if k.told.Origin != "" {
		t.Late = cmp.Or(t.Late, "--oidc-request-header is not known to the process that would")
	}
	return t
}
