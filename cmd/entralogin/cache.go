package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

func (a *app) cacheCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "cache",
		Short: "See and empty what is stored on this machine",
		Long: `Cache shows where tokens and sessions are stored, what is there, and deletes it.
None of its commands shows a token, a code or a part of one, asks a person, or
talks to a service.`,
		Example: `  entralogin cache list
  entralogin cache clear`,
		Args: needSubcommand,
		RunE: needSubcommand,
	}
	path := &cobra.Command{
		Use:     "path",
		Short:   "Print the folder of tokens and sessions",
		Long:    `Path prints the folder, whether it exists or not.`,
		Example: `  ls -l "$(entralogin cache path)"`,
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return a.cachePath() },
	}
	list := &cobra.Command{
		Use:   "list",
		Short: "Show what is stored, without secrets",
		Long: `List shows each stored file: a session, a token, a sign-in (under way, or the
last one that failed), a discovery document, what is damaged, what a writer
left behind, and what is refused because it can't be trusted.`,
		Example: `  entralogin cache list
  entralogin cache list -o json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.cacheList() },
	}
	list.Flags().StringP("output", "o", "", "`format`: table or json (default table)")
	empty := &cobra.Command{
		Use:   "clear",
		Short: "Delete everything that is stored",
		Long: `Clear deletes all sessions and tokens, whole or damaged, and says what went. The
lock files and the choice of storage stay. It waits for a refresh that is under
way, and ends nothing at the service; see "entralogin logout --help".`,
		Example: `  entralogin cache clear
  entralogin cache clear --cache-dir /tmp/sim/cache`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.cacheClear(cmd.Context()) },
	}
	group.AddCommand(path, list, empty)
	return group
}

// cacheStore opens the cache folder; that there is no place for one is an error here.
func (a *app) cacheStore() (*cache.Store, error) {
	s, _, err := a.settings()
	if err != nil {
		return nil, err
	}
	st, err := a.store(s)
	if err != nil {
		return nil, err
	}
	if st.Dir == "" {
		return nil, &configError{name: cacheDir, what: "is not set, and neither is HOME or XDG_CACHE_HOME: there is no cache"}
	}
	st.Locate()
	return st, nil
}

func (a *app) cachePath() error {
	st, err := a.cacheStore()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, st.Dir)
	return outputError(err)
}

func (a *app) cacheList() error {
	format := a.flags["output"]
	if format != "" && format != "table" && format != "json" {
		return usagef("--output %s is no format: table or json", format)
	}
	st, err := a.cacheStore()
	if err != nil {
		return err
	}
	rows := []cacheRow{}
	for _, e := range st.List() {
		rows = append(rows, rowOf(e, a.now()))
	}
	var out bytes.Buffer
	switch {
	case format == "json":
		encoder := json.NewEncoder(&out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(rows)
	case len(rows) == 0:
		out.WriteString("Nothing is stored.\n")
	default:
		err = writeCacheTable(&out, rows)
	}
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(out.Bytes())
	return outputError(err)
}

// cacheRow is an Entry as a person and a program get it. The names are part of the command's interface.
type cacheRow struct {
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
func rowOf(e cache.Entry, now time.Time) cacheRow {
	clean := func(s string) string { return text.Short(s, 200) }
	row := cacheRow{Kind: e.Kind, State: clean(stateOf(e, now)), File: clean(e.File), Size: e.Size, Changed: e.Changed.UTC(),
		Expires: e.Expires.UTC(), Authority: clean(e.Authority), Client: clean(e.Client), Tenant: clean(e.Tenant), TokenKind: clean(string(e.Token))}
	for _, name := range e.Accounts {
		row.Accounts = append(row.Accounts, clean(name))
	}
	for _, scope := range e.Scopes {
		row.Scopes = append(row.Scopes, clean(scope))
	}
	return row
}

func stateOf(e cache.Entry, now time.Time) string {
	age := "changed " + text.Span(now.Sub(e.Changed)) + " ago"
	switch {
	case e.Problem != "":
		return e.Problem
	case e.Failed != "":
		return "failed (" + e.Failed + "), " + age
	case e.Expires.IsZero():
		return age
	case e.Expires.Before(now):
		return "ended " + text.Span(now.Sub(e.Expires)) + " ago"
	}
	return "ends in " + text.Span(e.Expires.Sub(now))
}

func writeCacheTable(out *bytes.Buffer, rows []cacheRow) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(cells ...string) {
		for i, cell := range cells {
			if cells[i] = cell; cell == "" {
				cells[i] = "-"
			}
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	line("KIND", "STATE", "ACCOUNT", "TENANT", "CLIENT", "SCOPES", "AUTHORITY", "BYTES", "FILE")
	for _, r := range rows {
		kind := r.Kind
		if r.TokenKind != "" {
			kind = r.TokenKind + " " + kind
		}
		line(kind, r.State, strings.Join(r.Accounts, ", "), r.Tenant, r.Client, strings.Join(r.Scopes, " "), r.Authority, fmt.Sprint(r.Size), r.File)
	}
	return table.Flush()
}

// leftError is what Clear could not delete; the rest is gone.
type leftError struct {
	gone string
	err  error
}

func (e *leftError) Error() string { return e.err.Error() }
func (e *leftError) Unwrap() error { return e.err }

func (e *leftError) lines() []string {
	return append(strings.Split(e.err.Error(), "\n"), e.gone+" The rest is left: delete it yourself.")
}

func (a *app) cacheClear(ctx context.Context) error {
	st, err := a.cacheStore()
	if err != nil {
		return err
	}
	before := st.List()
	err = st.Clear(ctx)
	gone := goneWords(before, st.List())
	if err != nil {
		return &leftError{gone, err}
	}
	_, err = fmt.Fprintln(a.stdout, gone)
	return outputError(err)
}

// goneWords counts what is there no more: "Deleted 1 session and 2 tokens."
func goneWords(before, after []cache.Entry) string {
	left := map[string]bool{}
	for _, e := range after {
		left[e.File] = true
	}
	count := map[string]int{}
	for _, e := range before {
		if !left[e.File] {
			count[e.Kind]++
		}
	}
	var words []string
	for _, kind := range []struct{ name, one, many string }{
		{cache.EntrySession, "session", "sessions"},
		{cache.EntryToken, "token", "tokens"},
		{cache.EntrySignIn, "sign-in", "sign-ins"},
		{cache.EntryTenant, "tenant of an organization", "tenants of organizations"},
		{cache.EntryRefusals, "record of refusals", "records of refusals"},
		{cache.EntryDiscovery, "discovery file", "discovery files"},
		{cache.EntryDamaged, "damaged file", "damaged files"},
		{cache.EntryTemporary, "temporary file", "temporary files"},
		{cache.EntryRefused, "refused file", "refused files"},
	} {
		switch n := count[kind.name]; n {
		case 0:
		case 1:
			words = append(words, "1 "+kind.one)
		default:
			words = append(words, fmt.Sprintf("%d %s", n, kind.many))
		}
	}
	if len(words) == 0 {
		return "Nothing was deleted."
	}
	return "Deleted " + strings.Join(words, ", ") + "."
}
