//go:build unix

package dockerconfig

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// world is a home folder and what stands in it.
type world struct{ home string }

func (w world) path(name string) string { return filepath.Join(w.home, name) }

func (w world) write(t *testing.T, name, content string, mode fs.FileMode) string {
	t.Helper()
	path := w.path(name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
	return path
}

// look is the content and the mode of a file, and all names in its folder.
func look(t *testing.T, path string) (content string, mode fs.FileMode, beside []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		beside = append(beside, e.Name())
	}
	return string(text), info.Mode().Perm(), beside
}

func TestUpdate(t *testing.T) {
	w, ctx := world{t.TempDir()}, context.Background()
	path := w.path("new/.docker/config.json")
	e, err := Update(ctx, path, set(registry))
	if err != nil || !slices.Equal(e.Set, []string{registry}) {
		t.Fatalf("%+v, %v", e, err)
	}
	if content, mode, beside := look(t, path); !strings.Contains(content, `"contoso.azurecr.io": "entralogin"`) || mode != 0o600 || !slices.Equal(beside, []string{"config.json"}) {
		t.Errorf("%q, %v, %v", content, mode, beside)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	const content = "{\n  \"auths\": {\"x\": {\"auth\": \"c2VjcmV0\"}}\n}"
	real := w.write(t, "dotfiles/docker.json", content, 0o644)
	link := w.path("linked/config.json")
	if err := errors.Join(os.MkdirAll(filepath.Dir(link), 0o700), os.Symlink("../dotfiles/docker.json", link)); err != nil {
		t.Fatal(err)
	}
	if _, err := Update(ctx, link, set(registry)); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != "../dotfiles/docker.json" {
		t.Errorf("the link is %q, %v", to, err)
	}
	if now, mode, beside := look(t, real); !strings.HasPrefix(now, strings.TrimSuffix(content, "\n}")+",") || mode != 0o644 || len(beside) != 1 {
		t.Errorf("%q, %v, %v", now, mode, beside)
	}
	if e, err := Update(ctx, link, unset(registry)); err != nil || !slices.Equal(e.Lost, []string{registry}) {
		t.Errorf("%+v, %v", e, err)
	}
	if now, _, _ := look(t, real); now != content {
		t.Errorf("%q", now)
	}
}

// What can't be edited stays as it is, and nothing is left beside it.
func TestUpdateRefuses(t *testing.T) {
	ctx := context.Background()
	for name, test := range map[string]struct{ content, want string }{
		"broken": {"{\"auths\": {", "config.json is no JSON"}, "a mark": {"\ufeff{}", "byte order mark"},
		"taken": {`{"credHelpers":{"contoso.azurecr.io":"acr-env"}}`, "names another helper for contoso.azurecr.io: acr-env"},
	} {
		path := world{t.TempDir()}.write(t, "config.json", test.content, 0o600)
		if _, err := Update(ctx, path, set(registry)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if now, _, beside := look(t, path); now != test.content || len(beside) != 1 {
			t.Errorf("%s: %q, %v", name, now, beside)
		}
	}
	w := world{t.TempDir()}
	path := w.write(t, "config.json", "{}", 0o600)
	if err := os.Link(path, w.path("other.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := Update(ctx, path, set(registry)); err == nil || !strings.Contains(err.Error(), "hard links") {
		t.Error(err)
	}
	pipe := w.path("pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{pipe, w.home} {
		if _, err := Update(ctx, other, set(registry)); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
			t.Error(err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Update(ended, w.path("new.json"), set(registry)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Two who set up registries at a time lose nothing of each other.
func TestUpdateBesideOthers(t *testing.T) {
	const rounds = 8
	path := world{t.TempDir()}.write(t, "config.json", `{"a": 1}`, 0o600)
	failed := make(chan error, rounds)
	var all []string
	for i := range rounds {
		name := string(rune('a'+i)) + ".azurecr.io"
		all = append(all, name)
		go func() { _, err := Update(context.Background(), path, set(name)); failed <- err }()
	}
	for range rounds {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if f, err := Load(path); err != nil || !slices.Equal(f.Ours(), all) {
		t.Errorf("%v, %v", f.Ours(), err)
	}
}

func TestLoad(t *testing.T) {
	w := world{t.TempDir()}
	if f, err := Load(w.path("none")); err != nil || f.Ours() != nil {
		t.Error(err)
	}
	path := w.write(t, "broken", "{", 0o600)
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
}
