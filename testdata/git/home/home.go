// Package home is where the tests of several modules run programs: the home of a person in which there is nothing but
// settings, beside a simulated sign-in service. Nothing of the test's own environment reaches a program, and all that it
// writes stays in the home.
package home

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Shown is the last line of a prompt.
const Shown = "Continue only if you started this yourself, just now."

// Prompts is how often a person was asked, by what a program wrote.
func Prompts(stderr string) int { return strings.Count(stderr, Shown) }

// Home is the home of a person, for one test. What it can't do ends the test.
type Home struct {
	*testing.T
	Sim   *entratest.Server
	Dir   string
	Env   []string      // added to the environment of programs
	Proxy string        // the address of the proxy that they go through
	Heard func() string // what the servers heard, one request a line, for people
}

// New makes a home beside a sign-in service, which it closes, and whose polls come every second.
func New(t *testing.T, sim *entratest.Server) Home {
	t.Helper()
	h := Home{T: t, Sim: sim, Dir: t.TempDir()}
	t.Cleanup(sim.Close)
	sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	return h
}

// Path is the path of a file of the home.
func (h *Home) Path(name string) string { return filepath.Join(h.Dir, filepath.FromSlash(name)) }

// Mkdir makes a folder, and those above it.
func (h *Home) Mkdir(name string) {
	h.Helper()
	if err := os.MkdirAll(h.Path(name), 0o700); err != nil {
		h.Fatal(err)
	}
}

// Write writes a file, and makes its folder.
func (h *Home) Write(name, text string) {
	h.Helper()
	h.Mkdir(filepath.Dir(name))
	if err := os.WriteFile(h.Path(name), []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
}

// Settings writes the config file of entralogin: with the sign-in service, and more.
func (h *Home) Settings(more string) {
	h.Helper()
	h.Write(".config/entralogin/ca.pem", string(h.Sim.CertPEM()))
	h.Write(".config/entralogin/config.yaml", fmt.Sprintf("client-id: %s\nauthority-host: %s\nauthorities:\n  - host: %s\n    ca-file: ca.pem\n%s",
		entratest.ClientID, h.Sim.URL, h.Sim.Host, more))
}

// Recorded writes bin/NAME, which runs a program. Each run leaves a file behind, named after its process, with the argument
// of that number: the operation of a helper.
func (h *Home) Recorded(name, program string, argument int) {
	h.Helper()
	h.Mkdir("runs")
	h.Write("bin/"+name, fmt.Sprintf("#!/bin/sh\necho \"$%d\" >'%s'/$$\nexec '%s' \"$@\"\n", argument, h.Path("runs"), program))
	if err := os.Chmod(h.Path("bin/"+name), 0o700); err != nil {
		h.Fatal(err)
	}
}

// Runs counts how often a program of Recorded was run for an operation.
func (h *Home) Runs(operation string) int {
	h.Helper()
	files, err := filepath.Glob(h.Path("runs/*"))
	if err != nil {
		h.Fatal(err)
	}
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			h.Fatal(err)
		}
		if strings.TrimSpace(string(text)) == operation {
			n++
		}
	}
	return n
}

// Codes checks how many device codes were asked for in all.
func (h *Home) Codes(want int) {
	h.Helper()
	if got := h.Sim.Requests("devicecode"); got != want {
		h.Errorf("%d device codes, want %d", got, want)
	}
}

// Contains checks that a text has all of the parts.
func (h *Home) Contains(text string, parts ...string) {
	h.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			h.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

// CheckSecrets looks for secrets in every file of the home but those of the cache and those named, which may be folders.
func (h *Home) CheckSecrets(secrets []string, but ...string) {
	h.Helper()
	but = append(but, ".cache/entralogin")
	err := filepath.WalkDir(h.Dir, func(path string, d fs.DirEntry, err error) error {
		spared := slices.ContainsFunc(but, func(name string) bool { return h.Path(name) == path })
		switch {
		case err != nil:
			return err
		case spared && d.IsDir():
			return fs.SkipDir
		case spared || !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				h.Errorf("a secret lies in %s", path)
			}
		}
		return err
	})
	if err != nil {
		h.Error(err)
	}
}
