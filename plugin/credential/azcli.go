package credential

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// azureCLI is the source that asks the Azure CLI, which has a sign-in of its own:
// https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
type azureCLI struct{ Call }

func byAzureCLI(c Call) plugin.Source { return azureCLI{c} }

func (a azureCLI) Token(ctx context.Context, r plugin.Request, _ cache.Session) (plugin.Grant, error) {
	resource, err := resourceFor("az", r)
	if err != nil {
		return plugin.Grant{}, err
	}
	if r.Claims != "" { // which get-access-token has no flag for
		return plugin.Grant{}, a.needsLogin(r, resource, base64.StdEncoding.EncodeToString([]byte(r.Claims)),
			"the resource demands more of the sign-in of az than that has (a claims challenge)", nil)
	}
	// Versions before 2.54 tell the end of a token in local time alone: https://github.com/Azure/azure-cli/issues/19700
	p := program{name: "az", other: true, env: []string{"TZ=UTC"}, args: []string{"account", "get-access-token", "-o", "json", "--resource=" + resource}}
	// A subscription belongs to a tenant, and az takes only one of the two. An old one takes no scopes.
	if subscription, _ := a.Target.Get(config.Subscription); subscription != "" {
		p.args = append(p.args, "--subscription="+subscription)
	} else if r.Tenant != config.AnyTenant {
		p.args = append(p.args, "--tenant="+r.Tenant)
	}
	if dir, _ := a.Target.Get(config.AzureConfigDir); dir != "" {
		p.env = append(p.env, "AZURE_CONFIG_DIR="+dir)
	}
	out, err := a.run(ctx, p)
	if err != nil {
		return plugin.Grant{}, a.failed(r, resource, err)
	}
	var answer struct {
		AccessToken string      `json:"accessToken"`
		Seconds     json.Number `json:"expires_on"` // since 1970
		Time        string      `json:"expiresOn"`
		TokenType   string      `json:"tokenType"`
	}
	if json.Unmarshal(out, &answer) != nil {
		return plugin.Grant{}, misprinted("az", "is not what az account get-access-token prints")
	}
	expires, err := time.Parse("2006-01-02 15:04:05.999999", answer.Time)
	if seconds, bad := answer.Seconds.Int64(); bad == nil {
		expires, err = time.Unix(seconds, 0), nil
	}
	switch {
	case err != nil:
		return plugin.Grant{}, misprinted("az", "does not say when the token ends")
	case !strings.EqualFold(answer.TokenType, "Bearer"):
		return plugin.Grant{}, misprinted("az", "is no bearer token")
	}
	return a.brought("az", r, answer.AccessToken, expires)
}

// failed says what is to be done where az gave no token. It names "az login" whatever a person can mend:
// https://github.com/Azure/azure-cli/blob/dev/src/azure-cli-core/azure/cli/core/auth/util.py
func (a azureCLI) failed(r plugin.Request, resource string, err error) error {
	failed, ok := errors.AsType[*ProgramError](err)
	if !ok {
		return err
	}
	if said := azWords(failed.whole); said != "" {
		failed.Said = []string{text.Redact(said, 500)}
	}
	switch {
	case failed.says("Please run 'az login'"), failed.says("Please run az login"):
		return a.needsLogin(r, "", "", "nobody has signed in to az", failed)
	case failed.says("az login"):
		_, after, _ := strings.Cut(failed.whole, "--claims-challenge")
		var challenge string
		if words := strings.Fields(after); len(words) > 0 {
			challenge = strings.Trim(words[0], `"'`)
		}
		return a.needsLogin(r, resource, challenge, failed.Error(), failed)
	case failed.says("network connection"), failed.says("Max retries exceeded"):
		return &plugin.MachineError{What: failed.Error(), Hint: "az can't reach the service. Nothing is lost: run the command again.", Kind: failure.Network, Err: failed}
	}
	return failed.hinted()
}

// azWords are the words in which az says why it failed, which stand before its own code, "" where there are none.
func azWords(lines string) string {
	for line := range strings.Lines(lines) {
		said, is := strings.CutPrefix(line, "ERROR: ")
		if is && !strings.Contains(said, "Here is the traceback") {
			return strings.TrimSpace(said)
		}
	}
	return ""
}

