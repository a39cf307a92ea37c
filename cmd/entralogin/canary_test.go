//go:build unix

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Where a fault of canaryFaults begins.
const (
	atSignIn  = "sign-in"
	atRenewal = "renewal"
)

type canaryFault struct {
	at       string
	endpoint string
	fault    entratest.Fault
}

// canaryFaults is what a service, or whoever sits in its place, may answer with a secret that it knows.
func canaryFaults(secret string) []canaryFault {
	body := func(text string) entratest.Fault {
		return entratest.Fault{Body: strings.ReplaceAll(text, "SECRET", secret)}
	}
	refusal := func(status int, text string) entratest.Fault {
		f := body(text)
		f.Status = status
		return f
	}
	field := func(name string, value any) entratest.Fault {
		return entratest.Fault{Rewrite: func(answer map[string]any) { answer[name] = value }}
	}
	spoil := func(name, addition string) entratest.Fault {
		return entratest.Fault{Rewrite: func(answer map[string]any) { answer[name] = fmt.Sprint(answer[name], addition) }}
	}
	token := []entratest.Fault{
		body("<html>SECRET</html>"), body(`{"access_token":"SECRET","refresh_token":SECRET`), body(`["SECRET"]`), body("SECRET"),
		{Truncate: true}, {Drop: true, Times: 3}, {DropAfterGrant: true, Times: 3}, {Status: 503, RetryAfter: "1", Times: 3},
		refusal(503, "SECRET"), refusal(500, `{"error":"SECRET"}`), refusal(400, `{"error":"SECRET","error_description":"SECRET"}`),
		refusal(400, `{"error":"invalid_request","error_description":"AADSTS900144: the token SECRET is none","suberror":"SECRET","correlation_id":"SECRET"}`),
		refusal(400, `{"error":"invalid_grant","error_description":"AADSTS70000: refresh_token=SECRET","claims":"SECRET"}`),
		refusal(400, `{"error":"interaction_required","error_description":"SECRET","claims":"{\"access_token\":{\"SECRET\":null}}"}`),
		{Redirect: "https://evil.example/?code=" + secret}, {Redirect: "https://" + secret + ".example/", Status: 307},
		field("token_type", secret), field("token_type", "MAC"), field("expires_in", secret), field("scope", secret),
		field("client_info", secret), field("id_token", "eyJ."+secret), field("id_token", nil), field("access_token", secret+"\n"+secret),
		spoil("access_token", "\nx"), spoil("id_token", ".x"), spoil("refresh_token", "\x1b[0m"), field("error", secret),
		{Header: map[string]string{"x-ms-request-id": secret, "Retry-After": secret, "Date": secret, "WWW-Authenticate": secret}, Status: 429},
	}
	code := []entratest.Fault{
		body("<html>SECRET</html>"), body(`{"device_code":"SECRET`), spoil("device_code", "\nx"), field("interval", secret),
		field("message", secret), field("verification_uri", "https://evil.example/"+secret), refusal(400, `{"error":"SECRET"}`), {Truncate: true},
	}
	profile := []entratest.Fault{
		{Status: 401, Header: map[string]string{"WWW-Authenticate": `Bearer error="invalid_token", error_description="` + secret + `"`}},
		{Status: 401, Header: map[string]string{"WWW-Authenticate": `Bearer error="insufficient_claims", claims="` + secret + `"`}},
		refusal(403, `{"error":{"code":"SECRET","message":"Bearer SECRET","innerError":{"request-id":"SECRET"}}}`), refusal(404, `{"error":{"message":"SECRET"}}`),
		body("<html>SECRET</html>"), {Redirect: "https://evil.example/" + secret}, {Truncate: true}, {Status: 429, RetryAfter: secret, Times: 2},
	}
	var all []canaryFault
	for i, f := range token {
		all = append(all, canaryFault{atRenewal, "token", f})
		if i%2 == 1 {
			all = append(all, canaryFault{atSignIn, "token", f})
		}
	}
	for _, f := range code {
		all = append(all, canaryFault{atSignIn, "devicecode", f})
	}
	for _, f := range profile {
		all = append(all, canaryFault{atRenewal, "me", f}, canaryFault{atRenewal, "manager", f})
	}
	for _, text := range []string{"<html>SECRET</html>", `{"issuer":"SECRET","token_endpoint":"https://evil.example/SECRET"}`} {
		all = append(all, canaryFault{atSignIn, "openid-configuration", body(text)})
	}
	return all
}

