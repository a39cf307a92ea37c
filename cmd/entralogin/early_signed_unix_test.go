//go:build linux || darwin

package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const arcCluster = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/arc"

// signedAnswer is an answer with a request for the cluster, which has to pass; it returns the request and its end.
func (h *house) signedAnswer(answer string) (request string, end time.Time) {
	h.t.Helper()
	var a struct {
		Status struct {
			Token string
			End   time.Time `json:"expirationTimestamp"`
		}
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		h.t.Fatalf("%v: %s", err, answer)
	}
	if _, err := entratest.VerifyProof(h.sim, a.Status.Token, arcCluster); err != nil {
		h.t.Errorf("%v: %s", err, answer)
	}
	return a.Status.Token, a.Status.End
}

// A warm call for a cluster of Azure Arc signs anew before anything large is initialised.
func TestEarlySigned(t *testing.T) {
	program := built(t)
	h := newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	call := func(wantEarly ...bool) (request string, end time.Time) {
		t.Helper()
		answer, early := h.earlyOf([]string{"net ", "net/http ", "crypto/x509 ", "crypto/tls ", "yaml", "k8s.io/client-go", "github.com/spf13/cobra"}, "", program, "get-token", "--server-id", entratest.ServerID, "--pop-enabled", "--pop-claims", "u="+arcCluster)
		if len(wantEarly) > 0 && early != wantEarly[0] {
			t.Errorf("early: %v", early)
		}
		return h.signedAnswer(answer)
	}
	call(false)
	call(false)
	h.sim.ResetRequests()
	seen := map[string]bool{}
	for range 3 {
		request, end := call(true)
		if left := time.Until(end); seen[request] || left < 13*time.Minute || left > 14*time.Minute {
			t.Errorf("the same request again, or it is good for %v", left)
		}
		seen[request] = true
	}
	now := time.Now().UTC() // the token ends before the request does
	end := regexp.MustCompile(`"expires":"[^"]*"(,"obtained":)"[^"]*"`)
	if err := changeTokens(h.cache(), func(file string) string {
		return end.ReplaceAllString(file, `"expires":"`+now.Add(10*time.Minute).Format(time.RFC3339)+`"$1"`+now.Add(-50*time.Minute).Format(time.RFC3339)+`"`)
	}); err != nil {
		t.Fatal(err)
	}
	if _, end := call(true); time.Until(end) > 9*time.Minute+time.Second {
		t.Errorf("the request is said to be good until %v", end)
	}
	if n := h.sim.Requests("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
	h.sim.Set(func(o *entratest.Settings) { o.RotateStrict = true })
	for name, change := range map[string]func(path string) error{
		"key is gone":      os.Remove,
		"key is open":      func(path string) error { return os.Chmod(path, 0o640) },
		"key is damaged":   func(path string) error { return os.WriteFile(path, []byte("{}"), 0o600) },
		"key is another's": func(path string) error { return otherKey(path) },
		"token is of another": func(string) error {
			return changeTokens(h.cache(), func(file string) string { return strings.Replace(file, `"kid":"`, `"kid":"x`, 1) })
		},
	} {
		t.Log(name)
		keys, err := filepath.Glob(filepath.Join(h.cache(), "keys", "*"))
		if err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		if err := change(keys[0]); err != nil {
			t.Fatal(err)
		}
		call(false)
		call() // the first one may have got the token, and this one settles the question
		call(true)
	}
	if n := h.sim.Requests("devicecode"); n != 0 {
		t.Errorf("%d sign-ins", n)
	}
}

// otherKey puts a key of another cache into the place of a key.
func otherKey(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.Replace(string(content), `"n":"`, `"n":"A`, 1)), 0o600)
}

// changeTokens changes what the token files say.
func changeTokens(cache string, change func(string) string) error {
	files, err := filepath.Glob(filepath.Join(cache, "tokens", "*"))
	for _, file := range files {
		content, failed := os.ReadFile(file)
		err = errors.Join(err, failed, os.WriteFile(file, []byte(change(string(content))), 0o600))
	}
	return err
}
