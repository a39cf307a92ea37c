//go:build linux || darwin

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// early runs a program with what it reads, and reports whether it answered before net/http and MSAL were initialised.
// What Go says of that beside the answer is the test's alone.
func (h *house) early(in string, args ...string) (answer string, early bool) {
	h.t.Helper()
	return h.earlyOf([]string{"net/http", "crypto/tls", "k8s.io", "github.com/AzureAD", "github.com/spf13/cobra", "yaml", "reflect", "unicode"}, in, args...)
}

// earlyOf is early with the packages that are not to be initialised.
func (h *house) earlyOf(packages []string, in string, args ...string) (answer string, early bool) {
	h.t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = h.work, append(slices.Clone(h.env), "GODEBUG=inittrace=1"), strings.NewReader(in)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		h.t.Fatalf("%q: %v: %s", args, err, said.String())
	}
	if !strings.Contains(said.String(), "init os @") {
		h.t.Fatalf("Go says nothing of what it initialises: %s", said.String())
	}
	for _, heavy := range packages {
		if strings.Contains(said.String(), "init "+heavy) {
			return out.String(), false
		}
	}
	return out.String(), true
}

// A question that was settled is answered before anything large is initialised, in the very bytes that the whole program
// answers with.
func TestEarly(t *testing.T) {
	program := built(t)
	links := t.TempDir()
	az, azd, helper := filepath.Join(links, "az"), filepath.Join(links, "azd"), filepath.Join(links, "git-credential-entralogin")
	if err := errors.Join(os.Symlink(program, az), os.Symlink(program, azd), os.Symlink(program, helper),
		entratest.WriteProgram(filepath.Join(links, "git"), "#!/bin/sh\necho git version 2.54.0\n")); err != nil {
		t.Fatal(err)
	}
	const info = `KUBERNETES_EXEC_INFO={"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"cluster":{"server":"https://10.0.0.1","certificate-authority-data":"QQ==","config":{"server-id":"` + entratest.ServerID + `"}},"interactive":false}}`
	const asks = "protocol=https\nhost=dev.azure.com\npath=contoso/p/_git/r\nusername=contoso\n" +
		"wwwauth[]=Bearer authorization_uri=https://login.microsoftonline.com/" + entratest.TenantContoso + "\n"
	resource := []string{"account", "get-access-token", "--resource", entratest.ServerID}
	for name, test := range map[string]struct {
		env  []string
		in   string
		args []string
	}{
		"get-token":            {nil, "", []string{program, "get-token", "--server-id", entratest.ServerID}},
		"with a kubeconfig":    {[]string{info}, "", []string{program, "get-token"}},
		"an ID token":          {nil, "", []string{program, "get-token", "--token-kind", "id"}},
		"account":              {nil, "", append([]string{program}, resource...)},
		"account, as YAML":     {nil, "", append(append([]string{program}, resource...), "-o", "yaml")},
		"account, as columns":  {[]string{"TZ=Asia/Tokyo"}, "", append(append([]string{program}, resource...), "-o", "tsv")},
		"az":                   {[]string{"ENTRALOGIN_PROMPT=always"}, "", append([]string{az}, resource...)},
		"az, the token":        {nil, "", append(append([]string{az}, resource...), "--query", "accessToken", "-o", "tsv")},
		"az, what is chosen":   {nil, "", append(append([]string{az}, resource...), "--query", "{t: accessToken, e: expires_on}")},
		"az, nothing of it":    {nil, "", append(append([]string{az}, resource...), "--query", "tenant", "--out", "TSV")},
		"azd":                  {[]string{"TZ=UTC+3"}, "", []string{azd, "auth", "token", "-o", "json", "--no-prompt", "--scope", entratest.ServerID + "/.default"}},
		"git, to the end":      {nil, asks, []string{program, "git-credential", "get"}},
		"git, to a blank line": {nil, asks + "\n", []string{program, "git-credential", "--tenant-id", entratest.TenantContoso, "get"}},
		"git's helper":         {nil, asks, []string{helper, "get"}},
		"git, by its version":  {[]string{"PATH=/nowhere:" + links}, "capability[]=authtype\n" + asks, []string{helper, "get"}},
		"git with authtype":    {nil, "capability[]=authtype\n" + asks, []string{helper, "get"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.sim.AutoApprove(entratest.Alice, 0)
			h.early("", program, "get-token", "--server-id", entratest.ServerID) // signs in, as no kubeconfig may here
			h.env = append(h.env, test.env...)
			whole, early := h.early(test.in, test.args...)
			if early {
				t.Error("it answers early what nobody has settled yet")
			}
			h.early(test.in, test.args...) // the first one may have got the token, and this one settles the question
			h.sim.ResetRequests()
			answer, early := h.early(test.in, test.args...)
			if !early || answer != whole {
				t.Errorf("early: %v, with\n%swant\n%s", early, answer, whole)
			}
			if n := h.sim.Requests("*"); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// What a query makes of a token is as secret as that, and is kept nowhere.
func TestEarlyKeepsNoMadeAnswer(t *testing.T) {
	program := built(t)
	h := newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	h.early("", program, "get-token", "--server-id", entratest.ServerID)
	for _, query := range []string{"reverse(accessToken)", "[reverse(accessToken)]", "{t: accessToken, r: reverse(accessToken)}", "length(accessToken)"} {
		for range 3 {
			answer, early := h.early("", program, "account", "get-access-token", "--resource", entratest.ServerID, "--query", query, "-o", "tsv")
			if early || answer == "" {
				t.Errorf("%s: early: %v, with %q", query, early, answer)
			}
		}
	}
}

// What a call says beside its answer it says each time: no route is kept of it.
func TestEarlySaysAll(t *testing.T) {
	program := built(t)
	for name, test := range map[string]struct {
		env, flag, says string
	}{
		"what was decided": {"TZ=UTC", "-v", "the stored token is fresh"},
		"what is ignored":  {"XDG_CONFIG_HOME=relative", "--prompt=never", "XDG_CONFIG_HOME is no absolute path and is ignored"},
	} {
		h := newHouse(t)
		h.sim.AutoApprove(entratest.Alice, 0)
		h.early("", program, "get-token", "--server-id", entratest.ServerID)
		h.env = append(h.env, test.env)
		for n := range 3 {
			r := h.call(program, "get-token", "--server-id", entratest.ServerID, test.flag)
			if said := string(r.err.Bytes()); !r.cmd.ProcessState.Success() || !strings.Contains(said, test.says) {
				t.Errorf("%s, call %d: %q", name, n+1, said)
			}
		}
	}
}
