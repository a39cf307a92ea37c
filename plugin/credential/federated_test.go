//go:build unix

package credential

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
)

const subject = "repo:contoso/app:environment:production"

// trust is a simulator whose application trusts an issuer.
type trust struct {
	t         *testing.T
	sim       *entratest.Server
	issuer    *entratest.FederatedIssuer
	dir       string
	env       map[string]string
	explained []string
	paused    []time.Duration // between requests
}

func newTrust(t *testing.T) *trust {
	t.Helper()
	s := &trust{t: t, sim: entratest.NewServer(), dir: t.TempDir(), env: map[string]string{"AZURE_TENANT_ID": entratest.TenantContoso, "AZURE_CLIENT_ID": entratest.DaemonID}}
	t.Cleanup(s.sim.Close)
	s.issuer = entratest.NewFederatedIssuer(s.sim, "")
	s.accept(subject)
	s.write("ca.pem", string(s.sim.CertPEM()))
	return s
}

// accept gives the application a federated credential.
func (s *trust) accept(subject string) {
	s.sim.Applications.Get(entratest.DaemonID).AddFederated(entratest.FederatedCredential{Issuer: s.issuer.URL, Subject: subject})
}

// write makes a file and returns its path.
func (s *trust) write(name, content string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// call settles a call with flags: name, value, and so on.
func (s *trust) call(flags ...string) Call {
	s.t.Helper()
	getenv := func(name string) string { return s.env[name] }
	given := map[string]string{config.AuthorityHost: s.sim.Host}
	for i := 0; i < len(flags); i += 2 {
		given[flags[i]] = flags[i+1]
	}
	file := &config.File{Authorities: []config.Trusted{{Host: s.sim.Host, CAFile: filepath.Join(s.dir, "ca.pem")}}}
	target, err := config.Source{Getenv: getenv, File: file}.Resolve(config.Call{Flags: config.Flags(given)})
	if err != nil {
		s.t.Fatal(err)
	}
	target.Request.Scopes = []string{entratest.ServerID + "/.default"}
	return Call{Target: target, Service: &entra.Service{Authority: target.Authority}, Getenv: getenv,
		Environ: func() ([]string, error) { return []string{"PATH=/usr/bin:/bin"}, nil },
		Explain: func(line string) { s.explained = append(s.explained, line) }, roots: s.sim.CertPool(),
		sleep: func(_ context.Context, d time.Duration) error { s.paused = append(s.paused, d); return nil }}
}

// token makes a call.
func token(t *testing.T, c Call) (cache.Token, error) {
	t.Helper()
	source, err := c.Source()
	if err != nil {
		t.Fatal(err)
	}
	g, err := source.Token(t.Context(), c.Target.Request, cache.Session{})
	return g.Token, err
}

// good makes a call and checks its token.
func (s *trust) good(c Call) {
	s.t.Helper()
	got, err := token(s.t, c)
	if err != nil {
		s.t.Fatal(err)
	}
	claims, err := s.sim.VerifyToken(got.Value.Reveal(), entratest.ServerID)
	if err != nil || claims["azp"] != entratest.DaemonID && claims["appid"] != entratest.DaemonID {
		s.t.Errorf("%v, %v", claims, err)
	}
}

// refused makes a call that ends before the service is asked for a token: in words, without any part of an assertion.
func (s *trust) refused(c Call, class failure.Class, words ...string) {
	s.t.Helper()
	s.sim.ResetRequests()
	_, err := token(s.t, c)
	if err == nil || failure.Of(err) != class || s.sim.Requests("token") != 0 {
		s.t.Errorf("%q, not %q: %v, %d requests", failure.Of(err), class, err, s.sim.Requests("token"))
		return
	}
	said := err.Error()
	if unfit, ok := errors.AsType[*plugin.MachineError](err); ok {
		if said += " " + unfit.Hint; unfit.Hint == "" {
			s.t.Errorf("nothing says what to do: %v", err)
		}
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			s.t.Errorf("%q is missing in %q", w, said)
		}
	}
	s.quiet(said)
}

// quiet holds that nothing was said of a secret, or of a part of one.
func (s *trust) quiet(said ...string) {
	s.t.Helper()
	all := strings.Join(append(said, s.explained...), "\n")
	for _, secret := range s.sim.Secrets() {
		for part := range strings.SplitSeq(secret, ".") {
			if len(part) > 16 && strings.Contains(all, part) {
				s.t.Errorf("a secret stands in %q", all)
			}
		}
	}
}

