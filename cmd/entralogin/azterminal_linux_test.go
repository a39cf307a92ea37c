package main

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestAzRestOnTerminal has a terminal see no character of an answer that would change how the rest is read; a program gets
// all of them.
func TestAzRestOnTerminal(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	const title, hidden = "\x1b]0;evil\a", "\u009b31m\u202e"
	h.sim.AddSubscriptions(entratest.Subscription{ID: entratest.SubscriptionID("it"), Name: title + "it" + hidden, State: "Enabled",
		Tenant: entratest.TenantContoso, Readers: []string{entratest.DaemonID}})
	h.must(0, loginWith(h.newSecret())...)
	for _, format := range []string{"json", "tsv", "table", "yaml"} {
		call := []string{"az", "rest", "--url", "/subscriptions?api-version=2022-12-01", "--query", "value[].{name: displayName, state: state}", "-o", format}
		if out := h.must(0, call...); format == "tsv" && !strings.Contains(out, title+"it"+hidden+"\t") {
			t.Errorf("a program gets %q", out)
		}
		raw := h.onTerminal(80, 24, nil, call...).end()
		if strings.ContainsAny(raw, "\x1b\a\u009b\u202e") || !strings.Contains(raw, "evil") || strings.Count(raw, "\n") != strings.Count(h.must(0, call...), "\n") {
			t.Errorf("%s: a terminal gets %q", format, raw)
		}
	}
}
