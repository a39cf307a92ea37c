package credential

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// bySecret is the way of an application with a client secret: from a file, a variable or the keyring.
func bySecret(c Call) plugin.Source {
	return c.Service.Application(func(ctx context.Context) (entra.Proof, error) {
		secret, err := c.secret(ctx)
		if err != nil {
			return entra.Proof{}, err
		}
		return entra.SecretProof(secret)
	})
}

// InKeyring reports whether the client secret that counts lies in the keyring.
func InKeyring(s config.Settings) bool {
	in, _ := s.FirstWith(config.ClientSecret, config.ClientSecretFile, config.ClientSecretKeyring).Get(config.ClientSecretKeyring)
	return strings.EqualFold(in, "true")
}

// Typed are settings in which the client secret that a person has just typed counts.
func Typed(s config.Settings, secret cache.Secret) config.Settings {
	return s.With(config.NewLayer(config.ByFlag-1, "what was typed", map[string]string{config.ClientSecret: secret.Reveal()}))
}

func (c Call) secret(ctx context.Context) (cache.Secret, error) {
	if secret, ok, err := c.kept(); ok || err != nil {
		return secret, err
	}
	s := c.Target.FirstWith(config.ClientSecret, config.ClientSecretFile, config.ClientSecretKeyring)
	file, inFile := s.Get(config.ClientSecretFile)
	_, inVariable := s.Get(config.ClientSecret)
	in := []bool{file != "", inVariable != "", InKeyring(s)}
	switch {
	case in[0] && (in[1] || in[2]) || in[1] && in[2]:
		return cache.Secret{}, &plugin.MachineError{What: "two client secrets are named in one place: which is meant?", Hint: "Your turn: leave one of them out."}
	case in[0]:
		data, err := c.read(ctx, config.ClientSecretFile)
		if err != nil {
			return cache.Secret{}, err
		}
		c.explain("the client secret is in the file of %s", inFile)
		return checkSecret(data, config.ClientSecretFile, inFile)
	case in[1]:
		c.explain("the client secret is the one of %s", inVariable)
		return checkSecret([]byte(s.Secret(config.ClientSecret).Reveal()), config.ClientSecret, inVariable)
	case in[2]:
		c.explain("the client secret is in the keyring")
		return fromKeyring(c.Target.Request)
	}
	return cache.Secret{}, &plugin.MachineError{What: config.ClientSecretKeyring + " is false, and no other place of the client secret is named",
		Hint: "Your turn: name one, --" + config.ClientSecretFile + " FILE (entralogin help machines)."}
}

// checkSecret takes the end of the line off, and refuses what no client secret has.
func checkSecret(data []byte, name, origin string) (cache.Secret, error) {
	data = bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	what := ""
	switch clean := string(data); {
	case len(data) == 0:
		what = "is empty"
	case len(data) > longest:
		what = fmt.Sprintf("is larger than %d KiB", longest>>10)
	case strings.ContainsRune(clean, 0):
		what = "holds NUL bytes (UTF-16, or no text at all)"
	case clean != text.Clean(clean):
		what = "has several lines, or invisible characters, and a client secret is one word"
	default:
		return cache.NewSecret(clean), nil
	}
	return cache.Secret{}, &plugin.MachineError{What: fmt.Sprintf("%s (%s) %s", name, origin, what),
		Hint: "Your turn: the secret's value has to stand there, and nothing else."}
}

// fromKeyring is the client secret that login has put there.
func fromKeyring(r plugin.Request) (cache.Secret, error) {
	secret, err := cache.ClientSecret(r.SessionID)
	if errors.Is(err, cache.ErrNone) {
		return secret, &plugin.MachineError{What: fmt.Sprintf("the keyring has no client secret of %s at %s", r.Client, r.Authority), Err: err,
			Hint: fmt.Sprintf("Your turn, at a terminal: entralogin login --login %s --%s --tenant-id %s --client-id %s", config.ServicePrincipal, config.ClientSecretKeyring, r.Tenant, r.Client)}
	}
	return secret, KeyringError(err)
}

// KeyringError says what to do where the keyring can't be used. err may be nil.
func KeyringError(err error) error {
	unfit, ok := errors.AsType[*cache.StorageError](err)
	if !ok {
		return err
	}
	return &plugin.MachineError{What: "the keyring, where the client secret lies, " + unfit.What, Err: err, Kind: failure.Storage,
		Hint: "Your turn: unlock it, or start a desktop session; else name a file: --" + config.ClientSecretFile + " FILE"}
}
