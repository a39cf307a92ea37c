package credential

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// Look looks at what the target signs in with, as far as it is on this machine: it sends nothing, and runs no program.
// Explain hears what is there, and Warn what will not do for long. Errors are those that a call would end with.
func (c Call) Look(ctx context.Context) error {
	w, err := c.way()
	if err != nil {
		return err
	}
	return w.look(ctx, c)
}

// lookAtCLI looks for another program that signs in.
func lookAtCLI(name string) func(context.Context, Call) error {
	return func(_ context.Context, c Call) error {
		return c.lookAtProgram(program{name: name, other: true}, (*ProgramError).hinted)
	}
}

func lookAtJob(request func(Call) (jobTokens, error)) func(context.Context, Call) error {
	return func(_ context.Context, c Call) error {
		_, err := request(c)
		return err
	}
}

func lookAtIdentity(_ context.Context, c Call) error { return c.managed().Look(c.Target.Request) }

func lookAtSecret(ctx context.Context, c Call) error {
	if c.isPipe(config.ClientSecretFile) {
		return nil
	}
	named := c.Target.FirstWith(config.ClientSecret, config.ClientSecretFile, config.ClientSecretKeyring)
	if InKeyring(c.Target.Settings) && !named.Has(config.ClientSecret, config.ClientSecretFile) {
		c.explain("the client secret is in the keyring, which the call asks: it may have to be unlocked")
		return nil
	}
	_, err := c.secret(ctx)
	return err
}

func lookAtCertificate(ctx context.Context, c Call) error {
	if c.isPipe(config.ClientCertificate) {
		return nil
	}
	if _, err := c.certificate(ctx); err != nil {
		return err
	}
	_, err := c.sendsChain()
	return err
}

// isPipe reports whether a setting names a pipe. What a pipe says can be read once, and is for the call.
func (c Call) isPipe(name string) bool {
	path, origin := c.Target.Get(name)
	info, err := os.Stat(path)
	if err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		return false
	}
	c.explain("%s (%s) is a pipe, which the call reads", name, origin)
	return true
}

func lookAtAssertion(ctx context.Context, c Call) error {
	if c.Target.Has(config.AzureLogin) {
		_, err := namedAssertion(ctx, c)
		return err
	}
	place, value, origin, err := c.assertionPlace()
	if err != nil {
		return err
	}
	switch place {
	case config.AssertionIdentity:
		r, err := c.identityRequest(value, origin)
		if err != nil {
			return err
		}
		return c.managed().Look(r)
	case config.AssertionCommand:
		words, err := commandWords(value, origin)
		if err != nil {
			return err
		}
		c.explain("a program prints the assertion (%s)", origin)
		return c.lookAtProgram(program{name: words[0]}, func(e *ProgramError) error { return programHint(e, origin) })
	}
	_, err = namedAssertion(ctx, c)
	return err
}

func lookAtServiceAccount(ctx context.Context, c Call) error {
	if _, err := (workload{c}).throughProxy(); err != nil {
		return err
	}
	_, err := serviceAccountAssertion(ctx, c)
	return err
}

// lookAtProgram says which file a program is that the call runs. hinted says what to do where there is none.
func (c Call) lookAtProgram(p program, hinted func(*ProgramError) error) error {
	env, err := c.Environ()
	if err != nil {
		return err
	}
	path, err := p.find(valueOf(env, "PATH"))
	if failed, ok := errors.AsType[*ProgramError](err); ok {
		return hinted(failed)
	}
	c.explain("%s is %s, which the call runs", text.Short(p.name, 200), text.Short(path, 200))
	return err
}

// Answers asks the service that the target's managed identity is had from whether it is there: one request, without a
// secret. ok is false where no managed identity is asked for. Errors: *managed.Error.
func (c Call) Answers(ctx context.Context) (place string, ok bool, err error) {
	identity, _ := c.Target.FirstWith(config.Assertions()...).Get(config.AssertionIdentity)
	if by := c.Target.Request.Credential; by != config.ManagedIdentity && (by != config.Federated || identity == "") {
		return "", false, nil
	}
	place, err = c.managed().Answers(ctx)
	return place, true, err
}
