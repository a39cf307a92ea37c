//go:build unix

package browser

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// script writes a program for sh, in a folder of its own.
func script(t *testing.T, name, lines string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := entratest.WriteProgram(filepath.Join(folder, name), "#!/bin/sh\n"+lines+"\n"); err != nil {
		t.Fatal(err)
	}
	return folder
}

// prepend puts a folder before the PATH.
func prepend(t *testing.T, folder string) string {
	t.Helper()
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	return folder
}

// A program gets what it reads on standard input alone, nothing of our streams, a session and a folder of its own.
func TestProgramGetsItsInput(t *testing.T) {
	folder := prepend(t, script(t, "clip", `pwd >"$0.dir"; echo "$@" >"$0.args"; cat >"$0.in"; ps -o sid= -p $$ 2>/dev/null | tr -d ' ' >"$0.sid"; echo $$ >"$0.pid"; echo out; echo err >&2`))
	if err := (Program{Name: "clip", Args: []string{"-x"}}).Run(t.Context(), "ABC123", time.Minute); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"args": "-x\n", "in": "ABC123", "dir": "/\n"} {
		if got, err := os.ReadFile(filepath.Join(folder, "clip."+name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	sid, _ := os.ReadFile(filepath.Join(folder, "clip.sid"))
	if pid, _ := os.ReadFile(filepath.Join(folder, "clip.pid")); len(sid) > 0 && string(sid) != string(pid) {
		t.Errorf("it is process %s of session %s", pid, sid)
	}
}

// A program that stays in the foreground is ended, unless it may stay. What it leaves behind holds nobody up.
func TestProgramThatStays(t *testing.T) {
	const instant = 50 * time.Millisecond
	prepend(t, script(t, "stays", `exec sleep 1000`))
	if err := (Program{Name: "stays"}).Run(t.Context(), "", instant); err == nil || !strings.Contains(err.Error(), "longer than 50ms") {
		t.Errorf("got %v", err)
	}
	prepend(t, script(t, "leaves", `sleep 5 & exit 0`))
	if err := (Program{Name: "leaves"}).Run(t.Context(), "x", time.Minute); err != nil {
		t.Errorf("got %v", err)
	}
	prepend(t, script(t, "opens", `exec sleep 5`))
	if err := (Program{Name: "opens", Stays: true}).Run(t.Context(), "", instant); err != nil {
		t.Errorf("got %v", err)
	}
}

// Nobody waits for a program once the sign-in has ended.
func TestProgramIsLeftAlone(t *testing.T) {
	prepend(t, script(t, "opens", `exec sleep 5`))
	over := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(over)
	if err := (Program{Name: "opens", Stays: true}).Run(ctx, "", time.Hour); !errors.Is(err, over) {
		t.Errorf("got %v", err)
	}
}

func TestProgramThatFails(t *testing.T) {
	t.Setenv("PATH", script(t, "bad", "exit 3")+":"+script(t, "good", "exit 0"))
	if err := (Program{Name: "bad"}).Run(t.Context(), "", time.Minute); err == nil || err.Error() != "bad failed (exit status 3)" {
		t.Errorf("got %v", err)
	}
	if err := RunFirst(t.Context(), []Program{{Name: "none"}, {Name: "bad"}, {Name: "good"}}, "", time.Minute); err != nil {
		t.Errorf("got %v", err)
	}
	err := RunFirst(t.Context(), []Program{{Name: "none"}, {Name: "/none"}, {Name: "bad"}}, "", time.Minute)
	if err == nil || err.Error() != "none is not on the PATH, /none can't be run: there is no such program, bad failed (exit status 3)" {
		t.Errorf("got %v", err)
	}
}

// What lies in the current folder is nobody's program, wherever the PATH leads.
func TestProgramOfTheCurrentFolder(t *testing.T) {
	folder := script(t, "clip", `>"$0.run"`)
	t.Chdir(folder)
	t.Setenv("GODEBUG", "execerrdot=0")
	for _, path := range []string{".", "", "./", "../" + filepath.Base(folder)} {
		t.Setenv("PATH", path)
		for _, name := range []string{"clip", "./clip", "../" + filepath.Base(folder) + "/clip"} {
			if err := (Program{Name: name}).Run(t.Context(), "", time.Minute); err == nil {
				t.Errorf("PATH=%s: %s was run", path, name)
			}
		}
	}
	if _, err := os.Stat("clip.run"); err == nil {
		t.Error("it was run")
	}
}
