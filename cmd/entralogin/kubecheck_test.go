package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// object is a part of a kubeconfig.
type object = map[string]any

// checkRig is a home with a kubeconfig for a simulator, in which there is nothing to be found.
type checkRig struct {
	*testing.T
	sim     *entratest.Server
	home    string
	cache   string
	env     map[string]string
	cluster object
	exec    object
	user    object
	args    []string // of get-token
	flags   []string // of the check
	text    string   // of the kubeconfig, instead of all that
}

// signInRig has a simulator of its own, at which Alice signs in whenever a code is shown.
func signInRig(t *testing.T) *checkRig {
	t.Helper()
	sim := entratest.NewServer()
	t.Cleanup(sim.Close)
	sim.Set(func(o *entratest.Settings) { o.Interval = time.Second })
	sim.AutoApprove(entratest.Alice, 0)
	return newCheckRig(t, sim)
}

func newCheckRig(t *testing.T, sim *entratest.Server) *checkRig {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	r := &checkRig{T: t, sim: sim, home: home, cache: filepath.Join(home, "cache"),
		cluster: object{"server": sim.URL, "certificate-authority-data": sim.CertPEM()},
		exec: object{"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "IfAvailable", "provideClusterInfo": true,
			"command": self},
		args: []string{"--server-id", entratest.ServerID}}
	r.user = object{"exec": r.exec}
	config := fmt.Sprintf("authorities:\n  - host: %s\n    ca-file: ca.pem\nauthority-host: %s\ntenant-id: %s\nclient-id: %s\n",
		sim.Host, sim.URL, entratest.TenantContoso, entratest.ClientID)
	r.write("config.yaml", config)
	r.write("ca.pem", string(sim.CertPEM()))
	r.env = map[string]string{"HOME": home, "COLUMNS": "1000", "ENTRALOGIN_CONFIG": filepath.Join(home, "config.yaml"), "ENTRALOGIN_CACHE_DIR": r.cache}
	return r
}

func (r *checkRig) write(name, text string) {
	r.Helper()
	file := filepath.Join(r.home, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		r.Fatal(err)
	}
}

// append adds to what write wrote.
func (r *checkRig) append(name, more string) {
	r.Helper()
	blob, err := os.ReadFile(filepath.Join(r.home, name))
	if err != nil {
		r.Fatal(err)
	}
	r.write(name, string(blob)+more)
}

// run runs the command line in this process.
func (r *checkRig) run(args ...string) (code int, stdout, stderr string) {
	return runHere(r.env, args...)
}

// signIn has Alice sign in and keeps a token.
func (r *checkRig) signIn() {
	r.Helper()
	if code, _, stderr := r.run(append([]string{"get-token"}, r.args...)...); code != 0 {
		r.Fatalf("exit code %d: %s", code, stderr)
	}
}

// tokenFile is the one token file.
func (r *checkRig) tokenFile() string {
	r.Helper()
	files, err := filepath.Glob(filepath.Join(r.cache, "tokens", "*"))
	if err != nil || len(files) != 1 {
		r.Fatalf("%v: %v", files, err)
	}
	return files[0]
}

// age makes the stored token older.
func (r *checkRig) age(by time.Duration) {
	r.Helper()
	blob, err := os.ReadFile(r.tokenFile())
	var fields map[string]any
	if err != nil || json.Unmarshal(blob, &fields) != nil {
		r.Fatal(err)
	}
	for _, name := range []string{"expires", "obtained"} {
		at, err := time.Parse(time.RFC3339Nano, fields[name].(string))
		if err != nil {
			r.Fatal(err)
		}
		fields[name] = at.Add(-by)
	}
	if blob, err = json.Marshal(fields); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(r.tokenFile(), blob, 0o600); err != nil {
		r.Fatal(err)
	}
}

// kubeconfig is the file's text.
func (r *checkRig) kubeconfig() string {
	r.Helper()
	if r.text != "" {
		return r.text
	}
	r.exec["args"] = append([]string{"get-token"}, r.args...)
	blob, err := yaml.Marshal(object{"apiVersion": "v1", "kind": "Config", "current-context": "dev",
		"contexts": []object{{"name": "dev", "context": object{"cluster": "c", "user": "u"}}, {"name": "half", "context": object{"cluster": "none", "user": "u"}},
			{"name": "other half", "context": object{"cluster": "c", "user": "none"}}},
		"clusters": []object{{"name": "c", "cluster": r.cluster}},
		"users":    []object{{"name": "u", "user": r.user}}})
	if err != nil {
		r.Fatal(err)
	}
	return string(blob)
}

