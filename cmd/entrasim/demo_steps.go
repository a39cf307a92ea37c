package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// How long a program may take. None comes near it unless it hangs.
const (
	buildLimit   = 10 * time.Minute
	personLimit  = 16 * time.Minute // a code lives for 15
	signInLimit  = time.Minute
	warmLimit    = 20 * time.Second
	kubectlLimit = time.Minute
)

const program = "github.com/entralogin/entralogin/cmd/entralogin"

// build puts entralogin where the PATH finds it.
func (d *demo) build(ctx context.Context) error {
	if d.ready != "" {
		if err := d.home.install(d.ready, "entralogin"); err != nil {
			return fmt.Errorf("--entralogin: %w", err)
		}
		return nil
	}
	path, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("%w: install Go, or name a ready program with --entralogin", err)
	}
	d.say("Building entralogin. On a fresh machine this can take a minute or two.")
	var said screen
	// Stamping reads the version control system, which may be missing or refuse.
	_, _, err = child{name: "go build", path: path, args: []string{"build", "-buildvcs=false", "-o", d.home.entralogin(), program},
		env: d.home.buildEnviron(), stderr: &said, limit: buildLimit}.run(ctx)
	if err != nil {
		fmt.Fprint(d.stderr, said.String())
		return fmt.Errorf("%w; run the demo in a folder of the checkout, or name a ready program with --entralogin", err)
	}
	return nil
}

func (d *demo) configure(context.Context) error {
	text := configText(d.sim, "ca.pem")
	if d.browser {
		text += "login: browser\n" // as --login browser does for one call
	}
	shown := "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
	d.say("", "In a temporary home, ~/.config/entralogin/config.yaml trusts the simulator and",
		"says which tenant and application to sign in to:")
	fmt.Fprint(d.stdout, shown)
	return d.home.configure(text, d.sim)
}

// getToken is the command that kubectl runs, too.
func (d *demo) getToken(ctx context.Context, limit time.Duration, also io.Writer) (stdout string, took time.Duration, err error) {
	return d.entralogin(ctx, limit, also, "get-token", "--server-id", entratest.ServerID)
}

// ask runs getToken while a person does their part.
func (d *demo) ask(ctx context.Context, person func(context.Context, *screen)) (answer string, err error) {
	limit := signInLimit
	if d.attended {
		limit = personLimit
	}
	var s screen
	part, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { person(part, &s); close(done) }()
	answer, _, err = d.getToken(ctx, limit, &s)
	stop()
	<-done
	return answer, err
}

// refusal shows what becomes of a device code in a tenant that takes none.
func (d *demo) refusal(ctx context.Context) error {
	if d.blocked == 0 || d.browser {
		return nil
	}
	if err := d.sim.Block(entratest.Block{Way: entratest.ByDeviceCode, AADSTS: d.blocked}); err != nil {
		return err
	}
	d.say("", "kubectl runs this. The tenant refuses a code once somebody has entered it.")
	_, err := d.ask(ctx, d.approve)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return errors.New("the device code was not refused")
	case !errors.As(err, &exit) || exit.ExitCode() != refusedCode:
		return err
	}
	d.say(fmt.Sprintf("It ended with %d, and said which way remains.", refusedCode))
	return nil
}

// refusedCode is entralogin's exit code for a refusal.
const refusedCode = 5

func (d *demo) signIn(ctx context.Context) error {
	person := d.approve
	switch {
	case d.browser:
		d.say("", "kubectl runs this. Nobody has signed in yet, so it shows an address and waits.")
		person = d.browse
	case d.blocked != 0:
		d.say("", "The next call knows that, and asks for no device code.")
		person = d.browse
	default:
		d.say("", "kubectl runs this. Nobody has signed in yet, so it shows a code and waits.")
	}
	d.sim.ResetRequests()
	answer, err := d.ask(ctx, person)
	if err != nil {
		return err
	}
	var credential struct{ Status struct{ Token string } }
	if err := json.Unmarshal([]byte(answer), &credential); err != nil {
		return fmt.Errorf("the answer is no ExecCredential: %w", err)
	}
	claims, err := d.sim.VerifyToken(credential.Status.Token, entratest.ServerID)
	if err != nil {
		return fmt.Errorf("the answer holds no token for the cluster: %w", err)
	}
	d.answer = answer
	d.account, _ = claims["preferred_username"].(string)
	d.show(layOut(answer))
	d.say(fmt.Sprintf("An ExecCredential for %s, laid out and shortened here.", d.account))
	if d.browser || d.blocked != 0 {
		return d.browsed()
	}
	return nil
}

// browsed says what a browser has seen and caused.
func (d *demo) browsed() error {
	if d.page != "" {
		d.say("The last page of the played browser says:")
		for _, line := range words(d.page) {
			fmt.Fprintln(d.stdout, "    "+line)
		}
	}
	if d.sim.Requests("devicecode") != 0 || d.sim.Requests("token") != 1 {
		return fmt.Errorf("the browser's sign-in made %s", d.count())
	}
	d.say(fmt.Sprintf("The simulator counted %s,", d.count()), fmt.Sprintf("and %d of the browser's (authorize).", d.sim.Requests("authorize")))
	return nil
}

func (d *demo) warm(ctx context.Context) error {
	d.say("", "The next call finds the token in its cache.")
	d.sim.ResetRequests()
	answer, took, err := d.getToken(ctx, warmLimit, nil)
	if err != nil {
		return err
	}
	if answer != d.answer {
		return errors.New("the second answer differs from the first")
	}
	if d.sim.Requests("*") != 0 {
		return fmt.Errorf("the warm call made %s", d.count())
	}
	d.say(fmt.Sprintf("The same answer after %.1f ms: that is the whole process, on this machine.", float64(took.Microseconds())/1000),
		fmt.Sprintf("The simulator counted %s.", d.count()))
	return nil
}

func (d *demo) graph(ctx context.Context) error {
	d.say("", "The same sign-in serves Microsoft Graph, without a second prompt.")
	d.sim.ResetRequests()
	profile, _, err := d.entralogin(ctx, warmLimit, nil, "graph", "me", "--manager")
	if err != nil {
		return err
	}
	d.show(profile)
	switch {
	case d.sim.Requests("devicecode") != 0:
		return errors.New("it asked for a second sign-in")
	case d.sim.Requests("me") == 0 || !strings.Contains(profile, d.account):
		return fmt.Errorf("the profile is not that of %s", d.account)
	}
	d.say(fmt.Sprintf("The simulator counted %s.", d.count()))
	return nil
}
