//go:build unix

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// javaScript runs token.cjs, whose libraries are in $AZCLI_MODULES, else in ../azcli-js/node_modules ("npm ci" there makes
// it).
func (w *world) javaScript(words ...string) (answer struct {
	got
	Subscriptions []string
}) {
	w.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		w.Fatal(err)
	}
	program, err := filepath.Abs("../azcli-js/token.cjs")
	if err != nil {
		w.Fatal(err)
	}
	modules, err := filepath.Abs(cmp.Or(os.Getenv("AZCLI_MODULES"), "../azcli-js/node_modules"))
	if err != nil {
		w.Fatal(err)
	}
	if _, err := os.Stat(modules); err != nil {
		w.Fatalf("%v: run \"npm ci\" in testdata/azcli-js", err)
	}
	stdout := w.must(append([]string{"env", "NODE_PATH=" + modules, fmt.Sprint("AZURE_HOSTS=", w.port), node, program}, words...)...)
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
		w.Fatalf("%v in %q", err, stdout)
	}
	w.clean(answer.Error)
	return answer
}

// Both libraries show what az says. The older one lists the subscriptions first.
func TestJavaScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager := w.hosts["management.azure.com"]
	w.hosts["management.azure.com"] = http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		if strings.HasSuffix(req.URL.Path, "/providers/Microsoft.Databricks/workspaces/one") {
			w.verify(bearer(req), armURL, entratest.TenantContoso)
			fmt.Fprint(rw, `{"properties":{"workspaceUrl":"adb-1.azuredatabricks.net"}}`)
			return
		}
		manager.ServeHTTP(rw, req)
	})
	for _, library := range []string{"ms-rest-nodeauth", "databricks-sdk"} {
		if a := w.javaScript(library); a.Token != "" || !strings.Contains(a.Error, setUp) {
			t.Errorf("%s, nobody: %+v", library, a)
		}
	}
	w.signIn(entratest.Alice)
	for _, named := range []string{"", entratest.SubscriptionID("Fabrikam Labs")} {
		a := w.javaScript("ms-rest-nodeauth", named)
		if left := time.Until(time.Unix(a.Expires, 0)); a.Error != "" || left < 30*time.Minute || left > 2*time.Hour {
			t.Errorf("ms-rest-nodeauth: %+v", a)
		}
		if want := cmp.Or(named, entratest.SubscriptionID("Contoso Production")); a.Subscription != want || !slices.Contains(a.Subscriptions, want) {
			t.Errorf("ms-rest-nodeauth: the subscription %s of %q", a.Subscription, a.Subscriptions)
		}
		w.verify(a.Token, "https://management.core.windows.net", entratest.TenantContoso)
	}
	for _, subscription := range []string{"", entratest.SubscriptionID("Contoso Production"), "00000000-1111-2222-3333-444444444444"} {
		a := w.javaScript("databricks-sdk", subscription)
		if a.Error != "" {
			t.Errorf("databricks-sdk: %+v", a)
		}
		w.verify(a.Token, databricks, entratest.TenantContoso)
		w.verify(a.Second, "https://management.core.windows.net", entratest.TenantContoso)
	}
}
