package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// loginWord is the word behind --login, "" if there is none.
func loginWord(args []string) string {
	if i := slices.Index(args, "--login"); i >= 0 && i+1 < len(args) {
		return args[i+1]
	}
	return ""
}

// understands settles the call of an entry with which a machine would sign in. It is not made: there is no service here.
func understands(t *testing.T, name string, env map[string]string, args []string) {
	t.Helper()
	source := config.Source{Getenv: func(name string) string {
		return map[string]string{"AZURE_CLIENT_SECRET": "s", "HOME": env["HOME"], "ENTRALOGIN_CONFIG": env["ENTRALOGIN_CONFIG"]}[name]
	}}
	call, given, err := calls.ReadKubeArgs(args)
	if err == nil {
		var asked config.Call
		if asked, _, err = call.Call(source, given, nil); err == nil {
			var target config.Target
			if target, err = source.Resolve(asked); err == nil {
				_, err = call.Target(target)
			}
		}
	}
	if err != nil {
		t.Errorf("%s: %q: %v", name, args, err)
	}
}

// TestConvertedEntriesAreTaken converts all entries that the tests of kubeconfig have, and calls each
// converted one as kubectl would: get-token understands it, and lacks nothing but a sign-in. No secret of
// the files shows.
func TestConvertedEntriesAreTaken(t *testing.T) {
	files, err := filepath.Glob("../../plugin/kube/kubeconfig/testdata/convert/*.yaml")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	home := t.TempDir()
	config := filepath.Join(home, "config.yaml")
	if err := os.WriteFile(config, []byte("authorities:\n  - host: login.example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": home, "ENTRALOGIN_CONFIG": config, "XDG_CACHE_HOME": filepath.Join(home, "cache")}
	taken := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		copied := filepath.Join(home, filepath.Base(file))
		if err := errors.Join(err, os.WriteFile(copied, text, 0o600)); err != nil {
			t.Fatal(err)
		}
		for _, dry := range []string{"--dry-run=true", "--dry-run=false"} {
			code, out, said := runHere(env, "kubeconfig", "convert", "--all", "--bare", "--kubeconfig", copied, dry)
			if code != 0 || strings.Contains(out+said, "hush") {
				t.Errorf("%s, %s: exit code %d\n%s%s", file, dry, code, out, said)
			}
		}
		taken += callAll(t, env, file, copied)
	}
	if taken < 35 {
		t.Errorf("only %d entries were converted", taken)
	}
}

// callAll runs get-token for each entry of a file that was converted.
func callAll(t *testing.T, env map[string]string, before, after string) (called int) {
	t.Helper()
	old, err := kubeconfig.Load(kubeconfig.Rules(before, os.Getenv, ""))
	converted, err2 := kubeconfig.Load(kubeconfig.Rules(after, os.Getenv, ""))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	for name, info := range converted.AuthInfos {
		user, _ := old.User(name)
		was, _ := user.Plugin()
		if info.Exec == nil || kubeconfig.IsOurs(was) || !kubeconfig.IsOurs(*info.Exec) {
			continue
		}
		called++
		if word := loginWord(info.Exec.Args); slices.Contains(config.MachineLogins(), word) {
			understands(t, name, env, info.Exec.Args)
			continue
		}
		if code, _, said := runHere(env, append(info.Exec.Args, "--prompt", "never")...); code != 4 {
			t.Errorf("%s: %q: exit code %d\n%s", name, info.Exec.Args, code, said)
		}
	}
	return called
}
