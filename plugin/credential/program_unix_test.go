//go:build unix

package credential

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
)

// bench is a folder of programs, which is the PATH of a call.
type bench struct {
	dir       string
	call      Call
	explained []string
}

func newBench(t *testing.T, more ...string) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir()}
	env := append([]string{"PATH=.:bin:" + b.dir + ":/usr/bin:/bin"}, more...)
	b.call = Call{Environ: func() ([]string, error) { return env, nil },
		Getenv: func(name string) string { return valueOf(env, name) },
		Warn:   func(line string) { t.Errorf("warned: %s", line) }, Explain: func(line string) { b.explained = append(b.explained, line) }}
	b.call.Target = config.Target{Machine: "azurecli"}
	b.call.Target.Request.Credential = "azurecli"
	return b
}

// write makes a shell script of the PATH.
func (b *bench) write(t *testing.T, name, script string) string {
	t.Helper()
	path := filepath.Join(b.dir, name)
	if err := entratest.WriteProgram(path, "#!/bin/sh\n"+script+"\n"); err != nil {
		t.Fatal(err)
	}
	return path
}

// A program gets its arguments word by word, the environment that it is given, no input, the root folder and no open file.
func TestProgram(t *testing.T) {
	b := newBench(t, "MINE=yes")
	t.Setenv("NOT_MINE", "no")
	locked, err := os.Create(filepath.Join(t.TempDir(), "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	b.write(t, "tool", `printf '<%s>' "$@"; echo; cat; pwd; echo "$MINE $NOT_MINE $MORE $ENTRALOGIN_RUNNING"
for fd in 3 4 5 6 7 8 9; do test ! -e /dev/fd/$fd || ls -l /dev/fd/$fd | grep lock; done; ( : </dev/tty ) 2>/dev/null && echo terminal
echo "a word" >&2; exit 0`)
	out, err := b.call.run(t.Context(), program{name: "tool", args: []string{"a b", "$HOME", ";id"}, env: []string{"MORE=more"}})
	if want := "<a b><$HOME><;id>\n/\nyes  more azurecli\n"; err != nil || string(out) != want {
		t.Errorf("%q, not %q (%v)", out, want, err)
	}
	if got := strings.Join(b.explained, "\n"); got != "tool says: a word" {
		t.Errorf("explained %q", got)
	}
}

// What stands in the current folder, or is this very program, is none; what is neither is found behind it.
func TestFindProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, dir := range []string{".", "bin"} {
		os.MkdirAll(dir, 0o755)
		if err := entratest.WriteProgram(filepath.Join(dir, "here"), "#!/bin/sh\n"); err != nil {
			t.Fatal(err)
		}
	}
	for name, link := range map[string]func(old, new string) error{"symbolic": os.Symlink, "hard": os.Link} {
		own, real := t.TempDir(), t.TempDir()
		if err := link(self, filepath.Join(own, "az")); err != nil {
			t.Logf("%s: %v", name, err) // another file system
			continue
		}
		path := own + ":" + real
		if _, err := (program{name: "az", other: true}).find(path); err == nil || failure.Of(err) != failure.Config || !strings.Contains(err.Error(), "is a link to this very program") {
			t.Errorf("%s: %v", name, err)
		}
		if file, err := (program{name: "az"}).find(path); err != nil || file != filepath.Join(own, "az") {
			t.Errorf("%s: a command of the person's own: %v", name, err)
		}
		if err := entratest.WriteProgram(filepath.Join(real, "az"), "#!/bin/sh\n"); err != nil {
			t.Fatal(err)
		}
		if file, err := (program{name: "az", other: true}).find(path); err != nil || file != filepath.Join(real, "az") {
			t.Errorf("%s: %s, %v", name, file, err)
		}
	}
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"here": ".::bin", "./here": folder, "bin/here": folder, "": folder, ".": folder, "..": folder, "/no/such/program": folder, t.TempDir(): folder} {
		if file, err := (program{name: name}).find(path); err == nil || failure.Of(err) != failure.Config {
			t.Errorf("%q: found %s (%v)", name, file, err)
		}
	}
}

// What fails is said in words, with the program's last own ones.
func TestProgramFails(t *testing.T) {
	token := "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhcGk6Ly94In0.c2lnbmF0dXJl"
	for script, want := range map[string]struct {
		class failure.Class
		words []string
	}{
		"exit 3": {failure.Other, []string{"tool failed (exit status 3)"}},
		`printf 'a\033[31m red\nline\r\n' >&2; echo "token ` + token + `" >&2; exit 1`: {failure.Other, []string{"a[31m red | line | token [redacted]"}},
		"i=0; while [ $i -lt 2000 ]; do echo $i " + token + " >&2; i=$((i+1)); done; exit 1": {failure.Other,
			[]string{": 1994 [redacted] | 1995 [redacted] | 1996 [redacted] | 1997 [redacted] | 1998 [redacted] | 1999 [redacted]"}},
		"head -c 1048576 /dev/zero":                      {failure.Answer, []string{"printed more than 64 KiB"}},
		"trap '' PIPE TERM; while :; do echo xxxx; done": {failure.Answer, []string{"printed more than 64 KiB"}},
		"kill -KILL $$":                                  {failure.Other, []string{"signal: killed"}},
	} {
		b := newBench(t)
		b.write(t, "tool", script)
		out, err := b.call.run(t.Context(), program{name: "tool"})
		failed, ok := errors.AsType[*ProgramError](err)
		if !ok || len(out) != 0 || failed.Class() != want.class || strings.Contains(err.Error(), "eyJ") {
			t.Errorf("%s: %d bytes, %v", script, len(out), err)
			continue
		}
		for _, words := range want.words {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %v lacks %q", script, err, words)
			}
		}
	}
	b := newBench(t)
	path := b.write(t, "tool", "")
	if err := entratest.WriteProgram(path, "#!/no/such/interpreter\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.call.run(t.Context(), program{name: path}); failure.Of(err) != failure.Config {
		t.Errorf("without its interpreter: %v", err)
	}
}

// The end of the call ends a program with all that it has started, also what does not end when it is told to; and what
// it leaves behind does not hold the answer back.
func TestProgramEnds(t *testing.T) {
	b := newBench(t)
	fifo := filepath.Join(b.dir, "pids")
	b.write(t, "tool", fmt.Sprintf("trap '' TERM; sleep 300 & echo $! $$ >%s.new && mv %[1]s.new %[1]s; wait; sleep 300", fifo))
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error)
	go func() { _, err := b.call.run(ctx, program{name: "tool"}); ended <- err }()
	var pids string
	for pids == "" {
		content, _ := os.ReadFile(fifo)
		pids = string(content)
		time.Sleep(5 * time.Millisecond)
	}
	cancel(cause)
	if err := <-ended; !errors.Is(err, cause) {
		t.Errorf("ended with %v", err)
	}
	for pid := range strings.FieldsSeq(pids) {
		for lives(pid) {
			time.Sleep(5 * time.Millisecond) // the test's own limit ends it otherwise
		}
	}
	b.write(t, "tool", "sleep 20 & echo done")
	if out, err := b.call.run(t.Context(), program{name: "tool"}); err != nil || string(out) != "done\n" {
		t.Errorf("%q, %v", out, err)
	}
}

// lives reports whether a process is there that has not ended.
func lives(pid string) bool {
	if runtime.GOOS != "linux" {
		return false
	}
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	_, after, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(after, "Z")
}

// Whoever is run for a token in a way does not sign in in the same way: a chain of programs ends.
func TestProgramChain(t *testing.T) {
	for value, ends := range map[string]bool{"azurecli": true, "federated,azurecli": true, "": false, "federated": false} {
		b := newBench(t, running+"="+value)
		_, err := b.call.Source()
		if _, ok := errors.AsType[*ProgramError](err); ok != ends {
			t.Errorf("%q: %v", value, err)
		}
	}
}
