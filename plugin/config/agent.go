package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// Agent is what the config file says of the agent that is run here: what other machines get through it. Nothing said is the
// zero Agent.
type Agent struct {
	Allow   []string // resources: words of agent.ResourceWords, application IDs, URIs
	Tenants []string // GUIDs and domain names
	Confirm string   // one of Confirms
}

// The settings of the section agent.
const (
	agentSection = "agent"
	agentAllow   = "allow"
	agentConfirm = "confirm"
)

func agentFields() []string { return []string{agentAllow, tenants, agentConfirm} }

// Confirms are when a person is asked before a token leaves this machine, the default in the middle.
func Confirms() []string { return []string{"always", "first", "never"} }

func parseAgent(value any) (a Agent, err error) {
	fields, ok := value.(map[string]any)
	if !ok || len(fields) == 0 {
		return a, errors.New("has an agent without settings below it: " + strings.Join(agentFields(), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		switch name {
		case agentAllow:
			a.Allow, err = parseAgentList(name, fields[name], "resource", func(s string) bool { _, ok := agent.ParseResource(s); return ok }, agent.ResourceWords())
		case tenants:
			a.Tenants, err = parseAgentList(name, fields[name], "tenant", authority.IsTenant, nil)
		case agentConfirm:
			a.Confirm, err = parseConfirm(fields[name])
		default:
			err = fmt.Errorf("has an unknown setting in agent: %s", unknownName(name, agentFields()))
		}
		if err != nil {
			return Agent{}, err
		}
	}
	return a, nil
}

// parseAgentList reads a list of texts that a validator takes.
func parseAgentList(name string, value any, what string, valid func(string) bool, words []string) ([]string, error) {
	list, err := parseList(agentSection+"."+name, value)
	if err != nil {
		return nil, fmt.Errorf(`has %s in agent that is no list of texts: %s: ["..."]`, name, name)
	}
	for _, one := range list {
		if valid(one) {
			continue
		}
		takes := "a GUID or a domain name"
		if words != nil {
			takes = "one of " + strings.Join(words, ", ") + ", an application ID, or a URI such as https://vault.azure.net"
		}
		return nil, fmt.Errorf("has %q in agent (%s), which is no %s: that is %s%s", text.Redact(one, 80), name, what, takes, meant(strings.ToLower(one), words))
	}
	return list, nil
}

func parseConfirm(value any) (string, error) {
	word, _ := value.(string)
	if slices.Contains(Confirms(), word) {
		return word, nil
	}
	return "", fmt.Errorf("has a confirm in agent that is none of %s%s", strings.Join(Confirms(), ", "), meant(strings.ToLower(word), Confirms()))
}

// settings are those that are said, by their names.
func (a Agent) settings() map[string][]string {
	all := map[string][]string{agentAllow: a.Allow, tenants: a.Tenants}
	if a.Confirm != "" {
		all[agentConfirm] = []string{a.Confirm}
	}
	return all
}

// inAgent changes the section agent.
func (k Key) inAgent(top map[string]any, value any) []any {
	fields, there := top[agentSection].(map[string]any)
	switch {
	case !there && value == nil:
		return nil
	case !there:
		fields = map[string]any{}
		top[agentSection] = fields
	case k.Field == "":
		delete(top, agentSection)
		return []any{agentSection}
	}
	if put(fields, k.Field, value); len(fields) == 0 {
		delete(top, agentSection)
		return []any{agentSection}
	}
	if !there {
		return []any{agentSection}
	}
	return []any{agentSection, k.Field}
}