// needsLogin has a person sign in to az. resource and challenge, in base64, may be "".
func (a azureCLI) needsLogin(r plugin.Request, resource, challenge, what string, err error) error {
	command := []string{"az", "login"}
	add := func(flag, value string) {
		if text.IsPlain(value) {
			command = append(command, flag, value)
		}
	}
	if r.Tenant != config.AnyTenant {
		add("--tenant", r.Tenant)
	}
	if resource != "" {
		add("--scope", resource+"/.default")
	}
	if _, bad := claims.Request(challenge); challenge != "" && bad == nil {
		add("--claims-challenge", challenge)
	}
	hint := "Sign in there: " + strings.Join(command, " ")
	if dir, origin := a.Target.Get(config.AzureConfigDir); dir != "" && dir != a.Getenv("AZURE_CONFIG_DIR") {
		hint += fmt.Sprintf("  (with AZURE_CONFIG_DIR=%s, as %s has it)", text.Short(dir, 200), origin)
	}
	return &plugin.MachineError{What: what, Hint: hint, Kind: failure.SignIn, Err: err}
}

// resourceFor is what a token of another program's sign-in is for. Such a token has all that this sign-in may do there.
func resourceFor(name string, r plugin.Request) (string, error) {
	resource := authority.Resource(r.Scopes)
	switch {
	case r.Kind != cache.Access:
		return "", &plugin.MachineError{What: name + " has access tokens, and no ID token for another application", Hint: "Ask for an access token (--token-kind access), or sign in yourself (--login auto)."}
	case resource == "":
		return "", &plugin.MachineError{What: "the scopes say nothing of what the token is for: " + text.Short(strings.Join(r.Scopes, " "), 100),
			Hint: "Name its resource: RESOURCE/.default"}
	}
	return resource, nil
}

// brought is the token that a program printed.
func (c Call) brought(name string, r plugin.Request, token string, expires time.Time) (plugin.Grant, error) {
	now := c.now()
	switch {
	case !authority.IsVisible(token):
		return plugin.Grant{}, misprinted(name, "has no access token")
	case !expires.After(now) || expires.Year() > 9999:
		return plugin.Grant{}, misprinted(name, "is a token that has ended, or never does: is the clock right?")
	}
	t := cache.Token{Kind: cache.Access, Value: cache.NewSecret(token), Obtained: now, Expires: expires.UTC()}
	said, err := claims.Read(t.Value) // a resource may have tokens of another form
	if err == nil && authority.IsGUID(said.Tenant) {
		t.Tenant = strings.ToLower(said.Tenant)
		if authority.IsGUID(r.Tenant) && !strings.EqualFold(r.Tenant, t.Tenant) {
			return plugin.Grant{}, &plugin.MachineError{What: fmt.Sprintf("the token that %s printed is of tenant %s, and not of %s", name, t.Tenant, r.Tenant),
				Hint: "Where a subscription is named, leave out either it or --tenant-id.", Kind: failure.Answer}
		}
	}
	return plugin.Grant{Token: t}, nil
}

func misprinted(name, what string) error {
	return &plugin.MachineError{What: "what " + name + " printed " + what, Kind: failure.Answer, Hint: isItReal(name)}
}

func isItReal(name string) string {
	return "Is it the real " + name + "? A wrapper must print its answer and nothing else."
}

// says reports whether a program said something before it failed.
func (e *ProgramError) says(words string) bool { return strings.Contains(e.whole, words) }

// hinted adds the next step to a failure of az or azd that has no better one.
func (e *ProgramError) hinted() error {
	page, trial := "https://learn.microsoft.com/cli/azure/install-azure-cli", "az account get-access-token"
	if e.Program == "azd" {
		page, trial = "https://aka.ms/azd", "azd auth token"
	}
	hint := fmt.Sprintf("To see what it does, run it yourself: %s", trial)
	switch {
	case errors.Is(e, errNotInstalled):
		hint = fmt.Sprintf("Install it (%s), or take another way to sign in: entralogin help machines", page)
	case slices.Contains([]failure.Class{failure.Answer, failure.Config}, e.Kind):
		hint = isItReal(e.Program)
	}
	return &plugin.MachineError{What: e.Error(), Hint: hint, Kind: e.Kind, Err: e}
}