// canary is one simulator with its home, and what programs have said there. Each is its own program's only user.
type canary struct {
	*house
	hay     *haystack
	secrets []string
	runs    int
}

// canaryVariable says at how many of the three verbosities TestCanary meets each fault: "ENTRALOGIN_CANARY=3".
const canaryVariable = "ENTRALOGIN_CANARY"

// verbosities are the flags for each.
func verbosities() []string { return []string{"--verbose=0", "-v", "-vv"} }

// TestCanary runs every command at every verbosity, and under every fault those that ask the service, with
// the runtime's own talkativeness turned on, and looks for each secret that the simulator issued, or that the
// faults hand out: in what programs say, in command lines and environments, and in all files but the cache.
func TestCanary(t *testing.T) {
	t.Parallel()
	const homes = 24 // side by side: a sign-in is a second of waiting
	turns := large(t, canaryVariable, 1)
	canaries := make([]*canary, homes)
	var wait sync.WaitGroup
	for i := range canaries {
		h := newHouse(t, "GODEBUG=http2debug=2", "GOTRACEBACK=crash")
		canaries[i] = &canary{house: h, hay: new(haystack)}
		wait.Go(func() { canaries[i].live(i, homes, turns) })
	}
	wait.Wait()
	runs, secrets, bytes := 0, 0, 0
	for _, c := range canaries {
		c.search()
		runs, secrets, bytes = runs+c.runs, secrets+len(c.secrets), bytes+c.hay.bytes
	}
	t.Logf("%d secrets, none in the %d bytes that %d programs left", secrets, bytes, runs)
	if runs < 300*turns || secrets < 400*turns {
		t.Errorf("only %d programs and %d secrets: the test has lost its sense", runs, secrets)
	}
}

// live takes this home's share of the faults. An ordinary day comes first, at least its morning, which gives
// it secrets.
func (c *canary) live(share, shares, turns int) {
	c.sim.AutoApprove(entratest.Alice, 0)
	verbosity := verbosities()[share%3]
	c.morning(verbosity)
	if share < 3 {
		c.day(verbosity)
	}
	issued := c.sim.Secrets()
	if len(issued) == 0 {
		c.t.Error("no secret was issued")
		return
	}
	faults := canaryFaults(issued[share%len(issued)])
	for i := share; i < len(faults)*turns; i += shares {
		nth, turn := i/turns, i%turns
		c.meet(faults[nth], verbosities()[(nth+turn)%3])
	}
	c.quit(verbosity)
}

// morning signs in.
func (c *canary) morning(v string) {
	c.say("entralogin", "login", v)
	c.answer("entralogin", "get-token", "--server-id", entratest.ServerID, v)
	c.answer("entralogin", "get-token", "--token-kind", "id", v)
}

// day runs each command once, as on a day without faults.
func (c *canary) day(v string) {
	for _, format := range []string{"table", "json", "yaml"} {
		c.say("entralogin", "graph", "me", "--manager", "-o", format, v)
	}
	for _, words := range []string{"cache list", "cache list -o json", "cache path", "version", "help", "help config", "get-token --help",
		"get-token", "get-token --exec-info missing", "login --tenant-id ../x", "nonsense", "logout --account nobody@contoso.example",
		"get-token --client-id " + entratest.ClientID2 + " --prompt never --server-id " + entratest.ServerID,
		"artifacts npm https://pkgs.dev.azure.com/contoso --tenant-id " + entratest.TenantContoso, "artifacts npm --remove"} {
		c.say(append(append([]string{"entralogin"}, strings.Fields(words)...), v)...)
	}
	c.say("entralogin", "logout", v)
	c.say("entralogin", "cache", "clear", v)
}

