//go:build unix

package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// situation is a call that does not get through, or a check that finds something, until a command that it prints was
// run: by a person in the same surroundings, who signs in where a code is shown.
type situation struct {
	seed   func(*remedyRig)
	call   string            // a command line of the shell
	what   string            // stands in what it prints, and no more afterwards
	fill   map[string]string // what the person puts in the place of words that the program can't know
	mend   func(*remedyRig)  // what somebody else has to do before, nil where nobody has to
	after  int               // exit code of the call afterwards
	keeps  bool              // the call prints the command whatever was done
	who    string            // signs in, "" for Alice
	client string            // the only one that may sign in, "" for the one of the config
	tenant string            // likewise
	host   string            // of the only service that may be asked, "" for the one of the config
}

// remedyRig is a home where kubectl, git and Graph work, with a second sign-in service that the person trusts.
type remedyRig struct {
	*doctorRig
	other *entratest.Server
	who   string // signs in
}

// newRemedyRig makes the home anew, so that each command is run in the same one.
func newRemedyRig(t *testing.T, gitconfig string, s situation) *remedyRig {
	t.Helper()
	r := &remedyRig{newDoctorRig(t, gitconfig), entratest.NewServer(entratest.WithProxy()), cmpOr(s.who, entratest.Alice)}
	t.Cleanup(r.other.Close)
	for _, sim := range []*entratest.Server{r.sim, r.other} {
		sim.Set(func(o *entratest.Settings) { o.Interval = 1e9 })
		sim.AutoApprove(cmpOr(s.who, entratest.Alice), 0)
	}
	r.write(".config/entralogin/other.pem", string(r.other.CertPEM()))
	file := filepath.Join(r.home, ".config/entralogin/config.yaml")
	text := strings.Replace(readDoc(t, file), "authorities:\n", fmt.Sprintf("authorities:\n  - host: %s\n    ca-file: other.pem\n    graph: %s\n", r.other.Host, r.other.URL), 1)
	r.must(os.WriteFile(file, []byte(text), 0o600))
	if s.seed != nil {
		s.seed(r)
	}
	return r
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// shell runs a command line, and returns all that it prints.
func (r *remedyRig) shell(line string) (code int, out string) {
	r.t.Helper()
	cmd := exec.Command("sh", "-c", line)
	said := &visitor{sim: r.sim, user: r.who}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = r.work, r.env, said, said
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode(), string(said.Bytes())
}

// commandsIn are the commands that an output advises, each once. Pages of help mend nothing, and whoever asks for a
// sign-in names itself.
func commandsIn(out string) []string {
	var found []string
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\r\n")
		if strings.Contains(line, " needs a sign-in (") || strings.HasPrefix(line, "fatal: ") {
			continue
		}
		for at := commandIn.FindStringIndex(line); at != nil; at = commandIn.FindStringIndex(line) {
			command, rest := line[at[0]:], ""
			if strings.HasSuffix(line[:at[0]], `"`) {
				command, rest, _ = strings.Cut(command, `"`)
			}
			if !strings.HasSuffix(command, "--help") && !slices.Contains(found, command) {
				found = append(found, command)
			}
			line = rest
		}
	}
	return found
}

// met collects what was printed in all situations.
type met struct {
	sync.Mutex
	text []string
}

func (m *met) add(out string) {
	m.Lock()
	defer m.Unlock()
	m.text = append(m.text, out)
}

// run has each command that the call prints run in a home of its own, and the call again behind it.
func (s situation) run(t *testing.T, gitconfig string, seen *met) {
	r := newRemedyRig(t, gitconfig, s)
	_, out := r.shell(s.call)
	seen.add(out)
	commands := commandsIn(out)
	if len(commands) == 0 || !strings.Contains(out, s.what) {
		t.Fatalf("no command, or no %q:\n%s", s.what, out)
	}
	each := s // of what a check finds at once each command mends its own
	if checks := checking.MatchString(s.call); checks && len(commands) > 1 {
		each.what, each.after = "", -1
	}
	for i := range commands {
		if i > 0 {
			r = newRemedyRig(t, gitconfig, s)
			_, out = r.shell(s.call)
			if commands = commandsIn(out); len(commands) <= i {
				t.Fatalf("other commands than before:\n%s", out)
			}
		}
		each.try(r, commands[i])
	}
	if each.after != s.after {
		r = newRemedyRig(t, gitconfig, s)
		_, out = r.shell(s.call)
		s.try(r, strings.Join(slices.DeleteFunc(commandsIn(out), checking.MatchString), " && "))
	}
}

// checking are commands that show what is wrong, and mend nothing.
var checking = regexp.MustCompile(`^entralogin (doctor|git check|docker check|kubeconfig check|cache list)`)

