//go:build linux

package ssh

import (
	"bufio"
	"cmp"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/testdata/git/home"
)

// The users of a host besides root.
const (
	alice = 2001
	bob   = 2002
)

// A host is a machine that only sshd leads to.
type host struct {
	*testing.T
	name     string // to ssh
	root     string // folder of all that can be written to there
	settings string // folder of what stands there beforehand, at /mnt
	sshd     string
	pid      string // of its first process
	port     int
	said     *home.Text
}

// folders are the folders of a host that can be written to, and whose they are.
func folders() map[string]int {
	return map[string]int{"tmp": 0, "var/tmp": 0, "run": 0, "run/sshd": 0, "root": 0, "home": 0, "home/alice": alice, "home/bob": bob, "dev/shm": 0}
}

// newHost makes a host, with an environment and further settings of sshd.
func newHost(t *testing.T, name, key string, env, settings []string) *host {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("only root makes hosts: namespaces with several users")
	}
	dir := shortDir(t)
	h := &host{T: t, name: name, root: filepath.Join(dir, "root"), settings: filepath.Join(dir, "settings"), said: new(home.Text)}
	var err error
	if h.sshd, err = exec.LookPath(cmp.Or(os.Getenv("SSHD"), "/usr/sbin/sshd")); err != nil {
		t.Fatalf("%v: install Debian's openssh-server or unpack it somewhere, and name its sshd in SSHD", err)
	}
	for folder, owner := range folders() {
		path := filepath.Join(h.root, folder)
		h.check(os.MkdirAll(path, 0o755), os.Chown(path, owner, owner))
	}
	for _, open := range []string{"tmp", "var/tmp", "dev/shm"} {
		h.check(os.Chmod(filepath.Join(h.root, open), 0o777|os.ModeSticky))
	}
	h.check(os.MkdirAll(filepath.Join(h.settings, "bin"), 0o755), os.Chmod(dir, 0o755))
	h.put("passwd", "root:x:0:0::/root:/bin/bash\nsshd:x:901:65534::/run/sshd:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"+
		fmt.Sprintf("alice:x:%d:%[1]d::/home/alice:/bin/bash\nbob:x:%d:%[2]d::/home/bob:/bin/bash\n", alice, bob))
	h.put("group", fmt.Sprintf("root:x:0:\ntty:x:5:\nnogroup:x:65534:\nalice:x:%d:\nbob:x:%d:\n", alice, bob))
	h.put("shadow", "root:*:19000::::::\nalice:*:19000::::::\nbob:*:19000::::::\n") // "!" would lock them
	h.sshdConfig(key, env, settings)
	h.separate()
	h.listen()
	return h
}

func (h *host) check(errs ...error) {
	h.Helper()
	for _, err := range errs {
		if err != nil {
			h.Fatal(err)
		}
	}
}

// put writes a file that stands at /mnt.
func (h *host) put(name, content string) {
	h.Helper()
	h.check(os.WriteFile(filepath.Join(h.settings, name), []byte(content), 0o644))
}

func (h *host) sshdConfig(key string, env, settings []string) {
	h.Helper()
	hostKey := filepath.Join(h.settings, "host_key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey).CombinedOutput(); err != nil {
		h.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	public, err := os.ReadFile(key + ".pub")
	h.check(err)
	h.put("authorized_keys", string(public))
	lines := []string{"HostKey /mnt/host_key", "AuthorizedKeysFile /mnt/authorized_keys", "StrictModes no", "UsePAM no", "PidFile none", "PrintMotd no",
		"PrintLastLog no", "PermitRootLogin yes", "SetEnv PATH=/opt:/usr/bin:/bin " + strings.Join(env, " "), "MaxSessions 1000", "LogLevel ERROR"}
	lib := filepath.Join(filepath.Dir(h.sshd), "..", "lib", "openssh")
	if _, err := os.Stat(filepath.Join(lib, "sshd-session")); err == nil { // since OpenSSH 9.8
		lines = append(lines, "SshdSessionPath "+lib+"/sshd-session", "SshdAuthPath "+lib+"/sshd-auth")
	}
	if !slices.ContainsFunc(settings, func(s string) bool { return strings.HasPrefix(s, "AcceptEnv") }) {
		settings = append(settings, "AcceptEnv LANG LC_*") // as Debian has it
	}
	h.put("sshd_config", strings.Join(append(lines, settings...), "\n")+"\n")
}

// mounts is what the first process of a host does: $0 is what can be written to, $1 what stands there, $2 the programs, $3
// the name and $4 a folder with a server that is not installed. The script goes on until the test has ended.
const mounts = `set -e
mount --make-rprivate /
for file in passwd group shadow; do mount --bind "$1/$file" "/etc/$file"; done
if [ -n "$4" ]; then mkdir -p "$0/$4"; mount --bind "$4" "$0/$4"; fi
mount --bind "$2" /opt
mount --bind "$1" /mnt
for folder in var/tmp run root home dev/shm; do mount --bind "$0/$folder" "/$folder"; done
mount -t proc proc /proc
hostname "$3"
mount --rbind "$0/tmp" /tmp
for folder in / /opt /mnt; do mount -o remount,bind,ro "$folder"; done # last: a mount of what can't be written to can't be, either
echo made
read end
`

// separate makes the namespaces.
func (h *host) separate() {
	h.Helper()
	unpacked := ""
	if h.sshd != "/usr/sbin/sshd" {
		unpacked = filepath.Join(h.sshd, "..", "..", "..")
	}
	cmd := exec.Command("/bin/bash", "-c", mounts, h.root, h.settings, programs, h.name, unpacked)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS}
	cmd.Stderr = h.said
	stdin, err := cmd.StdinPipe()
	h.check(err)
	stdout, err := cmd.StdoutPipe()
	h.check(err)
	if err := cmd.Start(); err != nil {
		h.Fatalf("namespaces can't be had here: %v", err)
	}
	h.Cleanup(func() { stdin.Close(); cmd.Wait() })
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		h.Fatalf("the namespaces can't be set up: %v\n%s", err, h.said)
	}
	h.pid = strconv.Itoa(cmd.Process.Pid)
}

// inside is a program on the host, started without ssh, as root.
func (h *host) inside(args ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"--target", h.pid, "--mount", "--pid", "--uts", "--"}, args...)...)
}

// listen answers for the host: each connection gets an sshd there, as inetd does it.
func (h *host) listen() {
	h.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	h.check(err)
	h.port = l.Addr().(*net.TCPAddr).Port
	var all sync.WaitGroup
	h.Cleanup(func() { l.Close(); all.Wait() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f, err := conn.(*net.TCPConn).File()
			conn.Close()
			if err != nil {
				return
			}
			cmd := h.inside(h.sshd, "-i", "-e", "-f", "/mnt/sshd_config")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = f, f, h.said
			if err := cmd.Start(); err == nil {
				all.Go(func() { cmd.Wait() })
			}
			f.Close()
		}
	}()
}

// files are the paths of what was written on the host, and what is in them.
func (h *host) files() map[string]string {
	h.Helper()
	found := map[string]string{}
	h.check(filepath.WalkDir(h.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, content := strings.TrimPrefix(path, h.root), ""
		if entry.Type().IsRegular() {
			blob, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = string(blob)
		}
		found[name] = content
		return nil
	}))
	return found
}

// sockets are those that sshd has made for agents.
func (h *host) sockets() []string {
	h.Helper()
	found, err := filepath.Glob(filepath.Join(h.root, "tmp", "entralogin-*.sock"))
	h.check(err)
	return found
}

// shortDir is a folder of a test with a path that leaves room for the name of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "el-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
