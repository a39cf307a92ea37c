package main

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// kubeconfig makes one whose user is this container's, for an API server that answers with the token that it gets.
func (c *container) kubeconfig() (path string) {
	c.t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		fmt.Fprintln(w, req.Header.Get("Authorization"))
	}))
	c.t.Cleanup(s.Close)
	args := c.getToken()
	path = filepath.Join(c.home, "kubeconfig")
	if err := clientcmd.WriteToFile(api.Config{
		Clusters: map[string]*api.Cluster{"c": {Server: s.URL,
			CertificateAuthorityData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})}},
		AuthInfos: map[string]*api.AuthInfo{"u": {Exec: &api.ExecConfig{APIVersion: "client.authentication.k8s.io/v1",
			Command: args[0], Args: args[1:], InteractiveMode: api.IfAvailableExecInteractiveMode}}},
		Contexts:       map[string]*api.Context{"x": {Cluster: "c", AuthInfo: "u"}},
		CurrentContext: "x",
	}, path); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// goesOn checks that the only process that PID 1 has got is apart from whoever started it, and renews once it may.
func (c *container) goesOn(release func()) {
	c.t.Helper()
	children := c.children()
	if len(children) != 1 {
		c.t.Errorf("PID 1 has got %v", children)
	}
	for pid := range children {
		c.apart(pid)
	}
	release()
	c.alone()
	if n := c.sim.Requests("token"); n != 1 {
		c.t.Errorf("%d renewals", n)
	}
}

// A program that is made of client-go has the answer of its API server while the token is renewed.
func TestAheadOfClientGo(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	kubeconfig := c.kubeconfig()
	first := c.answers("restclient", kubeconfig)
	c.due()
	held, release := c.hold()
	if c.answers("restclient", kubeconfig) != first {
		t.Error("the API server did not get the token at hand")
	}
	waitFor(t, held)
	c.goesOn(release)
	if c.answers("restclient", kubeconfig) == first {
		t.Error("the API server has got the old token")
	}
}

// A shell with job control, what it runs in the foreground, and the terminal may all go while the token is renewed.
func TestAheadOutlivesTheShell(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		after string       // what runs in the foreground after the call, in its process group
		leave func(p *pty) // ends the shell
	}{
		"exit":      {"true", func(p *pty) { p.types("exit\n") }},
		"interrupt": {"sleep 1000", func(p *pty) { p.types("\x03"); p.shows(`INT`); p.types("exit\n") }},
		"hang-up": {"sleep 1000", func(p *pty) {
			terminal := p.slave(p.t)
			defer terminal.Close()
			if err := unix.IoctlSetInt(int(terminal.Fd()), unix.TIOCVHANGUP, 0); err != nil {
				p.t.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newContainer(t, "init", time.Hour)
			before := c.answers(c.getToken()...)
			c.due()
			held, release := c.hold()
			// The session is the shell's own, as that of a terminal emulator.
			p := c.onTerminal(80, 24, func(cmd *exec.Cmd) { cmd.SysProcAttr = nil },
				c.enter("setsid", "--ctty", "--wait", "bash", "--norc", "--noprofile", "-i")...)
			p.types("PS1='> '; trap 'echo INT' INT; stty -echo\n")
			p.types(fmt.Sprintf("sh -c '\"$@\"; %s' sh %s; echo ended $?\n", test.after, strings.Join(c.getToken(), " ")))
			p.shows(`eyJ`)
			waitFor(t, held)
			test.leave(p)
			if said := p.end(); strings.Contains(said, "entralogin: ") {
				t.Errorf("the terminal has got %q", said)
			}
			c.goesOn(release)
			if c.answers(c.getToken()...) == before {
				t.Error("the token is the old one")
			}
		})
	}
}
