//go:build linux || darwin

package main

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// azHouse is a house whose settings say where Azure Resource Manager is.
type azHouse struct{ *house }

func newAzHouse(t *testing.T, env ...string) azHouse {
	t.Helper()
	h := newHouse(t, env...)
	file := filepath.Join(h.home, ".config", "entralogin", "config.yaml")
	config := strings.Replace(readDoc(t, file), "    graph: ", "    resource-manager: "+h.sim.URL+"\n    graph: ", 1) + "environment: AzurePublicCloud\n"
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return azHouse{h}
}

// loginWith are the words of an az login of the application with a secret.
func loginWith(secret string) []string {
	return []string{"az", "login", "--service-principal", "-u", entratest.DaemonID, "-p", secret, "-t", entratest.TenantContoso, "--allow-no-subscriptions"}
}

func (h azHouse) newSecret() string {
	return h.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
}

// must runs a program that has to end with a code, and returns what it answers.
func (h azHouse) must(code int, args ...string) string {
	h.t.Helper()
	r := h.call(args...)
	if got := r.cmd.ProcessState.ExitCode(); got != code {
		h.t.Fatalf("%q ends with %d: %s", args, got, r.err.Bytes())
	}
	return string(r.out.Bytes())
}

// holding are the files of the home folder that have a text.
func (h azHouse) holding(text string) (files []string) {
	h.t.Helper()
	err := filepath.WalkDir(h.home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), text) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return files
}

// TestAzLoginIdentity signs in as the identity of an App Service, and gets tokens without a request once there is one.
func TestAzLoginIdentity(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	place, err := entratest.StartAppService(h.sim)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(place.Close)
	h.env = append(h.env, place.Env...)
	h.must(1, "az", "login", "--identity", "--client-id", entratest.ClientID2, "--allow-no-subscriptions")
	out := h.must(0, "az", "login", "--identity", "--allow-no-subscriptions")
	for _, want := range []string{`"name": "systemAssignedIdentity"`, `"assignedIdentityInfo": "MSI"`, `"type": "servicePrincipal"`, `"tenantId": "` + entratest.TenantContoso} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not in %s", want, out)
		}
	}
	before := h.sim.Requests("appservice")
	token := findToken(h.must(0, "az", "account", "get-access-token", "--resource", "https://vault.azure.net"))
	if claims, err := h.sim.VerifyToken(token, "https://vault.azure.net"); err != nil || claims["azp"] != entratest.SystemIdentity().ClientID {
		t.Errorf("a token of %v, %v", claims, err)
	}
	h.must(0, "az", "account", "get-access-token", "--resource", "https://vault.azure.net")
	if n := h.sim.Requests("appservice") - before; n != 1 {
		t.Errorf("%d requests", n)
	}
	h.must(0, "az", "logout", "--username", "systemAssignedIdentity")
	h.must(1, "az", "account", "show")
	if files := h.holding("systemAssigned"); files != nil {
		t.Errorf("left in %q", files)
	}
}

// TestAzLoginAgain leaves the subscription that was chosen where the new login has it, too.
func TestAzLoginAgain(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	for _, name := range []string{"First", "Second"} {
		h.sim.AddSubscriptions(entratest.Subscription{ID: entratest.SubscriptionID(name), Name: name, State: "Enabled", Tenant: entratest.TenantContoso, Readers: []string{entratest.DaemonID}})
	}
	login := loginWith(h.newSecret())
	h.must(0, login...)
	h.must(0, "az", "account", "set", "-s", "Second")
	h.must(0, login...)
	if shown := h.must(0, "az", "account", "show", "--query", "name", "-o", "tsv"); shown != "Second\n" {
		t.Errorf("%q is the default", shown)
	}
}

// TestAzLoginStorm has the jobs of a machine with one home sign in at the same time.
func TestAzLoginStorm(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	secret := h.newSecret()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			r := h.call(loginWith(secret)...)
			if code := r.cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(string(r.out.Bytes()), entratest.DaemonID) {
				t.Errorf("exit %d: %s", code, r.err.Bytes())
			}
		})
	}
	all.Wait()
	if files := h.holding(secret); len(files) != 1 {
		t.Errorf("the secret is in %q", files)
	}
	h.must(0, "az", "account", "get-access-token", "--resource", "https://vault.azure.net")
}

