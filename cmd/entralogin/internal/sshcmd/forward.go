package sshcmd

import (
	"crypto/rand"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/text"
)

// remoteSocket is the path of a socket on a host of which nothing is known: /tmp is there. It is another one for each
// session, since sshd leaves the socket behind and binds none where one is (StreamLocalBindUnlink of sshd_config(5)).
func remoteSocket() string { return "/tmp/entralogin-" + strings.ToLower(rand.Text()) + ".sock" }

// forwarding is the command line of an ssh that forwards to what its -R takes. The first value of an option counts, and
// those that are added up stay: what the person's own files send and forward (SendEnv, RemoteForward). SetEnv is not
// added up, and would show a key to everybody on this machine.
func forwarding(forward string, args []string) []string {
	ours := []string{"ssh", "-R", forward, "-o", "ExitOnForwardFailure=no"}
	for _, name := range []string{agent.Variable, agent.VariableLC, agent.KeyVariable, agent.KeyVariableLC} {
		ours = append(ours, "-o", "SendEnv="+name)
	}
	return append(ours, args...)
}

// variables are the environment of ssh, which sends the host where the agent is to be found there, and with which key. A
// server takes those whose names it knows (AcceptEnv): mostly LC_* alone, and some none.
func variables(place, key string) []string {
	return []string{agent.Variable + "=" + place, agent.VariableLC + "=" + place, agent.KeyVariable + "=" + key, agent.KeyVariableLC + "=" + key}
}

// environment is that of this process with changes. A variable without a value is left out: it would be sent, too.
func environment(changes []string) []string {
	set := map[string]bool{}
	for _, change := range changes {
		name, _, _ := strings.Cut(change, "=")
		set[name] = true
	}
	var env []string
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); !set[name] {
			env = append(env, entry)
		}
	}
	for _, change := range changes {
		if !strings.HasSuffix(change, "=") {
			env = append(env, change)
		}
	}
	return env
}

// checkLocal refuses a path that can't be said to ssh, which takes "%", "${" and ":" for more than themselves.
func checkLocal(path string) error {
	switch {
	case len(path) > agent.LongestPath:
		return fmt.Errorf("the path %s of the agent's socket has %d bytes, and %d are the most: set XDG_RUNTIME_DIR to a folder of yours with a short path",
			text.Short(path, 200), len(path), agent.LongestPath)
	case !regexp.MustCompile(`^/[A-Za-z0-9_./+@,=-]*$`).MatchString(path):
		return fmt.Errorf("the path %s of the agent's socket has characters that ssh takes for something else: set XDG_RUNTIME_DIR to a folder of yours with a plain path",
			text.Short(path, 200))
	}
	return nil
}
