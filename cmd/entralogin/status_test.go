//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// statusRow is what status says of a front end.
type statusRow struct {
	FrontEnd, For, Next, Then, Account, Why, Remedy string
	Until                                           time.Time
}

func (r statusRow) name() string { return r.FrontEnd + " " + r.For }

// status runs status in both formats and holds what it has to hold whatever it finds: nothing is written, sent or asked.
func (r *doctorRig) status(names ...string) (code int, rows []statusRow) {
	r.t.Helper()
	all := &checkRig{T: r.t, home: r.dir}
	before, asked := all.tree(), r.sim.Requests("")+len(r.azure.seen())
	asJSON := r.call(append([]string{"entralogin", "status", "-o", "json"}, names...)...)
	asTable := r.call(append([]string{"env", "COLUMNS=80", "entralogin", "status"}, names...)...)
	if after := all.tree(); !maps.Equal(before, after) {
		r.t.Errorf("status changed files:\n%v\n%v", before, after)
	}
	if n := r.sim.Requests("") + len(r.azure.seen()); n != asked {
		r.t.Errorf("status made %d requests", n-asked)
	}
	var report struct {
		ExitCode  int
		FrontEnds []statusRow
	}
	if err := json.Unmarshal(asJSON.out.Bytes(), &report); err != nil {
		r.t.Fatalf("%v: %s%s", err, asJSON.out.Bytes(), asJSON.err.Bytes())
	}
	code = asJSON.cmd.ProcessState.ExitCode()
	if other := asTable.cmd.ProcessState.ExitCode(); code != report.ExitCode || code != other || (code == 0) != (len(asJSON.err.Bytes()) == 0) {
		r.t.Errorf("exit codes %d, %d and %d: %s", code, report.ExitCode, other, asJSON.err.Bytes())
	}
	table := string(asTable.out.Bytes())
	words := strings.Join(strings.Fields(table), " ")
	for _, row := range report.FrontEnds {
		said := strings.Contains(words, row.Why)
		wrong := row.Next == "error" || row.Next == "unusable"
		if !strings.Contains(table, row.For) || wrong != said || row.Next != "sign-in" && !strings.Contains(words, row.Remedy) {
			r.t.Errorf("of %+v says the table\n%s", row, table)
		}
	}
	for line := range strings.Lines(table) { // a command that is to be copied stands whole
		if len(line) > 81 && (!strings.HasPrefix(line, "  entralogin ") || strings.Contains(line, ".\n") || strings.Contains(line, ". ")) {
			r.t.Errorf("wider than a terminal: %q", line)
		}
	}
	return code, report.FrontEnds
}

// next runs the call that a row is about, where nobody may be asked, and returns its exit code and its requests for tokens.
func (r *doctorRig) next(row statusRow) (code, requests int) {
	r.t.Helper()
	var words []string
	switch row.FrontEnd {
	case "kubectl":
		args := map[string]string{"dev": "", "renews": "--force-refresh", "wrong": "--tenant-id ../x", "bob": "--account bob@contoso.example"}[row.For]
		words = append([]string{"get-token", "--server-id", entratest.ServerID}, strings.Fields(args)...)
	case "git":
		words = []string{"git-credential", "get"}
	case "graph":
		words = []string{"graph", "me"}
	case "az":
		words = []string{"account", "get-access-token", "--resource", "https://" + row.For}
	}
	before := r.sim.Requests("token")
	cmd := exec.Command("entralogin", append(words, "--prompt", "never")...)
	cmd.Dir, cmd.Env = r.work, r.env
	cmd.Stdin = strings.NewReader("protocol=https\nhost=dev.azure.com\npath=" + strings.TrimPrefix(row.For, "dev.azure.com/") + "/p/_git/r\n\n")
	cmd.Run()
	return cmd.ProcessState.ExitCode(), r.sim.Requests("token") - before
}

