package check

import (
	"debug/buildinfo"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// What a program says of itself is what debug/buildinfo reads in it, wherever it stands.
func TestBuiltFrom(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	gofmt := filepath.Join(strings.TrimSpace(string(root)), "bin", "gofmt")
	if runtime.GOOS == "windows" {
		gofmt += ".exe"
	}
	for _, file := range []string{self, gofmt} {
		want, err := buildinfo.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want.GoVersion = "" // which stands apart
		if got, err := builtFrom(file); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\n%v\nnot\n%v", file, err, got, want)
		}
	}
	program, err := os.ReadFile(gofmt)
	if err != nil {
		t.Fatal(err)
	}
	begin := strings.LastIndex(string(program), buildMark)
	said := string(program[begin : begin+64<<10])
	moved := filepath.Join(t.TempDir(), "moved")
	for before := 1<<20 - 2*len(buildMark); before < 1<<20+2; before++ {
		if err := os.WriteFile(moved, []byte(strings.Repeat(buildMark, 3)+strings.Repeat("x", before-3*len(buildMark))+said), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := builtFrom(moved); err != nil || got.Path != "cmd/gofmt" {
			t.Fatalf("behind %d bytes: %v", before, err)
		}
	}
}

func TestBuiltFromNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for name, text := range map[string]string{"empty": "", "a script": "#!/bin/sh\n", "large": strings.Repeat("x", 3<<20),
		"the mark alone": buildMark, "with pointers": buildMark + "\x08\x00" + strings.Repeat("\x00", 100), "cut off": buildMark + "\x08\x02" + strings.Repeat("\x00", 16) + "\x05go1",
		"a long length": buildMark + "\x08\x02" + strings.Repeat("\x00", 16) + strings.Repeat("\xff", 9) + "\x01", "other words": buildMark + "\x08\x02" + strings.Repeat("\x00", 16) + "\x00\x28" + strings.Repeat("dep\tx\n", 7)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := builtFrom(path); got != nil || !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}
