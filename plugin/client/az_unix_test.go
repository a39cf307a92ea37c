//go:build unix

package client_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/client"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A program of others has the sign-in of az, too: that of its own PATH, which is run once.
func TestSignInOfAz(t *testing.T) {
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho \"$*\" >>\"$0.ran\"\necho '{\"accessToken\":\"opaque\",\"tokenType\":\"Bearer\",\"expires_on\":%d}'\n", time.Now().Add(time.Hour).Unix())
	if err := entratest.WriteProgram(filepath.Join(dir, "az"), script); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv("HOME", dir)
	t.Setenv("AZURE_CONFIG_DIR", "")
	t.Setenv("ENTRALOGIN_LOGIN", "azurecli")
	_, c, prompts := newClient(t, nil)
	for range 2 {
		token, err := c.Token(t.Context(), client.Request{Scopes: []string{"api://x/.default"}})
		if err != nil || token.Value.Reveal() != "opaque" {
			t.Fatalf("got %+v, %v", token, err)
		}
	}
	ran, err := os.ReadFile(filepath.Join(dir, "az.ran"))
	if err != nil || strings.Count(string(ran), "\n") != 1 || !strings.Contains(string(ran), "--resource=api://x") || prompts.Load() != 0 {
		t.Errorf("ran %q, %d prompts, %v", ran, prompts.Load(), err)
	}
}