// try runs one command, and the call again.
func (s situation) try(r *remedyRig, command string) {
	r.t.Helper()
	for word, value := range s.fill {
		command = regexp.MustCompile(`\b`+word+`\b`).ReplaceAllString(command, value)
	}
	if left := regexp.MustCompile(`\b[A-Z]{4,}(_[A-Z]+)*\b`).FindString(strings.ReplaceAll(command, "AzureUSGovernmentCloud", "")); left != "" {
		r.t.Errorf("%s: nobody says what %s is", command, left)
	}
	if s.mend != nil {
		s.mend(r)
	}
	r.sim.AutoApprove(cmpOr(s.who, entratest.Alice), 0)
	before := r.sessions()
	shows := checking.MatchString(command)
	if code, out := r.shell(command); code != 0 && (!shows || code < 3) {
		r.t.Errorf("%s: exit code %d:\n%s", command, code, out)
	}
	code, out := r.shell(s.call)
	if code != s.after && s.after >= 0 || s.what != "" && strings.Contains(out, s.what) || !shows && !s.keeps && s.after <= 0 && strings.Contains(out, command) {
		r.t.Errorf("after %s: %s: exit code %d:\n%s", command, s.call, code, out)
	}
	want := signIn{strings.Replace(cmpOr(s.host, r.sim.Host), "other", r.other.Host, 1), cmpOr(s.client, entratest.ClientID)}
	for now := range r.sessions() {
		if !before[now] && now != want {
			r.t.Errorf("%s: somebody has signed in with %v, not with %v", command, now, want)
		}
	}
	for _, sim := range []*entratest.Server{r.sim, r.other} {
		for _, q := range sim.RequestLog() {
			tenant, _, _ := strings.Cut(strings.TrimPrefix(q.Path, "/"), "/")
			if (q.Endpoint == "devicecode" || q.Endpoint == "authorize") && s.tenant != "any" && tenant != cmpOr(s.tenant, entratest.TenantContoso) {
				r.t.Errorf("%s: somebody was asked to sign in at %s", command, q.Path)
			}
		}
	}
}

// signIn is where somebody has signed in, and with which client.
type signIn struct{ host, client string }

func (r *remedyRig) sessions() map[signIn]bool {
	r.t.Helper()
	found := map[signIn]bool{}
	folders, err := filepath.Glob(filepath.Join(r.dir, "*", "cache*"))
	r.must(err)
	folders = append(folders, r.cache())
	for _, dir := range folders {
		files, err := filepath.Glob(filepath.Join(dir, "sessions", "*"))
		r.must(err)
		for _, file := range files {
			name, err := url.PathUnescape(filepath.Base(file))
			r.must(err)
			host, client, _ := strings.Cut(name, "+")
			found[signIn{host, client}] = true
		}
	}
	return found
}

// Each command that the program prints does what it is printed for: the call gets through behind it, and nobody has
// signed in with another client, or at another service or tenant.
func TestRemedies(t *testing.T) {
	t.Parallel()
	gitconfig := setUp(t)
	var seen met
	t.Run("all", func(t *testing.T) {
		for _, group := range []map[string]situation{signInSituations(), settingSituations(), refusalSituations(), kubeSituations(), gitSituations(), dockerSituations(), feedSituations(), doctorSituations(), machineSituations()} {
			for name, s := range group {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					s.run(t, gitconfig, &seen)
				})
			}
		}
	})
	if !kernelHasKeys() { // these situations were passed over
		seen.add("to make a new one: ")
		seen.add("to move it now: ")
	}
	for _, dir := range []string{"internal", "../../plugin", "../../cache"} {
		for _, a := range adviceIn(t, dir) {
			if !noRemedy[a.text] && !strings.Contains(a.text, "\n") && !slices.ContainsFunc(seen.text, a.in) {
				t.Errorf("%s: no situation prints %q", a.at, a.text)
			}
		}
	}
}

// Where the service says that a new sign-in mends it, the command that stands there does.
func TestRemediesOfRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range refusalCases() {
		if len(commandsIn(readDoc(t, goldenFile(c.name)))) == 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.visits = entratest.Alice
			h.sim.AutoApprove(entratest.Alice, 0)
			h.sim.Fault(c.endpoint, c.fault)
			said := string(h.call("entralogin", "get-token", "--server-id", entratest.ServerID).err.Bytes())
			commands := commandsIn(said)
			if len(commands) != 1 {
				t.Fatalf("no command, or several: %q\n%s", commands, said)
			}
			h.sim.ClearFaults() // a password was changed, a phone was registered
			for _, line := range []string{commands[0], "entralogin get-token --server-id " + entratest.ServerID + " --prompt never"} {
				if r := h.call("sh", "-c", line); r.cmd.ProcessState.ExitCode() != 0 {
					t.Errorf("%s: %s", line, r.err.Bytes())
				}
			}
		})
	}
}
