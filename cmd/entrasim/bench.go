package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

func benchCommand() *cobra.Command {
	var b bench
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure entralogin against the simulator",
		Long: `Measure what entralogin costs, as whole processes built as for a release: a warm
call against a Go program that does nothing, in turns; a silent refresh; fifty
processes at once. It prints a table and keeps nothing.

Times are those of this machine at this moment. Ratios hold longer.`,
		Example: "  go run ./cmd/entrasim bench\n  go run ./cmd/entrasim bench --runs 500",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if b.runs < 1 || b.processes < 1 {
				return usageError{errors.New("--runs and --processes have to be positive")}
			}
			b.stdout, b.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return b.run(cmd.Context())
		},
	}
	cmd.Flags().IntVar(&b.runs, "runs", 200, "runs of each command that is over in milliseconds")
	cmd.Flags().IntVar(&b.processes, "processes", 50, "processes of a storm")
	return cmd
}

// bench is one run of the benchmark.
type bench struct {
	runs, processes int
	stdout, stderr  io.Writer

	home  home
	sim   *entratest.Server
	empty string // a program that does nothing
	table *tabwriter.Writer

	// stubbable for testing
	ready  string // an entralogin in place of one that is built as for a release
	folder string // in which the home is
}

func (b *bench) run(ctx context.Context) (err error) {
	if b.home, err = newHome(b.folder); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.home.remove()) }()
	if b.sim, err = entratest.Start(); err != nil {
		return err
	}
	defer b.sim.Close()
	b.sim.Set(func(o *entratest.Settings) { o.Interval, o.RotateStrict = time.Second, true })
	b.sim.AutoApprove(entratest.Alice, 0)
	b.table = tabwriter.NewWriter(b.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(b.table, "what\twall ms\tcpu ms\tto empty, wall\tto empty, cpu\tpeak MiB\trequests")
	for _, step := range []func(context.Context) error{b.build, b.warm, b.refresh, b.storms} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return b.table.Flush()
}

// build makes both programs, as for a release unless there is a ready one.
func (b *bench) build(ctx context.Context) error {
	source := b.home.path("empty.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		return err
	}
	b.empty = filepath.Join(b.home.bin(), "empty")
	if b.ready != "" {
		if err := errors.Join(b.home.install(b.ready), b.compile(ctx, b.empty, source, false)); err != nil {
			return err
		}
	} else if err := errors.Join(b.compile(ctx, b.empty, source, true), b.compile(ctx, b.home.entralogin(), program, true)); err != nil {
		return err
	}
	info, err := os.Stat(b.home.entralogin())
	if err != nil {
		return err
	}
	fmt.Fprintf(b.stdout, "entralogin: %.1f MiB\n\n", float64(info.Size())/(1<<20))
	return errors.Join(
		b.home.write(configText(b.sim, "ca.pem"), ".config", "entralogin", "config.yaml"),
		b.home.write(string(b.sim.CertPEM()), ".config", "entralogin", "ca.pem"))
}

// compile builds a program. Without cgo, as in a release, there is nothing to link at each start.
func (b *bench) compile(ctx context.Context, path, what string, release bool) error {
	args, env := []string{"build", "-buildvcs=false", "-o", path}, b.home.buildEnviron()
	if release {
		args, env = append(args, "-trimpath", "-ldflags=-s -w"), append(env, "CGO_ENABLED=0")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, what)...)
	cmd.Env, cmd.Stderr = env, b.stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build %s: %w", what, err)
	}
	return nil
}

// warm measures warm calls with one token in the cache and with a thousand.
func (b *bench) warm(ctx context.Context) error {
	if _, err := b.measure(ctx, 1, b.getToken()); err != nil {
		return err
	}
	empty, err := b.compare(ctx, "warm get-token")
	if err != nil {
		return err
	}
	if err := b.fill(); err != nil {
		return err
	}
	if _, err = b.compare(ctx, "the same, 1,000 tokens of 100 accounts beside it"); err != nil {
		return err
	}
	b.row("an empty Go program", empty, cost{}, 0)
	return nil
}