// meet signs in, lets the fault begin where it is to begin, and runs what asks the service.
func (c *canary) meet(f canaryFault, v string) {
	c.sim.ClearFaults()
	c.say("entralogin", "cache", "clear", v)
	if f.at == atRenewal {
		c.say("entralogin", "login", v)
	}
	c.sim.Fault(f.endpoint, f.fault)
	limit := "--prompt-timeout=1500ms"
	if f.endpoint == "token" || f.at == atSignIn {
		c.answer("entralogin", "get-token", "--server-id", entratest.ServerID, limit, v)
		c.answer("entralogin", "get-token", "--token-kind", "id", "--prompt=never", v)
	}
	if f.at == atSignIn {
		c.say("entralogin", "login", limit, v)
		return
	}
	c.say("entralogin", "graph", "me", "--manager", "--prompt=never", v)
	c.say("entralogin", "cache", "list", v)
}

// quit has the runtime print all its stacks at a prompt, in a process that has read a session.
func (c *canary) quit(v string) {
	c.sim.ClearFaults()
	c.say("entralogin", "cache", "clear", v)
	c.say("entralogin", "login", v)
	c.sim.AutoApprove("", 0)
	c.sim.RevokeSessions(entratest.Alice)
	r := c.start("entralogin", "get-token", "--server-id", entratest.ServerID, v)
	r.prompted(c.t)
	for _, name := range []string{"cmdline", "environ"} {
		// Not everybody may read these, and not every system has them.
		if blob, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", r.cmd.Process.Pid, name)); err == nil {
			c.hay.add(name+" at the prompt", blob)
		}
	}
	c.files()
	r.cmd.Process.Signal(syscall.SIGQUIT)
	r.cmd.Wait()
	if !bytes.Contains(r.err.Bytes(), []byte("goroutine ")) {
		c.t.Errorf("SIGQUIT brought no stacks: %s", r.err.Bytes())
	}
	c.note(r, r.out.Bytes())
}

// say runs a program in whose output no secret belongs.
func (c *canary) say(args ...string) { r := c.finish(args); c.note(r, r.out.Bytes()) }

// answer runs get-token, whose answer holds one token: it may stand there and nowhere else.
func (c *canary) answer(args ...string) {
	r := c.finish(args)
	out := r.out.Bytes()
	var credential struct {
		Status struct{ Token string }
	}
	if json.Unmarshal(out, &credential) == nil && credential.Status.Token != "" {
		out = bytes.Replace(out, []byte(`"`+credential.Status.Token+`"`), []byte(`""`), 1)
	}
	c.note(r, out)
}

func (c *canary) finish(args []string) *run {
	r := c.start(args...)
	limit := time.AfterFunc(patience, func() { c.t.Errorf("%v takes %v", args, patience); r.cmd.Process.Kill() })
	defer limit.Stop()
	r.cmd.Wait()
	if stderr := r.err.Bytes(); bytes.Contains(stderr, []byte("goroutine ")) {
		c.t.Errorf("%v: %s", args, stderr)
	}
	return r
}

// note keeps what a program left for the search. A user code may stand in the prompt alone.
func (c *canary) note(r *run, stdout []byte) {
	c.runs++
	name := strings.Join(r.cmd.Args, " ")
	stderr := r.err.Bytes()
	c.hay.add(name+": standard error", stderr)
	c.hay.add(name+": standard output", stdout)
	for _, shown := range shownCode.FindAllSubmatch(stderr, -1) {
		rest := shownCode.ReplaceAll(stderr, nil)
		if bytes.Contains(rest, shown[1]) || bytes.Contains(stdout, shown[1]) {
			c.t.Errorf("%s: the user code stands outside of the prompt: %s", name, stderr)
		}
	}
	if r.cmd.ProcessState.Sys().(syscall.WaitStatus).CoreDump() {
		c.t.Errorf("%s: wrote a core", name)
	}
}

// files looks into everything that lies outside of the cache folder: the home, the temporary folder, the
// current one.
func (c *canary) files() {
	err := filepath.WalkDir(c.dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == c.cache():
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		blob, err := os.ReadFile(path)
		c.hay.add("file "+path, blob)
		return err
	})
	if err != nil {
		c.t.Error(err)
	}
}

func (c *canary) search() {
	c.files()
	c.secrets = append(c.secrets, c.sim.Secrets()...)
	told := map[string]bool{}
	for _, secret := range c.secrets {
		if where := c.hay.holds(secret); where != "" && !told[where] {
			told[where] = true
			c.t.Errorf("a secret of %d bytes in %s", len(secret), where)
		}
	}
}