// moreContexts are others beside dev, which need what they name.
func (r *doctorRig) moreContexts(names ...string) {
	r.t.Helper()
	content := readDoc(r.t, filepath.Join(r.home, ".kube/config"))
	for _, name := range names {
		args := map[string]string{"renews": ", --force-refresh", "wrong": ", --tenant-id, ../x", "bob": ", --account, bob@contoso.example"}[name]
		cluster := "c"
		if name == "dead" {
			cluster = "gone"
		}
		content = strings.Replace(content, "contexts:\n", fmt.Sprintf("contexts:\n- {name: %[1]s, context: {cluster: %s, user: %[1]s}}\n", name, cluster), 1)
		own := regexp.MustCompile(`(?s)- name: u\n.*$`).FindString(content)
		own = strings.Replace(strings.Replace(own, "- name: u\n", "- name: "+name+"\n", 1), `"]`, `"`+args+"]", 1)
		content = strings.Replace(content, "users:\n", "users:\n"+own, 1)
	}
	r.write(".kube/config", content)
}

// erase has git say that the server has refused the token that it has.
func (r *doctorRig) erase() {
	r.t.Helper()
	const where = "protocol=https\nhost=dev.azure.com\npath=contoso/project/_git/repository\n"
	get := exec.Command("entralogin", "git-credential", "get")
	get.Dir, get.Env, get.Stdin = r.work, r.env, strings.NewReader(where+"\n")
	answer, err := get.Output()
	r.must(err)
	erase := exec.Command("entralogin", "git-credential", "erase")
	erase.Dir, erase.Env, erase.Stdin = r.work, r.env, strings.NewReader(where+string(answer)+"\n")
	r.must(erase.Run())
}

