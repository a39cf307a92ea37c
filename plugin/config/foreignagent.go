package config

import (
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/agent"
)

// Whom a call asks for a token a kubeconfig can't choose: an agent of its own would have the caller sign in as somebody else.

// agentVariables are those that name an agent, and its key.
func agentVariables() []string {
	return []string{agent.Variable, agent.VariableLC, agent.KeyVariable, agent.KeyVariableLC}
}

// UsualAgents is an environment in which a kubeconfig can have named no agent: that of a call whose caller's can't be read.
func UsualAgents(getenv func(string) string) func(string) string {
	return func(name string) string {
		value := getenv(name)
		if slices.Contains(agentVariables(), name) && value != agent.Off || name == runtimeDir && value != usualRuntime() {
			return ""
		}
		return value
	}
}

// isKey reports whether a variable has a secret, which no words have.
func isKey(variable string) bool { return strings.HasSuffix(variable, "_KEY") }
