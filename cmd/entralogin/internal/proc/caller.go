package proc

import (
	"bytes"
	"errors"
	"strings"
)

// errNoEnvironment says that nothing is known of a process's environment.
var errNoEnvironment = errors.New("it is empty, or the process has ended")

// parseEnvironment reads an environment as Linux shows it: NAME=VALUE, each ended by a zero byte. Of a name that stands
// twice the first one counts, as it does for getenv(3).
func parseEnvironment(block []byte) (map[string]string, error) {
	env := map[string]string{}
	for entry := range bytes.SplitSeq(block, []byte{0}) {
		name, value, ok := strings.Cut(string(entry), "=")
		if _, known := env[name]; ok && !known {
			env[name] = value
		}
	}
	if len(env) == 0 {
		return nil, errNoEnvironment
	}
	return env, nil
}
