//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const podSubject = "system:serviceaccount:ci:deploy"

// trustIssuer has the simulator's application trust an issuer, and the calls of a house be its, by variables as a job has
// them. What the simulator itself serves is trusted by the system.
func (h *house) trustIssuer(subject string, env ...string) *entratest.FederatedIssuer {
	h.t.Helper()
	issuer := entratest.NewFederatedIssuer(h.sim, "")
	h.sim.Applications.Get(entratest.DaemonID).AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: subject})
	h.env = slices.Concat(h.env, []string{"AZURE_CLIENT_ID=" + entratest.DaemonID, "AZURE_TENANT_ID=" + entratest.TenantContoso, "AZURE_AUTHORITY_HOST=" + h.sim.URL + "/",
		"SSL_CERT_FILE=" + filepath.Join(h.home, ".config", "entralogin", "ca.pem"), "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0"}, env)
	return issuer
}

// job is a house in which a job of a CI service runs.
func (h *house) job(r *entratest.Runner, err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(r.Close)
	h.env = append(h.env, r.Env...)
}

// pod writes a service account's token as the kubelet does, and returns its path.
func (h *house) pod(issuer *entratest.FederatedIssuer) string {
	h.t.Helper()
	path := filepath.Join(h.dir, "azure-identity-token")
	if err := os.WriteFile(path, []byte(issuer.Sign(entratest.Assertion{Subject: podSubject, Life: time.Hour})), 0o640); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// Many processes of one job ask once for its token, and once for what it gives them.
func (s *storm) federated() {
	issuer := s.trustIssuer(entratest.GitHubSubject, "ENTRALOGIN_LOGIN=githubactions")
	s.job(entratest.StartGitHub(s.sim, issuer))
	s.blow(s.size, nil)
	s.over(0)
	s.requested("github", 1, 1)
	s.requested("token", 1, 1)
	s.shift(2 * time.Hour)
	s.sim.ResetRequests()
	s.blow(s.size, nil)
	s.over(0)
	s.requested("github", 1, 1)
	s.requested("token", 1, 1)
}

// kubectl, git and Graph have a pod's identity, each a token of its own. It serves as long as it lives, whatever becomes of
// what it was got with.
func TestFederatedCallers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	issuer := h.trustIssuer(podSubject, "ENTRALOGIN_LOGIN=workloadidentity")
	h.sim.Applications.Get(entratest.DaemonID).Assign("https://graph.microsoft.com", "User.Read.All")
	path := h.pod(issuer)
	h.env = append(h.env, "AZURE_FEDERATED_TOKEN_FILE="+path)
	entralogin := program(t)
	answers := func() (all []string) {
		for _, c := range []struct {
			in   string
			args []string
		}{
			{"", []string{"get-token", "--server-id", entratest.ServerID}},
			{"protocol=https\nhost=dev.azure.com\npath=contoso/app/_git/app\n\n", []string{"git-credential", "get"}},
			{"", []string{"graph", "get", "/users", "-o", "json"}},
			{"", []string{"account", "get-access-token", "--resource", "https://management.azure.com/", "-o", "json"}},
		} {
			r := h.feed(c.in, append([]string{entralogin}, c.args...)...)
			if r.cmd.ProcessState.ExitCode() != 0 || len(r.out.Bytes()) == 0 || len(r.err.Bytes()) != 0 {
				t.Fatalf("%v ends with %v: %s%s", c.args, r.cmd.ProcessState, r.out.Bytes(), r.err.Bytes())
			}
			all = append(all, string(r.out.Bytes()))
		}
		return all
	}
	first := answers()
	if n := h.sim.Requests("token"); n != 4 {
		t.Errorf("%d exchanges, not one for each resource", n)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	h.sim.ResetRequests()
	if again := answers(); !slices.Equal(first[:2], again[:2]) || h.sim.Requests("token") != 0 {
		t.Errorf("%d exchanges though the tokens are fresh", h.sim.Requests("token"))
	}
}

// A pod with identity bindings asks the proxy of its cluster, and nobody else.
func TestFederatedBindings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b, err := entratest.StartBindings(h.sim, entratest.NewFederatedIssuer(h.sim, ""), h.temp, entratest.DaemonID)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	h.env = append(h.env, b.Env...)
	h.sim.ResetRequests()
	r := h.call(program(t), "get-token", "--login", "workloadidentity", "--server-id", entratest.ServerID)
	if r.cmd.ProcessState.ExitCode() != 0 || h.sim.Requests("bindings") != 1 || h.sim.Requests("openid-configuration") != 0 {
		t.Errorf("%v, %d requests: %s", r.cmd.ProcessState, h.sim.Requests("bindings"), r.err.Bytes())
	}
	h.env = append(h.env, "AZURE_KUBERNETES_TOKEN_PROXY=")
	if r = h.call(program(t), "get-token", "--login", "workloadidentity", "--server-id", entratest.ServerID, "--force-refresh"); r.cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("without the proxy: %v, %s", r.cmd.ProcessState, r.err.Bytes())
	}
}

