package proc

import (
	"errors"
	"fmt"
	"os"
)

// CallerEnvironment is the environment that the caller was started with. A caller in whose own environment the variable
// mark is set was started by the one that set it, as kubelogin is by kubectl: then that one is meant, further up.
//
// What a process changes in its environment later, the kernel does not show:
// https://man7.org/linux/man-pages/man5/proc_pid_environ.5.html
func CallerEnvironment(mark string) (map[string]string, error) {
	const most = 8 // callers of callers
	pid := os.Getppid()
	env, err := environmentOf(pid)
	for range most {
		if err != nil || env[mark] == "" {
			break
		}
		parent, ok := parentOf(pid)
		above, failed := environmentOf(parent)
		if !ok || failed != nil {
			break
		}
		pid, env = parent, above
	}
	return env, err
}

func environmentOf(pid int) (map[string]string, error) {
	block, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		if path := (*os.PathError)(nil); errors.As(err, &path) {
			err = path.Err
		}
		return nil, err
	}
	return parseEnvironment(block)
}
