//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// examine runs the doctor. What it shows has no home folder in it, and says what to do about all that is wrong.
func (r *doctorRig) examine() (code int, report check.Report) {
	r.t.Helper()
	code, report = r.examined([]string{"hunter2", r.home}, append([]string{"entralogin", "doctor"}, r.part...)...)
	for _, f := range report.Findings {
		if f.Level != "ok" && f.Remedy == "" && !strings.Contains(string(f.Topic), ": ") && !strings.HasPrefix(f.What, "not checked") {
			r.t.Errorf("there is no remedy: %+v", f)
		}
	}
	return code, report
}

// finds checks the exit code and one finding.
func (r *doctorRig) finds(code int, level, what, remedy string) {
	r.t.Helper()
	got, report := r.examine()
	findsOnce(r.t, got, report, code, level, what, remedy)
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
