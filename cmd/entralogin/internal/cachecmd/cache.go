// Package cachecmd is the command cache.
package cachecmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// New makes the command cache.
func New(f *cli.Factory) *cobra.Command {
	group := &cobra.Command{
		Use:   "cache",
		Short: "See and empty what is stored on this machine",
		Long: `Cache shows where tokens and sessions are stored, what is there, and deletes it.
None of its commands shows a token, a code or a part of one, asks a person, or
talks to a service.`,
		Example: `  entralogin cache list
  entralogin cache clear`,
		Args: cli.NeedSubcommand,
		RunE: cli.NeedSubcommand,
	}
	path := &cobra.Command{
		Use:     "path",
		Short:   "Print the folder of tokens and sessions",
		Long:    `Path prints the folder, whether it exists or not.`,
		Example: `  ls -l "$(entralogin cache path)"`,
		Args:    cli.NoArguments,
		RunE:    func(*cobra.Command, []string) error { return showPath(f) },
	}
	listing := &cobra.Command{
		Use:   "list",
		Short: "Show what is stored, without secrets",
		Long: `List shows each stored file: a session, a token, a sign-in (under way, or the
last one that failed), a way to sign in that a tenant refused, a discovery
document, what is damaged, what a writer left behind, and what is refused
because it can't be trusted.`,
		Example: `  entralogin cache list
  entralogin cache list -o json`,
		Args: cli.NoArguments,
	}
	format := cli.OutputFlag(listing.Flags())
	listing.RunE = func(*cobra.Command, []string) error { return list(f, *format) }
	empty := &cobra.Command{
		Use:   "clear",
		Short: "Delete everything that is stored",
		Long: `Clear deletes all sessions and tokens, whole or damaged, and says what went. The
lock files, the choice of storage and files with names that entralogin gives to
none stay. It waits for a refresh that is under way, and ends nothing at the
service; see "entralogin logout --help".`,
		Example: `  entralogin cache clear
  entralogin cache clear --cache-dir /tmp/sim/cache`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return clearAll(cmd.Context(), f) },
	}
	group.AddCommand(path, listing, empty)
	return group
}

func showPath(f *cli.Factory) error {
	st, err := f.Cache()
	if err != nil {
		return err
	}
	return f.AnswerText(st.Dir + "\n")
}

func list(f *cli.Factory, format cli.Format) error {
	st, err := f.Cache()
	if err != nil {
		return err
	}
	rows := []row{}
	for _, e := range st.List() {
		rows = append(rows, rowOf(e, f.Now()))
	}
	return f.Show(format, rows, func(out *bytes.Buffer) error {
		if len(rows) == 0 {
			out.WriteString("Nothing is stored.\n")
			return nil
		}
		out.WriteString(text.Fit(tableOf(rows), f.Columns(format), summary(rows)))
		return nil
	})
}

// row is an Entry as a person and a program get it. The names are part of the command's interface.
type row struct {
	Kind      string    `json:"kind"`
	State     string    `json:"state"` // in words, for a person
	File      string    `json:"file"`
	Size      int64     `json:"size"`
	Changed   time.Time `json:"changed,omitzero"`
	Expires   time.Time `json:"expires,omitzero"`
	Authority string    `json:"authority,omitempty"`
	Client    string    `json:"clientId,omitempty"`
	Tenant    string    `json:"tenantId,omitempty"`
	Accounts  []string  `json:"accounts,omitempty"`
	Scopes    []string  `json:"scopes,omitempty"`
	TokenKind string    `json:"tokenKind,omitempty"`
}

// rowOf cleans everything: a damaged file and its name can hold anything.
func rowOf(e cache.Entry, now time.Time) row {
	clean := func(s string) string { return text.Short(s, 200) }
	if machine := plugin.MachineName(e.Machine); machine != "" {
		e.Accounts = []string{machine}
	}
	return row{Kind: e.Kind, State: clean(stateOf(e, now)), File: clean(e.File), Size: e.Size, Changed: e.Changed.UTC(),
		Expires: e.Expires.UTC(), Authority: clean(e.Authority), Client: clean(e.Client), Tenant: clean(e.Tenant),
		Accounts: text.ShortAll(e.Accounts, 200), Scopes: text.ShortAll(e.Scopes, 200), TokenKind: clean(string(e.Token))}
}

func stateOf(e cache.Entry, now time.Time) string {
	age := "changed " + text.Span(now.Sub(e.Changed)) + " ago"
	switch {
	case e.Problem != "":
		return e.Problem
	case e.Kind == cache.EntryWay:
		return "refused (" + e.Failed + "), " + endOf(e, now)
	case e.Failed != "":
		return "failed (" + e.Failed + "), " + age
	case e.Expires.IsZero():
		return age
	}
	return endOf(e, now)
}

