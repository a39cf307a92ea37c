//go:build linux || darwin

package main

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// tenant is a house on a machine that has managed identities.
type tenant struct {
	*house
	place   string // the name of the stand-in's route
	program string
}

// call runs a program with what it reads. Nothing of a secret is in what it says.
func (h tenant) call(in string, args ...string) (code int, out, said string) {
	h.t.Helper()
	r := h.feed(in, append([]string{h.program}, args...)...)
	out, said = string(r.out.Bytes()), string(r.err.Bytes())
	for _, secret := range h.sim.Secrets() {
		if strings.Contains(said, secret) {
			h.t.Errorf("%q says a secret: %s", args, said)
		}
	}
	return r.cmd.ProcessState.ExitCode(), out, said
}

// asked returns how many requests the place had.
func (h tenant) asked() int { return h.sim.Requests(h.place) }

// frontEnds are calls for a token, by who makes them, with the resource that it is for.
func frontEnds() map[string]struct {
	resource, in string
	args         []string
} {
	const devOps, arm = "499b84ac-1321-427f-aa17-267ca6975798", "https://management.azure.com"
	const git = "protocol=https\nhost=dev.azure.com\npath=contoso/p/_git/r\nusername=contoso\n" +
		"wwwauth[]=Bearer authorization_uri=https://login.microsoftonline.com/" + entratest.TenantContoso + "\n"
	return map[string]struct {
		resource, in string
		args         []string
	}{
		"kubectl": {entratest.ServerID, "", []string{"get-token", "-vv", "--server-id", entratest.ServerID}},
		"git":     {devOps, git, []string{"git-credential", "-vv", "get"}},
		"account": {arm, "", []string{"account", "get-access-token", "-vv", "--resource", arm}},
	}
}

// checkFrontEnds has each front end ask twice: the place is asked once, in as many requests as that takes.
func (h tenant) checkFrontEnds(requests int) {
	h.t.Helper()
	for name, call := range frontEnds() {
		h.sim.ClearFaults()
		for _, want := range []int{requests, 0} {
			before := h.asked()
			code, out, said := h.call(call.in, call.args...)
			token := findToken(out)
			if h.place == "cloudshell" && name == "kubectl" { // which has no tokens of clusters
				if code != 5 || out != "" || !strings.Contains(said, "does not know that resource") {
					h.t.Errorf("%s: exit %d: %s", name, code, said)
				}
				continue
			}
			claims, err := h.sim.VerifyToken(token, call.resource)
			who := claims["azp"] == entratest.SystemIdentity().ClientID || h.place == "cloudshell" && claims["preferred_username"] == entratest.Bob
			if code != 0 || err != nil || !who || h.asked()-before != want {
				h.t.Errorf("%s: exit %d, %d requests, a token of %v, %v: %s", name, code, h.asked()-before, claims, err, said)
			}
			if strings.Contains(said, "the machine's own identity is asked of") != (want > 0) {
				h.t.Errorf("%s: %s", name, said)
			}
		}
	}
	if code, _, said := h.call("", "graph", "get", "/users"); h.place != "cloudshell" && (code != 5 || !strings.Contains(said, "User.Read")) {
		h.t.Errorf("graph: exit %d: %s", code, said) // the identity has a token, and no permission
	}
	for endpoint, n := range map[string]int{"token": h.sim.Requests("token"), "devicecode": h.sim.Requests("devicecode")} {
		if n > 0 {
			h.t.Errorf("%d requests to %s", n, endpoint)
		}
	}
}

// findToken is the first JSON Web Token in a text.
func findToken(text string) string {
	_, text, _ = strings.Cut(text, "eyJ")
	end := strings.IndexFunc(text, func(r rune) bool {
		return r != '.' && r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	return "eyJ" + text[:max(end, 0)]
}

// living is a house in the environment of a machine. The proxies there lead nowhere.
func living(t *testing.T, place string, start func(*entratest.Server) (*entratest.Machine, error)) tenant {
	t.Helper()
	h := newHouse(t, "ENTRALOGIN_LOGIN=msi")
	m, err := start(h.sim)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	h.env = append(h.env, m.Env...)
	return tenant{h, place, built(t)}
}

// Each place in Azure gives tokens of its identity to all that asks for one, once for each resource, and nothing of what
// is secret there comes out.
func TestManaged(t *testing.T) {
	t.Parallel()
	for place, start := range map[string]func(*entratest.Server) (*entratest.Machine, error){
		"appservice": entratest.StartAppService, "azureml": entratest.StartAzureML, "servicefabric": entratest.StartServiceFabric,
		"cloudshell": func(s *entratest.Server) (*entratest.Machine, error) {
			return entratest.StartCloudShell(s, entratest.Bob)
		},
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			h := living(t, place, start)
			h.checkFrontEnds(1)
			resource := []string{h.program, "account", "get-access-token", "--resource", "https://management.azure.com"}
			h.house.early("", resource...)
			if _, early := h.house.early("", resource...); early != (runtime.GOOS == "linux") {
				t.Errorf("a warm call is answered early: %v", early)
			}
		})
	}
}

// Many that ask at once make one request.
func TestManagedOnce(t *testing.T) {
	t.Parallel()
	h := living(t, "appservice", entratest.StartAppService)
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if code, out, said := h.call("", "get-token", "--server-id", entratest.ServerID); code != 0 || out == "" {
				t.Errorf("exit %d: %s", code, said)
			}
		})
	}
	all.Wait()
	if n := h.asked(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// What goes wrong has its exit code, a next step, and nothing secret in it, however much is to be said.
func TestManagedFails(t *testing.T) {
	t.Parallel()
	h := living(t, "appservice", entratest.StartAppService)
	for name, c := range map[string]struct {
		fault entratest.Fault
		args  []string
		code  int
		says  string
	}{
		"another's":   {entratest.Fault{}, []string{"--client-id", entratest.AssignedIdentity("other").ClientID}, 5, "az vm identity assign"},
		"no resource": {entratest.Fault{}, []string{"--server-id", "22222222-2222-2222-2222-222222222222"}, 5, "does not know that resource"},
		"refused":     {entratest.Fault{Status: 401}, nil, 5, "unset them"},
		"a page":      {entratest.Fault{Body: "<html>"}, nil, 7, ""},
		"redirected":  {entratest.Fault{Redirect: "https://evil.example/"}, nil, 7, "evil.example"},
		"much":        {entratest.Fault{Stream: 64 << 20}, nil, 7, "64 KiB"},
		"dropped":     {entratest.Fault{Drop: true}, nil, 6, "IDENTITY_ENDPOINT names it"},
		"a new line":  {entratest.Fault{Rewrite: func(o map[string]any) { o["access_token"] = "a\nb" }}, nil, 7, "malformed"},
		"an ID token": {entratest.Fault{}, []string{"--token-kind", "id"}, 3, "no ID token"},
	} {
		h.sim.ClearFaults()
		h.sim.Fault("appservice", c.fault)
		args := c.args
		if name != "no resource" {
			args = append(args, "--server-id", entratest.ServerID)
		}
		code, out, said := h.call("", append([]string{"get-token", "-vv"}, args...)...)
		if code != c.code || out != "" || !strings.Contains(said, c.says) {
			t.Errorf("%s: exit %d, %q: %s", name, code, out, said)
		}
		for line := range strings.Lines(said) {
			if !strings.HasPrefix(line, "entralogin: ") {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}