// compare measures a warm call and the empty program in turns, so that both meet the same machine.
func (b *bench) compare(ctx context.Context, what string) (empty cost, err error) {
	b.sim.ResetRequests()
	costs, err := b.measure(ctx, b.runs, []string{b.empty}, b.getToken())
	if err != nil {
		return cost{}, err
	}
	b.row(what, costs[1], costs[0], b.sim.Requests("*"))
	return costs[0], nil
}

// refresh measures silent refreshes: all stored tokens are dropped before each.
func (b *bench) refresh(ctx context.Context) error {
	var costs []cost
	b.sim.ResetRequests()
	const times = 20
	for range times {
		if err := os.RemoveAll(b.home.path(".cache", "entralogin", "tokens")); err != nil {
			return err
		}
		c, err := b.measure(ctx, 1, b.getToken())
		if err != nil {
			return err
		}
		costs = append(costs, c[0])
	}
	b.row("silent refresh", medians(costs), cost{}, b.sim.Requests("*")/times)
	return nil
}

// storms measures many processes at once: the time until the last one has its answer.
func (b *bench) storms(ctx context.Context) error {
	for _, storm := range []struct{ what, drop string }{
		{"%d processes, token expired (until the last answer)", "tokens"},
		{"%d processes, nothing stored (code approved at once)", ""},
	} {
		if err := os.RemoveAll(b.home.path(".cache", "entralogin", storm.drop)); err != nil {
			return err
		}
		b.sim.ResetRequests()
		took, err := b.storm(ctx)
		if err != nil {
			return err
		}
		b.row(fmt.Sprintf(storm.what, b.processes), cost{Wall: took}, cost{}, b.sim.Requests("*"))
	}
	return nil
}

func (b *bench) storm(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	var runs []*exec.Cmd
	for range b.processes {
		args := b.getToken()
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Env = b.home.environ()
		runs = append(runs, cmd)
		if err := cmd.Start(); err != nil {
			return 0, err
		}
	}
	var failed []error
	for _, cmd := range runs {
		failed = append(failed, cmd.Wait())
	}
	return time.Since(start), errors.Join(failed...)
}

// fill stores a thousand tokens of a hundred accounts, none of them the one that is asked for.
func (b *bench) fill() error {
	store := &cache.Store{Folder: cache.Folder{Dir: b.home.path(".cache", "entralogin")}}
	now := time.Now()
	for i := range 1000 {
		key := cache.Key{SessionID: cache.SessionID{Authority: b.sim.Host, Client: entratest.ClientID}, Tenant: entratest.TenantContoso,
			Account: fmt.Sprintf("user%d@contoso.example", i%100), Scopes: []string{fmt.Sprintf("api://%d/.default", i)}, Kind: cache.Access}
		token := cache.Token{Value: cache.NewSecret(strings.Repeat(rubbish, 150)), Kind: cache.Access, Obtained: now, Expires: now.Add(time.Hour), Account: key.Account}
		if err := store.KeepToken(key, token); err != nil {
			return err
		}
	}
	return nil
}

// rubbish, repeated 150 times, is as long as a token.
const rubbish = "rubbish."

func (b *bench) getToken() []string {
	return []string{b.home.entralogin(), "get-token", "--server-id", entratest.ServerID}
}

// row adds a line to the table; what is zero is not known.
func (b *bench) row(what string, c, empty cost, requests int) {
	ms := func(d time.Duration) string {
		if d == 0 {
			return "-"
		}
		return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond))
	}
	ratio := func(a, b time.Duration) string {
		if b == 0 {
			return "-"
		}
		return fmt.Sprintf("%.2f", float64(a)/float64(b))
	}
	peak := "-"
	if c.Peak > 0 {
		peak = fmt.Sprintf("%.1f", float64(c.Peak)/(1<<20))
	}
	fmt.Fprintf(b.table, "%s\t%s\t%s\t%s\t%s\t%s\t%d\n", what, ms(c.Wall), ms(c.CPU), ratio(c.Wall, empty.Wall), ratio(c.CPU, empty.CPU), peak, requests)
}