// TestAzLoginKilled kills logins at random moments: the one before counts, or the new one, and the next leaves nothing of
// either behind.
func TestAzLoginKilled(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	secrets := []string{h.newSecret(), h.newSecret()}
	h.must(0, loginWith(secrets[0])...)
	span := 25 * time.Millisecond
	for killed, tries := 0, 0; killed < large(t, killsVariable, 24) && tries < 400; tries++ {
		h.sim.ResetRequests()
		r := h.start(loginWith(secrets[tries%2])...)
		for start := time.Now(); h.sim.Requests("token") == 0 && time.Since(start) < patience && rand.IntN(4) > 0; {
			time.Sleep(200 * time.Microsecond)
		}
		time.Sleep(rand.N(span))
		r.cmd.Process.Kill()
		r.cmd.Wait()
		if r.cmd.ProcessState.ExitCode() < 0 {
			killed, span = killed+1, span*11/10
		} else {
			span = max(span*9/10, time.Millisecond)
		}
		os.RemoveAll(filepath.Join(h.cache(), "tokens"))
		h.must(0, "az", "account", "get-access-token", "--resource", "https://vault.azure.net", "-o", "none")
	}
	h.must(0, loginWith(secrets[0])...)
	if first, second := h.holding(secrets[0]), h.holding(secrets[1]); len(first) != 1 || second != nil {
		t.Errorf("the secrets are in %q and %q", first, second)
	}
}

