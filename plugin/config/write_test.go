package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUpdateMakesTheFile(t *testing.T) {
	ctx, folder := context.Background(), filepath.Join(t.TempDir(), "a", "entralogin")
	path := filepath.Join(folder, "config.yaml")
	if err := Update(ctx, path, Set("tenant-id", "no tenant")); err == nil {
		t.Error("a tenant that is none")
	}
	if err := Update(ctx, path, Unset("tenant-id")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(folder)); err == nil {
		t.Error("what was refused, and what changes nothing, made a folder")
	}
	if err := Update(ctx, path, Set("tenant-id", "contoso.example"), Set("profiles.a.prompt", "never")); err != nil {
		t.Fatal(err)
	}
	dir, err := os.Stat(folder)
	file, other := os.Stat(path)
	if err := errors.Join(err, other); err != nil || dir.Mode().Perm() != 0o700 || file.Mode().Perm() != 0o600 {
		t.Fatal(err, dir.Mode(), file.Mode())
	}
	content, err := os.ReadFile(path)
	if want := "tenant-id: contoso.example\nprofiles:\n  a:\n    prompt: never\n"; err != nil || string(content) != want {
		t.Errorf("%s, %v", content, err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Error(entries, err)
	}
}

// A file that lies elsewhere, as in a folder of dotfiles, is changed there, with its mode and its byte order mark.
func TestUpdateWritesThroughALink(t *testing.T) {
	dir := t.TempDir()
	link, file := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "dotfiles.yaml")
	if err := errors.Join(os.WriteFile(file, []byte("\ufeffqr: true\r\n"), 0o644), os.Symlink("dotfiles.yaml", link)); err != nil {
		t.Fatal(err)
	}
	if err := Update(context.Background(), link, Set("qr", "false")); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	info, other := os.Stat(file)
	to, third := os.Readlink(link)
	if err := errors.Join(err, other, third); err != nil || string(content) != "\ufeffqr: false\r\n" || info.Mode().Perm() != 0o644 || to != "dotfiles.yaml" {
		t.Errorf("%q, %v, %s, %v", content, info.Mode(), to, err)
	}
}

func TestUpdateLosesNothing(t *testing.T) {
	const writers = 12
	path := filepath.Join(t.TempDir(), "config.yaml")
	failed := make(chan error, writers)
	for i := range writers {
		go func() { failed <- Update(context.Background(), path, Set(fmt.Sprintf("profiles.p%d.qr", i), "true")) }()
	}
	for range writers {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	content, err := os.ReadFile(path)
	if n := strings.Count(string(content), "qr: true"); err != nil || n != writers {
		t.Errorf("%d of %d: %v", n, writers, err)
	}
}
