//go:build linux

package ssh

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// An agent that is killed takes nothing along but what the person said to it: the next one serves the sessions that are
// open, and asks again. Meanwhile a call says what is missing.
func TestAgentKilled(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.signIn()
	first := l.start()
	s := l.open("h1")
	l.token(s.line(asking))
	first.Process.Kill()
	first.Wait()
	l.missing(s.line(asking + " --prompt never"))
	l.start()
	l.token(s.line(asking))
	if n := l.asked("h1"); n != 2 {
		t.Errorf("the person was asked %d times by two agents", n)
	}
	l.noDeviceCode()
}

// Where no agent runs any more the next ssh starts one, which serves the older sessions, too.
func TestAgentStartedAnew(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.signIn()
	first := l.start()
	s := l.open("h1")
	first.Process.Kill()
	first.Wait()
	l.token(l.must(l.ssh("h1", asking)))
	l.token(s.line(asking))
	if pid := l.agent(); pid == 0 || pid == first.Process.Pid {
		t.Errorf("the agent is %d", pid)
	}
	l.noDeviceCode()
}

// log is the agent's own.
func (l *laptop) log() string {
	l.Helper()
	return l.must(l.command("curl", "-sf", "--unix-socket", l.path("run/entralogin/agent.sock"), "http://localhost/v1/log")).out
}

// noDeviceCode checks that nobody had to sign in again, here or there.
func (l *laptop) noDeviceCode() {
	l.Helper()
	if n := l.sim.Requests("devicecode") + l.sim.Requests("authorize"); n != 0 {
		l.Errorf("%d sign-ins", n)
	}
}

// What the person says is what the host gets. A no is not asked for again at once, and where nobody can be asked the host
// says what to do on the laptop.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(l *laptop)
		agent   []string
		code    int
		said    string
		asked   int
	}{
		"no":              {func(l *laptop) { l.write("no", 0o600, "") }, nil, 5, "the person there said no", 1},
		"nobody":          {func(l *laptop) { l.env = append(l.env, "SSH_ASKPASS_REQUIRE=never") }, nil, 4, "run entralogin agent in a terminal, where SSH_ASKPASS is set", 0},
		"not asked":       {func(*laptop) {}, []string{"--confirm", "never"}, 0, "", 0},
		"always":          {func(*laptop) {}, []string{"--confirm", "always"}, 0, "", 2},
		"first":           {func(*laptop) {}, []string{"--confirm", "first"}, 0, "", 1},
		"not on the list": {func(*laptop) {}, []string{"--allow", "devops"}, 5, "are not allowed to other machines", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLaptop(t, nil)
			l.signIn()
			c.prepare(l)
			l.start(c.agent...)
			s := l.open("h1")
			for range 2 {
				r := s.line(asking)
				if r.code != c.code || !strings.Contains(r.err, c.said) || (r.code == 0) != (r.out != "") {
					t.Errorf("exit code %d, want %d and %q: %s", r.code, c.code, c.said, r.err)
				}
				if r.code == 0 {
					l.token(r)
				}
			}
			if n := l.asked(""); n != c.asked {
				t.Errorf("the person was asked %d times, want %d", n, c.asked)
			}
			if log := l.log(); !strings.Contains(log, `"host":"h1 (ssh)"`) {
				t.Errorf("the log does not have the host: %s", log)
			}
			l.noDeviceCode()
		})
	}
}

// A host gets access tokens of what is allowed, and nothing else: whatever its programs, its users or its root send
// through the socket.
func TestThreats(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.signIn()
	pid := l.start().Process.Pid
	s := l.open("h1")
	l.token(s.line(asking))
	const base = `"authority":"login.microsoftonline.com","tenant":"` + entratest.TenantContoso + `","client_id":"` + entratest.ClientID + `","scopes":["` + entratest.ServerID + `/.default"]`
	for name, request := range map[string]string{
		"a refresh token":         `-d '{` + base + `,"kind":"refresh_token"}'`,
		"an ID token":             `-d '{` + base + `,"kind":"id"}'`,
		"a refresh token's scope": `-d '` + strings.Replace("{"+base+"}", `/.default"`, `/.default","offline_access"`, 1) + `'`,
		"an authority":            `-d '` + strings.Replace("{"+base+"}", "login.microsoftonline.com", "login.evil.example", 1) + `'`,
		"an authority's path":     `-d '` + strings.Replace("{"+base+"}", "login.microsoftonline.com", "login.microsoftonline.com/evil", 1) + `'`,
		"another resource":        `-d '` + strings.Replace("{"+base+"}", entratest.ServerID, "00000003-0000-0000-c000-000000000000", 1) + `'`,
		"two resources":           `-d '` + strings.Replace("{"+base+"}", `"]`, `","https://graph.microsoft.com/.default"]`, 1) + `'`,
		"an application":          `-d '` + strings.Replace("{"+base+"}", entratest.ClientID, "11111111-2222-4333-8444-555555555555", 1) + `'`,
		"a code to show":          `-d '{` + base + `,"user_code":"ABC123","verification_uri":"https://evil.example"}'`,
		"a host of its own":       `-H 'Host: evil.example' -d '{` + base + `}'`,
		"a page of a browser":     `-H 'Origin: https://evil.example' -d '{` + base + `}'`,
		"too much":                `-d '{` + base + `,"asker":"` + strings.Repeat("x", 70_000) + `"}'`,
	} {
		l.refused(s, name, request+" http://localhost/v1/token")
	}
	for _, path := range []string{"key/0123456789abcdef", "lock", "unlock", "stop", "log", "status", "accounts", "sessions", "../v1/log", ""} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			l.refused(s, method+" "+path, fmt.Sprintf("--path-as-is -X %s http://localhost/v1/%s", method, path))
		}
	}
	if l.agent() != pid {
		t.Error("the agent has ended")
	}
	l.token(s.line(asking))
	if n := l.asked(""); n != 1 {
		t.Errorf("the person was asked %d times", n)
	}
	l.noDeviceCode()
}

// refused checks that a request through the socket is refused, with no word of who has signed in.
func (l *laptop) refused(s *session, name, request string) {
	l.Helper()
	r := s.line(`curl -s -m 20 -w '%{http_code}' --noproxy '*' --unix-socket $LC_ENTRALOGIN_AGENT ` + request)
	if !strings.HasSuffix(r.out, "400") && !strings.HasSuffix(r.out, "403") && !strings.HasSuffix(r.out, "404") && !strings.HasSuffix(r.out, "405") && !strings.HasSuffix(r.out, "413") {
		l.Errorf("%s: exit code %d: %.300s", name, r.code, r.out)
	}
	if strings.Contains(strings.ToLower(r.out), "alice") || strings.Contains(r.out, l.dir) {
		l.Errorf("%s: the answer tells too much: %.300s", name, r.out)
	}
}