// tree is every file below the home with its mode, time and content.
func (r *checkRig) tree() map[string]string {
	r.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(r.home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text := ""
		if info.Mode().IsRegular() {
			blob, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = string(blob)
		}
		found[path] = fmt.Sprint(info.Mode(), info.ModTime(), text)
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
	return found
}

// examined is what a check said in both formats.
type examined struct {
	code, tableCode       int
	stdout, stderr, table string // of JSON; and the table
}

// examine runs a check in both formats and holds what it has to hold whatever it finds: nothing in dir is written, nobody is
// asked, nothing secret is shown, and both formats say the same.
func examine(t *testing.T, sim *entratest.Server, dir string, secret []string, run func() examined) (code int, report check.Report) {
	t.Helper()
	all := &checkRig{T: t, home: dir}
	before, asked := all.tree(), sim.Requests("devicecode")+sim.Requests("token")
	x := run()
	if after := all.tree(); !maps.Equal(before, after) {
		t.Errorf("the check changed files:\n%v\n%v", before, after)
	}
	if n := sim.Requests("devicecode") + sim.Requests("token"); n != asked {
		t.Error("the check asked for a token")
	}
	for _, secret := range append(sim.Secrets(), secret...) {
		if strings.Contains(x.stdout+x.stderr+x.table, secret) {
			t.Errorf("%q stands in the output:\n%s%s%s", secret, x.stdout, x.stderr, x.table)
		}
	}
	if x.code == 2 {
		return x.code, report
	}
	if err := json.Unmarshal([]byte(x.stdout), &report); err != nil {
		t.Fatalf("%v: %q, %q", err, x.stdout, x.stderr)
	}
	if report.ExitCode != x.code || x.tableCode != x.code || (x.code == 0) != (x.stderr == "") {
		t.Errorf("exit codes %d, %d and %d with %q", x.code, x.tableCode, report.ExitCode, x.stderr)
	}
	for _, f := range report.Findings {
		if !strings.Contains(steadySpan(x.table), steadySpan(f.What)) || !strings.Contains(x.table, f.Remedy) || f.What == "" {
			t.Errorf("the table lacks %+v", f)
		}
	}
	for _, c := range x.table + x.stderr {
		if c < ' ' && c != '\n' || c == '\u202e' {
			t.Errorf("a control character in %q", x.table)
		}
	}
	return x.code, report
}

// check runs the check.
func (r *checkRig) check() (code int, report check.Report) {
	r.Helper()
	r.write("kubeconfig", r.kubeconfig())
	args := slices.Clip(append([]string{"kubeconfig", "check", "--kubeconfig", filepath.Join(r.home, "kubeconfig")}, r.flags...))
	return examine(r.T, r.sim, r.home, []string{"hunter2"}, func() (x examined) {
		x.code, x.stdout, x.stderr = r.run(append(args, "-o", "json")...)
		x.tableCode, x.table, _ = r.run(append(args, "--all")...)
		return x
	})
}

func TestKubeconfigCheckFindsNothing(t *testing.T) {
	t.Parallel()
	r := signInRig(t)
	r.signIn()
	code, report := r.check()
	topics := map[string]bool{}
	for _, f := range report.Findings {
		topics[string(f.Topic)] = true
		if f.Level != "ok" {
			t.Errorf("found: %+v", f)
		}
	}
	if code != 0 || report.Context == nil || *report.Context != "dev" || len(topics) != 8 {
		t.Errorf("exit code %d, context %v, topics %v", code, report.Context, topics)
	}
	if n := r.sim.Requests("whoami"); n != 2 { // one for each format
		t.Errorf("%d requests", n)
	}
}

// steadySpan takes out how long something takes, or is ago, and the time of day: a second may pass between two runs.
func steadySpan(text string) string {
	return regexp.MustCompile(`\d+ (second|minute|hour)s?|\d\d:\d\d:\d\d`).ReplaceAllString(text, "a while")
}

// finds checks the exit code and one finding.
func (r *checkRig) finds(code int, level, what, remedy string) {
	r.Helper()
	got, report := r.check()
	findsOnce(r.T, got, report, code, level, what, remedy)
}

// findsOnce checks the exit code that a check had, and that there is one finding that says what: with "^" in front of that, one
// that begins so.
func findsOnce(t *testing.T, got int, report check.Report, code int, level, what, remedy string) {
	t.Helper()
	if got != code {
		t.Errorf("exit code %d, not %d: %+v", got, code, report.Findings)
	}
	matches := 0
	for _, f := range report.Findings {
		start, atStart := strings.CutPrefix(what, "^")
		if strings.Contains(f.What, what) || atStart && strings.HasPrefix(f.What, start) {
			matches++
			if string(f.Level) != level || !strings.Contains(f.Remedy, remedy) || remedy == "" && f.Remedy != "" {
				t.Errorf("found %+v", f)
			}
		}
	}
	if matches != 1 && got != 2 {
		t.Errorf("%q was found %d times in %+v", what, matches, report.Findings)
	}
}
