package main

import (
	"cmp"
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/text"
)

// The flags of get-access-token are those of the Azure CLI:
// https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
const (
	azResource       = "resource"
	azResourceType   = "resource-type"
	azTenant         = "tenant"
	azOutput         = "output"
	azQuery          = "query"
	azDebug          = "debug"
	azVerbose        = "verbose"
	azOnlyShowErrors = "only-show-errors"
	azSubscription   = "subscription"
	azName           = "name"
	claimsChallenge  = "claims-challenge"
)

func (a *app) accountTokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get-access-token",
		Short: "Print an access token, as the Azure CLI does",
		Long: `Get-access-token prints an access token for one resource, with the flags and in
the form of "az account get-access-token". Without a resource the token is for
Azure Resource Manager. One sign-in serves all resources.

What --resource says is taken as it is: https://management.azure.com/ and the
same without the slash are two resources, as they are to the Azure CLI.

"entralogin help az" says how other programs can run it in place of az.`,
		Example: `  entralogin account get-access-token --resource https://management.azure.com/
  entralogin account get-access-token --resource-type ms-graph -o yaml
  entralogin account get-access-token --scope https://vault.azure.net/.default -o tsv | cut -f1`,
		Args: azArguments,
		RunE: func(cmd *cobra.Command, args []string) error { return a.accessToken(cmd.Context(), args, false) },
	}
	tokenFlags(cmd.Flags())
	cmd.Flags().String(azTenant, "", "`tenant`: the same as --tenant-id")
	cmd.Flags().String(claimsChallenge, "", "a new token that satisfies these `claims` (base64), which a resource demanded")
	return cmd
}

// tokenFlags are those of "az account get-access-token" that nothing else here has a name for.
func tokenFlags(f *pflag.FlagSet) {
	f.String(azResource, "", "`resource` that the token is for: its URI or application ID")
	f.StringSlice(scope, nil, "`scope` of the token, instead of --resource; several with spaces between, or the flag several times")
	f.String(azResourceType, "", "well-known `resource`: "+strings.Join(azResourceTypes(), ", "))
	f.StringP(azSubscription, "s", "", "refused: entralogin knows no subscriptions; name the tenant")
	f.StringP(azName, "n", "", "refused, as --subscription")
	globalAzFlags(f)
	for _, name := range []string{azSubscription, azName, azQuery} {
		f.Lookup(name).Hidden = true
	}
}

// globalAzFlags are those that all commands of the Azure CLI have.
func globalAzFlags(f *pflag.FlagSet) {
	f.StringP(azOutput, "o", "", "`format`: "+strings.Join(azFormats(), ", ")+" (default json)")
	f.String(azQuery, "", "refused: entralogin has no JMESPath")
	f.Bool(azOnlyShowErrors, false, "no warnings")
	f.Bool(azDebug, false, "say what is decided, and each request")
}

// azArguments takes what follows the first of several scopes, which the Azure CLI takes in one --scope.
func azArguments(cmd *cobra.Command, args []string) error {
	if cmd.Flags().Changed(scope) {
		return nil
	}
	return noArguments(cmd, args)
}

// accessToken answers with a token. With program, az was run: nobody is asked, unless that was said outright.
func (a *app) accessToken(ctx context.Context, args []string, program bool) error {
	if err := a.checkAzFlags(); err != nil {
		return err
	}
	if len(args) > 0 {
		a.flags[scope] = strings.Join(append([]string{a.flags[scope]}, args...), " ")
	}
	restore := func() {}
	defer func() { restore() }()
	tokens := new(tokenSource)
	answer := &azAnswer{format: a.flags[azOutput], resolve: func() (plugin.Request, error) {
		r, st, source, err := a.resolveAccessToken(program)
		if err != nil {
			return r, err
		}
		if a.quiet(program) {
			restore = a.hush(r, st, source)
		}
		tokens.TokenSource = source
		return r, nil
	}}
	return plugin.Run(ctx, answer, tokens, a.stdout)
}

