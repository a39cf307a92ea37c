package accountcmd

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/authority"
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
		out.WriteString(text.Fit(tableOf(rows, f.Now()), f.Columns(format), summary(rows, f.Now())))
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

// summary has a line for each account, for a terminal that is not wide enough for all columns.
func summary(rows []accountRow, now time.Time) [][]string {
	table := [][]string{{"ACCOUNT", "CHOSEN", "TENANT", "CLIENT", "TOKENS"}}
	for _, r := range rows {
		var tenants []string
		for _, tenant := range r.Tenants {
			tenants = append(tenants, text.ShortID(tenant))
		}
		chosen := "-"
		if r.Chosen || len(r.ChosenFor) > 0 {
			chosen = "yes"
		}
		table = append(table, []string{cmp.Or(r.Account, r.HomeID), chosen, describeList(tenants), describeClient(r.Client), r.describeTokens(now)})
	}
	return table
}

// describeClient names a client that people don't know by its ID.
func describeClient(id string) string {
	if id == authority.AKSClient {
		return "AKS"
	}
	return text.ShortID(id)
}

// describeTokens says how many tokens are good, and until when the last of them is.
func (r accountRow) describeTokens(now time.Time) string {
	good, last := 0, time.Time{}
	for _, t := range r.Tokens {
		if t.Expired {
			continue
		}
		good++
		if t.Expires.After(last) {
			last = t.Expires
		}
	}
	if good == 0 {
		return "-"
	}
	return fmt.Sprintf("%d good for %s", good, text.Span(last.Sub(now)))
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
