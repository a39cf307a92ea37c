package cli

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/detach"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/text"
)

// RenewCommand is the command of the process that renews a token ahead of time.
const RenewCommand = "renew-ahead"

// renewAhead has the token renewed, unless why says why that waits until it is stale. What keeps it from that is worth a
// word with -v alone: the answer is out.
func renewAhead(f *Factory, h Handed, why string) {
	variables, ok := h.Target.Variables()
	if why == "" && !ok {
		why = "the settings depend on the current folder"
	}
	if why != "" {
		f.Err.Explain("the token is in the last third of its life, and is not renewed before it is stale: " + why)
		return
	}
	claimed, err := h.Tokens.ClaimAhead(h.Request, h.Token)
	if err == nil && claimed {
		k := h.Request.Key
		err = detach.Start(renewer(variables), append([]string{RenewCommand, "--", k.Hash(), string(k.Kind)}, k.Scopes...)...)
	}
	switch {
	case err != nil:
		f.Err.Explain("the token is in the last third of its life, and can't be renewed before it is stale: " + text.Short(err.Error(), 200))
	case claimed:
		f.Err.Explain("the token is in the last third of its life: a process of its own renews it")
	default:
		f.Err.Explain("the token is in the last third of its life; another process renews it, or has failed to just now")
	}
}

// renewer is the environment of the process that renews: this one, with the settings of the call in place of those that it
// names. Of other programs' settings for Azure none counts there, and some are secrets.
func renewer(variables map[string]string) []string {
	replaced := []string{"ENTRALOGIN_", ExecInfo + "=", "AAD_", "AZURE_", "ARM_"}
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return slices.ContainsFunc(replaced, func(prefix string) bool { return strings.HasPrefix(entry, prefix) })
	})
	if os.Getenv(agent.Variable) == agent.Off {
		env = append(env, agent.Variable+"="+agent.Off)
	}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		env = append(env, fmt.Sprintf("%s=%s", name, variables[name]))
	}
	return env
}
