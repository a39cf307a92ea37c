// Package logincmd are the commands login and logout.
package logincmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// New makes the command login.
func New(f *cli.Factory) *cobra.Command {
	var paste bool
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in, whatever is stored",
		Long: `Login asks a person to sign in, also where a session is there already. What is
remembered of a sign-in that failed is forgotten, and a device code is asked for
though the tenant may have refused one lately; --login names another way
("entralogin help signin"). One sign-in serves kubectl, git and Graph, in every
tenant where the account is known: the next call for another resource of the same
client is silent.

A second account of a client stands beside the first; calls name the one that
they mean, or "entralogin account set" chooses it.

--paste is the last way, where no port can be forwarded, and for a person at a
terminal alone. The page that it prints is opened on any computer. Its browser
ends at an address that begins with http://localhost and can't be reached: click
into the address bar, so that all of it is there, copy it, and paste it into the
terminal, which shows nothing of it. Paste it nowhere else: attackers have people
paste such addresses into pages and chats (ConsentFix), so that the client IDs
of Microsoft's own programs are refused. The state in the page is of use to this
command alone. Windows has --login browser instead.

Machines have nobody to ask and nothing to keep ("entralogin help machines"): with
--login spn and the like it shows the service what the machine has, and says
whether that is taken. With --client-secret-keyring it asks for the client secret
first, and keeps it in the keyring once the service has taken it.`,
		Example: `  entralogin login --tenant-id contoso.onmicrosoft.com --client-id 11111111-2222-3333-4444-555555555555
  entralogin login --account alice@contoso.example    that account and no other
  entralogin login --scope https://graph.microsoft.com/User.Read    consent to a scope now
  entralogin login --login browser    without a device code
  entralogin login --paste    the browser is on another computer, and nothing else reaches it
  entralogin login --storage keyring    from now on (entralogin help storage)`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return login(cmd.Context(), f, paste) },
	}
	cmd.Flags().StringSlice(config.Scope, nil, "`scope` to consent to now; may be given several times")
	cmd.Flags().String(config.Storage, "", "`how` to protect what is stored: "+config.StorageNames()+" (default file)")
	cmd.Flags().BoolVar(&paste, "paste", false, "sign in on another computer, and paste the address at which its browser ends")
	f.HandOverFlags(cmd.Flags())
	return cmd
}

func login(ctx context.Context, f *cli.Factory, paste bool) error {
	if paste {
		if err := canPaste(f); err != nil {
			return err
		}
	}
	target, err := cli.ResolveTyped(f, f.Call(config.HomeTenant()))
	if err != nil {
		return err
	}
	if paste {
		target.SignIn, f.Err.QR = config.SignIn{Method: plugin.Paste, Named: true}, false
	}
	r := target.Request
	r.Asker = "entralogin login"
	if r.Scopes, err = target.Scopes(target.Authority); err != nil {
		return err
	}
	switch {
	case !r.Person():
		return loginMachine(ctx, f, target, r)
	case len(r.Scopes) == 0:
		r.Kind = cache.ID // signing in alone, for no resource
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return err
	}
	token, err := tokens.Login(ctx, r)
	if err != nil {
		return err
	}
	err = f.AnswerText(fmt.Sprintf("Signed in as %s.\n", text.Clean(token.Account)))
	sayOthers(f, tokens.Store, r)
	return err
}

// loginMachine shows the service anew what a machine has, so that a person sees whether it is taken: for the resource of
// the settings, or Graph.
func loginMachine(ctx context.Context, f *cli.Factory, t config.Target, r plugin.Request) error {
	if len(r.Scopes) == 0 && len(t.Authority.Graph) > 0 {
		r.Scopes = []string{t.Authority.Graph[0] + "/.default"}
	}
	if len(r.Scopes) == 0 {
		return config.Missing(config.Scope, "which resource is the token for?")
	}
	t, secret, err := askSecret(ctx, f, t, r)
	if err != nil {
		return err
	}
	tokens, err := f.Tokens(t)
	if err != nil {
		return err
	}
	token, err := tokens.Login(ctx, r)
	if err != nil {
		return err
	}
	if err := keepSecret(r, secret); err != nil {
		return err
	}
	return f.AnswerSentences(fmt.Sprintf("The service takes %s. The token for %s ends in %s.\n",
		plugin.DescribeMachine(r.Key), text.Short(r.Resource(), 200), text.Span(token.Until().Sub(f.Now()))))
}

// canPaste refuses --paste beside flags that mean another way to sign in, or something that it has not, and where nothing
// can be typed unseen. Errors: *cli.UsageError, *cli.Advised.
func canPaste(f *cli.Factory) error {
	flags := map[string]bool{"copy": f.Err.HandOver.Copy, "open": f.Err.HandOver.Open}
	for _, name := range []string{config.Login, config.RedirectPort, config.Browser, config.QR} {
		_, flags[name] = f.Flags[name]
	}
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if flags[name] {
			return cli.Usagef("--paste takes no --%s: the page is opened by hand on another computer, and its address is pasted here", name)
		}
	}
	if err := f.Err.CanAskSecret(); err != nil {
		return &cli.Advised{Kind: failure.Usage, What: "--paste needs a terminal, at which a person pastes what nobody else sees: " + err.Error() + ".",
			Advice: []string{"Type the command yourself, in a terminal, with nothing redirected; or sign in another way (entralogin help signin)."}}
	}
	return nil
}

// sayOthers says that calls have to name an account from now on, where that is so.
func sayOthers(f *cli.Factory, st *cache.Store, r plugin.Request) {
	session, err := st.Session(r.SessionID)
	if err != nil {
		return
	}
	var several *plugin.AccountsError
	if _, err := plugin.ChooseAccount(session, "", r.Tenant); errors.As(err, &several) {
		several.Session = r.SessionID
		f.Err.Lines(f.Explain(several).Lines)
	}
}
