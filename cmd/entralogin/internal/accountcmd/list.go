package accountcmd

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/text"
)

func list(f *cli.Factory, format cli.Format) error {
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
	return f.Show(format, rows, func(out *bytes.Buffer) error {
		if len(rows) == 0 {
			out.WriteString("Nobody has signed in.\n")
			return nil
		}
		out.WriteString(text.Fit(tableOf(rows, f.Now()), f.Width()))
		return nil
	})
}

// tableOf has a line for each token. The account stands beside the first.
func tableOf(rows []accountRow, now time.Time) [][]string {
	table := [][]string{{"ACCOUNT", "CHOSEN", "TENANTS", "CLIENT", "CLOUD", "STORAGE", "SIGNED IN", "TOKENS"}}
	for _, r := range rows {
		cells := []string{cmp.Or(r.Account, r.HomeID), r.describeChoice(), describeList(r.Tenants), r.Client,
			cmp.Or(r.Environment, r.Authority), r.Storage, describeAge(r.SignedIn, now)}
		if len(r.Tokens) == 0 {
			table = append(table, append(cells, "-"))
		}
		for i, t := range r.Tokens {
			if i == 1 {
				cells = make([]string, len(cells))
			}
			table = append(table, append(slices.Clone(cells), t.describe(now)))
		}
	}
	return table
}

func describeList(words []string) string { return cmp.Or(strings.Join(words, ", "), "-") }

func (r accountRow) describeChoice() string {
	var words []string
	if r.Chosen {
		words = append(words, "yes")
	}
	if len(r.ChosenFor) > 0 {
		words = append(words, "for "+strings.Join(r.ChosenFor, ", "))
	}
	return cmp.Or(strings.Join(words, ", and "), "-")
}

func describeAge(at, now time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return text.Span(now.Sub(at)) + " ago"
}
