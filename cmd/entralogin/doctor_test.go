//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// doctorRig is a home with git and kubectl set up for entralogin, in which there is nothing to be found.
type doctorRig struct {
	*gitRig
	part []string // of the doctor, and flags
}

func newDoctorRig(t *testing.T, gitconfig string) *doctorRig {
	t.Helper()
	r := &doctorRig{gitRig: newGitRig(t, gitconfig)}
	r.kubectl("echo 'Client Version: v1.33.1'")
	if err := os.Mkdir(filepath.Join(r.home, ".kube"), 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := exec.LookPath("entralogin")
	if err != nil {
		t.Fatal(err)
	}
	r.write(".kube/config", fmt.Sprintf(doctorKubeconfig, r.sim.URL, filepath.Join(r.home, ".config/entralogin/ca.pem"), self, entratest.ServerID))
	return r
}

const doctorKubeconfig = `apiVersion: v1
kind: Config
current-context: dev
contexts:
- {name: dev, context: {cluster: c, user: u}}
clusters:
- {name: c, cluster: {server: %q, certificate-authority: %q}}
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      interactiveMode: IfAvailable
      provideClusterInfo: true
      command: %q
      args: [get-token, --server-id, %q]
`

// kubectl puts a kubectl of one line before all others in the PATH.
func (r *doctorRig) kubectl(line string) {
	r.t.Helper()
	bin := filepath.Join(r.dir, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := entratest.WriteProgram(filepath.Join(bin, "kubectl"), "#!/bin/sh\n"+line+"\n"); err != nil {
		r.t.Fatal(err)
	}
	r.set("PATH", bin+":"+os.Getenv("PATH"))
}

// everywhere has Alice sign in, and kubectl, Graph and git get tokens.
func (r *doctorRig) everywhere() {
	r.t.Helper()
	r.entralogin("get-token", "--server-id", entratest.ServerID)
	r.entralogin("graph", "me")
	r.signIn()
	r.inRepository()
}

// inRepository makes the current folder a repository with a remote at dev.azure.com.
func (r *doctorRig) inRepository() { r.inClone() }

// examine runs the doctor in both formats and holds what it has to hold whatever it finds: nothing is written,
// nobody is asked, no secret and no home folder is shown, and both formats say the same.
func (r *doctorRig) examine() (code int, report check.Report) {
	r.t.Helper()
	all := &checkRig{T: r.t, home: r.dir}
	before, asked := all.tree(), r.sim.Requests("devicecode")+r.sim.Requests("token")
	args := slices.Clip(append([]string{"entralogin", "doctor"}, r.part...))
	asJSON, asTable := r.start(append(args, "-o", "json")...), r.start(append(args, "--all")...)
	asJSON.cmd.Wait()
	asTable.cmd.Wait()
	if after := all.tree(); !maps.Equal(before, after) {
		r.t.Errorf("the doctor changed files:\n%v\n%v", before, after)
	}
	if n := r.sim.Requests("devicecode") + r.sim.Requests("token"); n != asked {
		r.t.Error("the doctor asked for a token")
	}
	stdout, stderr, table := string(asJSON.out.Bytes()), string(asJSON.err.Bytes()), string(asTable.out.Bytes())
	for _, secret := range append(r.sim.Secrets(), "hunter2", r.home) {
		if strings.Contains(stdout+stderr+table, secret) {
			r.t.Errorf("a secret, or the home folder, stands in the output:\n%s%s%s", stdout, stderr, table)
		}
	}
	code = asJSON.cmd.ProcessState.ExitCode()
	if code == 2 {
		return code, report
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		r.t.Fatalf("%v: %q, %q", err, stdout, stderr)
	}
	if tableCode := asTable.cmd.ProcessState.ExitCode(); report.ExitCode != code || tableCode != code || (code == 0) != (stderr == "") {
		r.t.Errorf("exit codes %d, %d and %d with %q", code, tableCode, report.ExitCode, stderr)
	}
	steady := func(text string) string { // the two may run in different seconds
		return regexp.MustCompile(`\d+ (second|minute|hour)s?|\d\d:\d\d:\d\d`).ReplaceAllString(text, "TIME")
	}
	table = steady(table)
	for _, f := range report.Findings {
		if !strings.Contains(table, steady(f.What)) || !strings.Contains(table, f.Remedy) || f.What == "" {
			r.t.Errorf("the table lacks %+v", f)
		}
		if f.Level != "ok" && f.Remedy == "" && !strings.Contains(string(f.Topic), ": ") && !strings.HasPrefix(f.What, "not checked") {
			r.t.Errorf("there is no remedy: %+v", f)
		}
	}
	for _, c := range table + stderr {
		if c < ' ' && c != '\n' || c == '\u202e' {
			r.t.Errorf("a control character in %q", table)
		}
	}
	return code, report
}

// finds checks the exit code and one finding.
func (r *doctorRig) finds(code int, level, what, remedy string) {
	r.t.Helper()
	got, report := r.examine()
	if got != code {
		r.t.Errorf("exit code %d, not %d: %+v", got, code, report.Findings)
	}
	matches := 0
	for _, f := range report.Findings {
		if strings.Contains(f.What, what) {
			matches++
			if string(f.Level) != level || !strings.Contains(f.Remedy, remedy) || remedy == "" && f.Remedy != "" {
				r.t.Errorf("found %+v", f)
			}
		}
	}
	if matches != 1 && got != 2 {
		r.t.Errorf("%q was found %d times in %+v", what, matches, report.Findings)
	}
}

// Where all is well nothing but that is said, of each thing, and as many requests are made as --help says.
func TestDoctorFindsNothing(t *testing.T) {
	t.Parallel()
	r := newDoctorRig(t, "")
	r.everywhere()
	r.sim.ResetRequests()
	r.azure.set(func(s *azureStand) { s.requests = nil })
	code, report := r.examine()
	topics := map[string]bool{}
	for _, f := range report.Findings {
		topics[string(f.Topic)] = true
		if f.Level != "ok" {
			t.Errorf("found: %+v", f)
		}
	}
	for _, topic := range []string{"config", "settings", "folders", "storage", "locks", "accounts", "tokens", "signin", "versions", "proxy", "authority",
		"clock", "tenant", "graph", "kube: cluster", "kube: token", "git: git", "git: helper", "git: token"} {
		if !topics[topic] {
			t.Errorf("nothing is said of %s: %v", topic, topics)
		}
	}
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	for endpoint, want := range map[string]int{"openid-configuration": 1, "me": 1, "whoami": 1, "*": 3} {
		if n := r.sim.Requests(endpoint); n != 2*want { // one for each format
			t.Errorf("%d requests of %s: %v", n, endpoint, r.sim.RequestLog())
		}
	}
	if len(r.azure.seen()) > 4 {
		t.Errorf("requests of git's host: %q", r.azure.seen())
	}
}

// That git goes another way than entralogin is said once, however many remotes go it.
func TestDoctorSaysOnceThatGitGoesAnotherWay(t *testing.T) {
	t.Parallel()
	r := newDoctorRig(t, setUp(t))
	r.inRepository()
	if run := r.call("git", "remote", "add", "second", repositoryURL+"2"); run.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("%s", run.err.Bytes())
	}
	r.set("https_proxy", "http://a:hunter2@127.0.0.1:1")
	r.part = []string{"git"} // on a machine that is short of time the other parts would keep this one from its answers
	_, report := r.examine()
	said, remotes := 0, 0
	for _, f := range report.Findings {
		if strings.Contains(f.What, "git goes to dev.azure.com through the proxy http://127.0.0.1:1 (https_proxy, with a user name") {
			said++
		}
		if strings.Contains(f.What, "is the URL of ") {
			remotes++
		}
	}
	if said != 1 || remotes != 2 {
		t.Errorf("said %d times of %d remotes: %+v", said, remotes, report.Findings)
	}
}

// What the person does not use is no failure, and costs no request.
func TestDoctorLeavesOutWhatIsNotUsed(t *testing.T) {
	t.Parallel()
	r := newDoctorRig(t, "[user]\n\tname = Alice\n")
	r.write(".kube/config", "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- {name: x, context: {cluster: c, user: u}}\n"+
		"clusters:\n- {name: c, cluster: {server: 'https://127.0.0.1:1'}}\nusers:\n- {name: u, user: {token: hunter2}}\n")
	r.inRepository()
	code, report := r.examine()
	words := ""
	for _, f := range report.Findings {
		words += fmt.Sprintln(f.Level, f.What)
		if f.Level == "failure" {
			t.Errorf("found %+v", f)
		}
	}
	for _, want := range []string{`ok the current context "x" does not run entralogin`, "warning git does not run entralogin, which would have tokens for https://dev.azure.com",
		"ok no token for Graph is stored, and Graph is not asked"} {
		if strings.Count(words, want) != 1 {
			t.Errorf("%q is not there once:\n%s", want, words)
		}
	}
	if n := r.sim.Requests("*"); code != 0 || n != 2 || len(r.azure.seen()) != 0 { // the authority, once for each format
		t.Errorf("exit code %d, %d requests, and %q", code, n, r.azure.seen())
	}
}

// A part leaves out the others.
func TestDoctorParts(t *testing.T) {
	t.Parallel()
	setUp := setUp(t)
	for part, requests := range map[string]map[string]int{
		"kube": {"version": 1}, "git": {}, "graph": {"me": 1}, "network": {"openid-configuration": 1},
	} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			r := newDoctorRig(t, setUp)
			r.part = []string{part}
			_, report := r.examine()
			if r.sim.Requests("*") != 2*len(requests) {
				t.Errorf("requests: %v", r.sim.RequestLog())
			}
			for endpoint := range requests {
				if r.sim.Requests(endpoint) != 2 {
					t.Errorf("requests: %v", r.sim.RequestLog())
				}
			}
			for _, f := range report.Findings {
				if before, _, ok := strings.Cut(string(f.Topic), ": "); ok && before != part || f.Topic == "graph" && part != "graph" || f.Topic == "authority" && part != "network" {
					t.Errorf("found %+v", f)
				}
			}
		})
	}
}
