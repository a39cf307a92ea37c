package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// firstProcess is PID 1 of a PID namespace of its own: it waits for whatever it inherits, until its standard input ends.
func firstProcess() {
	err := errors.Join(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), unix.Mount("proc", "/proc", "proc", 0, ""))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("ready")
	go func() {
		for {
			if _, err := syscall.Wait4(-1, nil, 0, nil); err != nil {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	io.Copy(io.Discard, os.Stdin)
}

// container is a PID namespace in which programs of a house are run: renewals ahead of time depend on who is PID 1.
type container struct {
	*house
	first int // PID 1, as it is seen from outside
}

// newContainer makes one with a PID 1 of that name, in which alice is signed in and her token lives that long.
func newContainer(t *testing.T, first string, life time.Duration) *container {
	t.Helper()
	path, err := exec.LookPath(first)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	in, err := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(err, errOut); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); errors.Is(err, syscall.EPERM) {
		t.Skip("only root makes PID namespaces: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	if said, _ := io.ReadAll(io.LimitReader(out, int64(len("ready")))); string(said) != "ready" {
		rest, _ := io.ReadAll(out)
		t.Skipf("there is no namespace to be had: %s%s", said, rest)
	}
	c := &container{newHouse(t), cmd.Process.Pid}
	c.sim.Set(func(o *entratest.Settings) { o.TokenLife = life })
	c.sim.AutoApprove(entratest.Alice, 0)
	if r := c.inside(c.getToken("--prompt", "always")...); r.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("sign in: %s", r.err.Bytes())
	}
	c.sim.ResetRequests()
	c.env = append(c.env, "ENTRALOGIN_RENEW_AHEAD=", "ENTRALOGIN_PROMPT=never", "CI=")
	return c
}

func (c *container) getToken(more ...string) []string {
	return append([]string{program(c.t), "get-token", "--server-id", entratest.ServerID}, more...)
}

// enter is the command line that runs another one in the container.
func (c *container) enter(args ...string) []string {
	return append([]string{"nsenter", "--target", strconv.Itoa(c.first), "--pid", "--mount", "--"}, args...)
}

// inside runs a program in the container to its end, and to that of its streams, as client-go does.
func (c *container) inside(args ...string) *run {
	c.t.Helper()
	r := c.start(c.enter(args...)...)
	late := time.AfterFunc(patience, func() { r.cmd.Process.Kill() })
	defer late.Stop()
	r.cmd.WaitDelay = patience
	r.cmd.Wait()
	return r
}

// answers runs a program, which has to answer with a token, and returns that.
func (c *container) answers(args ...string) string {
	c.t.Helper()
	r := c.inside(args...)
	token := tokenIn(string(r.out.Bytes()))
	if r.cmd.ProcessState.ExitCode() != 0 || len(r.err.Bytes()) > 0 || token == "" {
		c.t.Errorf("%q ends with %v: %s%s", args, r.cmd.ProcessState, r.out.Bytes(), r.err.Bytes())
	}
	return token
}

// children are the processes that PID 1 has got, with their states as in proc_pid_stat(5).
func (c *container) children() map[int]string {
	found := map[int]string{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, _ := os.ReadFile(path)
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(c.first) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			found[pid] = fields[0]
		}
	}
	return found
}

// alone waits until PID 1 has no child any more, be it a zombie.
func (c *container) alone() {
	c.t.Helper()
	if !until(func() bool { return len(c.children()) == 0 }) {
		c.t.Errorf("PID 1 still has %v", c.children())
	}
}

// hold has the service keep its answer to a renewal: it sends to the first channel when one is there, until the second
// is closed.
func (c *container) hold() (held chan bool, release func()) {
	held, let := make(chan bool, 100), make(chan bool)
	c.sim.Fault("token", entratest.Fault{Grant: "refresh_token", Rewrite: func(map[string]any) { held <- true; <-let }})
	release = sync.OnceFunc(func() { c.sim.ClearFaults(); close(let) })
	c.t.Cleanup(release)
	return held, release
}

func (c *container) due() { c.ageBy(45 * time.Minute) }

