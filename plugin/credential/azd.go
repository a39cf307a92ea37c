package credential

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// azureDeveloper is the source that asks the Azure Developer CLI, which has a sign-in of its own:
// https://learn.microsoft.com/azure/developer/azure-developer-cli/reference#azd-auth-token
type azureDeveloper struct{ Call }

func byAzureDeveloper(c Call) plugin.Source { return azureDeveloper{c} }

func (a azureDeveloper) Token(ctx context.Context, r plugin.Request, _ cache.Session) (plugin.Grant, error) {
	if _, err := resourceFor("azd", r); err != nil {
		return plugin.Grant{}, err
	}
	p := program{name: "azd", other: true, env: []string{"AZD_SKIP_UPDATE_CHECK=true"}, args: []string{"auth", "token", "-o", "json", "--no-prompt"}}
	for _, scope := range r.Scopes {
		p.args = append(p.args, "--scope="+scope)
	}
	if r.Tenant != config.AnyTenant {
		p.args = append(p.args, "--tenant-id="+r.Tenant)
	}
	if r.Claims != "" {
		p.args = append(p.args, "--claims="+base64.StdEncoding.EncodeToString([]byte(r.Claims)))
	}
	out, err := a.run(ctx, p)
	if err != nil {
		return plugin.Grant{}, a.failed(r, err)
	}
	var answer struct {
		Token     string    `json:"token"`
		ExpiresOn time.Time `json:"expiresOn"`
	}
	if json.Unmarshal(out, &answer) != nil {
		return plugin.Grant{}, misprinted("azd", "is not what azd auth token prints")
	}
	return a.brought("azd", r, answer.Token, answer.ExpiresOn)
}

// failed says what is to be done where azd gave no token.
func (a azureDeveloper) failed(r plugin.Request, err error) error {
	failed, ok := errors.AsType[*ProgramError](err)
	if !ok {
		return err
	}
	if said := azdWords(failed.whole); said != "" {
		failed.Said = []string{text.Redact(said, 500)}
	}
	login := "azd auth login"
	if r.Tenant != config.AnyTenant && text.IsPlain(r.Tenant) {
		login += " --tenant-id " + r.Tenant
	}
	signIn := &plugin.MachineError{What: failed.Error(), Hint: "Sign in there: " + login, Kind: failure.SignIn, Err: failed}
	switch {
	case failed.says("unknown flag: --claims"):
		return &plugin.MachineError{What: "the resource demands more of the sign-in of azd than that has (a claims challenge), and this azd knows no --claims",
			Hint: "Update it to 1.18.1 or later.", Err: failed}
	case failed.says("not logged in"):
		signIn.What = "nobody has signed in to azd"
		return signIn
	case failed.says("azd auth login"), failed.says("azd login"), r.Claims != "" && failed.Kind == failure.Other:
		return signIn
	}
	return failed.hinted()
}

// azdWords are the words among the lines of JSON in which azd says why it failed, "" where there are none: an error, or,
// before 1.23.7, a message for the console.
func azdWords(lines string) string {
	var errs, messages []string
	for line := range strings.Lines(lines) {
		var said struct {
			Error string `json:"error"`
			Data  struct {
				Message string `json:"message"`
			} `json:"data"`
		}
		if json.Unmarshal([]byte(line), &said) != nil {
			continue
		}
		errs, messages = append(errs, strings.TrimSpace(said.Error)), append(messages, strings.TrimSpace(said.Data.Message))
	}
	all := slices.DeleteFunc(append(errs, messages...), func(s string) bool { return s == "" })
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
