//go:build unix

package browser

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// opener is one on a machine with these variables and files, and nothing else.
func opener(variables, files string) Opener {
	env := map[string]string{}
	for _, v := range strings.Split(variables, "|") {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	root := fstest.MapFS{}
	for _, file := range strings.Fields(files) {
		name, content, _ := strings.Cut(file, "=")
		root[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return Opener{Env: func(name string) string { return env[name] }, Root: root}
}

// Where somebody else may have set the variables, none of them chooses.
func TestUntrusted(t *testing.T) {
	folder := prepend(t, script(t, "mine", `>"$0.run"`))
	o := opener("BROWSER=mine|DISPLAY=:0", "")
	o.Command, o.Untrusted = "mine", true
	all, _ := o.candidates()
	for _, c := range all {
		if c.name == "mine" {
			t.Errorf("%+v", c)
		}
	}
	if runtime.GOOS != "linux" {
		return // a page would be opened
	}
	if err := o.Open(t.Context(), "http://localhost:1/x"); err == nil || !strings.Contains(err.Error(), "a kubeconfig may have set") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "mine.run")); err == nil {
		t.Error("it was run")
	}
}

// A command is taken apart as other programs do it, and %s is the address, wherever it stands.
func TestParse(t *testing.T) {
	folder := script(t, "my browser", "")
	o := opener("HOME=/home/alice", "")
	for command, want := range map[string][]string{
		"firefox":                          {"firefox", "%s"},
		" firefox  --new-window ":          {"firefox", "--new-window", "%s"},
		"firefox %s -P work":               {"firefox", "%s", "-P", "work"},
		`firefox "openURL(%s,new window)"`: {"firefox", "openURL(%s,new window)"},
		"firefox '' \"\"":                  {"firefox", "", "", "%s"},
		"firefox &":                        {"firefox", "%s"},
		"~/bin/open %s":                    {"/home/alice/bin/open", "%s"},
		folder + "/my browser":             {folder + "/my browser", "%s"},
		`'` + folder + `/my browser' -x`:   {folder + "/my browser", "-x", "%s"},
		`/a\ b/c`:                          {"/a b/c", "%s"},
		"sh -c 'x; y \"$1\"' _ %s; z":      {"sh", "-c", `x; y "$1"`, "_", "%s;", "z"},
	} {
		c := o.parse(command)
		if got := append([]string{c.name}, c.args...); !slices.Equal(got, want) || c.unfit != "" {
			t.Errorf("%s: %q %s", command, got, c.unfit)
		}
	}
	for _, command := range []string{`firefox "x`, `firefox 'x`, `firefox \`, `"`, `''`} {
		if c := o.parse(command); c.unfit == "" {
			t.Errorf("%s: %q %q", command, c.name, c.args)
		}
	}
}

// The programs of BROWSER are tried one after the other, with the address whole.
func TestOpen(t *testing.T) {
	fails, prints := script(t, "fails", `echo "$@" >"$0.args"; exit 1`), script(t, "prints", `echo "$@" >"$0.args"; echo out; echo err >&2`)
	t.Setenv("PATH", fails+":"+prints)
	const page = "http://localhost:4321/ABC?a=1&b=%20"
	o := opener("BROWSER=gone:w3m:fails --x %s --y:prints", "")
	if err := o.Open(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{fails + "/fails.args": "--x " + page + " --y\n", prints + "/prints.args": page + "\n"} {
		if got, err := os.ReadFile(file); string(got) != want {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
	for variables, want := range map[string]string{
		"BROWSER=gone:w3m -x:fails": "gone is not on the PATH, w3m needs the terminal, and is not started, fails failed (exit status 1), this is another machine, reached by ssh",
		"BROWSER='":                 "' is no command, this is another machine, reached by ssh",
		"BROWSER=":                  "this is another machine, reached by ssh",
	} {
		if err := opener(variables+"|SSH_TTY=x", "").Open(t.Context(), page); err == nil || err.Error() != want {
			t.Errorf("%s: %v", variables, err)
		}
	}
	if err := o.Open(t.Context(), "-P evil"); err == nil || err.Error() != "it is no address that a browser is given" {
		t.Errorf("no address: %v", err)
	}
	o.Command = "fails" // and no other: it may be there for the account that it knows
	if err := o.Open(t.Context(), page); err == nil || err.Error() != "fails failed (exit status 1)" {
		t.Errorf("the setting: %v", err)
	}
}

// A browser that goes on is opened, and nobody waits for it when the sign-in ends.
func TestOpenEnds(t *testing.T) {
	prepend(t, script(t, "hangs", `exec sleep 5`))
	over := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(over)
	if err := opener("BROWSER=hangs:hangs", "").Open(ctx, "http://localhost:1/x"); !errors.Is(err, over) {
		t.Errorf("got %v", err)
	}
	if err := opener("BROWSER=hangs", "").Open(t.Context(), "http://localhost:1/x"); err != nil {
		t.Errorf("got %v", err)
	}
}

// The programs run in the environment that is given.
func TestOpenElsewhere(t *testing.T) {
	folder := prepend(t, script(t, "mine", `env >"$0.env"`))
	t.Setenv("LD_PRELOAD", "")
	t.Setenv("EVIL", "x")
	o := opener("BROWSER=mine", "")
	o.Environ = []string{"PATH=" + os.Getenv("PATH"), "OWN=1"}
	if err := o.Open(t.Context(), "http://localhost:1/x"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "mine.env"))
	if err != nil || !strings.Contains(string(got), "OWN=1\n") || strings.Contains(string(got), "EVIL") {
		t.Errorf("%q, %v", got, err)
	}
}

// What is no plain address is given to no program.
func TestPages(t *testing.T) {
	for page, want := range map[string]bool{
		"http://localhost:4321/ABC":                     true,
		"https://login.example.com/a?b=c&d=%20&e=f+g#h": true,
		"HTTPS://login.example.com/":                    true,
		"":                                              false,
		"-P evil":                                       false,
		"file:///etc/passwd":                            false,
		"javascript:alert(1)":                           false,
		"localhost:4321/ABC":                            false,
		"http:///x":                                     false,
		"https://a@login.example.com/":                  false,
		"https://login.example.com/a b":                 false,
		"https://login.example.com/\"":                  false,
		"https://login.example.com/$(x)":                false,
		"https://login.example.com/`x`":                 false,
		"https://login.example.com/\x1b[2J":             false,
		"https://login.example.com/\u202e":              false,
		"https://login.example.com/a\nhttps://login.example.com/a": false,
	} {
		if got := isPlain(page); got != want {
			t.Errorf("%q: %v", page, got)
		}
	}
}