// What is refused says whose turn it is, with what the service compares.
func TestFederatedRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	issuer := h.trustIssuer(podSubject)
	assertion := issuer.Sign(entratest.Assertion{Subject: "system:serviceaccount:ci:other"})
	h.env = append(h.env, "JOB_TOKEN="+assertion)
	r := h.call(program(t), "get-token", "--assertion-env", "JOB_TOKEN", "--server-id", entratest.ServerID, "-vv")
	text := string(r.err.Bytes())
	for _, want := range []string{
		"entralogin: AADSTS700213: no federated credential of the application has the assertion's subject (sub).\n",
		"entralogin: The assertion has: iss " + issuer.URL + " | sub system:serviceaccount:ci:other | aud api://AzureADTokenExchange\n",
		"entralogin: The application owner's turn: compare iss, sub and aud with its federated credentials, to the letter: az ad app federated-credential list --id " + entratest.DaemonID + ". ",
		"entralogin: For support: correlation ID ",
		"the assertion comes from the variable JOB_TOKEN (--assertion-env)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	if code := r.cmd.ProcessState.ExitCode(); code != 5 || len(r.out.Bytes()) != 0 || strings.Contains(text, assertion[:40]) {
		t.Errorf("ends with %d: %s%s", code, r.out.Bytes(), text)
	}
}

// TestFederatedCanary is TestCanary for a job and a pod: no piece of an assertion, of the job's own token or of what it gets
// stands anywhere, also where the service or the issuer repeats it.
func TestFederatedCanary(t *testing.T) {
	t.Parallel()
	const homes = 6
	canaries := make([]*canary, homes)
	var wait sync.WaitGroup
	for i := range canaries {
		h := newHouse(t, "GODEBUG=http2debug=2", "GOTRACEBACK=crash")
		canaries[i] = &canary{house: h, hay: new(haystack)}
		issuer := h.trustIssuer(entratest.GitHubSubject)
		h.job(entratest.StartGitHub(h.sim, issuer))
		path := filepath.Join(t.TempDir(), "token") // what lies there the person has put there
		if err := os.WriteFile(path, []byte(issuer.Sign(entratest.Assertion{Subject: entratest.GitHubSubject})), 0o600); err != nil {
			t.Fatal(err)
		}
		wait.Go(func() { canaries[i].federated(i, homes, path) })
	}
	wait.Wait()
	runs, secrets := 0, 0
	for _, c := range canaries {
		c.search()
		runs, secrets = runs+c.runs, secrets+len(c.secrets)
	}
	if t.Logf("%d secrets, none in what %d programs left", secrets, runs); runs < 60 || secrets < 60 {
		t.Errorf("only %d programs and %d secrets: the test has lost its sense", runs, secrets)
	}
}

// federated meets this home's share of the faults, of the token service and of the job's own issuer.
func (c *canary) federated(share, shares int, path string) {
	v := verbosities()[share%3]
	ways := [][]string{{"--login", "githubactions"}, {"--assertion-file", path}, {"--assertion-command", "cat " + path}}
	call := func(way []string) {
		c.answer(slices.Concat([]string{"entralogin", "get-token", "--force-refresh", "--server-id", entratest.ServerID, v}, way)...)
	}
	for _, way := range ways {
		call(way)
		c.say("entralogin", "cache", "list", v)
	}
	issued := c.sim.Secrets()
	n := 0
	for _, f := range canaryFaults(issued[share%len(issued)]) {
		if f.endpoint != "token" || f.at != atRenewal {
			continue
		}
		for _, endpoint := range []string{"token", "github"} {
			if n++; n%shares != share {
				continue
			}
			c.sim.ClearFaults()
			c.sim.Fault(endpoint, f.fault)
			way := ways[0]
			if endpoint == "token" {
				way = ways[n%len(ways)]
			}
			call(way)
		}
	}
	c.sim.ClearFaults()
	c.sim.Fault("token", entratest.Fault{Delay: time.Minute})
	r := c.start("entralogin", "get-token", "--force-refresh", "--server-id", entratest.ServerID, "--assertion-command", "cat "+path)
	if !until(func() bool { return c.sim.Requests("token") > 0 }) {
		c.t.Error("nothing was sent")
	}
	if blob, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", r.cmd.Process.Pid)); err == nil {
		c.hay.add("command line", blob)
	}
	c.files()
	r.cmd.Process.Kill()
	r.cmd.Wait()
	c.note(r, r.out.Bytes())
}
