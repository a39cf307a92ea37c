//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// What serve prints can be typed as it is, in a folder of any name. client-go stands in for kubectl in the last line.
func TestServeCanBeTypedAlong(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's a simulator")
	var stdout, stderr lockedBuffer
	ctx, stop := context.WithCancel(t.Context())
	code := make(chan int)
	go func() {
		code <- run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--dir", dir, "--user", "alice", "--interval", "1"}, &stdout, &stderr)
	}()
	defer func() { stop(); <-code }()
	if !until(func() bool { return strings.Contains(stdout.String(), "kubectl auth whoami\n") }) {
		t.Fatalf("got %q %q", stdout.String(), stderr.String())
	}
	bin := t.TempDir()
	kubectl := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s'\n", asKubectl, os.Args[0])
	if err := entratest.WriteProgram(filepath.Join(bin, "kubectl"), kubectl); err != nil {
		t.Fatal(err)
	}
	_, typed, _ := strings.Cut(stdout.String(), "terminal:\n\n")
	shell := exec.Command("sh", "-e", "-c", typed)
	shell.Env = []string{"HOME=" + t.TempDir(), "PATH=" + bin + ":" + filepath.Dir(entralogin(t)) + ":" + os.Getenv("PATH"), "ENTRALOGIN_AGENT=none"}
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	says(t, string(out), "Alice Adams", "Bob Bjørnsen", "Wrote user", "alice@contoso.example", `"kind":"ExecCredential"`)
}

// Who starts a second simulator is told how.
func TestServeTwice(t *testing.T) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"serve", "--addr", first.Addr().String(), "--dir", t.TempDir()}, &stdout, &stderr)
	if code != 1 || stdout.Len() > 0 || !strings.HasSuffix(stderr.String(), "--addr 127.0.0.1:0 takes a free port\n") {
		t.Errorf("exit %d: %q, %s", code, &stdout, &stderr)
	}
}
