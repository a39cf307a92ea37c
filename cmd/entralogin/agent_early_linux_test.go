package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Whatever happens between two calls that the agent answers: what is answered early is what the whole program answers.
func TestEarlyThroughAgentIsTheSame(t *testing.T) {
	t.Parallel()
	ofAgent := []change{
		{"the agent locked", func(a *asked) { a.does("agent", "lock") }},
		{"the agent stopped", func(a *asked) { a.does("agent", "stop") }},
		{"the socket gone", func(a *asked) { a.must(os.Remove(filepath.Join(a.runtimeFolder(), "entralogin", agent.Main))) }},
		{"the socket open", func(a *asked) { a.must(os.Chmod(filepath.Join(a.runtimeFolder(), "entralogin", agent.Main), 0o666)) }},
		{"no agent wanted", func(a *asked) { a.set("ENTRALOGIN_AGENT=none") }},
	}
	sealed := []string{"a stale token", "a token of the future", "a token in its last minutes"} // which nobody can age
	for name, call := range map[string]asked{
		"get-token": {args: []string{built(t), "get-token", "--server-id", entratest.ServerID}},
		"git":       {args: []string{built(t), "git-credential", "get"}, in: sameAsks},
	} {
		for _, change := range append(changes(), ofAgent...) {
			if slices.Contains(sealed, change.name) {
				continue
			}
			t.Run(name+", "+change.name, func(t *testing.T) {
				t.Parallel()
				h := newStorageHouse(t, "ENTRALOGIN_PROMPT=always")
				a := &asked{h.house, call.in, call.args}
				a.does("login", "--storage", "agent", "--scope", entratest.ServerID+"/.default")
				a.set("ENTRALOGIN_PROMPT=never")
				a.tell()
				a.tell()
				if settled := a.tell(); settled.code != 0 || settled.out == "" || !settled.early {
					t.Fatalf("%+v", settled)
				}
				change.do(a)
				got := a.tell()
				if change.name == "nothing" && !got.early {
					t.Error("it is not answered early")
				}
				if !got.early {
					return // all of the program has answered
				}
				if err := os.RemoveAll(filepath.Join(a.cache(), route.Folder)); err != nil {
					t.Fatal(err)
				}
				want := a.tell()
				want.early = true
				if got != want {
					t.Errorf("early it says\n%+v\nand else\n%+v", got, want)
				}
			})
		}
	}
}

// runtimeFolder is where the agent of a house has its sockets.
func (a *asked) runtimeFolder() string {
	for _, entry := range a.env {
		if dir, ok := strings.CutPrefix(entry, "XDG_RUNTIME_DIR="); ok {
			return dir
		}
	}
	return ""
}