func endOf(e cache.Entry, now time.Time) string {
	if e.Expires.Before(now) {
		return "ended " + text.Span(now.Sub(e.Expires)) + " ago"
	}
	return "ends in " + text.Span(e.Expires.Sub(now))
}

func tableOf(rows []row) [][]string {
	table := [][]string{{"KIND", "STATE", "ACCOUNT", "TENANT", "CLIENT", "SCOPES", "AUTHORITY", "BYTES", "FILE"}}
	for _, r := range rows {
		line := []string{r.title(), r.State, strings.Join(r.Accounts, ", "), r.Tenant, r.Client,
			strings.Join(r.Scopes, " "), r.Authority, fmt.Sprint(r.Size), r.File}
		for i := range line {
			line[i] = cmp.Or(line[i], "-")
		}
		table = append(table, line)
	}
	return table
}

// summary is for a terminal that is not wide enough for all columns. What is good for nothing is told by its file.
func summary(rows []row) [][]string {
	table := [][]string{{"KIND", "STATE", "ACCOUNT", "FOR"}}
	for _, r := range rows {
		account := cmp.Or(strings.Join(r.Accounts, ", "), "-")
		if n := len(r.Accounts); n > 1 {
			account = fmt.Sprintf("%d accounts", n)
		}
		var scopes []string
		for _, scope := range r.Scopes {
			scopes = append(scopes, text.ShortID(strings.TrimSuffix(scope, "/.default")))
		}
		table = append(table, []string{r.title(), r.State, account, cmp.Or(strings.Join(scopes, " "), r.Authority, r.File)})
	}
	return table
}

func (r row) title() string { return strings.TrimSpace(r.TokenKind + " " + r.Kind) }

// clearAll deletes what is stored, and says what went.
func clearAll(ctx context.Context, f *cli.Factory) error {
	st, err := f.Cache()
	if err != nil {
		return err
	}
	before := st.List()
	err = st.Clear(ctx)
	gone := describeGone(before, st.List())
	if held := (*cache.LockError)(nil); errors.As(err, &held) {
		return &cli.Advised{Kind: failure.Lock, What: held.Error() + ".", Advice: []string{gone + " " + cli.LockAdvice(held)}, Err: err}
	}
	if errors.Is(err, cache.ErrForeign) {
		return err
	}
	if err != nil {
		lines := strings.Split(err.Error(), "\n")
		return &cli.Advised{Kind: failure.Storage, What: lines[0], Advice: append(lines[1:], gone+" The rest is left: delete it yourself."), Err: err}
	}
	return f.AnswerSentences(gone + "\n")
}

// describeGone counts what is there no more: "Deleted 1 session and 2 tokens."
func describeGone(before, after []cache.Entry) string {
	count := map[string]int{}
	for _, e := range before {
		if !slices.ContainsFunc(after, func(left cache.Entry) bool { return left.File == e.File }) {
			count[e.Kind]++
		}
	}
	var words []string
	for _, kind := range []struct{ name, one, many string }{
		{cache.EntrySession, "session", "sessions"},
		{cache.EntryToken, "token", "tokens"},
		{cache.EntryProof, "key", "keys"},
		{cache.EntryAzure, "record of az login", "records of az login"},
		{cache.EntrySignIn, "sign-in", "sign-ins"},
		{cache.EntrySubscriptions, "list of subscriptions", "lists of subscriptions"},
		{cache.EntryTenant, "tenant of an organization", "tenants of organizations"},
		{cache.EntryWay, "refused way to sign in", "refused ways to sign in"},
		{cache.EntryRefusals, "record of refusals", "records of refusals"},
		{cache.EntryClusters, "record of clusters", "records of clusters"},
		{cache.EntryGit, "record of git", "records of git"},
		{cache.EntryRenewal, "record of a renewal", "records of renewals"},
		{cache.EntryDiscovery, "discovery file", "discovery files"},
		{cache.EntryDamaged, "damaged file", "damaged files"},
		{cache.EntryTemporary, "temporary file", "temporary files"},
		{cache.EntryRefused, "refused file", "refused files"},
	} {
		if n := count[kind.name]; n == 1 {
			words = append(words, "1 "+kind.one)
		} else if n > 1 {
			words = append(words, fmt.Sprintf("%d %s", n, kind.many))
		}
	}
	if len(words) == 0 {
		return "Nothing was deleted."
	}
	return "Deleted " + strings.Join(words, ", ") + "."
}
