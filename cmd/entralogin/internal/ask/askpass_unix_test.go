//go:build unix

package ask

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/agent/server"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// script writes a program and returns its path.
func script(t *testing.T, lines string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "askpass")
	must(t, os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o700))
	return path
}

// withAskpass is an Asker with an askpass program, and a bus that is not there.
func withAskpass(path string, more ...string) *Asker {
	return New(append([]string{"SSH_ASKPASS=" + path, "DISPLAY=:9", "PATH=/usr/bin:/bin", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus"}, more...))
}

func question() server.Question {
	return server.Question{Host: "build1 (ssh)", Resource: "AKS", Tenant: "contoso.example", Account: "alice@contoso.example", Claims: "kubectl"}
}

func TestAskpassAnswers(t *testing.T) {
	t.Parallel()
	for lines, want := range map[string]struct {
		yes bool
		err error
	}{
		"exit 0":                           {true, nil},
		"echo yes":                         {true, nil},
		"echo YES; exit 0":                 {true, nil},
		"echo":                             {true, nil},
		"echo password":                    {false, nil}, // one that knows no "confirm", and asks for a password
		"echo yes; exit 1":                 {false, nil},
		"exit 1":                           {false, nil},
		"exit 255":                         {false, nil},
		"kill -9 $$":                       {false, ErrNoAnswer},
		"exit 127":                         {false, server.ErrCantAsk},
		"head -c 100000 /dev/zero; exit 0": {false, nil},
	} {
		a := askpass{withAskpass(script(t, lines))}
		yes, err := a.ask(t.Context(), question())
		if yes != want.yes || !errors.Is(err, want.err) {
			t.Errorf("%q: %v, %v", lines, yes, err)
		}
	}
}

// The program is told what to do, by one argument and one variable, and is not given what is the agent's alone.
func TestAskpassIsTold(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	a := withAskpass(script(t, `{ echo "$# $1"; echo; env; pwd; } >'`+out+`'`), "HOME=/home/alice", "SSH_ASKPASS_PROMPT=none",
		"ENTRALOGIN_CLIENT_SECRET=s3cret", "ENTRALOGIN_AGENT_KEY=s3cret", "LC_ENTRALOGIN_AGENT_KEY=s3cret", "AZURE_CLIENT_SECRET=s3cret",
		"ARM_CLIENT_CERTIFICATE_PASSWORD=s3cret", "IDENTITY_HEADER=s3cret", "AZD_AUTH_KEY=s3cret", "SYSTEM_ACCESSTOKEN=s3cret",
		"AZURE_DEVOPS_EXT_PAT=s3cret", "LISTEN_FDS=s3cret", "NOTIFY_SOCKET=s3cret")
	yes, err := a.Confirm(t.Context(), question())
	if !yes || err != nil {
		t.Fatal(yes, err)
	}
	b, err := os.ReadFile(out)
	must(t, err)
	got := strings.Split(string(b), "\n")
	asked := strings.Split(title(question(), inert)+"\n\n"+strings.Join(details(question(), inert), "\n"), "\n")
	if got[0] != "1 "+asked[0] || !slices.Equal(got[1:len(asked)], asked[1:]) {
		t.Errorf("told\n%s\nnot\n%s", b, strings.Join(asked, "\n"))
	}
	for _, line := range []string{"SSH_ASKPASS_PROMPT=confirm", "DISPLAY=:9", "HOME=/home/alice", "PATH=/usr/bin:/bin", "/"} {
		if !slices.Contains(got, line) {
			t.Errorf("no %s in\n%s", line, b)
		}
	}
	if strings.Contains(string(b), "s3cret") {
		t.Errorf("given\n%s", b)
	}
}

// Which program is run, or why none is.
func TestAskpassProgram(t *testing.T) {
	t.Parallel()
	path := script(t, "exit 0")
	dir := filepath.Dir(path)
	usual := filepath.Join(dir, "ssh-askpass")
	must(t, os.Symlink(path, usual))
	must(t, os.WriteFile(filepath.Join(dir, "plain"), nil, 0o600))
	here, err := os.Getwd()
	must(t, err)
	relative, err := filepath.Rel(here, dir)
	must(t, err)
	for environ, want := range map[string]string{
		"SSH_ASKPASS=askpass DISPLAY=:0 PATH=" + relative:                           "SSH_ASKPASS is no program: askpass",
		"SSH_ASKPASS=" + path + " DISPLAY=:0":                                       path,
		"SSH_ASKPASS=" + path + " WAYLAND_DISPLAY=wayland-0":                        path,
		"SSH_ASKPASS=" + path + " SSH_ASKPASS_REQUIRE=force":                        path,
		"SSH_ASKPASS=askpass DISPLAY=:0 PATH=/nowhere:" + dir:                       path,
		"DISPLAY=:0 PATH=" + dir:                                                    usual,
		"SSH_ASKPASS= DISPLAY=:0 PATH=" + dir:                                       usual,
		"SSH_ASKPASS=" + path:                                                       "neither DISPLAY nor WAYLAND_DISPLAY is set",
		"SSH_ASKPASS=" + path + " SSH_ASKPASS_REQUIRE=prefer":                       "neither DISPLAY nor WAYLAND_DISPLAY is set",
		"SSH_ASKPASS=" + path + " DISPLAY=:0 SSH_ASKPASS_REQUIRE=never":             "SSH_ASKPASS_REQUIRE is never",
		"SSH_ASKPASS=./askpass DISPLAY=:0 PATH=" + dir:                              "SSH_ASKPASS is no program: ./askpass",
		"SSH_ASKPASS=askpass DISPLAY=:0 PATH=.:":                                    "SSH_ASKPASS is no program: askpass",
		"SSH_ASKPASS=" + filepath.Join(dir, "plain") + " SSH_ASKPASS_REQUIRE=force": "SSH_ASKPASS is no program",
		"SSH_ASKPASS=" + dir + " DISPLAY=:0":                                        "SSH_ASKPASS is no program",
	} {
		got, err := askpass{New(strings.Fields(environ))}.program()
		if err != nil {
			got = err.Error()
		}
		if got != want && (err == nil || !strings.Contains(got, want) || !errors.Is(err, server.ErrCantAsk)) {
			t.Errorf("%s: %s", environ, got)
		}
	}
}

// hung is an Asker whose askpass program stays, with a child of its own. Both hold a pipe open.
func hung(t *testing.T) (a *Asker, pipe string) {
	t.Helper()
	pipe = filepath.Join(t.TempDir(), "alive")
	must(t, syscall.Mkfifo(pipe, 0o600))
	return withAskpass(script(t, `exec 9>'`+pipe+`'; (sleep 1000 & wait) & echo "$SSH_ASKPASS_PROMPT" >&9; sleep 1000`)), pipe
}

// runs waits until a program that holds the pipe has said a word. ended waits until none holds it any more.
func runs(t *testing.T, pipe, word string) (ended func()) {
	t.Helper()
	alive, err := os.Open(pipe)
	must(t, err)
	t.Cleanup(func() { alive.Close() })
	must(t, alive.SetReadDeadline(time.Now().Add(time.Minute)))
	b := make([]byte, len(word)+1)
	if _, err := io.ReadFull(alive, b); err != nil || string(b) != word+"\n" {
		t.Fatalf("%q, %v", b, err)
	}
	return func() {
		t.Helper()
		if rest, err := io.ReadAll(alive); err != nil || len(rest) != 0 {
			t.Errorf("%q, %v", rest, err)
		}
	}
}

// The end of the question is that of the program, and of what it started.
func TestAskpassEnds(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	a, pipe := hung(t)
	answered := make(chan error, 1)
	go func() {
		_, err := a.Confirm(ctx, question())
		answered <- err
	}()
	ended := runs(t, pipe, "confirm")
	cancel(gone)
	if err := <-answered; err != gone {
		t.Errorf("got %v", err)
	}
	ended()
}

func TestAskpassShows(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	a, pipe := hung(t)
	must(t, a.Show(ctx, "Open https://login.example and enter ABC-123"))
	ended := runs(t, pipe, "none")
	cancel()
	ended()
}

// Where nothing can ask, each way says what it lacks.
func TestNobodyCanBeAsked(t *testing.T) {
	t.Parallel()
	a := New([]string{"SSH_ASKPASS=/nowhere/askpass", "DISPLAY=:9"})
	yes, err := a.Confirm(t.Context(), question())
	if yes || !errors.Is(err, server.ErrCantAsk) {
		t.Fatal(yes, err)
	}
	for _, want := range []string{"nobody can be asked: the desktop has no notification", "SSH_ASKPASS is no program: /nowhere/askpass", "terminal"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if err := a.Show(t.Context(), "x"); !errors.Is(err, server.ErrCantAsk) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Confirm(ctx, question()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for environ, want := range map[string]string{
		"": "desktop askpass terminal", "SSH_ASKPASS_REQUIRE=force": "askpass desktop terminal", "SSH_ASKPASS_REQUIRE=Prefer": "askpass desktop terminal",
		"SSH_ASKPASS_REQUIRE=never": "desktop askpass terminal", "SSH_CONNECTION=1": "terminal askpass desktop",
		"SSH_CONNECTION=1 SSH_ASKPASS_REQUIRE=force": "askpass desktop terminal",
	} {
		var got []string
		for _, w := range New(strings.Fields(environ)).ways() {
			switch w.(type) {
			case desktop:
				got = append(got, "desktop")
			case askpass:
				got = append(got, "askpass")
			case terminal:
				got = append(got, "terminal")
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s", environ, got)
		}
	}
	for environ, want := range map[string]string{"DBUS_SESSION_BUS_ADDRESS=unix:path=/a XDG_RUNTIME_DIR=/run/user/7": "unix:path=/a",
		"XDG_RUNTIME_DIR=/run/user/7": "unix:path=/run/user/7/bus", "XDG_RUNTIME_DIR=run": "", "XDG_RUNTIME_DIR=/a;unixexec:path=/b": "", "": ""} {
		if got := New(strings.Fields(environ)).bus(); got != want {
			t.Errorf("%s: %q", environ, got)
		}
	}
}
