//go:build unix

package main

import (
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// releases is a place of releases on this machine.
type releases struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	leads  string // to where
	asked  []*http.Request
}

func (r *releases) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, req)
	if r.leads != "" {
		w.Header().Set("Location", r.leads)
	}
	w.WriteHeader(r.status)
}

func (r *releases) answer(status int, leads string) []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := r.asked
	r.status, r.leads, r.asked = status, leads, nil
	return asked
}

// TestUpgradeCheck asks for the newest release with one request, which says nothing of who asks, and follows nothing.
func TestUpgradeCheck(t *testing.T) {
	t.Parallel()
	r := new(releases)
	r.Server = httptest.NewTLSServer(r)
	t.Cleanup(r.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, "SSL_CERT_FILE="+ca)
	page := r.URL + "/o/r/releases/latest"
	for name, c := range map[string]struct {
		status int
		leads  string
		code   int
		said   string
	}{
		"a release":          {302, r.URL + "/o/r/releases/tag/v99.1.0", 0, "The newest release is v99.1.0: " + r.URL + "/o/r/releases/tag/v99.1.0\nTo upgrade: "},
		"a path":             {301, "/o/r/releases/tag/v99.1.0-rc.1", 0, "The newest release is v99.1.0-rc.1"},
		"none yet":           {302, r.URL + "/o/r/releases", 7, "there is no release yet."},
		"elsewhere":          {302, "https://127.0.0.1:9/o/r/releases/tag/v99.1.0", 7, "another place"},
		"in plain":           {302, strings.Replace(r.URL, "https", "http", 1) + "/o/r/releases/tag/v99.1.0", 7, "another place"},
		"another repository": {302, r.URL + "/o/other/releases/tag/v99.1.0", 7, "names no version"},
		"no version":         {302, r.URL + "/o/r/releases/tag/v99%1b[31m", 7, "names no version"},
		"a long one":         {302, r.URL + "/o/r/releases/tag/v1.0.0-" + strings.Repeat("a", 100), 7, "names no version"},
		"no address":         {302, "", 7, "names no version"},
		"no redirect":        {200, "", 7, "answered 200"},
		"not found":          {404, "", 7, "answered 404"},
		"down":               {503, "", 6, "answered 503"},
		"too often":          {429, "", 6, "answered 429"},
	} {
		r.answer(c.status, c.leads)
		call := h.call(program(t), "upgrade", "--check", "--releases", page)
		said := string(call.out.Bytes()) + string(call.err.Bytes())
		if code := call.cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(said, c.said) || strings.Contains(said, "\x1b") {
			t.Errorf("%s: exit code %d: %q", name, code, said)
		}
		asked := r.answer(0, "")
		if len(asked) != 1 {
			t.Errorf("%s: %d requests", name, len(asked))
		}
		for _, one := range asked {
			headers := slices.Sorted(maps.Keys(one.Header))
			if one.Method != "HEAD" || one.RequestURI != "/o/r/releases/latest" || !slices.Equal(headers, []string{"User-Agent"}) || one.UserAgent() != "entralogin" {
				t.Errorf("%s: %s %s %q", name, one.Method, one.RequestURI, one.Header)
			}
		}
	}

	r.answer(302, r.URL+"/o/r/releases/tag/v99.1.0")
	var got struct {
		Version, Installed, Path, Latest, Release, Upgrade string
		Newer                                              bool
	}
	call := h.call(program(t), "upgrade", "--check", "--releases", page, "-o", "json")
	if err := json.Unmarshal(call.out.Bytes(), &got); err != nil || got.Latest != "v99.1.0" || !got.Newer || got.Installed == "" || !filepath.IsAbs(got.Path) || got.Version == "" {
		t.Errorf("%v %+v", err, got)
	}
	if len(call.err.Bytes()) > 0 {
		t.Errorf("%q", call.err.Bytes())
	}

	r.answer(302, r.URL+"/o/r/releases/tag/v99.1.0")
	h.env = append(h.env, `KUBERNETES_EXEC_INFO={"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{}}`)
	call = h.call(program(t), "upgrade", "--check", "--releases", page)
	if code := call.cmd.ProcessState.ExitCode(); code != 2 || len(r.answer(0, "")) != 0 {
		t.Errorf("a kubeconfig ran it: exit code %d: %s", code, call.err.Bytes())
	}
}
