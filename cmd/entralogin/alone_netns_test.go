//go:build netns && linux

package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The tests of this file run in namespaces of their own, where the fixed addresses of Azure can be had:
//
//	go test -tags netns -run '^TestAlone' ./cmd/entralogin

// proxy is one that counts who comes to it.
func proxy(t *testing.T) (env []string, came *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	came = new(atomic.Int64)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			c.Close()
		}
	}()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		env = append(env, name+"=http://"+l.Addr().String())
	}
	return append(env, "NO_PROXY=", "no_proxy="), came
}

// A virtual machine's metadata service gives tokens to all that asks, and no proxy hears of it.
func TestAloneIMDS(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	if err := entratest.SetMetadata(entratest.MetadataHere); err != nil {
		t.Fatal(err)
	}
	h := living(t, "imds", func(s *entratest.Server) (*entratest.Machine, error) {
		return entratest.StartIMDS(s, entratest.IMDSAddress)
	})
	env, came := proxy(t)
	h.env = append(h.env, env...)
	h.checkFrontEnds(2) // with the probe
	if n := came.Load(); n > 0 {
		t.Errorf("%d connections to the proxy", n)
	}
}

// A machine that is not in Azure knows it by the limit of the probe, where packets get lost, and at once where there is no
// way or nobody listens.
func TestAloneNowhere(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	for what, says := range map[string]*regexp.Regexp{
		entratest.MetadataDropped:     regexp.MustCompile("no answer within 1s|nothing answered in time"), // of the probe, or of its connection
		entratest.MetadataUnreachable: regexp.MustCompile("no way leads there"),
		entratest.MetadataHere:        regexp.MustCompile("nothing listens there"),
	} {
		if err := entratest.SetMetadata(what); err != nil {
			t.Fatal(err)
		}
		h := tenant{newHouse(t, "ENTRALOGIN_LOGIN=msi"), "imds", built(t)}
		env, came := proxy(t)
		h.env = append(h.env, env...)
		code, out, said := h.call("", "get-token", "-vv", "--server-id", entratest.ServerID)
		if code != 6 || out != "" || !strings.Contains(said, "no managed identity here") || !says.MatchString(said) || !strings.Contains(said, "entralogin help machines") {
			t.Errorf("%s: exit %d, %s", what, code, said)
		}
		if n := strings.Count(said, "GET http://169.254.169.254/"); n != 1 || came.Load() > 0 {
			t.Errorf("%s: %d requests, %d to the proxy: %s", what, n, came.Load(), said)
		}
	}
}

// Whoever waited for one that found no managed identity hears of the same.
func TestAloneWaiters(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	if err := entratest.SetMetadata(entratest.MetadataDropped); err != nil {
		t.Fatal(err)
	}
	h := tenant{newHouse(t, "ENTRALOGIN_LOGIN=msi"), "imds", built(t)}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			code, _, said := h.call("", "get-token", "--server-id", entratest.ServerID)
			if code != 6 || !strings.Contains(said, "no managed identity here") || strings.Contains(said, "login.microsoftonline.com") || strings.Contains(said, h.sim.Host) {
				t.Errorf("exit %d, %s", code, said)
			}
		})
	}
	all.Wait()
}

// Azure Arc's agent is found by its variables and by its program, and its key is read from its folder.
func TestAloneArc(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	h := living(t, "arc", func(s *entratest.Server) (*entratest.Machine, error) {
		a, err := entratest.StartArc(s, entratest.ArcAddress, entratest.ArcKeys)
		if err != nil {
			return nil, err
		}
		return a.Machine, nil
	})
	h.checkFrontEnds(2) // with the one that names the key
	if err := entratest.PutArcAgent(); err != nil {
		t.Fatal(err)
	}
	h.env = slices.DeleteFunc(h.env, func(pair string) bool {
		return strings.HasPrefix(pair, "IDENTITY_") || strings.HasPrefix(pair, "IMDS_")
	})
	h.checkFrontEnds(2)
	(&canary{house: h.house, hay: new(haystack)}).searchAll("arc") // for the keys
}

// A folder of tokens that machines share has tokens of each: that of one is none of another's, not even where it would be
// handed out before anything is looked at.
func TestAloneShared(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	h := living(t, "appservice", entratest.StartAppService)
	call := []string{h.program, "account", "get-access-token", "--resource", "https://management.azure.com"}
	h.early("", call...) // gets a token
	h.early("", call...) // settles the question
	if _, early := h.early("", call...); !early || h.asked() != 1 {
		t.Fatalf("%d requests, early: %v", h.asked(), early)
	}
	other := filepath.Join(t.TempDir(), "machine-id")
	if err := os.WriteFile(other, []byte("0123456789abcdef0123456789abcdef\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "--bind", other, "/etc/machine-id").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, early := h.early("", call...); early || h.asked() != 2 {
		t.Errorf("another machine: %d requests, early: %v", h.asked(), early)
	}
}
