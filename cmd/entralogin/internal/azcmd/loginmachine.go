package azcmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// longestSecret bounds what an application signs in with, in bytes.
const longestSecret = 64 << 10

// servicePrincipal signs an application in, and keeps what it signs in with once the service has taken it.
func (c *loginCall) servicePrincipal(ctx context.Context, f *cli.Factory) error {
	switch {
	case !authority.IsClientID(c.username):
		return asAz("--username is no client ID of an application: that is a GUID")
	case c.tenant == "":
		return asAz("--tenant is missing: the AAD tenant, must provide when using service principals.", "Your turn: az login --service-principal -u CLIENT-ID -p SECRET -t TENANT")
	}
	l := cache.AzureLogin{Client: strings.ToLower(c.username), Tenant: c.tenant}
	if err := c.credential(ctx, f, &l); err != nil {
		return err
	}
	return c.machine(ctx, f, l)
}

// credential is what the application signs in with. As az does it, a password that is the path of a file is a certificate,
// and the two of them count more than a federated token.
func (c *loginCall) credential(ctx context.Context, f *cli.Factory, l *cache.AzureLogin) error {
	password, err := c.expand(ctx, f, c.password)
	if err != nil {
		return err
	}
	path := cli.FromHome(cmp.Or(c.certificate, password.Reveal()), f.Getenv)
	if info, err := os.Stat(path); path != "" && len(path) < 4096 && err == nil && !info.IsDir() || c.certificate != "" {
		l.Kind, l.SendsChain = cache.AzureCertificate, c.sendsChain
		l.Certificate, err = filepath.Abs(path)
		return err
	}
	if l.Kind, l.Secret = cache.AzureSecret, password; !password.IsZero() {
		return nil
	}
	if l.Secret, err = c.expand(ctx, f, c.assertion); err != nil || l.Secret.IsZero() {
		if err == nil {
			l.Secret, err = askPassword(ctx, f)
		}
		return err
	}
	l.Kind = cache.AzureAssertion
	if read, err := claims.Read(l.Secret); err == nil {
		l.Until = read.Expires
	}
	if l.Until.IsZero() {
		return asAz("--federated-token is no token that says when it ends, and so it can't be kept", "Your turn: name one that its issuer gave for this application (entralogin help machines).")
	}
	return nil
}

// expand is what an argument stands for: az takes @FILE for what the file says, @- for standard input, and what can't be
// read for itself.
func (c *loginCall) expand(ctx context.Context, f *cli.Factory, value string) (cache.Secret, error) {
	path, isFile := strings.CutPrefix(value, "@")
	if !isFile || path == "" {
		return cache.NewSecret(value), nil
	}
	path = cli.FromHome(path, f.Getenv)
	var data []byte
	var err error
	if path == "-" {
		data, err = io.ReadAll(io.LimitReader(f.In, longestSecret+1))
	} else if _, missing := os.Stat(path); missing != nil {
		return cache.NewSecret(value), nil
	} else {
		data, err = text.ReadSecretFile(ctx, path, longestSecret)
	}
	if err == nil && len(data) > longestSecret {
		err = errors.New("is too long")
	}
	if wrong, ok := errors.AsType[*text.FileError](err); ok {
		return cache.Secret{}, asAz("the file of --password or --federated-token, "+text.Short(path, 200)+", "+wrong.What, "Your turn: chmod 600 FILE, or a pipe.")
	}
	return cache.NewSecret(string(bytes.TrimRight(data, "\r\n"))), err
}

func askPassword(ctx context.Context, f *cli.Factory) (cache.Secret, error) {
	if err := f.Err.CanAskSecret(); err != nil {
		return cache.Secret{}, asAz("Please specify both username and password in non-interactive mode.", "Your turn: az login --service-principal -u CLIENT-ID -p @FILE -t TENANT")
	}
	secret, err := f.Err.AskSecret(ctx, "Password:", 1<<10)
	if err != nil || secret.IsZero() {
		return secret, asAz("no password was typed", "Your turn: az login again.")
	}
	return secret, nil
}