// TestAzLoginNowhere says that nothing can be kept, and answers nothing.
func TestAzLoginNowhere(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	if err := os.WriteFile(filepath.Join(h.home, ".cache"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h.sim.AutoApprove(entratest.Alice, 0)
	for _, login := range [][]string{loginWith(h.newSecret()), {"az", "login", "--allow-no-subscriptions"}} {
		r := h.call(login...)
		if r.cmd.ProcessState.ExitCode() != 1 || len(r.out.Bytes()) > 0 || !strings.Contains(string(r.err.Bytes()), ".cache can't be used: mkdir") {
			t.Errorf("%v: %s %s", r.cmd.ProcessState, r.out.Bytes(), r.err.Bytes())
		}
	}
}

// TestAzLoginUnkept keeps no token of a login that can't be kept, as on a full disk.
func TestAzLoginUnkept(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	if err := os.MkdirAll(h.cache(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.cache(), "azure"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h.must(1, loginWith(h.newSecret())...)
	for _, folder := range []string{"tokens", "subscriptions"} {
		if left, err := os.ReadDir(filepath.Join(h.cache(), folder)); len(left) > 0 {
			t.Errorf("%q is left of %s, %v", left, folder, err)
		}
	}
}

// TestAzLoginCanary has what az login was given in the one file that is for it, readable for the person alone, and in
// nothing that any program says.
func TestAzLoginCanary(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	issuer := h.trustIssuer("job")
	for kind, given := range map[string]string{"-p": h.newSecret(), "--federated-token": issuer.Sign(entratest.Assertion{Subject: "job", Life: time.Hour})} {
		login := loginWith("")
		login[5], login[6] = kind, given
		piece := given[len(given)/3 : len(given)/3*2]
		for _, call := range [][]string{append(login, "--debug"), append(login, "--bogus"), {"az", "account", "get-access-token", "--resource", "https://vault.azure.net", "--debug", "-o", "none"},
			{"az", "account", "show", "--debug"}, {"entralogin", "whoami", "-o", "json"}, {"entralogin", "account", "list", "-o", "json"}, {"entralogin", "cache", "list", "-o", "json"},
			{"entralogin", "status", "-o", "json"}, {"entralogin", "doctor", "--all", "-o", "json", "-vv"}} {
			r := h.call(call...)
			if said := string(r.out.Bytes()) + string(r.err.Bytes()); strings.Contains(said, piece) {
				t.Errorf("%q says it: %s", call[:3], said)
			}
		}
		files := h.holding(piece)
		if len(files) != 1 || filepath.Base(filepath.Dir(files[0])) != "azure" {
			t.Fatalf("it is in %q", files)
		}
		if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		h.must(0, "az", "logout")
		if files := h.holding(piece); files != nil {
			t.Errorf("after az logout it is in %q", files)
		}
	}
}

// TestAzSecretsUnsaid has no error say a secret that was given in a wrong way: a log may keep it.
func TestAzSecretsUnsaid(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	const secret = "top~secret"
	for _, words := range [][]string{{"login", "-p", secret + "\r"}, {"login", "--pass=" + secret + "\n"}, {"login", "--federated-token", secret + "\u200b"}, {"login", secret},
		{"rest", "--url", "https://127.0.0.1/?sig=" + secret + "\n"}, {"rest", "--url", "/x", "--headers", "Authorization=Bearer " + secret + "\r"}} {
		r := h.call(append([]string{"az"}, words...)...)
		if said := string(r.out.Bytes()) + string(r.err.Bytes()); strings.Contains(said, secret) || r.cmd.ProcessState.ExitCode() != 2 {
			t.Errorf("%q: %v, %s", words, r.cmd.ProcessState, said)
		}
	}
}

// TestAzLoginScopeless asks nobody for a scope that is the next flag, where --scope has no value.
func TestAzLoginScopeless(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	h.must(2, append(loginWith(h.newSecret()), "--scope", "-o", "none")...)
	if n := h.sim.Requests("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestAzRestLines takes JSON and queries of several lines.
func TestAzRestLines(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	h.must(0, loginWith(h.newSecret())...)
	got := h.must(0, "az", "rest", "--url", "/tenants", "--uri-parameters", "{\n\t\"api-version\": \"2022-12-01\"\r\n}", "--headers", "{\n\"X-A\": \"b\"}", "--body", "{\n}",
		"--query", "value[].{\n  id: tenantId\n}", "-o", "tsv")
	if got != entratest.TenantContoso+"\n" {
		t.Errorf("got %q", got)
	}
}

// TestAzRestUnknown says of a request without an answer that it may have been done, unless it only asked.
func TestAzRestUnknown(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	h.must(0, loginWith(h.newSecret())...)
	h.sim.Fault("*", entratest.Fault{Drop: true})
	for method, unknown := range map[string]bool{"get": false, "options": false, "post": true, "put": true, "patch": true, "delete": true} {
		r := h.call("az", "rest", "--url", "/tenants", "--method", method)
		said := string(r.err.Bytes())
		if strings.Contains(said, "Whether it did "+strings.ToUpper(method)+" /tenants is not known") != unknown || strings.Contains(said, "Nothing is lost") == unknown {
			t.Errorf("%s: %s", method, said)
		}
	}
}

// TestAzLoginEnded has an assertion leave the disk at the first call as az after its end.
func TestAzLoginEnded(t *testing.T) {
	t.Parallel()
	h := newAzHouse(t)
	given := h.trustIssuer("job").Sign(entratest.Assertion{Subject: "job", Life: time.Hour})
	login := loginWith("")
	login[5], login[6] = "--federated-token", given
	h.must(0, login...)
	files := h.holding(given)
	if len(files) != 1 {
		t.Fatalf("it is in %q", files)
	}
	h.must(0, "az", "account", "show", "-o", "none")
	if len(h.holding(given)) != 1 {
		t.Fatal("it is gone before its end")
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	past := []byte(`"until":"2020-01-01T00:00:00Z"`)
	ended := regexp.MustCompile(`"until":"[^"]*"`).ReplaceAll(content, past)
	if err := os.WriteFile(files[0], ended, 0o600); err != nil || !bytes.Contains(ended, past) {
		t.Fatalf("%s: %v", ended, err)
	}
	h.must(0, "az", "account", "show", "-o", "none")
	if len(h.holding(given)) > 0 {
		t.Error("it is still there")
	}
	h.must(0, "az", "account", "show", "-o", "none")
}

// TestAzLogoutUnreadable forgets the tokens of logins of which nobody can say any more what they were.
func TestAzLogoutUnreadable(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{{"az", "logout"}, {"az", "logout", "--username", "somebody"}, {"az", "account", "clear"}} {
		h := newAzHouse(t)
		secret := h.newSecret()
		h.must(0, loginWith(secret)...)
		if err := os.WriteFile(h.holding(secret)[0], []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		h.must(1, "az", "account", "show")
		h.must(0, command...)
		for _, folder := range []string{"azure", "tokens", "subscriptions"} {
			if left, err := os.ReadDir(filepath.Join(h.cache(), folder)); len(left) > 0 {
				t.Errorf("%q leaves %q of %s, %v", command, left, folder, err)
			}
		}
	}
}
