package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

var shownPage = regexp.MustCompile(`open the page (http://localhost:\d+/\S+)`)

// A kubeconfig does not choose the program that opens a page: not by a variable, not by a flag. The sign-in goes on
// with the address, and a line says which variable it is and what allows it.
func TestKubeconfigChoosesNoBrowser(t *testing.T) {
	for name, test := range map[string]struct {
		moved string // by the kubeconfig
		said  string // "" where the page is opened
	}{
		"nothing":         {"", ""},
		"BROWSER":         {"BROWSER=@EVIL", `BROWSER (the environment) is "@EVIL", and was "browse" when`},
		"no BROWSER":      {"BROWSER=", `BROWSER (the environment) is not set, and was "browse" when`},
		"ours":            {"ENTRALOGIN_BROWSER=@EVIL", `ENTRALOGIN_BROWSER (the environment) is "@EVIL", and was not set when`},
		"PATH":            {"PATH=@DIR", `PATH (the environment) is "@DIR", and was `},
		"a library":       {"LD_PRELOAD=@EVIL", `LD_PRELOAD (the environment) is "@EVIL", and was not set when`},
		"a display":       {"DISPLAY=evil.example:0", `DISPLAY (the environment) is "evil.example:0", and was not set when`},
		"a list of files": {"XDG_DATA_DIRS=@DIR", `XDG_DATA_DIRS (the environment) is "@DIR", and was not set when`},
		"other matters":   {"EDITOR=vi", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := foreignHouse(t)
			evil := filepath.Join(h.work, "browse")
			if err := entratest.WriteProgram(evil, "#!/bin/sh\n>\"$0.run\"\n"); err != nil {
				t.Fatal(err)
			}
			names := strings.NewReplacer("@EVIL", evil, "@DIR", h.work)
			args := []string{"entralogin", "get-token", "--server-id", entratest.ServerID, "--login", "browser"}
			if test.moved != "" {
				args = append([]string{names.Replace(test.moved)}, args...)
			}
			r := h.start(append([]string{"client"}, args...)...)
			h.visit(r, test.said != "")
			r.cmd.Wait()
			delivered(t, name, r, 0)
			said := string(r.err.Bytes())
			if test.said == "" {
				if strings.Contains(said, "no browser") {
					t.Error(said)
				}
				return
			}
			variable := names.Replace(test.moved)
			for _, want := range []string{"no browser could be opened: " + names.Replace(test.said), "allow-env: [\"" + variable + "\"]"} {
				if strings.Count(said, want) != 1 {
					t.Errorf("no %q in %q", want, said)
				}
			}
			if _, err := os.Stat(evil + ".run"); err == nil {
				t.Error("it was run")
			}
		})
	}
}

// foreignHouse is one where a program runs the plugin for a kubeconfig, and a person has a browser that signs in.
func foreignHouse(t *testing.T) *house {
	h := newHouse(t, `EXEC_INFO={"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{}}`, "BROWSER=browse")
	l, err := visitPages(h.sim, "alice")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	h.env = append(h.env, pagesAt+"="+l.Addr().String())
	return h
}

// visit waits until the page is shown, and opens it by hand.
func (h *house) visit(r *run, byHand bool) {
	h.t.Helper()
	var page [][]byte
	if !until(func() bool { page = shownPage.FindSubmatch(r.err.Bytes()); return page != nil }) {
		h.t.Fatalf("no page: %s", r.err.Bytes())
	}
	if byHand {
		if _, err := h.sim.Visit(h.t.Context(), string(page[1]), "alice"); err != nil {
			h.t.Error(err)
		}
	}
}

// The person's own config allows one value of a variable, and one command of a flag.
func TestBrowserOfTheConfig(t *testing.T) {
	for name, test := range map[string]struct {
		config string
		before string // the name of the plugin
		flags  string
		code   int
	}{
		"BROWSER":                {"allow-env: ['BROWSER=@MINE']", "BROWSER=@MINE", "", 0},
		"PATH":                   {"allow-env: ['PATH=@DIR']", "PATH=@DIR", "", 0},
		"the command":            {"browser: '@MINE'", "", "--browser @MINE", 0},
		"the command, unsaid":    {"browser: '@MINE'", "", "", 0},
		"a profile's":            {"profiles: {work: {browser: '@MINE'}}", "", "--browser @MINE", 0},
		"a profile's, unsaid":    {"profiles: {work: {browser: '@MINE'}}", "", "--profile work", 0},
		"a command of its own":   {"", "", "--browser @MINE", 3},
		"another command":        {"browser: '@MINE'", "", "--browser @DIR/other", 3},
		"a variable of the flag": {"allow-env: ['ENTRALOGIN_BROWSER=@MINE']", "", "--browser @MINE", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := foreignHouse(t)
			mine := filepath.Join(h.work, "browse")
			names := strings.NewReplacer("@MINE", mine, "@DIR", h.work)
			// the person's own environment, and what the kubeconfig moved as the person's config allows it
			if err := entratest.WriteProgram(mine, "#!/bin/sh\n/usr/bin/env >\"$0.env\"\nPATH="+os.Getenv("PATH")+" exec browse \"$1\"\n"); err != nil {
				t.Fatal(err)
			}
			h.append(names.Replace(test.config))
			args := []string{"client", "EVIL=x"}
			if test.before != "" {
				args = append(args, names.Replace(test.before))
			}
			args = append(args, "entralogin", "get-token", "--server-id", entratest.ServerID, "--login", "browser", "--prompt-timeout", "1m")
			r := h.call(append(args, strings.Fields(names.Replace(test.flags))...)...)
			if code := r.cmd.ProcessState.ExitCode(); code != test.code {
				t.Fatalf("exit code %d: %s", code, r.err.Bytes())
			}
			env, err := os.ReadFile(mine + ".env")
			if test.code == 0 {
				if err != nil || strings.Contains(string(env), "EVIL=") || strings.Contains(string(env), "KUBERNETES_EXEC_INFO=") || !strings.Contains(string(env), "HOME="+h.home+"\n") {
					t.Errorf("%v: %s", err, env)
				}
				if test.before != "" && !strings.Contains(string(env), names.Replace(test.before)+"\n") {
					t.Errorf("no %s: %s", test.before, env)
				}
				return
			}
			said := string(r.err.Bytes())
			if err == nil || !strings.Contains(said, "which a kubeconfig can't choose: it is a program that would be run") || !strings.Contains(said, "write it into your config file, "+filepath.Join(h.home, ".config", "entralogin", "config.yaml")+": browser: ") {
				t.Errorf("%v: %s", err, said)
			}
		})
	}
}

// append adds a line to the config file.
func (h *house) append(line string) {
	h.t.Helper()
	path := filepath.Join(h.home, ".config", "entralogin", "config.yaml")
	content, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(content, line+"\n"...), 0o600)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}