// managedIdentity signs in as what Azure gives to this machine.
func (c *loginCall) managedIdentity(ctx context.Context, f *cli.Factory) error {
	l := cache.AzureLogin{Kind: cache.AzureIdentity, Identity: "system"}
	word := c.username
	if strings.HasPrefix(strings.ToLower(word), "/subscriptions/") {
		c.resourceID, word = cmp.Or(c.resourceID, word), ""
	}
	given := 0
	for kind, id := range map[string]string{"client": cmp.Or(c.clientID, word), "object": c.objectID, "resource": c.resourceID} {
		if id != "" {
			l.Identity = kind + ":" + id
			given++
		}
	}
	if given > 1 {
		return asAz("usage error: one managed identity signs in: --username, --client-id, --object-id and --resource-id name it in several ways")
	}
	return c.machine(ctx, f, l)
}

// machine has the service take what was given, lists the subscriptions, and keeps it: nothing is kept where any of that
// fails, and what was kept before stays.
func (c *loginCall) machine(ctx context.Context, f *cli.Factory, l cache.AzureLogin) error {
	call := c.call(f, nil)
	s, err := f.Settings(call)
	if err != nil {
		return err
	}
	a, err := s.FindAuthority()
	if err != nil {
		return err
	}
	l.Authority, l.Profile = a.Host, s.Named
	if instead, counts := s.AzureLoginCounts(l); !counts {
		return asAz(instead+" says who signs in, and would count more than what az login is given", "Your turn: unset it, or leave az login out: a call as az means whom it says.")
	}
	before, err := keptBefore(f, s.Settings)
	if err != nil {
		return err
	}
	in, err := c.takeMachine(ctx, f, call, &l)
	if err != nil {
		return err
	}
	found, err := c.find(ctx, in, before.Chosen)
	if err == nil {
		err = cache.ChangeAzureProfile(ctx, in.tokens.Store, in.target.Place.Storage, func(p cache.AzureProfile) cache.AzureProfile {
			p = p.With(l)
			p.Chosen.Subscription = found.subscription
			return p
		})
	}
	if err != nil {
		if _, had := before.Login(l.ID()); !had {
			err = errors.Join(err, forgetMachine(in.tokens.Store, in.target.Request)) // of which no login is made
		}
		return err
	}
	sayKept(f, in.tokens.Store, l)
	return c.answer(f, found)
}

// takeMachine has the service take what was given, and settles the tenant of l: its GUID, under which later calls ask.
func (c *loginCall) takeMachine(ctx context.Context, f *cli.Factory, call config.Call, l *cache.AzureLogin) (signedIn, error) {
	with := func() config.Call {
		own := call
		own.Flags, own.Tools = c.call(f, map[string]string{}).Flags, config.NoTools
		own.More = append(slices.Clone(call.More), config.AzureGivenLayer(*l))
		return own
	}
	in, err := c.signIn(ctx, f, with())
	if err != nil || in.token.Tenant == strings.ToLower(l.Tenant) {
		return in, err
	}
	if !authority.IsGUID(in.token.Tenant) {
		return in, asAz("the token does not say which tenant gave it", "Your turn: name the tenant by its GUID: --tenant")
	}
	l.Tenant, c.tenant = in.token.Tenant, in.token.Tenant
	return c.signIn(ctx, f, with())
}

// forgetMachine deletes the tokens of whom a request signs in without a person, and the list of its subscriptions.
func forgetMachine(st *cache.Store, r plugin.Request) error {
	_, err := cache.ForgetMachines(st, func(k cache.Key, _ cache.Token) bool { return k.Renewal() == r.Renewal() })
	return errors.Join(err, cache.ForgetSubscriptions(st, r.SessionID, r.Renewal().Client))
}

// sayKept says what of a login is kept, where, and what removes it.
func sayKept(f *cli.Factory, st *cache.Store, l cache.AzureLogin) {
	storage, err := st.InForce()
	if err != nil || l.Secret.IsZero() {
		return
	}
	what, until := "the secret", ""
	if l.Kind == cache.AzureAssertion {
		what, until = "the federated token", fmt.Sprintf(" until it ends, in %s", text.Span(l.Until.Sub(f.Now())))
	}
	f.Err.Warn(fmt.Sprintf("%s of %s is kept on this machine%s (storage %s, entralogin help storage); az logout removes it", what, l.Client, until, storage))
}
