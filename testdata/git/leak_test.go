//go:build unix

package git

import (
	"os"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
)

// A helper that somebody set for all hosts, and that keeps passwords in plain text, never sees a token.
func TestCarelessStore(t *testing.T) {
	for name, place := range map[string]func(w *world, text string){
		"before": func(w *world, text string) {
			old, err := os.ReadFile(w.Path(".gitconfig"))
			if err != nil {
				w.Fatal(err)
			}
			w.Write(".gitconfig", text+string(old))
		},
		"elsewhere": func(w *world, text string) { w.Write(".config/git/config", text) },
	} {
		t.Run(name, func(t *testing.T) {
			eachGit(t, func(w *world) {
				place(w, "[credential]\n\thelper = store\n")
				w.clone("one")
				w.silent("-C", "one", "fetch")
				w.Codes(1)
				if kept, err := os.ReadFile(w.Path(".git-credentials")); err == nil {
					w.Errorf("%d bytes were kept in plain text", len(kept))
				}
				// The helper is there, and keeps what is of another host.
				cmd := w.command("credential", "approve")
				cmd.Stdin = strings.NewReader("protocol=https\nhost=other.example\nusername=u\npassword=p\n\n")
				if out, err := cmd.CombinedOutput(); err != nil {
					w.Fatalf("%v: %s", err, out)
				}
				if kept, err := os.ReadFile(w.Path(".git-credentials")); err != nil || !strings.Contains(string(kept), "other.example") {
					w.Errorf("the careless helper is not at work: %q, %v", kept, err)
				}
			})
		})
	}
}

// What `entralogin git setup` writes is all that it takes, and `unset` takes it back.
func TestSetup(t *testing.T) {
	eachGit(t, func(w *world) {
		w.devops.AddHost("git.example", entratest.TenantContoso, entratest.ServerID)
		w.repository("git.example/app")
		w.Settings(ownHost)
		before := person + "[credential]\n\thelper = store\n"
		w.Write(".gitconfig", before)
		set := func(command string) {
			w.Helper()
			if out, err := w.program(entralogin, "git", command).CombinedOutput(); err != nil {
				w.Fatalf("entralogin git %s: %v\n%s", command, err, out)
			}
		}
		set("setup")
		w.clone("one")
		w.silent("clone", "https://git.example/app", "two")
		w.silent("clone", "https://contoso.visualstudio.com/tools/_git/app", "three")
		w.Codes(1)
		if kept, err := os.ReadFile(w.Path(".git-credentials")); err == nil {
			w.Errorf("%d bytes were kept in plain text", len(kept))
		}
		set("unset")
		w.Env = append(w.Env, "GIT_TERMINAL_PROMPT=0")
		w.Contains(w.fail("-C", "one", "fetch"), "could not read Username")
	})
}

// Hosts that are not ours get nothing, and nobody is asked on their behalf, even if entralogin is set for all hosts.
func TestForeignHosts(t *testing.T) {
	eachGit(t, func(w *world) {
		w.clone("one") // so that there is a token to lose
		w.config("[credential]\n\thelper = " + w.Path("bin/entralogin") + " git-credential\n")
		w.Env = append(w.Env, "GIT_TERMINAL_PROMPT=0")
		tokens := w.Sim.Requests("token")
		for _, host := range []string{"git.example", "dev.azure.com.evil.example", "evilvisualstudio.com"} {
			w.devops.AddHost(host, entratest.TenantContoso, devops.Audience)
			w.devops.ResetRequests()
			before := w.Runs("get")
			stderr := w.fail("clone", "https://"+host+"/contoso/tools/_git/app", "two")
			w.Contains(stderr, "could not read Username") // git itself would ask now
			if strings.Contains(stderr, "entralogin: ") {
				w.Errorf("the helper spoke:\n%s", stderr)
			}
			if w.Runs("get") == before {
				w.Errorf("the helper was not run for %s", host)
			}
			for _, r := range w.devops.Requests() {
				if r.Scheme != "" {
					w.Errorf("%s got a credential:\n%s", host, w.Heard())
				}
			}
		}
		w.Codes(1)
		if w.Sim.Requests("token") != tokens {
			w.Errorf("a token was asked for")
		}
	})
}