// session rewrites the file of the session.
func (r *doctorRig) session(change func(string) string) {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(r.cache(), "sessions", "*"))
	if err != nil || len(files) != 1 {
		r.t.Fatalf("%v, %v", files, err)
	}
	blob, err := os.ReadFile(files[0])
	if err == nil {
		err = os.WriteFile(files[0], []byte(change(string(blob))), 0o600)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// What status says of the next call of each front end is what that call does: 0 with as many requests as were said, or 4
// where somebody would be asked. The states are those that a home can be in.
func TestStatusIsTrue(t *testing.T) {
	t.Parallel()
	const git, graph = "git dev.azure.com/contoso", "graph "
	say := func(next string, names ...string) map[string]string {
		said := map[string]string{}
		for _, name := range append(names, "kubectl dev", graph) {
			said[name] = next
		}
		return said
	}
	with := func(said map[string]string, name, next string) map[string]string { said[name] = next; return said }
	for name, test := range map[string]struct {
		prepare func(*doctorRig)
		code    int
		said    map[string]string
		why     string // of one of them
	}{
		"nothing stored": {func(*doctorRig) {}, 4, say("sign-in"), "nobody has signed in yet"},
		"fresh tokens":   {(*doctorRig).everywhere, 0, say("silent", git), ""},
		"expired tokens with a refresh token": {func(r *doctorRig) {
			r.everywhere()
			r.age(2 * time.Hour)
		}, 0, say("renewal", git), ""},
		"expired tokens, and no refresh token": {func(r *doctorRig) {
			r.everywhere()
			r.age(2 * time.Hour)
			r.session(withoutRefreshTokens)
		}, 4, say("sign-in", git), "no refresh token of alice@contoso.example is stored"},
		"a refresh token alone": {func(r *doctorRig) { r.entralogin("login") }, 0, say("renewal"), ""},
		"about to end, and no session": {func(r *doctorRig) {
			r.sim.Set(func(o *entratest.Settings) { o.TokenLife = time.Hour })
			r.everywhere()
			r.age(57 * time.Minute)
			if err := os.RemoveAll(filepath.Join(r.cache(), "sessions")); err != nil {
				r.t.Fatal(err)
			}
		}, 0, say("silent", git), ""},
		"a damaged session": {func(r *doctorRig) {
			r.everywhere()
			r.age(2 * time.Hour)
			r.session(func(s string) string { return s[:len(s)/2] })
		}, 4, say("sign-in", git), ""},
		"another client alone": {func(r *doctorRig) { r.entralogin("login", "--client-id", entratest.ClientID2) }, 4, say("sign-in"), ""},
		"two accounts": {func(r *doctorRig) {
			r.entralogin("login")
			r.sim.AutoApprove(entratest.Bob, 0)
			r.entralogin("login")
		}, 3, say("error"), "several accounts have signed in"},
		"two accounts, of which one is chosen": {func(r *doctorRig) {
			r.entralogin("login")
			r.sim.AutoApprove(entratest.Bob, 0)
			r.entralogin("login")
			r.entralogin("account", "set", "alice")
			r.moreContexts("bob")
		}, 0, with(say("renewal"), "kubectl bob", "renewal"), ""},
		"one account, and another one is wanted": {func(r *doctorRig) {
			r.everywhere()
			r.moreContexts("bob")
		}, 4, with(say("silent", git), "kubectl bob", "sign-in"), "bob@contoso.example has not signed in yet"},
		"refused recently": {func(r *doctorRig) {
			r.sim.AutoApprove("", 0)
			r.call("entralogin", "get-token", "--server-id", entratest.ServerID, "--prompt-timeout", "1s")
		}, 4, say("sign-in"), "the last sign-in failed at "},
		"device codes refused": {func(r *doctorRig) {
			r.sim.Fault("devicecode", entratest.Fault{Error: &entratest.OAuthError{Error: "access_denied", AADSTS: 53003, Description: "No."}})
			r.call("entralogin", "get-token", "--server-id", entratest.ServerID)
		}, 4, say("sign-in"), "; the tenant refused device codes on "},
		"nobody may be asked": {func(r *doctorRig) { r.set("CI", "true") }, 4, say("sign-in"), "nobody may be asked: CI is set"},
		"a dead context": {func(r *doctorRig) {
			r.everywhere()
			r.moreContexts("dead")
		}, 0, with(say("silent", git), "kubectl dead", "unusable"), `names the cluster "gone", which is nowhere`},
		"a context that always renews": {func(r *doctorRig) {
			r.everywhere()
			r.moreContexts("renews")
		}, 0, with(say("silent", git), "kubectl renews", "renewal"), ""},
		"a context with wrong settings": {func(r *doctorRig) {
			r.everywhere()
			r.moreContexts("wrong")
		}, 3, with(say("silent", git), "kubectl wrong", "error"), "neither a GUID nor a domain name"},
		"a server that refuses all tokens": {func(r *doctorRig) {
			r.everywhere()
			for range 3 {
				r.signIn()
				r.erase()
			}
		}, 5, with(say("silent"), git, "error"), "refused 3 tokens"},
		"revoked, and a call has found out": {func(r *doctorRig) {
			r.everywhere()
			r.age(2 * time.Hour)
			r.sim.RevokeSessions(entratest.Alice)
			r.call("entralogin", "graph", "me", "--prompt", "never")
			r.call("entralogin", "graph", "me", "--prompt", "never")
		}, 4, say("sign-in", git), "the service takes the session of alice@contoso.example no more"},
		"revoked while tokens are fresh, and a call has found out": {func(r *doctorRig) {
			r.everywhere()
			r.sim.RevokeSessions(entratest.Alice)
			r.call("entralogin", "get-token", "--server-id", entratest.ServerID, "--force-refresh", "--prompt", "never")
		}, 0, say("silent", git), ""},
		"revoked, and signed in anew": {func(r *doctorRig) {
			r.everywhere()
			r.age(2 * time.Hour)
			r.sim.RevokeSessions(entratest.Alice)
			r.call("entralogin", "graph", "me", "--prompt", "never")
			r.entralogin("login")
		}, 0, say("renewal", git), ""},
		"revoked, and signed out": {func(r *doctorRig) {
			r.everywhere()
			r.age(2 * time.Hour)
			r.sim.RevokeSessions(entratest.Alice)
			r.call("entralogin", "graph", "me", "--prompt", "never")
			r.entralogin("logout")
		}, 4, say("sign-in", git), "nobody has signed in yet"},
		"down for a while": {func(r *doctorRig) {
			r.everywhere()
			r.age(2 * time.Hour)
			r.sim.Fault("token", entratest.Fault{Error: &entratest.OAuthError{Error: "invalid_grant", AADSTS: 50173}})
			r.call("entralogin", "graph", "me", "--prompt", "never")
			r.sim.ClearFaults()
			r.call("entralogin", "graph", "me", "--prompt", "never")
			r.age(2 * time.Hour)
		}, 0, say("renewal", git), ""},
		"a host whose tenant nobody knows": {func(r *doctorRig) {
			r.entralogin("login")
			r.inRepository()
		}, 0, say("renewal"), "the tenant is not known yet"},
		"what az has asked for": {func(r *doctorRig) {
			r.entralogin("account", "get-access-token", "--resource", "https://management.azure.com")
			r.age(2 * time.Hour)
		}, 0, say("renewal", "az management.azure.com"), ""},
		"what az has asked for, and another account is set": {func(r *doctorRig) {
			r.everywhere()
			r.entralogin("account", "get-access-token", "--resource", "https://management.azure.com")
			r.entralogin("account", "get-access-token", "--resource", "https://management.azure.com/")
			r.entralogin("account", "get-access-token", "--resource", "https://management.azure.com", "--account", "alice@contoso.example")
			r.entralogin("config", "set", "account", "dana@contoso.example")
		}, 4, say("sign-in", git, "az management.azure.com", "az management.azure.com/"), "dana@contoso.example has not signed in yet"},
		"what az has asked for, for two accounts": {func(r *doctorRig) {
			r.entralogin("account", "get-access-token", "--resource", "https://management.azure.com", "--account", "alice@contoso.example")
			r.entralogin("account", "get-access-token", "--resource", "https://management.azure.com")
		}, 0, with(say("renewal"), "az management.azure.com", "silent"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newDoctorRig(t, "")
			test.prepare(r)
			code, rows := r.status()
			said, whys := map[string]string{}, ""
			for _, row := range rows {
				whys += row.Why + "\n"
				name := row.name()
				if said[name] != "" {
					t.Errorf("%s has two rows", name)
				}
				if row.FrontEnd == "graph" {
					name = graph
				}
				if row.Next != "unknown" {
					said[name] = row.Next
				}
				if row.Next == "unusable" || row.Next == "unknown" {
					continue
				}
				got, requests := r.next(row)
				want := map[string]int{"silent": 0, "renewal": 0, "sign-in": 4}[row.Next]
				if row.Next == "error" && (got == 0 || got == 4) || row.Next != "error" && got != want {
					t.Errorf("%s: exit code %d", name, got)
				}
				if row.Next == "silent" && requests != 0 || row.Next == "renewal" && requests != 1 {
					t.Errorf("%s: %d requests", name, requests)
				}
			}
			if code != test.code || !maps.Equal(said, test.said) || !strings.Contains(whys, test.why) {
				t.Errorf("exit code %d, not %d: %v, not %v: %s", code, test.code, said, test.said, whys)
			}
		})
	}
}

// withoutRefreshTokens takes the refresh tokens out of the file of a session.
func withoutRefreshTokens(content string) string {
	var file map[string]any
	if err := json.Unmarshal([]byte(content), &file); err != nil {
		return content
	}
	file["msal"].(map[string]any)["RefreshToken"] = map[string]any{}
	blob, _ := json.Marshal(file)
	return string(blob)
}
