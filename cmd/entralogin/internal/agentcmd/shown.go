package agentcmd

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// status is a Status as a program gets it.
type status struct {
	Socket string `json:"socket"`
	agent.Status
}

// facts are what a person is shown.
func (s status) facts(now time.Time) [][]string {
	state := "serves"
	if s.Locked {
		state = "locked; to unlock it: entralogin agent unlock"
	}
	asked := map[string]string{"always": "each time", "never": "never", "first": "when a host first wants a resource"}[s.Confirm]
	if !s.CanAsk && s.Confirm != "never" {
		asked += ", but nothing reaches you: other hosts get nothing"
	}
	return [][]string{
		{"Socket", s.Socket},
		{"Process", fmt.Sprintf("%d, for %s", s.PID, text.Span(now.Sub(s.Since)))},
		{"State", state},
		{"Other hosts", "may get tokens of " + strings.Join(s.Resources, ", ") + ", " + tenants(s.Tenants)},
		{"You are asked", asked},
		{"Remembered", fmt.Sprintf("%d answers, %d tokens that are renewed ahead", s.Grants, s.Tokens)},
	}
}

// tenants says in which ones; none is all.
func tenants(names []string) string {
	if len(names) == 0 {
		return "in all tenants"
	}
	return "in " + strings.Join(names, ", ")
}

// last is when a line of the log was true last.
func last(e agent.Entry) time.Time {
	if e.Last.IsZero() {
		return e.Time.Local()
	}
	return e.Last.Local()
}

func tableOf(all []agent.Entry) [][]string {
	table := [][]string{{"LAST", "TIMES", "FOR", "RESOURCE", "TENANT", "ACCOUNT", "OUTCOME"}}
	for _, e := range all {
		row := []string{last(e).Format(time.DateTime), fmt.Sprint(e.Times), e.Host, e.Resource, e.Tenant, e.Account, e.Outcome}
		for i := range row {
			row[i] = cmp.Or(row[i], "-")
		}
		table = append(table, row)
	}
	return table
}

// summary is for a terminal that is not wide enough for all columns.
func summary(all []agent.Entry) [][]string {
	table := [][]string{{"LAST", "FOR", "RESOURCE", "OUTCOME"}}
	for _, e := range all {
		table = append(table, []string{last(e).Format("Jan 2 15:04"), e.Host, cmp.Or(shortName(e.Resource), "-"), e.Outcome})
	}
	return table
}

// shortName is the word for a resource that has one, as --allow takes it.
func shortName(resource string) string {
	for _, w := range server.ResourceWords() {
		if strings.EqualFold(authority.BareID(resource), w[1]) {
			return w[0]
		}
	}
	return text.ShortID(resource)
}