// ageBy makes the tokens older, and has the renewals so far be long ago.
func (c *container) ageBy(d time.Duration) {
	c.t.Helper()
	if err := errors.Join(entratest.AgeTokens(c.cache(), d), os.RemoveAll(filepath.Join(c.cache(), "renewals"))); err != nil {
		c.t.Fatal(err)
	}
}

// waitFor waits for a renewal that the service holds.
func waitFor(t *testing.T, held chan bool) {
	t.Helper()
	select {
	case <-held:
	case <-time.After(patience):
		t.Fatal("nobody renews")
	}
}

// A call in the last third of a token's life answers from it, and returns to a caller that reads its streams to their end
// while the process that it has started renews.
func TestAheadHoldsNobody(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	routes := filepath.Join(c.cache(), "routes")
	c.answers(c.getToken()...)
	if found, err := os.ReadDir(routes); len(found) == 0 {
		t.Errorf("a call whose token is not due writes no route: %v", err)
	}
	c.due()
	held, release := c.hold()
	if err := os.RemoveAll(routes); err != nil {
		t.Fatal(err)
	}
	before := c.answers(append([]string{"sh", "-c", `cd; exec 5>leaked 6>&1; "$@"; exit $?`, "sh"}, c.getToken()...)...)
	waitFor(t, held)
	if n := len(c.children()); n != 1 {
		t.Errorf("PID 1 has got %v", c.children())
	}
	for pid := range c.children() {
		c.apart(pid)
	}
	if c.answers(c.getToken()...) != before {
		t.Error("the token is renewed already")
	}
	if _, err := os.Stat(routes); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a call has written more than who renews: %v", err)
	}
	release()
	c.alone()
	if c.answers(c.getToken()...) == before {
		t.Error("the token is the old one")
	}
	if n := c.sim.Requests("token"); n != 1 {
		t.Errorf("%d renewals", n)
	}
}

// apart checks what a process has of whoever started it.
func (c *container) apart(pid int) {
	c.t.Helper()
	dir, leaked := fmt.Sprintf("/proc/%d/", pid), filepath.Join(c.home, "leaked")
	fds, err := os.ReadDir(dir + "fd")
	if err != nil {
		c.t.Error(err)
	}
	for _, fd := range fds {
		to, _ := os.Readlink(dir + "fd/" + fd.Name())
		n, _ := strconv.Atoi(fd.Name())
		if n <= 2 && to != "/dev/null" || strings.HasPrefix(to, "pipe:") || to == leaked {
			c.t.Errorf("descriptor %d leads to %s", n, to)
		}
	}
	if cwd, _ := os.Readlink(dir + "cwd"); cwd != "/" {
		c.t.Errorf("its folder is %s", cwd)
	}
	if sid, err := unix.Getsid(pid); sid != pid {
		c.t.Errorf("it is in the session %d: %v", sid, err)
	}
	status, _ := os.ReadFile(dir + "status")
	if !bytes.Contains(status, []byte("Umask:\t0077")) {
		c.t.Errorf("%s", status)
	}
	env, _ := os.ReadFile(dir + "environ")
	if bytes.Contains(env, []byte("KUBERNETES_EXEC_INFO")) {
		c.t.Errorf("it takes itself for what a kubeconfig describes")
	}
}

// nothing checks that a call has started nothing.
func (c *container) nothing(what string) {
	c.t.Helper()
	if got := c.children(); len(got) > 0 {
		c.t.Errorf("%s: PID 1 has got %v", what, got)
	}
	if _, err := os.Stat(filepath.Join(c.cache(), "renewals")); err == nil {
		c.t.Errorf("%s: a renewal was claimed", what)
	}
	if n := c.sim.Requests("token"); n > 0 {
		c.t.Errorf("%s: %d requests", what, n)
	}
}

// Calls, one a minute by the times that are stored, while three tokens come and go: none waits for a request, which the
// service would keep from it, and each token is renewed once.
func TestAheadCalls(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	held, let := make(chan bool, 100), make(chan bool)
	c.sim.Fault("token", entratest.Fault{Grant: "refresh_token", Rewrite: func(map[string]any) { held <- true; <-let }})
	seen := map[string]bool{}
	for age, renewed := 0, 0; renewed < 3 && !t.Failed(); age++ {
		seen[c.answers(c.getToken()...)] = true
		if age >= 40 {
			waitFor(t, held)
			let <- true
			c.alone()
			age, renewed = 0, renewed+1
		}
		if n := c.sim.Requests("*"); n != renewed || len(seen) > renewed+1 {
			t.Fatalf("%d requests and %d tokens after %d renewals", n, len(seen), renewed)
		}
		c.ageBy(time.Minute)
	}
}

