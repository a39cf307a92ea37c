//go:build unix

package azidentity

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The tests of this file have programs with the SDKs in them run by "entralogin exec", in a home where nobody has signed in
// and that has no az.

const vaultScope = "https://vault.azure.net/.default"

// asksVariable has the program of these tests be one that asks for a token: "managed SCOPE" or "default SCOPE".
const asksVariable = "TEST_ASKS"

// asks is that program. On standard output it says what those in JavaScript and Python do.
func asks(how string) {
	kind, scope, _ := strings.Cut(how, " ")
	token, err := func() (azcore.AccessToken, error) {
		if kind == "default" {
			c, err := azidentity.NewDefaultAzureCredential(nil)
			if err != nil {
				return azcore.AccessToken{}, err
			}
			return c.GetToken(context.Background(), scopes(scope))
		}
		c, err := azidentity.NewManagedIdentityCredential(nil)
		if err != nil {
			return azcore.AccessToken{}, err
		}
		return c.GetToken(context.Background(), scopes(scope))
	}()
	a := answer{Token: token.Token, Expires: float64(token.ExpiresOn.Unix())}
	if err != nil {
		a = answer{Error: fmt.Sprintf("%T", err), Message: err.Error()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(a); err != nil {
		os.Exit(1)
	}
}

// A customer is a program that asks for a token.
type customer struct {
	words []string
	env   string
	unit  time.Duration // of Expires
}

// customers are programs that ask for a scope, in each language.
func (w *world) customers(scope string) map[string]customer {
	w.Helper()
	own, err := os.Executable()
	if err != nil {
		w.Fatal(err)
	}
	script := func(path string) string {
		path, err := filepath.Abs(path)
		if err != nil {
			w.Fatal(err)
		}
		return path
	}
	node, python := w.node(), cmp.Or(os.Getenv("PYTHON"), "/usr/bin/python3")
	return map[string]customer{
		"Go":                  {[]string{own}, asksVariable + "=managed " + scope, time.Second},
		"Go, default":         {[]string{own}, asksVariable + "=default " + scope, time.Second},
		"JavaScript":          {[]string{node, script("../azidentity-js/machines.cjs"), "managed", scope}, "", time.Millisecond},
		"JavaScript, default": {[]string{node, script("../azidentity-js/developer.cjs"), "chain", scope}, "", time.Millisecond},
		"Python":              {[]string{python, script("machines.py"), scope}, "PYTHONWARNINGS=ignore", time.Second},
	}
}

// exec runs a program by entralogin exec, and returns its answer and what was said on standard error.
func (w *world) exec(c customer, flags ...string) (a answer, said string) {
	w.Helper()
	words := append(append([]string{"exec", "-v"}, flags...), "--")
	cmd := exec.Command(filepath.Join(bin, "entralogin"), append(words, c.words...)...)
	cmd.Dir, cmd.Env = w.dir, append(os.Environ(), "PATH=/usr/bin:/bin", "HOME="+w.dir)
	if c.env != "" {
		cmd.Env = append(cmd.Env, c.env)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		out = bytes.TrimSpace(out)
		err = json.Unmarshal(out[bytes.LastIndexByte(out, '\n')+1:], &a)
	}
	if err != nil {
		w.Fatalf("%q: %v\n%s\n%s", c.words, err, out, stderr.String())
	}
	w.clean(stderr.String() + a.Message)
	return a, stderr.String()
}

// Whichever SDK a program is made with, it gets a token of the person, who signs in once, before the first of them starts.
func TestExec(t *testing.T) {
	w := newWorld(t)
	w.sim.AutoApprove(entratest.Alice, 0)
	for name, c := range w.customers(armScope) {
		a, said := w.exec(c)
		if a.Error != "" {
			t.Fatalf("%s: %+v\n%s", name, a, said)
		}
		w.verify(azcore.AccessToken{Token: a.Token, ExpiresOn: time.Unix(0, 0).Add(time.Duration(a.Expires) * c.unit)}, "https://management.azure.com", entratest.TenantContoso)
		if n := strings.Count(said, "the program asked for https://management.azure.com, and got a token of "+entratest.Alice); n != 1 {
			t.Errorf("%s: %d requests\n%s", name, n, said)
		}
	}
	w.codes(1)
}

// What is not allowed is said at once, in words that the program shows, and not tried again. With the flag it is allowed.
func TestExecNotAllowed(t *testing.T) {
	w := newWorld(t)
	w.signIn(entratest.Alice)
	for name, c := range w.customers(vaultScope) {
		a, said := w.exec(c)
		if a.Token != "" || !strings.Contains(a.Message, "https://vault.azure.net is not allowed") || !strings.Contains(a.Message, "--allow https://vault.azure.net") {
			t.Errorf("%s: %+v", name, a)
		}
		if n := strings.Count(said, "which is not allowed"); n != 1 {
			t.Errorf("%s asked %d times\n%s", name, n, said)
		}
		if a, said := w.exec(c, "--allow", "https://vault.azure.net"); a.Token == "" {
			t.Errorf("%s, allowed: %+v\n%s", name, a, said)
		}
	}
	w.codes(1)
}

// A managed identity that is named where the program is at home is no reason to give it nothing.
func TestExecNamedIdentity(t *testing.T) {
	w := newWorld(t)
	w.signIn(entratest.Alice)
	w.Setenv("AZURE_CLIENT_ID", entratest.AssignedIdentity("deploy").ClientID)
	for name, c := range w.customers(armScope) {
		if a, said := w.exec(c); a.Token == "" || strings.HasSuffix(name, "default") && !strings.Contains(said, "as the managed identity "+entratest.AssignedIdentity("deploy").ClientID) {
			t.Errorf("%s: %+v\n%s", name, a, said)
		}
	}
}

// What is asked on this machine goes through no proxy: the key would go with it.
func TestExecBesideProxy(t *testing.T) {
	w := newWorld(t)
	w.signIn(entratest.Alice)
	var came atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		came.Add(1)
		http.Error(rw, "no", http.StatusForbidden)
	}))
	defer proxy.Close()
	w.Setenv("http_proxy", proxy.URL)
	w.Setenv("HTTP_PROXY", proxy.URL)
	for name, c := range w.customers(armScope) {
		if a, said := w.exec(c); a.Token == "" {
			t.Errorf("%s: %+v\n%s", name, a, said)
		}
	}
	if n := came.Load(); n != 0 {
		t.Errorf("%d requests came to the proxy", n)
	}
}

// Where nobody has signed in and nobody may be asked the program does not start.
func TestExecNobody(t *testing.T) {
	w := newWorld(t)
	w.Setenv("ENTRALOGIN_PROMPT", "never")
	code, stderr := w.run("entralogin", "exec", "--", "touch", w.path("started"))
	if _, err := os.Stat(w.path("started")); code != 4 || !errors.Is(err, os.ErrNotExist) || !strings.Contains(stderr, "entralogin login") {
		t.Errorf("%d, %v\n%s", code, err, stderr)
	}
}
