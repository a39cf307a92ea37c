package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entrasim/internal/turns"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// compare measures the empty program and a call of each side in turns, and adds a row: the first side is
// ours, the second the other build, a third is compared with the first. What the call leaves in the cache
// is there before anything counts.
func (b *bench) compare(ctx context.Context, what string, sides []side, call func(side) (turns.Command, error)) error {
	commands := []turns.Command{{Args: []string{b.empty()}, Env: sides[0].home.environ(), Dir: b.root.path()}}
	for _, s := range sides {
		c, err := call(s)
		if err != nil {
			return err
		}
		commands = append(commands, c)
	}
	if _, err := b.measure(ctx, 2, commands...); err != nil {
		return err
	}
	for _, s := range sides {
		s.sim.ResetRequests()
	}
	costs, err := b.measure(ctx, b.runs, commands...)
	if err != nil {
		return err
	}
	requests := float64(sides[0].sim.Requests("*")) / float64(b.runs)
	return b.add(row{What: what, Requests: requests, Empty: costs[0], Ours: costs[1]}, costs[2:]...)
}

// warm measures the warm calls of each front end.
func (b *bench) warm(ctx context.Context, sides []side) error {
	for _, front := range []struct {
		what string
		call func(side) turns.Command
	}{
		{"get-token", side.getToken},
		{"git-credential get", func(s side) turns.Command {
			c := s.call("entralogin", "git-credential", "get")
			c.Input = gitAsks
			return c
		}},
		{"get-access-token", func(s side) turns.Command {
			return s.call("entralogin", "account", "get-access-token", "--resource", "https://management.azure.com/")
		}},
		{"the same, as az", func(s side) turns.Command {
			return s.call("az", "account", "get-access-token", "--output", "json", "--resource", "https://management.azure.com")
		}},
	} {
		if err := b.compare(ctx, front.what, sides, func(s side) (turns.Command, error) { return front.call(s), nil }); err != nil {
			return err
		}
	}
	if err := b.signed(ctx, sides[0]); err != nil {
		return err
	}
	if err := b.docker(ctx, sides[0]); err != nil {
		return err
	}
	return b.agent(ctx, sides[0])
}

// signed measures a call that signs a request against one that does not, in turns. Earlier builds sign nothing.
func (b *bench) signed(ctx context.Context, s side) error {
	proof := []string{"--pop-enabled", "--pop-claims", "u=/subscriptions/s/arc"}
	alone := *b
	alone.against, alone.asJSON, alone.results.Rows = "", true, nil
	err := alone.compare(ctx, "get-token, signed", []side{s, s}, func(s side) (turns.Command, error) {
		c := s.getToken()
		c.Args, proof = append(c.Args, proof...), nil
		return c, nil
	})
	if err != nil {
		return err
	}
	r := alone.results.Rows[0]
	r.Bearer, r.Few = r.Few, turns.Cost{}
	return b.add(r)
}

// docker measures a call of docker for its registry, which the simulator is, against one of kubectl, in turns. Earlier builds
// are no helper of docker.
func (b *bench) docker(ctx context.Context, s side) error {
	const program = "docker-credential-entralogin"
	own, err := b.newSide(b.ours)
	if err == nil {
		err = errors.Join(own.home.install(b.ours, program), own.home.configure(configText(own.sim, "ca.pem")+"registries:\n- host: "+own.sim.Host+"\n", own.sim))
	}
	if err != nil {
		return err
	}
	own.sim.AddRegistry(entratest.Registry{Host: own.sim.Host, Life: tokenLife})
	alone := *b
	alone.against, alone.asJSON, alone.results.Rows = "", true, nil
	err = alone.compare(ctx, "docker get", []side{own, s}, func(s side) (turns.Command, error) {
		if s.sim != own.sim {
			return s.getToken(), nil
		}
		c := s.call(program, "get")
		c.Env, c.Input = append(c.Env, "SSL_CERT_FILE="+s.home.path(".config", "entralogin", "ca.pem")), s.sim.Host
		return c, nil
	})
	if err != nil {
		return err
	}
	r := alone.results.Rows[0]
	r.Token, r.Few = r.Few, turns.Cost{}
	return b.add(r)
}

// gitAsks is what a git that takes bearer tokens asks of a helper.
const gitAsks = `capability[]=authtype
capability[]=state
protocol=https
host=dev.azure.com
path=contoso/project/_git/repository
wwwauth[]=Bearer authorization_uri=https://login.microsoftonline.com/` + entratest.TenantContoso + "\n\n"

// many measures a warm call beside a thousand tokens and what a thousand different calls leave in the cache,
// against the other build that has to bear the same, and against a cache of few.
func (b *bench) many(ctx context.Context, sides []side) error {
	large, err := b.newSides()
	if err != nil {
		return err
	}
	for _, s := range large {
		if err := b.fill(ctx, s); err != nil {
			return err
		}
	}
	return b.compare(ctx, "get-token, 1,000 kept", append(large, sides[0]), func(s side) (turns.Command, error) { return s.getToken(), nil })
}

