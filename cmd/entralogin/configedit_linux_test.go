package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// anEditor does with the copy ($1) what a step says, one step each time that it is opened.
func (h *house) anEditor(steps ...string) string {
	h.t.Helper()
	var b strings.Builder
	b.WriteString("#!/bin/sh\nn=$(cat opened 2>/dev/null); n=$((n+1)); echo $n >opened; case $n in\n")
	for i, step := range steps {
		fmt.Fprintf(&b, "%d) %s;;\n", i+1, step)
	}
	b.WriteString("esac\n")
	if err := os.WriteFile(filepath.Join(h.work, "editor.sh"), []byte(b.String()), 0o700); err != nil {
		h.t.Fatal(err)
	}
	return "EDITOR=" + filepath.Join(h.work, "editor.sh")
}

// What an editor makes of the config file is taken when it is right; else it can be edited again, or is kept.
func TestConfigEdit(t *testing.T) {
	t.Parallel()
	const (
		right = `echo "prompt: never" >>"$1"`
		wrong = `echo "promt: never" >>"$1"`
	)
	for name, test := range map[string]struct {
		steps []string
		typed string // at the question
		code  int
		says  string
		taken bool
		kept  string // what stands in the copy
	}{
		"right":             {[]string{right}, "", 0, "Wrote ", true, ""},
		"again":             {[]string{wrong, `sed -i s/promt/prompt/ "$1"`}, "y\n", 0, "Wrote ", true, ""},
		"not again":         {[]string{wrong}, "n\n", 3, "cp ", false, "promt: never"},
		"nobody there":      {[]string{wrong}, "\x04", 3, "cp ", false, "promt: never"},
		"bad value":         {[]string{`echo "qr: perhaps" >>"$1"`}, "\n", 3, "neither true nor false", false, "qr: perhaps"},
		"second document":   {[]string{`printf -- "---\nqr: true\n" >>"$1"`}, "\n", 3, "goes on behind", false, "---"},
		"changed meanwhile": {[]string{right + `; echo "qr: true" >>"$HOME/.config/entralogin/config.yaml"`}, "", 3, "was changed by another program", false, "prompt: never"},
		"nothing changed":   {[]string{"true"}, "", 0, "Nothing was changed.", false, ""},
		"emptied":           {[]string{`: >"$1"`}, "", 0, "Nothing was changed.", false, ""},
		"editor fails":      {[]string{right + "; exit 3"}, "", 1, "ended with an error", false, "prompt: never"},
		"fails, unchanged":  {[]string{"exit 3"}, "", 1, "ended with an error", false, ""},
		"copy deleted":      {[]string{`rm "$1"`}, "", 3, "can't be opened", false, ""},
		"written anew":      {[]string{`cp "$1" new && ` + strings.Replace(right, `"$1"`, "new", 1) + ` && mv new "$1"`}, "", 0, "Wrote ", true, ""},
		"Ctrl-C":            {[]string{`trap '` + right + `; exit 0' INT; echo ready; while :; do sleep 0.05; done`}, "\x03", 0, "Wrote ", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
			h.env = append(h.env, h.anEditor(test.steps...))
			folder := filepath.Join(h.home, ".config", "entralogin")
			before := readDoc(t, filepath.Join(folder, "config.yaml"))
			p := h.onTerminal(100, 24, nil, "entralogin", "config", "edit")
			if test.typed != "" {
				p.shows(`Edit it again\?|ready`)
				if _, err := p.master.WriteString(test.typed); err != nil {
					t.Fatal(err)
				}
			}
			raw := p.end()
			if code := p.cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(strings.Join(strings.Fields(raw), " "), test.says) {
				t.Errorf("exit code %d, not %d: %q", code, test.code, raw)
			}
			now, want := readDoc(t, filepath.Join(folder, "config.yaml")), before
			if test.taken {
				want += "prompt: never\n"
			}
			if strings.Contains(raw, "kept") != (test.kept != "") {
				t.Errorf("%q", raw)
			}
			if now != want && name != "changed meanwhile" || name == "changed meanwhile" && now != before+"qr: true\n" {
				t.Errorf("the file: %q", now)
			}
			copies, err := filepath.Glob(filepath.Join(folder, "config-edited-*"))
			if err != nil || len(copies) > 1 || (len(copies) == 1) != (test.kept != "") {
				t.Fatalf("copies: %v, %v", copies, err)
			}
			for _, c := range copies {
				if !strings.Contains(raw, "cp -- "+c+" "+filepath.Join(folder, "config.yaml")+"\r\n") || !strings.Contains(readDoc(t, c), test.kept) {
					t.Errorf("the copy %s: %q, %q", c, readDoc(t, c), raw)
				}
			}
		})
	}
}

// The first file begins with what there could be in it. Standard output gets the answer alone.
func TestConfigEditFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8", "XDG_CONFIG_HOME=")
	if err := os.RemoveAll(filepath.Join(h.home, ".config")); err != nil {
		t.Fatal(err)
	}
	h.env = append(h.env, h.anEditor(`test "$1" = --wait; shift; cp "$1" shown; echo seen; sed -i 's/^# tenant-id/tenant-id/' "$1"`), "VISUAL='./editor.sh' --wait")
	p := h.onTerminal(100, 24, nil, "sh", "-c", "entralogin config edit >out")
	p.end()
	if shown := h.worked("shown"); !strings.Contains(shown, "# client-id:") {
		t.Errorf("begins with %q", shown)
	}
	path := filepath.Join(h.home, ".config", "entralogin", "config.yaml")
	if got := readDoc(t, path); !strings.Contains(got, "\ntenant-id: contoso.onmicrosoft.com\n") || h.worked("out") != "Wrote "+path+".\n" {
		t.Errorf("%q, %q", got, h.worked("out"))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(err, info.Mode())
	}
}

// A kill while the editor is open leaves the file as it was, and the copy beside it.
func TestConfigEditKilled(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
	h.env = append(h.env, h.anEditor(`echo "prompt: never" >>"$1"; echo ready; kill -KILL $PPID`))
	path := filepath.Join(h.home, ".config", "entralogin", "config.yaml")
	before := readDoc(t, path)
	h.onTerminal(100, 24, nil, "entralogin", "config", "edit").end()
	copies, err := filepath.Glob(filepath.Join(filepath.Dir(path), "config-edited-*"))
	if err != nil || len(copies) != 1 || readDoc(t, copies[0]) != before+"prompt: never\n" || readDoc(t, path) != before {
		t.Error(copies, err)
	}
}
