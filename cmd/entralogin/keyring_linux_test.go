package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const (
	feedURL   = "https://pkgs.dev.azure.com/contoso/_packaging/feed/pypi/simple/"
	feedIndex = "sparse+https://pkgs.dev.azure.com/contoso/_packaging/feed/Cargo/index/"
)

// knowTenant has git's helper remember the tenant of the organization, for which nobody is asked. It gets a token as well.
func (h *house) knowTenant() (token string) {
	h.t.Helper()
	h.sim.AutoApprove(entratest.Alice, 0)
	r := h.feed("protocol=https\nhost=dev.azure.com\npath=contoso/p/_git/r\n"+
		"wwwauth[]=Bearer authorization_uri=https://login.microsoftonline.com/"+entratest.TenantContoso+"\n", "entralogin", "git-credential", "get")
	_, token, found := strings.Cut(string(r.out.Bytes()), "password=")
	if !found {
		h.t.Fatalf("no token: %s", r.err.Bytes())
	}
	token, _, _ = strings.Cut(token, "\n")
	h.sim.ResetRequests()
	return token
}

// pip, uv and cargo get the second answer before anything large is initialised, in the very bytes of the first, and what is
// kept for that has no token.
func TestEarlyFeeds(t *testing.T) {
	program := built(t)
	keyring := filepath.Join(t.TempDir(), "keyring")
	if err := os.Symlink(program, keyring); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want string // with TOKEN
	}{
		"pip":              {[]string{keyring, "get", feedURL, "VssSessionToken"}, "TOKEN\n"},
		"uv":               {[]string{keyring, "get", feedURL, "--mode", "creds"}, "entralogin\nTOKEN\n"},
		"a newer pip":      {[]string{keyring, "--mode=creds", "--output=json", "get", feedURL, "u"}, `{"username":"u","password":"TOKEN"}` + "\n"},
		"the host alone":   {[]string{keyring, "get", "contoso.pkgs.visualstudio.com", "u"}, "TOKEN\n"},
		"cargo":            {[]string{program, "artifacts", "cargo"}, "Bearer TOKEN\n"},
		"artifacts, token": {[]string{program, "artifacts", "token", feedURL}, "TOKEN\n"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, "CARGO_REGISTRY_INDEX_URL="+feedIndex)
			token := h.knowTenant()
			want := strings.ReplaceAll(test.want, "TOKEN", token)
			if got, early := h.early("", test.args...); early || got != want {
				t.Errorf("early: %v, with\n%swant\n%s", early, got, want)
			}
			if got, early := h.early("", test.args...); !early || got != want {
				t.Errorf("early: %v, with\n%swant\n%s", early, got, want)
			}
			if n := h.sim.Requests("*"); n != 0 {
				t.Errorf("%d requests", n)
			}
			routes, err := os.ReadDir(filepath.Join(h.cache(), route.Folder))
			if err != nil || len(routes) == 0 {
				t.Fatalf("%d routes: %v", len(routes), err)
			}
			for _, file := range routes {
				if strings.Contains(readDoc(t, filepath.Join(h.cache(), route.Folder, file.Name())), token) {
					t.Errorf("the token is in %s", file.Name())
				}
			}
		})
	}
}

// Another registry is another question, though cargo names it in a variable: what was settled for a feed is no answer to it.
func TestEarlyCargoOfAnotherRegistry(t *testing.T) {
	program := built(t)
	for _, index := range []string{"sparse+https://index.crates.io/", strings.Replace(feedIndex, "azure.com", "azure.com.evil.example", 1), ""} {
		h := newHouse(t, "CARGO_REGISTRY_INDEX_URL="+feedIndex)
		h.knowTenant()
		for n := range 2 {
			if _, early := h.early("", program, "artifacts", "cargo"); early != (n == 1) {
				t.Errorf("call %d, early: %v", n, early)
			}
		}
		h.env = append(h.env, "CARGO_REGISTRY_INDEX_URL="+index)
		if r := h.call(program, "artifacts", "cargo"); r.cmd.ProcessState.Success() || len(r.out.Bytes()) > 0 {
			t.Errorf("%q: %q", index, r.out.Bytes())
		}
	}
}

// Who asks for the user name as well hides the question: it stands at the terminal. Without one nobody is asked, and it
// takes no time; who asks for a password alone shows the question.
func TestKeyringHidesTheQuestion(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		command string
		asks    bool
		on      bool // the terminal
	}{
		"uv":                     {"keyring get " + feedURL + " --mode creds", true, true},
		"pip":                    {"keyring get " + feedURL + " u", true, true},
		"uv, without a terminal": {"setsid -w keyring get " + feedURL + " --mode creds", false, false},
		"pip, without one":       {"setsid -w keyring get " + feedURL + " u", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
			h.knowTenant()
			if r := h.call("entralogin", "logout"); !r.cmd.ProcessState.Success() {
				t.Fatalf("%s", r.err.Bytes())
			}
			h.sim.ResetRequests()
			if test.asks { // else an answer would be there as soon as anybody asked
				h.sim.AutoApprove("", 0)
			}
			p := h.onTerminal(80, 24, nil, captured(test.command)...)
			if test.asks {
				h.asked(p)
				h.approve()
			}
			raw := p.end()
			err, code := h.worked("err"), "ended 0"
			if !test.asks {
				code = "ended 4"
			}
			if !strings.Contains(raw, code) || strings.Contains(raw, "enter the code") != test.on || strings.Contains(err, "enter the code") != test.asks || test.asks != strings.Contains(h.worked("out"), "eyJ") {
				t.Errorf("on the terminal %q, on standard error %q", raw, err)
			}
			if !test.asks && (!strings.Contains(err, "what runs keyring hides the question; no terminal is attached") || !strings.Contains(err, "Run: entralogin login") || h.sim.Requests("*") != 0) {
				t.Errorf("%d requests, and on standard error %q", h.sim.Requests("*"), err)
			}
		})
	}
}
