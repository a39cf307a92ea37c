package main

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/plugin/agent"
)

// listenAt is a socket of the laptop that a service manager would make.
func (h *laptop) listenAt(name string) *net.UnixListener {
	h.t.Helper()
	if err := os.MkdirAll(h.at(""), 0o700); err != nil {
		h.t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: h.at(name), Net: "unix"})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := os.Chmod(h.at(name), 0o600); err != nil { // and no umask, which is that of all tests
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { l.Close() })
	return l
}

// passing starts an agent with descriptors, as sd_listen_fds(3) has it.
func (h *laptop) passing(names string, passed ...interface{ File() (*os.File, error) }) *run {
	h.t.Helper()
	r := &run{cmd: exec.Command("sh", "-c", `LISTEN_PID=$$ exec "$0" agent`, program(h.t))}
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = h.work, &r.out, &r.err
	r.cmd.Env = append(h.env, "LISTEN_FDS="+strconv.Itoa(len(passed)), "LISTEN_FDNAMES="+names)
	for _, l := range passed {
		f, err := l.File()
		if err != nil {
			h.t.Fatal(err)
		}
		defer f.Close()
		r.cmd.ExtraFiles = append(r.cmd.ExtraFiles, f)
	}
	if err := r.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { r.cmd.Process.Kill() })
	return r
}

// An agent takes the sockets that it is passed, by their names or by their paths, and leaves them where they are.
func TestAgentIsPassedSockets(t *testing.T) {
	t.Parallel()
	for _, names := range []string{"agent:forward", "", "unknown:unknown"} {
		h := newLaptop(t)
		token := h.signedIn()
		main, forward := h.listenAt(agent.Main), h.listenAt(agent.Forward)
		waiting := make(chan string)
		there := h.elsewhere()
		go func() { // before anybody accepts
			r := there.call(append([]string{program(t)}, getToken()...)...)
			waiting <- tokenIn(string(r.out.Bytes()))
		}()
		served := h.passing(names, main, forward)
		if got := <-waiting; got != token {
			t.Errorf("%q: %q: %s", names, got, served.err.Bytes())
		}
		h.does(0, "agent", "status")
		h.ended(h.call(program(t), "agent"), 9, "serves already")
		h.does(0, "agent", "stop")
		h.ended(served, 0)
		for _, name := range []string{agent.Main, agent.Forward} {
			if info, err := os.Lstat(h.at(name)); err != nil || info.Mode().Type() != os.ModeSocket {
				t.Errorf("%s is not left: %v", name, err)
			}
		}
	}
}

// What is no socket of an agent is refused, in words; so are two of a kind, and none for the person's own programs.
func TestAgentIsPassedOthers(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	main, forward := h.listenAt(agent.Main), h.listenAt(agent.Forward)
	other := h.listenAt("other.sock")
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	datagrams, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(h.dir, "d"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer datagrams.Close()
	packets, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: filepath.Join(h.dir, "p"), Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	defer packets.Close()
	const units = "entralogin agent install"
	h.ended(h.passing("agent:agent", main, forward), 3, "two sockets are both to be agent.sock", units)
	h.ended(h.passing("forward", forward), 3, "none of them is agent.sock", units)
	h.ended(h.passing("x", other), 3, "neither agent nor forward", units)
	h.ended(h.passing("agent", tcp.(*net.TCPListener)), 3, "is no unix socket", units)
	h.ended(h.passing("agent", datagrams), 3, "no socket that listens", units)
	h.ended(h.passing("agent", packets), 3, "is no unix socket for streams", units)
	r := h.start("sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=agent exec "$0" agent 3</dev/null`, program(t))
	h.ended(r, 3, "the descriptor 3 (agent) is no socket that listens", units)
}

// Sockets that were passed to another process are none of ours.
func TestAgentIsPassedNothing(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	h.env = append(h.env, "LISTEN_PID=1", "LISTEN_FDS=2", "LISTEN_FDNAMES=agent:forward")
	served := h.serving()
	h.does(0, "agent", "stop")
	h.ended(served, 0)
	h.gone()
}

// The real program of systemd that passes sockets starts the agent when somebody connects.
func TestAgentBySystemd(t *testing.T) {
	t.Parallel()
	activate, err := exec.LookPath("systemd-socket-activate")
	if err != nil {
		t.Fatal(err, "(of Debian's package systemd)")
	}
	h := newLaptop(t)
	token := h.signedIn()
	if err := os.Mkdir(h.at(""), 0o700); err != nil {
		t.Fatal(err)
	}
	served := h.start(activate, "--fdname=agent:forward", "-l", h.at(agent.Main), "-l", h.at(agent.Forward),
		"-E", "HOME="+h.home, "-E", "XDG_RUNTIME_DIR="+h.runtime, program(t), "agent")
	h.awaits(served, "Listening on", 2)
	if err := errors.Join(os.Chmod(h.at(agent.Main), 0o600), os.Chmod(h.at(agent.Forward), 0o600)); err != nil { // as the units have it
		t.Fatal(err)
	}
	if strings.Contains(string(served.err.Bytes()), "the agent listens") {
		t.Errorf("it was started before anybody asked: %s", served.err.Bytes())
	}
	if got := tokenIn(h.elsewhere().does(0, getToken()...)); got != token {
		t.Errorf("%q: %s", got, served.err.Bytes())
	}
	h.does(0, "agent", "stop")
	h.ended(served, 0, "the agent has ended")
}

// A service manager is told when the agent serves, and when it ends.
func TestAgentTellsItsManager(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	at := filepath.Join(h.runtime, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	h.env = append(h.env, "NOTIFY_SOCKET="+at)
	served := h.start(program(t), "agent")
	hears := func(want string) {
		t.Helper()
		said := make([]byte, 100)
		n, err := manager.Read(said)
		if err != nil && !errors.Is(err, io.EOF) || string(said[:n]) != want {
			t.Errorf("it says %q, not %q: %v", said[:n], want, err)
		}
	}
	hears("READY=1")
	h.does(0, "agent", "status")
	served.cmd.Process.Signal(syscall.SIGTERM)
	hears("STOPPING=1")
	h.ended(served, 0)
}