// Each exchange has the assertion of its moment, from wherever it comes.
func TestAssertions(t *testing.T) {
	s := newTrust(t)
	path := s.write("token", "")
	s.env["ENTRALOGIN_RUNNING"] = ""
	for name, c := range map[string]Call{
		"file":             s.call(config.AssertionFile, path),
		"variable":         s.call(config.AssertionEnv, "JOB_TOKEN"),
		"program":          s.call(config.AssertionCommand, "cat '"+path+"'"),
		"pod":              s.call(config.Login, "workloadidentity", config.AssertionFile, path),
		"file, said twice": s.call(config.Login, "federated", config.AssertionFile, path),
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			for range 2 {
				assertion := s.issuer.Sign(entratest.Assertion{Subject: subject})
				s.write("token", "\n "+assertion+"\r\n")
				s.env["JOB_TOKEN"] = assertion
				s.sim.ResetRequests()
				s.good(c)
				if n := s.sim.Requests("token"); n != 1 {
					t.Errorf("%d requests for one token", n)
				}
			}
			s.write("token", "none any more")
			s.env["JOB_TOKEN"] = "none any more"
			s.refused(c, failure.Config, "is no JSON Web Token")
		})
	}
	if !slices.ContainsFunc(s.explained, func(line string) bool { return strings.Contains(line, path) }) {
		t.Errorf("-v does not say where the assertion comes from: %q", s.explained)
	}
}

// What is no assertion stays here, and nothing of it is said.
func TestReadAssertion(t *testing.T) {
	s := newTrust(t)
	sign := func(claims map[string]any) string {
		return s.issuer.Sign(entratest.Assertion{Subject: subject, Claims: claims})
	}
	good := sign(nil)
	parts := strings.Split(good, ".")
	payload := func(text string) string {
		return parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + parts[2]
	}
	for name, c := range map[string]struct{ content, want string }{
		"as it is":           {good, ""},
		"in blanks":          {"\n\t " + good + " \r\n", ""},
		"for several":        {sign(map[string]any{"aud": []string{"a", "b"}}), ""},
		"without an end":     {sign(map[string]any{"exp": nil}), ""},
		"nothing":            {" \n", "is empty"},
		"too large":          {good + strings.Repeat("A", longestAssertion), "larger than 64 KiB"},
		"the largest":        {payload(`{"iss":"i","sub":"s","aud":"a"}`) + strings.Repeat("A", 48<<10), ""},
		"a password":         {"hunter2-hunter2-hunter2", "no JSON Web Token"},
		"two parts":          {parts[0] + "." + parts[1], "no JSON Web Token"},
		"five parts":         {good + ".a.b", "no JSON Web Token"},
		"two tokens":         {good + "\n" + good, "no JSON Web Token"},
		"quoted":             {`"` + good + `"`, "no JSON Web Token"},
		"no JSON":            {payload("hunter2-hunter2-hunter2"), "no JSON Web Token"},
		"a list":             {payload(`["iss"]`), "no JSON Web Token"},
		"nobody's":           {sign(map[string]any{"iss": nil}), "has no claim iss"},
		"for nobody":         {sign(map[string]any{"aud": nil}), "has no claim aud"},
		"an empty audience":  {sign(map[string]any{"aud": []string{""}}), "has no claim aud"},
		"about nobody":       {sign(map[string]any{"sub": 7}), "has no claim sub"},
		"ended":              {s.issuer.Sign(entratest.Assertion{Subject: subject, Life: -3 * time.Minute}), "ended 3 minutes ago"},
		"invisible subjects": {sign(map[string]any{"sub": "\u200b\u202e"}), "has no claim sub"},
	} {
		a, flaw := readAssertion(c.content, time.Now())
		switch {
		case c.want == "" && (flaw != nil || a.token.Reveal() != strings.TrimSpace(c.content) || a.issuer == ""):
			t.Errorf("%s: %+v, %+v", name, a, flaw)
		case c.want == "":
		case flaw == nil || !strings.Contains(flaw.what, c.want) || flaw.hint == "" || !a.token.IsZero():
			t.Errorf("%s: %+v", name, flaw)
		default:
			s.quiet(flaw.what, flaw.hint)
			if strings.Contains(fmt.Sprint(*flaw), "hunter2") {
				t.Errorf("%s: it stands in %+v", name, *flaw)
			}
		}
	}
	_, ended := readAssertion(s.issuer.Sign(entratest.Assertion{Subject: subject, Life: -time.Hour}), time.Now())
	if !strings.Contains(ended.what, " UTC)") || !strings.Contains(ended.hint, "clock is wrong") || !strings.Contains(ended.hint, s.issuer.URL) {
		t.Errorf("of the clock and the issuer: %q", ended.hint)
	}
}

