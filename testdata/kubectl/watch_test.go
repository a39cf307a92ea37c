//go:build unix

package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// life is that of a short token: so long that the rounding of times to seconds stays within the plugin's
// margin, a tenth of it.
const life = 10 * time.Second

// newShortLived is a home where somebody has signed in with tokens that end soon.
func newShortLived(t *testing.T, changes ...func(*user)) *home {
	t.Helper()
	h := newHome(t, changes...)
	h.sim.Set(func(s *entratest.Settings) { s.TokenLife, s.IDTokenLife = life, life })
	h.sim.AutoApprove(entratest.Alice, 0)
	return h
}

// A watch outlives the token that it began with: the cluster looks at it once. Nothing is asked for
// meanwhile.
func TestWatch(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newShortLived(t)
		c := h.newCluster(entratest.ServerID)
		c.put(configMap("first", ""))
		r := h.start(k, "get", "configmaps", "--watch", "--output", "name")
		r.stdout.Await(t, limit, "configmap/first\n")
		c.watching(t)
		started := time.Now()
		c.put(configMap("second", ""))
		r.stdout.Await(t, limit, "configmap/second\n")
		time.Sleep(time.Until(started.Add(life + time.Second)))
		c.put(configMap("third", ""))
		r.stdout.Await(t, limit, "configmap/third\n")
		r.cmd.Process.Kill()
		r.cmd.Wait()
		asked(t, r.stderr.String(), 1)
		h.ran(1, 1)
		h.requests(1, 1)
		c.oneToken(t)
	})
}

// A program that lists and watches again and again, past the end of a token, has the plugin run once for each
// token, before it ends, and not once for each request.
func TestWatchesOverTwoTokens(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		refusals := watchesOverTwoTokens(t, k)
		if refusals > 0 { // a machine that makes a pause at the wrong moment sends a token too late, but not twice
			t.Logf("%d requests refused; once more", refusals)
			refusals = watchesOverTwoTokens(t, k)
		}
		if refusals > 0 {
			t.Errorf("the cluster refused %d requests for their token", refusals)
		}
	})
}

func watchesOverTwoTokens(t *testing.T, k kubectl) (refusals int) {
	t.Helper()
	// A tenth of it, the plugin's margin, is more than the rounding of times to seconds brings into disorder.
	const life = 30 * time.Second
	h := newShortLived(t)
	h.sim.Set(func(s *entratest.Settings) { s.TokenLife = life })
	c := h.newCluster(entratest.ServerID)
	c.watchLife = 200 * time.Millisecond
	c.put(configMap("job", "begun"))
	r := h.start(k, "wait", "--for", "jsonpath={.data.value}=done", "configmap/job", "--timeout", "5m")
	c.watching(t)
	for end := time.Now().Add(life + 2*time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		c.put(configMap("job", "under way"))
	}
	c.put(configMap("job", "done"))
	stdout, stderr := h.succeeded(r)
	contains(t, stdout, "configmap/job condition met")
	asked(t, stderr, 1)
	tokens, refusals := c.used()
	watches := c.watches()
	if tokens < 2 || tokens > 3 || watches < 10*tokens { // 2, unless the machine is very slow
		t.Errorf("%d tokens were used for %d watches", tokens, watches)
	}
	h.ran(tokens, tokens+refusals)
	h.requests(1, -1)
	t.Logf("%d requests, %d refused, %d watches; %d tokens, %d runs of the plugin", len(c.log()), refusals, watches, tokens, len(h.runs()))
	return refusals
}

// watches is how many watches were asked for.
func (c *cluster) watches() int {
	n := 0
	for _, r := range c.log() {
		if strings.Contains(r.path, "watch=") {
			n++
		}
	}
	return n
}

// An ID token is renewed by its own end: here it ends soon, and the access token of the same sign-in does not.
func TestIDToken(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newShortLived(t, func(u *user) { u.Args = append(u.Args, "--token-kind", "id") })
		h.sim.Set(func(s *entratest.Settings) { s.TokenLife = time.Hour })
		c := h.newCluster(entratest.ClientID)
		_, stderr := h.succeed(k, "get", "configmaps")
		asked(t, stderr, 1)
		h.ran(1, 1)
		h.requests(1, 1)

		time.Sleep(life + time.Second)
		_, stderr = h.succeed(k, "get", "configmaps")
		asked(t, stderr, 0)
		h.requests(1, 2)
		tokens := map[any]bool{}
		for _, r := range c.log() {
			if r.status != http.StatusOK {
				t.Errorf("the cluster refused a token: %+v", r)
			}
			tokens[r.claims["iat"]] = true
			if r.claims["aud"] != entratest.ClientID || r.claims["scp"] != nil {
				t.Errorf("the cluster got another token than an ID token: %v", r.claims)
			}
		}
		if len(tokens) != 2 {
			t.Errorf("%d ID tokens were used, want 2", len(tokens))
		}
	})
}