// checkAzFlags refuses what is left out, and gives the flags that have two names one.
func (a *app) checkAzFlags() error {
	for _, name := range []string{azSubscription, azName} {
		if _, ok := a.flags[name]; ok {
			return usagef("--%s: entralogin knows no subscriptions, and would have to guess the tenant of one; say --tenant", name)
		}
	}
	if _, ok := a.flags[azQuery]; ok {
		return usagef("--query: entralogin has no JMESPath; -o tsv | cut -f1 leaves the access token alone, and jq reads -o json")
	}
	if err := checkAzFormat(a.flags[azOutput]); err != nil {
		return err
	}
	if id, ok := a.flags[azTenant]; ok {
		if other, ok := a.flags[tenantID]; ok && other != id {
			return usagef("--tenant and --tenant-id name different tenants")
		}
		a.flags[tenantID] = id
	}
	switch {
	case a.flags[azDebug] == "true":
		a.verbose = max(a.verbose, 2)
	case a.flags[azVerbose] == "true":
		a.verbose = max(a.verbose, 1)
	}
	return nil
}

// resolveAccessToken settles the request, and what answers it.
func (a *app) resolveAccessToken(program bool) (plugin.Request, *cache.Store, *plugin.Cached, error) {
	fail := func(err error) (plugin.Request, *cache.Store, *plugin.Cached, error) {
		return plugin.Request{}, nil, nil, err
	}
	s, c, err := a.settings()
	if err != nil {
		return fail(err)
	}
	s = append(s, mapLayer("the default", map[string]string{tenantID: anyTenant}))
	t, err := a.resolve(s, c)
	if err != nil {
		return fail(err)
	}
	r := t.request
	if r.Scopes, err = a.azScopes(s, t.authority); err != nil {
		return fail(err)
	}
	if r.Claims, err = readClaimsChallenge(a.flags[claimsChallenge]); err != nil {
		return fail(err)
	}
	asker := "entralogin account get-access-token"
	if program {
		asker = "a program that runs az"
		if value, _ := s.get(prompt); !strings.EqualFold(value, "always") {
			r.Unattended = cmp.Or(r.Unattended, "programs that run az do not show what it asks")
		}
	}
	r.Asker = asker + ", for " + text.Short(strings.Join(r.Scopes, " "), 200)
	st, err := a.store(s)
	if err != nil {
		return fail(err)
	}
	return r, st, a.cached(st, s, t.authority), nil
}

// quiet says whether warnings are left out. Some SDKs take what az writes on standard error for a part of its
// answer, and look there for words, also when it succeeded.
func (a *app) quiet(program bool) bool {
	return a.verbose == 0 && (program || a.flags[azOnlyShowErrors] == "true")
}

// hush leaves out warnings; a prompt, where one may come, is none. It returns how to take that back.
func (a *app) hush(r plugin.Request, st *cache.Store, tokens *plugin.Cached) (restore func()) {
	st.Note, tokens.Warn = nil, nil
	if r.Unattended == "" {
		return func() {}
	}
	loud := a.stderr
	a.stderr = io.Discard
	return func() { a.stderr = loud }
}

// readClaimsChallenge decodes what SDKs pass on of the header WWW-Authenticate.
func readClaimsChallenge(content string) (string, error) {
	if content == "" {
		return "", nil
	}
	request, err := claims.Request(content)
	if err != nil {
		return "", usagef("--%s is no claims challenge: that is a JSON object in base64", claimsChallenge)
	}
	return request, nil
}

// azAnswer is a plugin.FrontEnd that answers in the form of "az account get-access-token".
type azAnswer struct {
	format  string
	resolve func() (plugin.Request, error)
	tenant  string // of the request
}

// Request settles the request. Errors are those of resolve.
func (f *azAnswer) Request() (plugin.Request, error) {
	r, err := f.resolve()
	f.tenant = r.Tenant
	return r, err
}

// Reply writes the token t to w. expiresOn is local time without a zone, as the Azure CLI writes it;
// expires_on says the same in seconds since 1970.
func (f *azAnswer) Reply(_ context.Context, w io.Writer, t cache.Token) error {
	end := t.Until().Truncate(time.Second)
	return writeAz(w, f.format, map[string]any{
		"accessToken": t.Value.Reveal(),
		"expiresOn":   end.Local().Format("2006-01-02 15:04:05.000000"),
		"expires_on":  end.Unix(),
		"tenant":      cmp.Or(t.Tenant, f.tenant),
		"tokenType":   "Bearer",
	})
}
