//go:build unix

package proc

import (
	"os"
	"os/user"
	"strconv"
)

// PersonalEnvironment is what is certain of the person where nothing is known of the caller's environment: who they are,
// by the system's own list, the folders in which systems and Homebrew have programs, and how the network is reached.
func PersonalEnvironment() []string {
	env := []string{"PATH=/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
	if u, err := user.LookupId(strconv.Itoa(os.Getuid())); err == nil {
		env = append(env, "HOME="+u.HomeDir, "USER="+u.Username, "LOGNAME="+u.Username)
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "LANG"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
