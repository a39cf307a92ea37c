package logincmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/credential"
	"github.com/entralogin/entralogin/plugin/failure"
)

// longestSecret is how many bytes of a client secret may be typed. The service's own have 40.
const longestSecret = 1 << 10

// askSecret asks for the client secret that is to lie in the keyring, where the settings say that. It returns settings in
// which it counts, and the secret; a zero one where nothing was asked. Errors: *plugin.MachineError, *cli.Advised.
func askSecret(ctx context.Context, f *cli.Factory, t config.Target, r plugin.Request) (config.Target, cache.Secret, error) {
	if r.Credential != config.BySecret || !credential.InKeyring(t.Settings) {
		return t, cache.Secret{}, nil
	}
	if _, err := cache.ClientSecret(r.SessionID); err != nil && !errors.Is(err, cache.ErrNone) {
		return t, cache.Secret{}, credential.KeyringError(err) // before anything is typed
	}
	why := r.Unattended
	if err := f.Err.CanAskSecret(); why == "" && err != nil {
		why = err.Error()
	}
	if why != "" {
		service, account := cache.ClientSecretEntry(r.SessionID)
		return t, cache.Secret{}, &cli.Advised{Kind: failure.Usage, What: "the client secret has to be typed at a terminal, and can't be here: " + why + ".",
			Advice: []string{fmt.Sprintf("Your turn: run the command in a terminal, or put the secret into the keyring with its own program (service %s, account %s; entralogin help machines).", service, account)}}
	}
	secret, err := f.Err.AskSecret(ctx, fmt.Sprintf("Client secret of %s at %s (nothing is shown of it):", r.Client, r.Authority), longestSecret)
	if err != nil {
		return t, cache.Secret{}, &cli.Advised{Kind: failure.Usage, What: "no client secret was typed (" + err.Error() + ").", Err: err}
	}
	t.Settings = credential.Typed(t.Settings, secret)
	return t, secret, nil
}

// keepSecret puts a client secret that the service has taken into the keyring, a zero one nowhere.
func keepSecret(r plugin.Request, secret cache.Secret) error {
	if secret.IsZero() {
		return nil
	}
	return credential.KeyringError(cache.KeepClientSecret(r.SessionID, secret))
}

// forgetSecret takes the client secret out of the keyring where the settings say that it lies there. It says in words what
// becomes of what the machine signs in with.
func forgetSecret(t config.Target) (string, error) {
	if t.Request.Credential != config.BySecret || !credential.InKeyring(t.Settings) {
		return "What it signs in with stays.", nil
	}
	err := cache.RemoveClientSecret(t.Request.SessionID)
	if errors.Is(err, cache.ErrNone) {
		return "The keyring had no client secret of it.", nil
	}
	return "Its client secret is taken out of the keyring.", credential.KeyringError(err)
}
