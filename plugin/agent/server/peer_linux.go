package server

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/plugin/text"
)

// credentials are the user and the process that have connected, at the time when they did (unix(7), SO_PEERCRED).
func credentials(c *net.UnixConn) (uid, pid int, err error) {
	var peer *unix.Ucred
	var failed error
	if err := control(c, func(fd int) { peer, failed = unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil || failed != nil {
		return 0, 0, errNoPeer
	}
	return int(peer.Uid), int(peer.Pid), nil
}

func control(c *net.UnixConn, f func(fd int)) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) { f(int(fd)) })
}

// process says whom a process stands for. It has to be the one that connected: one that has come to its number since is
// told by the descriptor that the kernel has of the first one, or by the time when it was started.
func process(c *net.UnixConn, pid int) (host, id string) {
	if pid <= 0 {
		return "a program in another namespace of processes", ""
	}
	started := startOf(pid)
	p := programOf(pid)
	if started == "" || startOf(pid) != started || hasEnded(c) {
		return unknown(pid), "ended"
	}
	if host, ok := p.host(); ok {
		return text.Short(host, 2*longestHost), p.apart
	}
	return unknown(pid), started
}

// startOf is when a process was started, in ticks since the system was (proc_pid_stat(5), field 22); "" where there is none.
func startOf(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	after := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:])) // its name may have anything in it
	const field = 22 - 3
	if len(after) <= field {
		return ""
	}
	return after[field]
}

// hasEnded reports whether the process that connected has ended (SO_PEERPIDFD, Linux 6.5). An older kernel does not say.
func hasEnded(c *net.UnixConn) bool {
	fd, failed := -1, error(nil)
	err := control(c, func(socket int) { fd, failed = unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_PEERPIDFD) })
	if failed == unix.ESRCH || failed == unix.ENODATA || failed == unix.EINVAL {
		return true
	}
	if err != nil || failed != nil {
		return false
	}
	defer unix.Close(fd)
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	return err == nil && n > 0
}

func programOf(pid int) program {
	var p program
	folder := "/proc/" + strconv.Itoa(pid)
	if path, err := os.Readlink(folder + "/exe"); err == nil {
		p.executable = strings.TrimSuffix(path, " (deleted)") // of an upgrade
	}
	if line, err := os.ReadFile(folder + "/cmdline"); err == nil {
		p.arguments = strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
	}
	if own := containerOf("/proc/self"); own == "" || own != containerOf(folder) {
		p.container = containerOf(folder)
	}
	if here, there := spaceOf("/proc/self"), spaceOf(folder); there != here {
		p.apart = cmp.Or(there, "unknown")
	}
	return p
}

// spaceOf names what a process sees of the system: its processes (pid_namespaces(7)) and its files' root, of which a
// container has its own; "" where that can't be seen.
func spaceOf(folder string) string {
	processes, err := os.Readlink(folder + "/ns/pid")
	if err != nil {
		return ""
	}
	var root unix.Stat_t
	if unix.Stat(folder+"/root", &root) != nil {
		return ""
	}
	return fmt.Sprintf("%s %d:%d", processes, root.Dev, root.Ino)
}

// containerOf is the ID of the container that a process is in, by its groups (cgroups(7)); "" for none that is known.
func containerOf(folder string) string {
	groups, err := os.ReadFile(folder + "/cgroup")
	if err != nil {
		return ""
	}
	return containerIn(string(groups))
}

// containerIn finds what Docker, containerd, Podman and CRI-O call a group after: a folder or unit with the container's ID.
func containerIn(groups string) string {
	if found := containerGroup().FindAllStringSubmatch(groups, -1); found != nil {
		return found[len(found)-1][1]
	}
	return ""
}

var containerGroup = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)(?:docker|containerd|libpod|crio|kubepods|lxc)\S*?[/:-]([0-9a-f]{64})(?:\.scope)?(?:/|$)`)
})
