//go:build linux

package ssh

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// kills says how many programs TestKills kills: as many as the variable has, which cmd/entralogin's own has, too, or few.
func kills(t *testing.T) int {
	t.Helper()
	const variable, few = "ENTRALOGIN_KILLS", 24
	text := os.Getenv(variable)
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < few {
		t.Fatalf("%s is %q, which is no number from %d on", variable, text, few)
	}
	return n
}

// The agent, ssh and the program that asks are killed (SIGKILL) at random moments of a call, for which the agent has to
// renew what it has. No session is lost: nobody signs in again. The next call has a token, or says at once what is missing.
func TestKills(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.signIn()
	l.sim.AutoDecline(0) // whoever asks for a sign-in doesn't get one
	k := &killer{laptop: l, span: 20 * time.Millisecond, open: l.open("h1")}
	kinds := []func(){k.agent, k.ssh, k.client}
	for i := range kills(t) {
		if t.Failed() {
			break
		}
		k.age()
		kinds[i%len(kinds)]()
	}
	l.noDeviceCode()
	t.Logf("%d kills, %d of them before the call had ended; a call that said what is missing took %v at most, one that had a token %v", k.count, k.amid, k.longestNo, k.longest)
	if k.amid == 0 {
		t.Error("no call was killed: they had all ended before")
	}
}

// killer kills one of the three at a time.
type killer struct {
	*laptop
	open               *session
	span               time.Duration // within which a kill comes
	count, amid        int           // kills; those that came amid a call
	longest, longestNo time.Duration
}

// age has the agent renew what it has: the stored token is stale, and the refresh token serves.
func (k *killer) age() {
	k.Helper()
	if err := entratest.AgeTokens(k.path("home/.cache/entralogin"), 50*time.Minute); err != nil {
		k.Fatal(err)
	}
}

// moment waits for any moment.
func (k *killer) moment() { time.Sleep(rand.N(k.span)) }

// note counts a kill. The span follows the speed of the machine: about half of the kills are to come amid a call.
func (k *killer) note(amid bool) {
	k.count++
	if amid {
		k.amid++
		k.span = min(k.span*11/10, 200*time.Millisecond)
	} else {
		k.span = max(k.span*9/10, time.Millisecond)
	}
}

// agent kills the agent amid a call in a session that is open. The next call there says what is missing, and the next ssh has
// a token and leaves an agent, with which the session has one, too.
func (k *killer) agent() {
	k.Helper()
	pid := k.laptop.agent()
	before := len(k.open.out.String())
	fmt.Fprintln(k.open.stdin, asking+" --prompt never >/dev/null 2>&1; echo done=$?=")
	k.moment()
	if pid != 0 {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	eventually(k.T, func() bool { return strings.Contains(k.open.out.String()[before:], "=\n") }, k.open.out.String)
	k.note(!strings.Contains(k.open.out.String()[before:], "done=0="))
	no := k.open.line(asking + " --prompt never")
	k.missing(no)
	k.longestNo = max(k.longestNo, no.took)
	k.works()
}

// ssh kills an ssh amid a call over it.
func (k *killer) ssh() {
	k.Helper()
	cmd := k.laptop.ssh("h1", "echo begins; "+asking+" --prompt never >/dev/null; echo ends")
	s := k.hold(cmd)
	eventually(k.T, func() bool { return s.out.String() != "" }, s.err.String)
	k.moment()
	cmd.Process.Kill()
	cmd.Wait()
	k.note(!strings.Contains(s.out.String(), "ends"))
	k.works()
}

// client kills the program that asks, which leaves nothing behind.
func (k *killer) client() {
	k.Helper()
	r := k.open.line(fmt.Sprintf("%s --prompt never >/dev/null & sleep %.4f; kill -9 $!; wait $!; echo ended=$?", asking, rand.Float64()*k.span.Seconds()))
	k.note(strings.Contains(r.out, "ended=137"))
	k.works()
}

// works has a new session and the open one get a token, and keeps the host clean.
func (k *killer) works() {
	k.Helper()
	k.token(k.must(k.laptop.ssh("h1", asking)))
	r := k.open.line(asking)
	k.laptop.token(r)
	k.longest = max(k.longest, r.took)
	live := strings.TrimSpace(k.open.line("echo $LC_ENTRALOGIN_AGENT").out)
	for _, path := range k.hosts[0].sockets() { // as if they were older than a minute: a call removes them
		if filepath.Base(path) != filepath.Base(live) {
			os.Remove(path)
		}
	}
}
