package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entrasim/internal/turns"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

func benchCommand() *cobra.Command {
	b := bench{stored: 1000}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure entralogin against the simulator",
		Long: `Measure what entralogin costs, as whole processes built as for a release. It
prints a table and keeps nothing.

Each line compares a call with a Go program that does nothing, and with another
build of entralogin where --against names one. They run in turns, each round in
an order of its own, and the figures are medians. Each build has a home and a
simulator of its own. "x empty" and "x other" are ratios, of time, of processor
time and of page faults; "req" counts requests for one call.

  get-token             warm, as kubectl runs it
  git-credential get    warm, as a git that takes bearer tokens runs it
  get-access-token      warm, of account
  the same, as az       warm, run under the name az
  get-token, signed     warm, with proof of possession; this build alone. A line
                        below the table compares it with get-token, in the
                        same turns
  docker get            warm, as docker runs its helper; this build alone. A
                        line below the table compares it with get-token
  get-token, agent      warm, with the storage agent, whose agent answers; compared
                        with get-token in the same way
  get-token, 1,000 kept warm, with 1,000 tokens and the traces of 1,000
                        different calls in the cache; a line below the table
                        compares it with a cache of few, in the same turns
  version               what every other command costs at the least
  cold start            get-token; the cache holds the sign-in and nothing else
  refresh               get-token; the stored token has expired
  renew ahead           get-token; the stored token is in the last third of its
                        life. "req" is 1 where the build has it renewed by a
                        process of its own, which the time leaves out. It does
                        so only where PID 1 is known to wait for orphans
  50 processes          at once, five times, until the last answer: the stored
                        token has expired, or nothing is stored and the code is
                        approved at once. "cpu" and "req" are those of all

Times are those of this machine at this moment: its load stands above and below
the table. Ratios hold longer.`,
		Example: "  go run ./cmd/entrasim bench\n  go run ./cmd/entrasim bench --against ./entralogin-1.0 --runs 500\n" +
			"  unshare -pf --mount-proc bash -c 'entrasim bench; exit'   # PID 1 is bash",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if b.runs < 1 || b.processes < 1 {
				return usageError{errors.New("--runs and --processes have to be positive")}
			}
			if b.against != "" {
				path, err := exec.LookPath(b.against)
				if err != nil {
					return usageError{fmt.Errorf("--against: %w", err)}
				}
				b.against = path
			}
			b.stdout, b.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return b.run(cmd.Context())
		},
	}
	cmd.Flags().IntVar(&b.runs, "runs", 200, "runs of each command that is over in milliseconds")
	cmd.Flags().IntVar(&b.processes, "processes", 50, "processes of a storm")
	cmd.Flags().StringVar(&b.against, "against", "", "another build of entralogin, a `file`, to compare with")
	cmd.Flags().BoolVar(&b.asJSON, "json", false, "print JSON instead of the table")
	return cmd
}

// bench is one run of the benchmark.
type bench struct {
	runs, processes int
	against         string
	asJSON          bool
	stdout, stderr  io.Writer

	root    home   // of the builds
	ours    string // the program that is measured
	sides   []side // all that were made
	results results

	// stubbable for testing
	ready  string // an entralogin in place of one that is built as for a release
	folder string // in which the root is
	stored int    // tokens, and calls, in the large cache
}

func (b *bench) run(ctx context.Context) (err error) {
	if b.root, err = newHome(b.folder); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.root.remove()) }()
	defer func() {
		for _, s := range b.sides {
			s.sim.Close()
		}
	}()
	if err := b.build(ctx); err != nil {
		return err
	}
	if err := b.begin(); err != nil {
		return err
	}
	sides, err := b.newSides()
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, []side) error{b.warm, b.many, b.starts, b.renewals, b.storms} {
		if err := step(ctx, sides); err != nil {
			return err
		}
	}
	return b.end()
}

// build makes the programs, as for a release unless there is a ready one.
func (b *bench) build(ctx context.Context) error {
	source := b.root.path("empty.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		return err
	}
	if b.ours = b.ready; b.ours == "" {
		b.ours = b.root.entralogin()
		if err := b.compile(ctx, b.ours, program, "-trimpath"); err != nil {
			return err
		}
	}
	return errors.Join(
		b.compile(ctx, b.empty(), source),
		b.compile(ctx, b.measurer(), "github.com/entralogin/entralogin/cmd/entrasim/internal/measure"))
}

func (b *bench) empty() string    { return b.root.program("empty") }
func (b *bench) measurer() string { return b.root.program("measure") }

// compile builds a program as for a release. Without cgo there is nothing to link at each start.
func (b *bench) compile(ctx context.Context, path, what string, flags ...string) error {
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"build", "-buildvcs=false", "-ldflags=-s -w", "-o", path}, flags, []string{what})...)
	cmd.Env, cmd.Stderr = append(b.root.buildEnviron(), "CGO_ENABLED=0"), b.stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build %s: %w", what, err)
	}
	return nil
}

// measure runs commands in turns and returns the medians of each.
func (b *bench) measure(ctx context.Context, runs int, commands ...turns.Command) ([]turns.Cost, error) {
	series, err := json.Marshal(turns.Series{Runs: runs, Commands: commands})
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, b.measurer())
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(series), &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said.String())
	}
	var costs []turns.Cost
	return costs, json.Unmarshal(out.Bytes(), &costs)
}

// A side is a build of entralogin with a home of its own, for builds need not agree on what they store, and a
// simulator of its own, which counts its requests.
type side struct {
	home    home
	sim     *entratest.Server
	runtime string // where its agent has its sockets, "" where none serves
}

// newSides makes one for the program that is measured, and one for the other build.
func (b *bench) newSides() ([]side, error) {
	programs := []string{b.ours}
	if b.against != "" {
		programs = append(programs, b.against)
	}
	var sides []side
	for _, p := range programs {
		s, err := b.newSide(p)
		if err != nil {
			return nil, err
		}
		sides = append(sides, s)
	}
	return sides, nil
}

func (b *bench) newSide(program string) (side, error) {
	h, err := newHome(b.root.root)
	if err != nil {
		return side{}, err
	}
	s := side{home: h}
	if s.sim, err = entratest.Start(); err != nil {
		return side{}, err
	}
	b.sides = append(b.sides, s)
	s.sim.Set(func(o *entratest.Settings) {
		o.Interval, o.RotateStrict = time.Second, true
		o.TokenLife, o.IDTokenLife = tokenLife, tokenLife
	})
	s.sim.AutoApprove(entratest.Alice, 0)
	return s, errors.Join(
		h.install(program, "entralogin"), h.install(program, "az"),
		h.configure(configText(s.sim, "ca.pem"), s.sim))
}

// tokenLife is long enough that no token grows old while the rows of warm calls are measured.
const tokenLife = 12 * time.Hour

// cache is a place in the cache folder.
func (s side) cache(names ...string) string {
	return s.home.path(append([]string{".cache", "entralogin"}, names...)...)
}

// call is a call that has to print an answer.
func (s side) call(program string, args ...string) turns.Command {
	env := s.home.environ()
	if s.runtime != "" {
		env = slices.DeleteFunc(env, func(entry string) bool { return entry == agent.Variable+"="+agent.Off })
		env = append(env, "XDG_RUNTIME_DIR="+s.runtime)
	}
	return turns.Command{Args: append([]string{s.home.program(program)}, args...), Env: env, Dir: s.home.path(), Answers: true}
}

func (s side) getToken() turns.Command {
	return s.call("entralogin", "get-token", "--server-id", entratest.ServerID)
}
