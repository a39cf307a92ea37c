package credential

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/text"
)

// federated is the source of an application that shows another service's token in place of a secret:
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation
type federated struct {
	Call
	fetch func(context.Context, Call) (assertion, error) // anew for each exchange
}

func (f federated) Token(ctx context.Context, r plugin.Request, s cache.Session) (plugin.Grant, error) {
	shown, err := f.fetch(ctx, f.Call)
	if err != nil {
		return plugin.Grant{}, err
	}
	prove := func(context.Context) (entra.Proof, error) { return entra.AssertionProof(shown.token), nil }
	g, err := f.Service.Application(prove).Token(ctx, r, s)
	return g, shown.refused(r.Client, err)
}

// byAssertion is the general way: the settings say where the assertion comes from.
func byAssertion(c Call) plugin.Source { return federated{c, namedAssertion} }

// assertionPlace is the setting that says where the assertion comes from.
func (c Call) assertionPlace() (name, value, origin string, err error) {
	layer := c.Target.FirstWith(config.Assertions()...)
	places := slices.DeleteFunc(config.Assertions(), func(name string) bool { return !layer.Has(name) })
	switch len(places) {
	case 0:
		err = &plugin.MachineError{What: fmt.Sprintf("--%s %s needs another service's token, and nothing says where that is", config.Login, config.Federated),
			Hint: fmt.Sprintf("Name one: --%s FILE, --%s NAME or --%s COMMAND (entralogin help machines).", config.AssertionFile, config.AssertionEnv, config.AssertionCommand)}
		return "", "", "", err
	case 1:
		value, origin = layer.Get(places[0])
		return places[0], value, origin, nil
	}
	return "", "", "", &plugin.MachineError{What: fmt.Sprintf("%s and %s stand side by side: where is the assertion?", places[0], places[1]), Hint: "Leave one of them out."}
}

func namedAssertion(ctx context.Context, c Call) (assertion, error) {
	if kept, ok, err := c.kept(); err != nil {
		return assertion{}, err
	} else if ok {
		return c.checked(kept.Reveal(), "az login")
	}
	place, value, origin, err := c.assertionPlace()
	if err != nil {
		return assertion{}, err
	}
	switch place {
	case config.AssertionFile:
		return c.fileAssertion(value, origin)
	case config.AssertionEnv:
		return c.variableAssertion(value, origin)
	case config.AssertionIdentity:
		return c.identityAssertion(ctx, value, origin)
	}
	return c.programAssertion(ctx, value, origin)
}

// checked looks at an assertion that is there, and says of a bad one where it comes from.
func (c Call) checked(content, from string) (assertion, error) {
	c.explain("the assertion comes from %s", from)
	a, flaw := readAssertion(content, c.now())
	if flaw != nil {
		return assertion{}, &plugin.MachineError{What: "the assertion from " + from + " " + flaw.what, Hint: flaw.hint}
	}
	c.explain("the assertion has: %s", a)
	return a, nil
}

// fileAssertion reads a file that its writer replaces before the assertion ends, as the kubelet does.
func (c Call) fileAssertion(path, origin string) (assertion, error) {
	if !filepath.IsAbs(path) { // it is not shown: it may be the token itself
		return assertion{}, &plugin.MachineError{What: config.AssertionFile + " (" + origin + ") is no absolute path",
			Hint: "Name the file with its whole path: kubectl and git run entralogin in any folder."}
	}
	from := fmt.Sprintf("the file %s (%s)", text.Short(path, 200), origin)
	content, err := text.ReadUserFile(path)
	if unread, ok := errors.AsType[*text.FileError](err); ok {
		return assertion{}, &plugin.MachineError{What: from + " " + unread.What, Err: err,
			Hint: "Whoever issues the token has to write it there for this user, and nobody else may write to it: entralogin help machines"}
	}
	return c.checked(string(content), from)
}

// variableAssertion reads a variable of the job's choice, as GitLab's id_tokens make one:
// https://docs.gitlab.com/ci/secrets/id_token_authentication/
func (c Call) variableAssertion(name, origin string) (assertion, error) {
	if foreign := func(r rune) bool { return r != '_' && !text.IsAlphanumeric(r) }; strings.ContainsFunc(name, foreign) {
		return assertion{}, &plugin.MachineError{What: config.AssertionEnv + " (" + origin + ") is no name of a variable", // it may be the token itself
			Hint: "Name the variable that has the token, such as one of id_tokens: in GitLab (entralogin help machines)."}
	}
	from := fmt.Sprintf("the variable %s (%s)", text.Redact(name, 100), origin)
	content := c.Getenv(name)
	if content == "" {
		return assertion{}, &plugin.MachineError{What: from + " is not set, or empty",
			Hint: "Have the job set it, such as by id_tokens: in GitLab (entralogin help machines)."}
	}
	return c.checked(content, from)
}

// identityAssertion takes the token of a managed identity of this machine, which an application of another tenant may
// trust: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
func (c Call) identityAssertion(ctx context.Context, value, origin string) (assertion, error) {
	r, err := c.identityRequest(value, origin)
	if err != nil {
		return assertion{}, err
	}
	g, err := managedIdentity(c).Token(ctx, r, cache.Session{})
	if err != nil {
		return assertion{}, err
	}
	return c.checked(g.Token.Value.Reveal(), "the managed identity of this machine ("+origin+")")
}

func (c Call) identityRequest(value, origin string) (plugin.Request, error) {
	identity, err := config.ManagedIdentityOf(value)
	if err != nil {
		return plugin.Request{}, config.Bad(config.AssertionIdentity, value, origin, "%v", err)
	}
	return plugin.Request{Key: cache.Key{SessionID: cache.SessionID{Authority: c.Target.Authority.Host}, Kind: cache.Access,
		Credential: config.ManagedIdentity, Identity: identity, Scopes: []string{c.audience() + "/.default"}}}, nil
}

// programAssertion runs a program that prints the assertion.
func (c Call) programAssertion(ctx context.Context, command, origin string) (assertion, error) {
	words, err := commandWords(command, origin)
	if err != nil {
		return assertion{}, err
	}
	content, err := c.run(ctx, program{name: words[0], args: words[1:]})
	if failed, ok := errors.AsType[*ProgramError](err); ok {
		return assertion{}, programHint(failed, origin)
	}
	if err != nil {
		return assertion{}, err
	}
	return c.checked(string(content), fmt.Sprintf("the program %s (%s)", text.Short(words[0], 100), origin))
}

// commandWords are the words of a command, of which there is one at least.
func commandWords(command, origin string) ([]string, error) {
	words, whole := text.ShellWords(command)
	if len(words) == 0 || !whole {
		return nil, &plugin.MachineError{What: fmt.Sprintf("%s (%s) is no command: a quote has no end, or nothing stands in it", config.AssertionCommand, origin),
			Hint: "Name a program with its arguments: no shell reads them (entralogin help machines)."}
	}
	return words, nil
}

func programHint(failed *ProgramError, origin string) error {
	return &plugin.MachineError{What: failed.Error(), Kind: failed.Kind, Err: failed,
		Hint: origin + " names the program: run it by hand to see what it prints (entralogin help machines)."}
}
