package managed

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
)

// onArc is a server with Azure Arc's agent, which writes its keys into a folder of the test's.
func onArc(t *testing.T, h *heard) (*entratest.Server, *entratest.Arc, Source, string) {
	t.Helper()
	s := entratest.NewServer()
	t.Cleanup(s.Close)
	keys := filepath.Join(t.TempDir(), "tokens")
	if err := os.Mkdir(keys, 0o750); err != nil {
		t.Fatal(err)
	}
	a, err := entratest.StartArc(s, "", keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	from := source(a.Env, h)
	from.agent = agent{program: "/nowhere", keys: keys}
	return s, a, from, keys
}

// The agent gets to see what only its group can read, and has to confirm whose token it gives.
func TestArc(t *testing.T) {
	var h heard
	s, a, from, _ := onArc(t, &h)
	deploy, other := entratest.AssignedIdentity("deploy"), entratest.AssignedIdentity("other")
	for _, old := range []bool{false, true} {
		a.SetOld(old)
		for id, of := range map[string]entratest.Identity{"system": entratest.SystemIdentity(), "client:" + deploy.ClientID: deploy,
			"object:" + strings.ToUpper(deploy.ObjectID): deploy, "resource:" + deploy.ResourceID: deploy, "client:" + other.ClientID: {}} {
			g, err := from.Token(t.Context(), request(id), cache.Session{})
			if of.ObjectID == "" || old && id != "system" {
				if _, ok := errors.AsType[*Error](err); !ok || failure.Of(err) != failure.Refused {
					t.Errorf("%s, old is %v: %v", id, old, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, old is %v: %v", id, old, err)
				continue
			}
			if claims, err := s.VerifyToken(g.Token.Value.Reveal(), arm); err != nil || claims["oid"] != of.ObjectID {
				t.Errorf("%s: a token of %v, %v", id, claims, err)
			}
		}
	}
	for _, secret := range s.Secrets() {
		if strings.Contains(strings.Join(h.said, "\n"), secret) {
			t.Errorf("%q is said", secret)
		}
	}
}

// What the agent names is read only if it is a key of the agent's: nothing else is sent, and nothing is waited for.
func TestArcKeys(t *testing.T) {
	content := []byte("c29tZSBrZXk=")
	for name, test := range map[string]struct {
		make  func(keys, path string) error
		realm string // where not the path
		want  failure.Class
	}{
		"a key":       {func(_, path string) error { return os.WriteFile(path, append(content, '\n'), 0o440) }, "", ""},
		"4,096 bytes": {func(_, path string) error { return os.WriteFile(path, []byte(strings.Repeat("a", 4096)), 0o440) }, "", ""},
		"4,097 bytes": {func(_, path string) error { return os.WriteFile(path, []byte(strings.Repeat("a", 4097)), 0o440) }, "", failure.Config},
		"empty":       {func(_, path string) error { return os.WriteFile(path, nil, 0o440) }, "", failure.Config},
		"two lines":   {func(_, path string) error { return os.WriteFile(path, []byte("a\r\nX: y"), 0o440) }, "", failure.Config},
		"nothing":     {func(string, string) error { return nil }, "", failure.Config},
		"a folder":    {func(_, path string) error { return os.Mkdir(path, 0o700) }, "", failure.Config},
		"everybody's": {func(_, path string) error {
			return errors.Join(os.WriteFile(path, content, 0o440), os.Chmod(path, 0o666))
		}, "", failure.Config},
		"an open folder": {func(keys, path string) error {
			return errors.Join(os.WriteFile(path, content, 0o440), os.Chmod(keys, 0o777))
		}, "", failure.Config},
		"a link": {func(keys, path string) error {
			return errors.Join(os.WriteFile(keys+"/x", content, 0o440), os.Symlink(keys+"/x", path))
		}, "", failure.Config},
		"a second name": {func(keys, path string) error {
			return errors.Join(os.WriteFile(keys+"/x", content, 0o440), os.Link(keys+"/x", path))
		}, "", failure.Config},
		"no key's name": {func(keys, _ string) error { return os.WriteFile(keys+"/x", content, 0o440) }, "KEYS/x", failure.Answer},
		"elsewhere":     {func(keys, _ string) error { return os.WriteFile(filepath.Dir(keys)+"/x.key", content, 0o440) }, "KEYS/../x.key", failure.Answer},
		"below": {func(keys, _ string) error {
			return errors.Join(os.Mkdir(keys+"/a", 0o700), os.WriteFile(keys+"/a/x.key", content, 0o440))
		}, "KEYS/a/x.key", failure.Answer},
		"no path":         {func(string, string) error { return nil }, ".key", failure.Answer},
		"with parameters": {func(_, path string) error { return os.WriteFile(path, content, 0o440) }, "KEYS/k.key, charset=x", failure.Answer},
	} {
		t.Run(name, func(t *testing.T) { checkKey(t, test.make, test.realm, test.want) })
	}
}

// checkKey asks an agent that names a file, which is made before.
func checkKey(t *testing.T, make func(keys, path string) error, realm string, want failure.Class) {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "tokens")
	path := filepath.Join(keys, "k.key")
	if err := errors.Join(os.Mkdir(keys, 0o750), make(keys, path)); err != nil {
		t.Fatal(err)
	}
	if realm = strings.Replace(realm, "KEYS", keys, 1); realm == "" {
		realm = path
	}
	proofs := 0
	agentService := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if proof := r.Header.Get("Authorization"); proof != "" {
			proofs++
			fmt.Fprint(w, `{"access_token":"a.b.c","expires_in":3600}`)
			return
		}
		w.Header().Set("WWW-Authenticate", "Basic realm="+realm)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer agentService.Close()
	s := source([]string{"IDENTITY_ENDPOINT=" + agentService.URL + metadataPath, "IMDS_ENDPOINT=" + agentService.URL}, new(heard))
	s.agent.keys = keys
	_, err := s.Token(t.Context(), request("system"), cache.Session{})
	if failure.Of(err) != want || (err == nil) != (want == "") || (proofs > 0) != (want == "") {
		t.Errorf("%d proofs: %v", proofs, err)
	}
}

// An agent that gives its token to anybody is none, and neither is one that names no file.
func TestNoArc(t *testing.T) {
	for name, fault := range map[string]entratest.Fault{
		"a token for nothing": {Status: 200, Body: `{"access_token":"a.b.c","expires_in":3600}`},
		"no file":             {Status: 401, Body: `{}`},
		"another scheme":      {Status: 401, Body: `{}`, Header: map[string]string{"WWW-Authenticate": "Bearer realm=/etc/shadow"}},
	} {
		s, _, from, _ := onArc(t, new(heard))
		s.Fault("arc", fault)
		_, err := from.Token(t.Context(), request("system"), cache.Session{})
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != failure.Answer || !strings.Contains(e.Advice, "IDENTITY_ENDPOINT names it") || !strings.HasSuffix(e.Advice, "azcmagent show") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The agent is there where its program is.
func TestAgent(t *testing.T) {
	program := filepath.Join(t.TempDir(), "himds")
	s := source(nil, new(heard))
	s.agent.program = program
	for _, want := range []string{"IMDS", "Azure Arc"} {
		p, err := s.place()
		if err != nil || p.name != want || want == "Azure Arc" && p.endpoint.Host != "127.0.0.1:40342" {
			t.Errorf("%s at %v, %v; want %s", p.name, p.endpoint, err, want)
		}
		if err := os.WriteFile(program, nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}
