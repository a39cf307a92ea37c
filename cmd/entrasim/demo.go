package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

func demoCommand() *cobra.Command {
	var d demo
	var auto bool
	var login string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show entralogin at work against the simulator",
		Long: `Show entralogin at work against the simulator: kubectl's plugin, a warm call, Graph, and
kubectl itself where there is one.

In a terminal a person approves the sign-in, in the browser or with Enter. Without one, or
with --auto, it approves by itself. All that is written stands in a temporary home, which is
removed at the end.

With --login browser the sign-in goes by a browser and not by a device code. The browser is
played, unless a person opens the address. With --block-device-code 53003 the tenant refuses
device codes, as Conditional Access does, and the next call takes the browser by itself.`,
		Example: `  go run ./cmd/entrasim demo
  go run ./cmd/entrasim demo --login browser
  go run ./cmd/entrasim demo --block-device-code 53003
  go run ./cmd/entrasim demo --auto --entralogin ./entralogin`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if login != entratest.ByDeviceCode && login != entratest.ByBrowser {
				return usageError{fmt.Errorf("--login %q: devicecode and browser can be shown", login)}
			}
			if d.blocked < 0 {
				return usageError{errors.New("--block-device-code takes a number such as 53003")}
			}
			d.browser = login == entratest.ByBrowser
			d.stdin, d.stdout, d.stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			d.attended = !auto && isTerminal(d.stdin) && isTerminal(d.stdout)
			d.patience = 2 * time.Second
			return d.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&auto, "auto", false, "approve the sign-in without a person")
	cmd.Flags().StringVar(&login, "login", entratest.ByDeviceCode, "`way` to sign in: devicecode or browser")
	cmd.Flags().IntVar(&d.blocked, "block-device-code", 0, "let the tenant refuse device codes with this AADSTS `number`, such as 53003")
	cmd.Flags().StringVar(&d.ready, "entralogin", "", "show this `program` instead of building entralogin")
	return cmd
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// A demo is a session with entralogin that is shown while it happens.
type demo struct {
	ready    string        // an entralogin that need not be built, or ""
	attended bool          // a person is there to approve; otherwise Alice is simulated
	patience time.Duration // how long the simulated Alice takes
	browser  bool          // the first call is told to sign in with a browser
	blocked  int           // by which AADSTS number the tenant refuses device codes, 0 for not

	stdin          io.Reader
	stdout, stderr io.Writer

	sim  *entratest.Server
	home home

	// What the steps found out.
	answer  string // of the first get-token
	account string // who signed in
	page    string // the last one of the browser that is played

	folder string // stubbable for testing: in which the home is
}

// A step is a part of the demo that works or fails as a whole.
type step struct {
	name string
	run  func(context.Context) error
}

// run runs the demo in a temporary home and removes that, come what may.
func (d *demo) run(ctx context.Context) (err error) {
	if d.home, err = newHome(d.folder); err != nil {
		return err
	}
	err = d.steps(ctx)
	if ctx.Err() != nil {
		err = errors.New("the demo was interrupted; what it had made is removed")
	}
	if remove := d.home.remove(); remove != nil {
		return errors.Join(err, fmt.Errorf("the temporary home could not be removed: %w", remove))
	}
	if err == nil {
		d.say("", "That was all. The simulator has stopped and the temporary home is removed.",
			"To go on with your own tenant: README.md, \"AKS, in two commands\".")
	}
	return err
}

func (d *demo) steps(ctx context.Context) (err error) {
	d.say("entralogin at work, against a simulator of the Microsoft identity platform.",
		"No account of yours is involved, and your own home is not touched.")
	if d.sim, err = entratest.Start(); err != nil {
		return fmt.Errorf("start the simulator: %w", err)
	}
	defer d.sim.Close()
	d.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second }) // nobody wants to watch it wait
	for _, s := range []step{
		{"build", d.build}, {"configure", d.configure}, {"refusal", d.refusal}, {"sign in", d.signIn}, {"warm call", d.warm}, {"graph me", d.graph}, {"kubectl", d.kubectl},
	} {
		if err := s.run(ctx); err != nil {
			return fmt.Errorf("the step %q of the demo failed: %w\n"+
				"Nothing is left of it; to look closer, run \"go run ./cmd/entrasim serve\", whose simulator stays", s.name, err)
		}
	}
	return nil
}