// Where an assertion is to come from, and isn't there, is said with what mends it.
func TestAssertionIsNotThere(t *testing.T) {
	s := newTrust(t)
	good := s.issuer.Sign(entratest.Assertion{Subject: subject})
	path := s.write("token", good)
	t.Chdir(s.dir)
	s.refused(s.call(config.Login, "federated"), failure.Config, "nothing says where", "--assertion-file FILE", "--assertion-env NAME", "--assertion-command COMMAND")
	s.refused(s.call(config.AssertionFile, path, config.AssertionEnv, "X"), failure.Config, "assertion-file and assertion-env")
	s.refused(s.call(config.AssertionEnv, "X"), failure.Config, "the variable X (--assertion-env) is not set")
	s.refused(s.call(config.AssertionEnv, good), failure.Config, "is no name of a variable")
	s.refused(s.call(config.AssertionFile, "token"), failure.Config, "(--assertion-file) is no absolute path")
	s.refused(s.call(config.AssertionFile, good), failure.Config, "is no absolute path")
	s.refused(s.call(config.AssertionFile, filepath.Join(s.dir, "none")), failure.Config, "none (--assertion-file)", "no such file")
	s.refused(s.call(config.AssertionFile, s.dir), failure.Config, "is a folder")
	s.refused(s.call(config.AssertionFile, s.write("empty", "")), failure.Config, "is empty")
	s.refused(s.call(config.AssertionFile, s.write("huge", strings.Repeat("A", 70<<10))), failure.Config, "larger than 64 KiB")
	s.refused(s.call(config.AssertionCommand, `cat "`), failure.Config, "a quote has no end")
	s.refused(s.call(config.AssertionCommand, `sh -c "echo gone wrong >&2; exit 3"`), failure.Config, "gone wrong", "run it by hand")
	s.refused(s.call(config.AssertionCommand, `true`), failure.Config, "the assertion from the program true (--assertion-command) is empty")
	s.refused(s.call(config.Login, "workloadidentity"), failure.Config, "AZURE_FEDERATED_TOKEN_FILE is not set", "azure.workload.identity/use")
	s.env["AZURE_FEDERATED_TOKEN_FILE"] = filepath.Join(s.dir, "none")
	s.refused(s.call(config.Login, "workloadidentity"), failure.Config, "none (AZURE_FEDERATED_TOKEN_FILE)", "no such file")
}

// What the service compares stands beside its refusal; of other refusals it says nothing.
func TestAssertionRefused(t *testing.T) {
	s := newTrust(t)
	path := s.write("token", s.issuer.Sign(entratest.Assertion{Subject: "repo:\x1b[31mother\u202e/app"}))
	for _, n := range []int{70021, 700211, 700212, 700213, 7002138, 700024, 700027, 7000272, 50027, 50166, 501661} {
		s.sim.Fault("token", entratest.Fault{Times: 1, Error: &entratest.OAuthError{Error: "invalid_client", AADSTS: n, Description: "words", Status: 401}})
		_, err := token(t, s.call(config.AssertionFile, path))
		shown, ok := errors.AsType[*AssertionError](err)
		if !ok || shown.Issuer != s.issuer.URL || shown.Subject != "repo:[31mother/app" || shown.Audience != entratest.ExchangeAudience ||
			shown.Client != entratest.DaemonID || shown.Err.AADSTS != n || failure.Of(err) != failure.Refused {
			t.Fatalf("%d: %+v, %v", n, shown, err)
		}
		if e := shown.Err.Explain(); e.Turn == "" || strings.Contains(e.Remedy, "certificate") {
			t.Errorf("%d: %+v", n, e)
		}
		s.quiet(err.Error())
	}
	if _, err := token(t, s.call(config.AssertionFile, path)); !strings.Contains(err.Error(), "700213") {
		t.Errorf("another subject: %v", err)
	}
	s.sim.Fault("token", entratest.Fault{Times: 1, Error: &entratest.OAuthError{Error: "unauthorized_client", AADSTS: 700016, Description: "words", Status: 400}})
	_, err := token(t, s.call(config.AssertionFile, path))
	if shown, ok := errors.AsType[*AssertionError](err); ok || failure.Of(err) != failure.Refused {
		t.Errorf("an application that is not there: %+v, %v", shown, err)
	}
}