// Of many that meet a token in the last third of its life at once each answers from it at once, and one has it renewed.
func TestAheadStorm(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	want := c.answers(c.getToken()...)
	c.due()
	held, release := c.hold()
	const processes = 50
	got := make(chan string, processes)
	for range processes {
		go func() { got <- c.answers(c.getToken()...) }()
	}
	for range processes {
		if <-got != want {
			t.Errorf("an answer is not from the token at hand")
		}
	}
	waitFor(t, held)
	if n := len(c.children()); n != 1 {
		t.Errorf("PID 1 has got %v", c.children())
	}
	release()
	c.alone()
	if n := c.sim.Requests("*"); n != 1 {
		t.Errorf("%d requests", n)
	}
	if c.answers(c.getToken()...) == want {
		t.Error("the token is the old one")
	}
}

// Whoever signs out while a token is renewed ahead of time is signed out: what comes back is not kept. The process that
// renews has no secret that the call was given.
func TestAheadLogout(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	c.due()
	held, release := c.hold()
	env := c.env
	c.env = append(c.env, "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET=hunter2")
	c.answers(c.getToken()...)
	c.env = env
	waitFor(t, held)
	if len(c.children()) != 1 {
		t.Errorf("PID 1 has got %v", c.children())
	}
	for pid := range c.children() {
		environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil || !bytes.Contains(environ, []byte("ENTRALOGIN_CLIENT_ID=")) || bytes.Contains(environ, []byte("hunter2")) {
			t.Errorf("%v: %q", err, environ)
		}
	}
	logout := c.start(c.enter(program(t), "logout")...)
	release()
	c.alone()
	if err := logout.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, logout.err.Bytes())
	}
	for _, folder := range []string{"sessions", "tokens", "routes", "renewals"} {
		if left, _ := os.ReadDir(filepath.Join(c.cache(), folder)); len(left) > 0 {
			t.Errorf("%s has %v", folder, left)
		}
	}
}

// tokenIn is the token of an answer.
func tokenIn(answer string) string {
	return regexp.MustCompile(`eyJ[\w.-]+`).FindString(answer)
}

// Where the process that would inherit the renewal is not known to wait for it, nothing is started: it would stay a zombie.
func TestAheadUnreaped(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "idle", time.Hour)
	c.due()
	r := c.inside(c.getToken("-v")...)
	c.nothing("PID 1 is idle")
	if !bytes.Contains(r.err.Bytes(), []byte(`PID 1, "idle", is not known to look after`)) || r.cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("%s", r.err.Bytes())
	}
}

// bash waits for what it inherits.
func TestAheadReapedByBash(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	c.due()
	const script = `"$@" >/dev/null || exit; for i in $(seq 1200); do set -- /proc/[0-9]*; [ $# = 1 ] && exit; sleep 0.05; done; exit 9`
	r := c.call(append([]string{"unshare", "--pid", "--fork", "--mount-proc", "bash", "-c", script, "bash"}, c.getToken("-v")...)...)
	if r.cmd.ProcessState.ExitCode() != 0 || !bytes.Contains(r.err.Bytes(), []byte("a process of its own renews it")) || c.sim.Requests("token") != 1 {
		t.Errorf("%v, %d requests: %s", r.cmd.ProcessState, c.sim.Requests("token"), r.err.Bytes())
	}
}