// fill stores tokens of a hundred accounts, none of them the one that is asked for, and makes calls that
// differ.
func (b *bench) fill(ctx context.Context, s side) error {
	store := &cache.Store{Folder: cache.Folder{Dir: s.cache()}}
	now := time.Now()
	calls := []turns.Command{s.getToken()} // signs in
	for i := range b.stored {
		key := cache.Key{SessionID: cache.SessionID{Authority: s.sim.Host, Client: entratest.ClientID}, Tenant: entratest.TenantContoso,
			Account: fmt.Sprintf("user%d@contoso.example", i%100), Scopes: []string{fmt.Sprintf("api://%d/.default", i)}, Kind: cache.Access}
		token := cache.Token{Value: cache.NewSecret(strings.Repeat(rubbish, 150)), Kind: cache.Access, Obtained: now, Expires: now.Add(tokenLife), Account: key.Account}
		if err := store.KeepToken(key, token); err != nil {
			return err
		}
		c := s.getToken()
		c.Args = append(c.Args, fmt.Sprintf("--prompt-timeout=%ds", 60+i))
		calls = append(calls, c)
	}
	if _, err := b.measure(ctx, 1, calls...); err != nil {
		return err
	}
	kept, err := filepath.Glob(s.cache("routes", "*"))
	if n := len(kept); n > 0 && n < b.stored { // earlier builds keep none
		return fmt.Errorf("the cache keeps %d of %d calls", n, b.stored)
	}
	return err
}

// rubbish, repeated 150 times, is as long as a token.
const rubbish = "rubbish."

// starts measures a start without a cache, and one that finds nothing in it but the sign-in.
func (b *bench) starts(ctx context.Context, sides []side) error {
	if err := b.compare(ctx, "version", sides, func(s side) (turns.Command, error) { return s.call("entralogin", "version"), nil }); err != nil {
		return err
	}
	return b.compare(ctx, "cold start", sides, func(s side) (turns.Command, error) {
		c := s.getToken()
		known, err := os.ReadDir(s.cache())
		for _, entry := range known {
			if entry.IsDir() && entry.Name() != "sessions" {
				c.Remove = append(c.Remove, s.cache(entry.Name()))
			}
		}
		return c, err
	})
}

// renewals measures the calls that meet a token that has expired, or will before long.
func (b *bench) renewals(ctx context.Context, sides []side) error {
	stale := func(s side, left time.Duration) (turns.Command, error) {
		c := s.getToken()
		var err error
		c.Write, err = s.tokens(left)
		return c, err
	}
	err := b.compare(ctx, "refresh", sides, func(s side) (turns.Command, error) { return stale(s, -time.Minute) })
	if err != nil {
		return err
	}
	return b.compare(ctx, "renew ahead", sides, func(s side) (turns.Command, error) {
		c, err := stale(s, tokenLife/6)
		if err != nil {
			return c, err
		}
		if _, err := b.measure(ctx, 1, c); err != nil {
			return c, err
		}
		c.Remove, err = filepath.Glob(s.cache("renewals", "*")) // a renewal that has begun puts off the next
		return c, err
	})
}

// times are those of a token in its file.
var times = regexp.MustCompile(`"(expires|obtained)":"[^"]*"`)

// tokens returns the files of all stored tokens, so much before the end of the tokens.
func (s side) tokens(left time.Duration) (map[string][]byte, error) {
	paths, err := filepath.Glob(s.cache("tokens", "*"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no tokens are stored (%w)", err)
	}
	end := time.Now().Add(left).UTC()
	files := map[string][]byte{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files[path] = times.ReplaceAllFunc(text, func(old []byte) []byte {
			if bytes.HasPrefix(old, []byte(`"obtained"`)) {
				return fmt.Appendf(nil, `"obtained":"%s"`, end.Add(-tokenLife).Format(time.RFC3339Nano))
			}
			return fmt.Appendf(nil, `"expires":"%s"`, end.Format(time.RFC3339Nano))
		})
	}
	return files, nil
}

// storms measures many processes at once.
func (b *bench) storms(ctx context.Context, sides []side) error {
	runs := min(b.runs, 5)
	for _, storm := range []struct{ what, drop string }{
		{"%d processes, expired", "tokens"},
		{"%d processes, nothing", ""},
	} {
		costs := make([][]turns.Cost, len(sides))
		for _, s := range sides {
			s.sim.ResetRequests()
		}
		for range runs {
			for i, s := range sides {
				if err := os.RemoveAll(s.cache(storm.drop)); err != nil {
					return err
				}
				c, err := b.storm(ctx, s)
				if err != nil {
					return err
				}
				costs[i] = append(costs[i], c)
			}
		}
		r := row{What: fmt.Sprintf(storm.what, b.processes), Ours: turns.Median(costs[0]), Requests: float64(sides[0].sim.Requests("*")) / float64(runs)}
		var others []turns.Cost
		for _, c := range costs[1:] {
			others = append(others, turns.Median(c))
		}
		if err := b.add(r, others...); err != nil {
			return err
		}
	}
	return nil
}

// storm returns the time until the last process has its answer, and the processor time of all.
func (b *bench) storm(ctx context.Context, s side) (turns.Cost, error) {
	start := time.Now()
	call := s.getToken()
	var runs []*exec.Cmd
	for range b.processes {
		cmd := exec.CommandContext(ctx, call.Args[0], call.Args[1:]...)
		cmd.Env = call.Env
		runs = append(runs, cmd)
		if err := cmd.Start(); err != nil {
			return turns.Cost{}, err
		}
	}
	var failed []error
	for _, cmd := range runs {
		failed = append(failed, cmd.Wait())
	}
	cost := turns.Cost{Wall: time.Since(start)}
	for _, cmd := range runs {
		cost.CPU += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	return cost, errors.Join(failed...)
}
