//go:build unix

package azidentity

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// answer is what the programs print that are in JavaScript and Python.
type answer struct {
	Token   string
	Tenants []string
	Expires float64
	Error   string
	Message string
}

// ask runs one of them with what its language needs.
func (w *world) ask(program string, args ...string) answer {
	w.Helper()
	return w.answer(exec.Command(program, args...))
}

// answer runs a command, and reads the last line of what it prints.
func (w *world) answer(cmd *exec.Cmd) (a answer) {
	w.Helper()
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err == nil {
		out = bytes.TrimSpace(out)
		err = json.Unmarshal(out[bytes.LastIndexByte(out, '\n')+1:], &a)
	}
	if err != nil {
		w.Fatalf("%s: %v\n%s", cmd.Path, err, out)
	}
	w.clean(a.Message)
	return a
}

// good checks an answer of somebody who has signed in. second is the unit of Expires.
func (w *world) good(a answer, second float64) {
	w.Helper()
	if a.Error != "" || !slices.Equal(a.Tenants, []string{entratest.TenantContoso}) {
		w.Errorf("%+v", a)
	}
	if left := time.Until(time.Unix(int64(a.Expires/second), 0)); left < 30*time.Minute || left > 2*time.Hour {
		w.Errorf("the token ends in %v", left)
	}
}

// javaScript runs tenants.cjs.
func (w *world) javaScript(args ...string) answer {
	w.Helper()
	w.Setenv("NODE_EXTRA_CA_CERTS", w.path("config/entralogin/ca.pem"))
	return w.ask(w.node(), append([]string{"../azidentity-js/tenants.cjs"}, args...)...)
}

// node is the program that runs JavaScript, which finds the SDK's packages from now on.
func (w *world) node() string {
	w.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		w.Fatal(err)
	}
	modules, err := filepath.Abs(cmp.Or(os.Getenv("NODE_MODULES"), "../azidentity-js/node_modules"))
	if err != nil {
		w.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "@azure", "identity")); err != nil {
		w.Fatalf("%v: run \"npm ci\" in testdata/azidentity-js", err)
	}
	w.Setenv("NODE_PATH", modules)
	return node
}

// The SDK for JavaScript: @azure/identity.
func TestJavaScript(t *testing.T) {
	w := newWorld(t)
	if a := w.javaScript(w.sim.URL, armScope); a.Error != "CredentialUnavailableError" {
		t.Errorf("%+v", a)
	} else {
		w.contains(a.Message, "Please run 'az login' from a command prompt")
	}
	w.codes(0)
	w.signIn(entratest.Alice)
	w.good(w.javaScript(w.sim.URL, armScope), 1000)
	w.good(w.javaScript(w.sim.URL, oldScope), 1000)
	w.good(w.javaScript(w.sim.URL, armScope, entratest.TenantContoso), 1000)
	w.sim.RevokeSessions(entratest.Alice)
	a := w.javaScript(w.sim.URL, "https://management.azure.com//.default")
	w.contains(a.Message, "AADSTS50173", "Run: entralogin login --scope https://management.azure.com//.default")
	w.codes(1)
}

// A subscription says to the SDK for JavaScript, too, which tenant is meant.
func TestJavaScriptSubscription(t *testing.T) {
	w := newWorld(t)
	w.subscriptions()
	w.signIn(entratest.Alice)
	w.good(w.javaScript(w.sim.URL, armScope, "", entratest.SubscriptionID("Contoso Production")), 1000)
	w.good(w.javaScript(w.sim.URL, armScope, "", "Contoso Production"), 1000)
	a := w.javaScript(w.sim.URL, armScope, "", "the first")
	w.contains(a.Message, "Subscription 'the first' not found. Check the spelling and casing and try again.")
}

// The SDK for Python: azure-identity.
func TestPython(t *testing.T) {
	w := newWorld(t)
	python, ca := cmp.Or(os.Getenv("PYTHON"), "/usr/bin/python3"), w.path("config/entralogin/ca.pem")
	if a := w.ask(python, "tenants.py", w.sim.URL, armScope, ca); a.Error != "CredentialUnavailableError" {
		t.Errorf("%+v", a)
	} else {
		w.contains(a.Message, "Please run 'az login' to set up an account")
	}
	w.codes(0)
	w.signIn(entratest.Alice)
	w.good(w.ask(python, "tenants.py", w.sim.URL, armScope, ca), 1)
	w.good(w.ask(python, "tenants.py", w.sim.URL, oldScope, ca), 1)
	for _, zone := range []string{"America/St_Johns", "CET-1CEST,M3.5.0,M10.5.0/3", "<+0530>-5:30", "UTC+3"} { // it reads local time
		t.Setenv("TZ", zone)
		w.good(w.ask(python, "tenants.py", w.sim.URL, armScope, ca), 1)
	}
	w.codes(1)
}
