package npmrc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/entralogin/entralogin/plugin/text"
)

func TestUserFile(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{}
	getenv := func(name string) string { return env[name] }
	if got := UserFile(getenv, home); got != filepath.Join(home, ".npmrc") {
		t.Error(got)
	}
	if got := UserFile(getenv, ""); got != "" {
		t.Error(got)
	}
	env["NPM_CONFIG_USERCONFIG"] = "~/rc"
	if got := UserFile(getenv, home); got != filepath.Join(home, "rc") {
		t.Error(got)
	}
	env["npm_config_userconfig"] = filepath.Join(home, "lower")
	if got := UserFile(getenv, ""); got != filepath.Join(home, "lower") {
		t.Error(got)
	}
}

func TestProjectFile(t *testing.T) {
	home := t.TempDir()
	below := filepath.Join(home, "a", "b", "c")
	if err := errors.Join(os.MkdirAll(below, 0o700), os.WriteFile(filepath.Join(home, Name), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if got := ProjectFile(below, home); got != "" {
		t.Error("the person's own:", got)
	}
	want := filepath.Join(home, "a", Name)
	if err := errors.Join(os.WriteFile(want, nil, 0o600), os.Mkdir(filepath.Join(below, Name), 0o700)); err != nil {
		t.Fatal(err)
	}
	if got := ProjectFile(below, home); got != want {
		t.Error(got)
	}
}

// Nobody else can read a token, from the first moment on.
func TestHide(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("there are no such modes") // a file in one's own folder is one's own
		return
	}
	path := filepath.Join(t.TempDir(), Name)
	if hidden, err := Hide(path); hidden || err != nil {
		t.Error(hidden, err)
	}
	if err := errors.Join(os.WriteFile(path, []byte("a=b\n"), 0o600), os.Chmod(path, 0o664)); err != nil {
		t.Fatal(err)
	}
	edit := func(old []byte) ([]byte, error) { return append(old, "c=d\n"...), nil }
	var unfit *text.FileError
	if err := Update(context.Background(), path, edit); !errors.As(err, &unfit) {
		t.Error("others can write to it:", err)
	}
	hidden, err := Hide(path)
	if !hidden || err != nil {
		t.Error(hidden, err)
	}
	if err := Update(context.Background(), path, edit); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(path)
	content, _ := os.ReadFile(path)
	if err != nil || info.Mode().Perm() != 0o600 || string(content) != "a=b\nc=d\n" {
		t.Errorf("%v %q, %v", info.Mode(), content, err)
	}
	if hidden, err := Hide(path); hidden || err != nil {
		t.Error(hidden, err)
	}
}