// never are the secrets so far that nothing may keep: all but tokens for resources.
func (c *canary) never() []string {
	return slices.DeleteFunc(append(slices.Clone(c.secrets), c.sim.Secrets()...), func(secret string) bool {
		claims, err := c.sim.VerifyToken(secret, "")
		return err == nil && claims["aud"] != entratest.ExchangeAudience
	})
}

// searchAll looks through all that was said, and through all files: those of the cache, too.
func (c *canary) searchAll(name string) {
	cached := map[string]*haystack{}
	err := filepath.WalkDir(c.cache(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		folder := filepath.Base(filepath.Dir(path))
		blob, err := os.ReadFile(path)
		cached[folder] = cmp.Or(cached[folder], new(haystack))
		cached[folder].add(path, blob)
		var key struct{ JWK struct{ D string } }
		if folder == "keys" && json.Unmarshal(blob, &key) == nil {
			c.secrets = append(c.secrets, key.JWK.D)
		}
		return err
	})
	if err != nil || cached["tokens"] == nil {
		c.t.Errorf("%s: no tokens: %v", name, err)
	}
	own := len(c.secrets)
	never := c.never()
	c.search()
	for folder, hay := range cached {
		mayNot := c.secrets
		switch folder {
		case "tokens":
			mayNot = never
		case "keys":
			mayNot = c.secrets[own:]
		}
		for _, secret := range mayNot {
			if folder == "tokens" && strings.Count(secret, ".") == 2 { // the signature: tokens begin alike, whosever they are
				secret = secret[strings.LastIndex(secret, ".")+1:]
			}
			if where := hay.holds(secret); where != "" {
				c.t.Errorf("%s: a secret of %d bytes in %s", name, len(secret), where)
			}
		}
	}
}

// TestCanaryProxy gives a proxy whose URL holds a password: one that leads to the service, one that is not
// there, one that refuses.
func TestCanaryProxy(t *testing.T) {
	t.Parallel()
	const password = "proxy-password-3f7c1e9b5d2a"
	sim, err := entratest.Start(entratest.WithProxy())
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	sim.Set(func(o *entratest.Settings) { o.Interval = time.Second })
	sim.AutoApprove(entratest.Alice, 0)
	through := strings.Replace(sim.ProxyURL, "http://", "http://alice:"+password+"@", 1)
	hay := new(haystack)
	for name, test := range map[string]struct{ proxy, host string }{
		"leads there":  {through, "login.microsoftonline.com"},
		"refuses":      {through, "login.example.net"},
		"is not there": {"http://alice:" + password + "@127.0.0.1:1", "login.microsoftonline.com"},
		"is no URL":    {"http://alice:" + password + "@127.0.0.1:port", "login.microsoftonline.com"},
	} {
		h := newHouse(t, "HTTPS_PROXY="+test.proxy, "https_proxy="+test.proxy)
		config := filepath.Join(h.home, ".config", "entralogin")
		text := fmt.Sprintf("authorities:\n  - host: %s\n    ca-file: ca.pem\nauthority-host: https://%s\ntenant-id: %s\nclient-id: %s\n",
			test.host, test.host, entratest.TenantContoso, entratest.ClientID)
		if err := os.WriteFile(filepath.Join(config, "ca.pem"), sim.CertPEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(config, "config.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := h.call("entralogin", "login", "-vv", "--prompt-timeout=5s")
		hay.add(name+": standard error", r.err.Bytes())
		hay.add(name+": standard output", r.out.Bytes())
		// The simulator names its own address in what it says of itself: that is refused, but it is an answer.
		if answered := bytes.Contains(r.err.Bytes(), []byte(": 200 in ")); answered != (name == "leads there") {
			t.Errorf("a proxy that %s: %v, %s", name, r.cmd.ProcessState, r.err.Bytes())
		}
	}
	for _, secret := range append(sim.Secrets(), password, "alice:"+password) {
		if where := hay.holds(secret); where != "" {
			t.Errorf("a secret of %d bytes in %s", len(secret), where)
		}
	}
}
