package config

import (
	"slices"
	"strings"
	"testing"
)

func TestParseAgent(t *testing.T) {
	f, err := Parse("c", []byte("agent:\n  allow: [aks, Graph, https://vault.azure.net, 499b84ac-1321-427f-aa17-267ca6975798]\n  tenants: [contoso.example]\n  confirm: always\n"))
	if err != nil || len(f.Agent.Allow) != 4 || !slices.Equal(f.Agent.Tenants, []string{"contoso.example"}) || f.Agent.Confirm != "always" {
		t.Errorf("%+v, %v", f, err)
	}
	for content, want := range map[string]string{
		"agent: yes":                 "agent without settings",
		"agent: {}":                  "agent without settings",
		"agent: {alow: [aks]}":       `did you mean "allow"?`,
		"agent: {allow: aks}":        "allow in agent that is no list of texts",
		"agent: {allow: []}":         "allow in agent that is no list of texts",
		"agent: {allow: [devop]}":    `no resource: that is one of aks, devops, arm, acr, graph, an application ID, or a URI such as https://vault.azure.net; did you mean "devops"?`,
		"agent: {allow: [vault]}":    "which is no resource",
		"agent: {tenants: [con/to]}": "which is no tenant: that is a GUID or a domain name",
		"agent: {confirm: frist}":    `none of always, first, never; did you mean "first"?`,
		"agent: {confirm: true}":     "none of always, first, never",
		"profiles: {a: {agent: {}}}": "has agent in the profile a",
		"agnt: {}":                   `did you mean "agent"?`,
	} {
		if _, err := Parse("c", []byte(content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", content, err)
		}
	}
}

// The section is changed by keys as the others are.
func TestEditAgent(t *testing.T) {
	content := []byte("# mine\ntenant-id: contoso.example # here\n")
	step := func(want string, changes ...Change) {
		t.Helper()
		edited, err := Edit("c", content, changes...)
		if err != nil || string(edited) != want {
			t.Fatalf("%v:\n%s\nwant\n%s", err, edited, want)
		}
		content = edited
	}
	const begin = "# mine\ntenant-id: contoso.example # here\n"
	step(begin, Unset("agent"), Unset("agent.allow"))
	step(begin+"agent:\n  allow:\n  - aks\n  - graph\n", Set("agent.allow", "aks", "graph"))
	step(begin+"agent:\n  allow:\n  - aks\n  - graph\n  confirm: never\n", Set("agent.confirm", "never"))
	f, err := Parse("c", content)
	if err != nil || len(f.Below(Key{Section: "agent"})) != 2 || len(f.Below(Key{Section: "agent", Field: "allow"})) != 1 || !slices.Contains(f.Keys(), "agent.tenants") || slices.Contains(f.Keys(), "agent.") {
		t.Errorf("%v, %v", f.Keys(), err)
	}
	step(begin+"agent:\n  confirm: never\n", Unset("agent.allow"))
	step(begin, Unset("agent.confirm"))
	step(begin+"agent:\n  tenants:\n  - contoso.example\n", Set("agent.tenants", "contoso.example"))
	step(begin, Unset("agent"))
	for key, want := range map[string]string{"agent.alow": `did you mean "allow"?`, "agent.x.allow": "no setting of agent", "agent": "names no setting", "agent.confirm": "none of always"} {
		if _, err := Edit("c", content, Set(key, "sometimes")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := Edit("c", content, Set("agent.confirm", "always", "never")); err == nil || !strings.Contains(err.Error(), "one value") {
		t.Error(err)
	}
}
