package accountcmd

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/text"
)

func list(f *cli.Factory, output *cli.Output) error {
	format, err := output.Format()
	if err != nil {
		return err
	}
	st, err := f.Cache()
	if err != nil {
		return err
	}
	storage, err := st.InForce()
	if err != nil {
		return err
	}
	people, err := signedIn(f, st)
	if err != nil {
		return err
	}
	rows := []accountRow{}
	for _, p := range people {
		rows = append(rows, p.row(storage, f.Now()))
	}
	slices.SortStableFunc(rows, func(x, y accountRow) int {
		return cmp.Or(cmp.Compare(x.Authority, y.Authority), cmp.Compare(x.Client, y.Client), cmp.Compare(x.Account, y.Account))
	})
	return f.Show(format, rows, func(out *bytes.Buffer) error {
		if len(rows) == 0 {
			out.WriteString("Nobody has signed in.\n")
			return nil
		}
		return writeAccounts(out, rows, f.Now())
	})
}

func writeAccounts(out *bytes.Buffer, rows []accountRow, now time.Time) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ACCOUNT\tCHOSEN\tTENANTS\tCLIENT\tCLOUD\tSTORAGE\tSIGNED IN\tTOKENS")
	for _, r := range rows {
		cells := []string{cmp.Or(r.Account, r.HomeID), r.describeChoice(), describeList(r.Tenants), r.Client,
			cmp.Or(r.Environment, r.Authority), r.Storage, describeAge(r.SignedIn, now)}
		if len(r.Tokens) == 0 {
			fmt.Fprintln(table, strings.Join(append(cells, "-"), "\t"))
		}
		for i, t := range r.Tokens {
			if i == 1 {
				cells = make([]string, len(cells))
			}
			fmt.Fprintln(table, strings.Join(append(cells[:len(cells):len(cells)], t.describe(now)), "\t"))
		}
	}
	return table.Flush()
}

func describeList(words []string) string { return cmp.Or(strings.Join(words, ", "), "-") }

func (r accountRow) describeChoice() string {
	switch {
	case r.Chosen && len(r.ChosenFor) > 0:
		return "yes, and for " + strings.Join(r.ChosenFor, ", ")
	case r.Chosen:
		return "yes"
	case len(r.ChosenFor) > 0:
		return "for " + strings.Join(r.ChosenFor, ", ")
	}
	return "-"
}

func describeAge(at, now time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return text.Span(now.Sub(at)) + " ago"
}
