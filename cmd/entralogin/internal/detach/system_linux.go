package detach

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// keepDescriptors keeps those to this process that its caller let it inherit: git's and the jobserver of make, as well as
// pipes that somebody waits for. See close_range(2); older kernels list them in proc(5).
func keepDescriptors() error {
	err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	if err == nil {
		return nil
	}
	return keepListed("/proc/self/fd")
}

// reapers are programs that are PID 1 in places and wait for every child, those that they inherit among them. What is
// named init is meant to do so.
func reapers() []string {
	return []string{
		"init", "systemd", "launchd", "runit", "runit-init", "openrc-init", "s6-svscan", "dinit", // of a machine
		"tini", "tini-static", "dumb-init", "catatonit", "docker-init", "podman-init", // made for containers
		"pause", // of a pod that shares its processes: https://github.com/kubernetes/kubernetes/blob/master/build/pause/linux/pause.c
		"bwrap", // the first process of its own in a sandbox
		"bash",  // waits for any child: https://git.savannah.gnu.org/cgit/bash.git/tree/jobs.c, waitchld
	}
}

// Unreaped says why the process that Start makes might stay a zombie, "" if somebody waits for it when it ends: PID 1
// inherits it, or an ancestor that has asked for that (PR_SET_CHILD_SUBREAPER(2const)), and whoever asks does wait. Other
// shells and any other program may wait for their own children alone.
func Unreaped() string {
	const unknown = "it is not known who looks after processes that are left behind: "
	if self, err := os.Readlink("/proc/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		return unknown + "/proc is not that of this process"
	}
	comm, err := os.ReadFile("/proc/1/comm")
	if err != nil {
		return unknown + "PID 1 can't be seen"
	}
	name := strings.TrimSuffix(string(comm), "\n")
	if slices.Contains(reapers(), name) {
		return ""
	}
	return fmt.Sprintf("PID 1, %q, is not known to look after processes that are left behind", name)
}