// Settings, CI and an agent keep a call from starting anything, and so does a cache in which nothing can be kept.
func TestAheadOff(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	call := func(name, why string, env []string, args ...string) {
		t.Helper()
		before := c.env
		c.env = append(c.env[:len(c.env):len(c.env)], env...)
		r := c.inside(c.getToken(append(args, "-v")...)...)
		c.env = before
		c.nothing(name)
		said := string(r.err.Bytes())
		if r.cmd.ProcessState.ExitCode() != 0 || why == "" && strings.Contains(said, "last third") || !strings.Contains(said, why) {
			t.Errorf("%s: %v: %s", name, r.cmd.ProcessState, said)
		}
	}
	call("new", "", nil)
	c.ageBy(39 * time.Minute)
	call("two thirds", "", nil)
	c.ageBy(6 * time.Minute)
	call("flag", "stale: --renew-ahead: false", nil, "--renew-ahead=false")
	call("variable", "stale: ENTRALOGIN_RENEW_AHEAD: false", []string{"ENTRALOGIN_RENEW_AHEAD=false"})
	call("kubeconfig", "stale: ENTRALOGIN_RENEW_AHEAD: false", []string{"ENTRALOGIN_RENEW_AHEAD=false", `KUBERNETES_EXEC_INFO=` + execInfo}, "--renew-ahead")
	call("CI", "stale: CI is set", []string{"CI=true"})
	call("agent", "stale: ENTRALOGIN_AGENT is set", []string{"ENTRALOGIN_AGENT=/run/agent"})
	call("relative", "stale: SSL_CERT_DIR is no absolute path", []string{"SSL_CERT_DIR=/etc/ssl/certs:certs"})
	if r := c.inside(append([]string{"sh", "-c", `"$@" >/dev/full; exit $?`, "sh"}, c.getToken()...)...); r.cmd.ProcessState.ExitCode() == 0 {
		t.Errorf("the answer is written where it can't be: %s", r.err.Bytes())
	}
	c.nothing("an answer that nobody gets: it comes first")
	config := filepath.Join(c.home, ".config", "entralogin", "config.yaml")
	text, err := os.ReadFile(config)
	if err := errors.Join(err, os.WriteFile(config, append(text, "renew-ahead: false\n"...), 0o600)); err != nil {
		t.Fatal(err)
	}
	call("config", "config.yaml: false", nil)
	moved := filepath.Join(c.home, "moved")
	if err := errors.Join(os.WriteFile(config, text, 0o600), os.CopyFS(moved, os.DirFS(c.cache())), os.WriteFile(filepath.Join(moved, "renewals"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	call("nowhere to claim", "can't be renewed before it is stale: "+moved+"/renewals", []string{"ENTRALOGIN_CACHE_DIR=" + moved})
}

// execInfo is what kubectl passes.
const execInfo = `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{}}`

// A kubeconfig that has moved what the person trusts gets the fresh token, as ever, and has nothing started. One that has
// not, has it renewed. It can't run the renewal itself.
func TestAheadForeign(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	c.due()
	moved := filepath.Join(c.home, "moved")
	if err := os.CopyFS(moved, os.DirFS(c.cache())); err != nil {
		t.Fatal(err)
	}
	kubectl := func(env string, args ...string) *run {
		return c.inside(append([]string{"sh", "-c", env + ` KUBERNETES_EXEC_INFO='` + execInfo + `' "$@"; exit $?`, "sh"}, args...)...)
	}
	r := kubectl("ENTRALOGIN_CACHE_DIR="+moved, c.getToken("-v")...)
	c.nothing("moved")
	if _, err := os.Stat(filepath.Join(moved, "renewals")); err == nil || !strings.Contains(string(r.err.Bytes()), "and was not set when the program that runs entralogin was started") || tokenIn(string(r.out.Bytes())) == "" {
		t.Errorf("%v: %s", err, r.err.Bytes())
	}
	r = kubectl("", program(t), "renew-ahead", "--", "key", "access", "scope")
	c.nothing("renew-ahead")
	if r.cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(r.err.Bytes()), "a kubeconfig may run get-token and version alone") {
		t.Errorf("%v: %s", r.cmd.ProcessState, r.err.Bytes())
	}
	if r = kubectl("", c.getToken()...); tokenIn(string(r.out.Bytes())) == "" {
		t.Errorf("%s", r.err.Bytes())
	}
	c.alone()
	if n := c.sim.Requests("token"); n != 1 {
		t.Errorf("%d requests", n)
	}
	r = c.inside(program(t), "renew-ahead", "--", "another key", "access", "scope")
	if n := c.sim.Requests("token"); n != 1 || r.cmd.ProcessState.ExitCode() == 0 {
		t.Errorf("%d requests for another token: %v", n, r.cmd.ProcessState)
	}
}

// git and programs that run az wait for nothing either, and get another token afterwards.
func TestAheadOfOthers(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	helper := "!" + program(t) + " git-credential --tenant-id " + entratest.TenantContoso
	for name, args := range map[string][]string{
		"az":      {"az", "account", "get-access-token", "--scope", entratest.ServerID + "/.default"},
		"azd":     {"azd", "auth", "token", "--scope", entratest.ServerID + "/.default"},
		"account": {program(t), "account", "get-access-token", "--resource", "https://management.azure.com"},
		"git": {"sh", "-c", `printf 'protocol=https\nhost=dev.azure.com\npath=contoso/p/_git/r\n\n' | git -c credential.useHttpPath=true -c credential.helper= -c "$1" credential fill`,
			"sh", "credential.helper=" + helper},
	} {
		os.RemoveAll(filepath.Join(c.cache(), "tokens"))
		first := c.answers(args...)
		c.due()
		held, release := c.hold()
		if c.answers(args...) != first {
			t.Errorf("%s: the answer is not from the token at hand", name)
		}
		waitFor(t, held)
		release()
		c.alone()
		if c.answers(args...) == first {
			t.Errorf("%s: the token is the old one", name)
		}
	}
}

// A terminal that is closed takes nothing with it, and gets no line that went on.
func TestAheadOutlivesTheTerminal(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	c.due()
	held, release := c.hold()
	p := c.onTerminal(80, 24, nil, c.enter(c.getToken()...)...)
	waitFor(t, held)
	if said := p.end(); strings.Contains(said, "entralogin: ") || tokenIn(said) == "" {
		t.Errorf("the terminal has got %q", said)
	}
	if n := len(c.children()); n != 1 {
		t.Errorf("PID 1 has got %v", c.children())
	}
	release()
	c.alone()
	c.sim.ResetRequests()
	c.env = append(c.env, "ENTRALOGIN_RENEW_AHEAD=false")
	c.ageBy(30 * time.Minute)
	if c.answers(c.getToken()...); c.sim.Requests("token") > 0 {
		t.Error("the token was not renewed")
	}
}

// A session that has ended is told by the call that needs it, not by the process that found out.
func TestAheadOfTheEnd(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	c.due()
	c.sim.RevokeSessions(entratest.Alice)
	for range 3 {
		c.answers(c.getToken()...)
		c.alone()
	}
	if n := c.sim.Requests("token"); n != 1 {
		t.Errorf("%d requests", n)
	}
	c.ageBy(20 * time.Minute)
	if r := c.inside(c.getToken()...); r.cmd.ProcessState.ExitCode() != 4 || !bytes.Contains(r.err.Bytes(), []byte("AADSTS")) {
		t.Errorf("%v: %s", r.cmd.ProcessState, r.err.Bytes())
	}
}

// What is sealed under a key in the kernel is renewed, too: a session of its own has the keyring of the user.
func TestAheadSealed(t *testing.T) {
	t.Parallel()
	if !kernelHasKeys() {
		t.Skip("the kernel gives out no keys")
	}
	c := newContainer(t, "init", 30*time.Second) // nothing makes a sealed token older
	if r := c.inside(program(t), "login", "--storage", "keyctl", "--prompt", "always", "--scope", entratest.ServerID+"/.default"); r.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("%s", r.err.Bytes())
	}
	c.sim.ResetRequests()
	before := c.answers(c.getToken()...)
	claimed := func() bool {
		found, err := filepath.Glob(filepath.Join(c.cache(), "renewals", "*"))
		return err == nil && len(found) == 1
	}
	if !until(func() bool { c.answers(c.getToken()...); return claimed() }) {
		t.Fatal("nobody renews")
	}
	c.alone()
	if after := c.answers(c.getToken()...); after == before || c.sim.Requests("token") != 1 {
		t.Errorf("renewed: %v, in %d requests", after != before, c.sim.Requests("token"))
	}
	if r := c.inside(program(t), "login", "--storage", "file", "--prompt", "always"); r.cmd.ProcessState.ExitCode() != 0 { // takes the key out of the kernel
		t.Errorf("%s", r.err.Bytes())
	}
}
