package main

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Bounds of the doctor's work with others.
const (
	doctorRequest = 10 * time.Second // each request, and each program that is run
	doctorAll     = 50 * time.Second
)

func (a *app) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor [kube|git|graph|network]",
		Short: "Look for what is wrong, and say what to do about it",
		Long: `Doctor looks at the config file and the variables, at the folders, the storage and
the locks, at what is stored, at the way to the sign-in service, and at kubectl,
git and Graph where they are in use. With an argument it leaves out the others.

It changes and stores nothing and asks nobody. It makes one request to the
sign-in service, one to Graph, one to the API server of the current context, and
at most two for each of two remotes of the repository around; with an argument
those of that part alone. Each may take 10 seconds, all together a minute.

Tokens, codes and passwords are not in its output, and the home folder is ~. Names
of accounts, hosts, tenants and applications are: look at it before you post it
("entralogin help doctor").

The exit code is 0 where nothing failed, else that of the first failure, as with
kubeconfig check and git check.`,
		Example: `  entralogin doctor
  entralogin doctor network
  entralogin doctor -o json | jq '.findings[] | select(.level != "ok")'`,
		ValidArgs: []string{"kube", "git", "graph", "network"},
		Args:      doctorArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.doctor(cmd.Context(), append(args, "")[0])
		},
	}
	cmd.Flags().StringP("output", "o", "", "`format`: table or json (default table)")
	return cmd
}

func doctorArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 1:
		return usagef("doctor takes one part, not %d: %s", len(args), strings.Join(cmd.ValidArgs, ", "))
	case len(args) == 1 && !slices.Contains(cmd.ValidArgs, args[0]):
		return usagef("%q is no part that doctor knows: %s", text.Short(args[0], 40), strings.Join(cmd.ValidArgs, ", "))
	}
	return nil
}

func (a *app) doctor(ctx context.Context, part string) error {
	format, err := a.outputFormat()
	if err != nil {
		return err
	}
	ctx, done := untilSignal(ctx)
	defer done()
	bounded, cancel := context.WithTimeoutCause(ctx, doctorAll, &check.LateError{Limit: doctorAll})
	defer cancel()
	found := a.examine(bounded, part)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return a.showFindings(format, withoutHome(found, a.home()), "entralogin", nil)
}

// examine looks at this machine, and then at all parts at a time, since each may wait for the network.
func (a *app) examine(ctx context.Context, part string) []check.Finding {
	d := &doctor{app: a.muted()}
	found := check.Run(ctx, []check.Check{
		{Topic: aboutConfig, Title: "the settings", Run: d.says(func(context.Context) { d.config(); d.variables() })},
		{Topic: aboutFolders, Title: "the folders", Run: d.says(func(context.Context) { d.places() })},
		{Topic: aboutAccounts, Title: "the accounts", Run: d.says(func(context.Context) { d.accounts() })},
	})
	var parts [][]check.Check
	for _, p := range []struct {
		name string // "" is looked at always
		check.Topic
		look func(*doctor, context.Context)
	}{
		{"", aboutVersions, func(d *doctor, ctx context.Context) { d.versions(ctx, part) }},
		{"network", aboutAuthority, (*doctor).network},
		{"graph", aboutGraph, func(d *doctor, ctx context.Context) { d.graph(ctx, part != "") }},
		{"kube", aboutKube, func(d *doctor, ctx context.Context) { d.kube(ctx, part != "") }},
		{"git", aboutGit, func(d *doctor, ctx context.Context) { d.git(ctx, part != "") }},
	} {
		if part == "" || p.name == "" || p.name == part {
			other := &doctor{app: a.muted(), call: d.call}
			parts = append(parts, []check.Check{{Topic: p.Topic, Title: cmp.Or(p.name, "versions"),
				Run: other.says(func(ctx context.Context) { p.look(other, ctx) })}})
		}
	}
	return check.Once(d.withoutMisplaced(append(found, check.Run(ctx, parts...)...)))
}

// says is a check of what look adds, and of what a call would have said meanwhile.
func (d *doctor) says(look func(context.Context)) func(context.Context) []check.Finding {
	return func(ctx context.Context) []check.Finding {
		d.found = nil
		look(ctx)
		return append(d.found, d.noted()...)
	}
}

// timed gives each check of a part the time of a request.
func timed(list []check.Check) []check.Check {
	for i := range list {
		list[i].Limit = doctorRequest
	}
	return list
}

// doctor is one run of the command, or of a part of it.
type doctor struct {
	*app
	call   doctorCall
	closed bool // the cache is none that could be looked into
	found  []check.Finding
}

// The topics of what no other check looks at.
const (
	aboutConfig    check.Topic = "config"
	aboutSettings  check.Topic = "settings"
	aboutFolders   check.Topic = "folders"
	aboutStorage   check.Topic = "storage"
	aboutLocks     check.Topic = "locks"
	aboutAccounts  check.Topic = "accounts"
	aboutTokens    check.Topic = "tokens"
	aboutVersions  check.Topic = "versions"
	aboutProxy     check.Topic = "proxy"
	aboutNames     check.Topic = "names"
	aboutAuthority check.Topic = "authority"
	aboutClock     check.Topic = "clock"
	aboutTenant    check.Topic = "tenant"
	aboutGraph     check.Topic = "graph"
	aboutKube      check.Topic = "kube"
	aboutGit       check.Topic = "git"
)

func (d *doctor) add(found ...check.Finding) { d.found = append(d.found, found...) }

// fail adds the error that a call would end with, without values that could be a secret in a wrong place.
func (d *doctor) fail(topic check.Topic, err error) {
	f := withoutHome([]check.Finding{d.findingOf(topic, err)}, d.home())[0]
	f.What, f.Remedy = text.Redact(f.What, 500), text.Redact(f.Remedy, 500)
	switch {
	case f.Remedy != "":
	case f.Class == failure.Config:
		f.Remedy = "mend it where it stands (entralogin help config)"
	case f.Class == failure.Storage:
		f.Remedy = "entralogin help storage says what can be done"
	}
	d.add(f)
}

// muted is the same call, whose words on standard error become findings.
func (a *app) muted() *app {
	return &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: new(bytes.Buffer), screen: a.screen,
		now: a.now, lookup: a.lookup, flags: a.flags}
}

// noted makes findings of what a call would have said on standard error.
func (d *doctor) noted() []check.Finding {
	said, ok := d.stderr.(*bytes.Buffer)
	if !ok {
		return nil
	}
	defer said.Reset()
	var found []check.Finding
	for line := range strings.Lines(said.String()) {
		found = append(found, aboutConfig.Warn("%s", strings.TrimPrefix(strings.TrimSpace(line), prefix)))
	}
	return found
}

// withoutHome writes ~ for the home folder, whose name is often that of a person.
func withoutHome(found []check.Finding, home string) []check.Finding {
	home = strings.TrimRight(home, `/\`)
	if len(home) < 2 {
		return found
	}
	for i := range found {
		for _, text := range []*string{&found[i].What, &found[i].Remedy, &found[i].About} {
			*text = tildeFor(*text, home)
		}
	}
	return found
}

func tildeFor(text, home string) string {
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(text, home)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		if next := cmp.Or(after, "/")[0]; strings.IndexByte(`/\ ,;:)"'`, next) >= 0 || next == '.' {
			out.WriteString("~")
		} else {
			out.WriteString(home) // another folder whose name begins alike
		}
		text = after
	}
}
