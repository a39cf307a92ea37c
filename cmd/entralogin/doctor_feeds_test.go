//go:build unix

package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// npmToken is a token of Entra in an .npmrc, as far as its end can be read.
func npmToken(feed string, ends time.Time) string {
	part := base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf("//pkgs.dev.azure.com/contoso/_packaging/%s/npm/registry/:_authToken=%s.%s.c2ln\n", feed,
		part([]byte(`{"alg":"none"}`)), part(fmt.Appendf(nil, `{"tid":%q,"exp":%d}`, entratest.TenantContoso, ends.Unix())))
}

// What package managers have of entralogin: the program that pip runs, and the tokens that npm reads.
func TestDoctorFeeds(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, test := range map[string]struct {
		before, behind string // of the keyring in the PATH
		npmrc          string
		level          string
		what, remedy   string
	}{
		"keyring":        {level: "ok", what: "pip and uv run entralogin as keyring"},
		"another behind": {behind: "x", level: "ok", what: "pip and uv run entralogin as keyring"},
		"another before": {before: "x", level: "warning", what: "pip and uv run another keyring than entralogin", remedy: "first"},
		"npm":            {npmrc: npmToken("a", now.Add(time.Hour)), level: "ok", what: "npm has a token for each of 1 feeds"},
		"npm, ended": {npmrc: npmToken("a", now.Add(time.Hour)) + npmToken("b", now.Add(-time.Hour)), level: "warning",
			what: "has ended: https://pkgs.dev.azure.com/contoso/_packaging/b/npm/registry/", remedy: "entralogin artifacts npm"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newDoctorRig(t, "")
			r.everywhere()
			path := r.ownPath("keyring")
			if test.before != "" {
				path = append(r.otherKeyring(test.before), path...)
			}
			if test.behind != "" {
				path = append(path, r.otherKeyring(test.behind)...)
			}
			r.set("PATH", strings.Join(path, ":"))
			if test.npmrc != "" {
				r.write(".npmrc", test.npmrc)
			}
			r.finds(0, test.level, test.what, test.remedy)
		})
	}
	r := newDoctorRig(t, "")
	r.everywhere()
	r.set("PATH", strings.Join(r.ownPath(), ":"))
	r.write(".npmrc", "registry=https://registry.example/\n//registry.example/:_authToken=x\n")
	if _, report := r.examine(); strings.Contains(fmt.Sprint(report.Findings), "artifacts") {
		t.Errorf("something is said of what is not in use: %+v", report.Findings)
	}
}

// ownPath is a PATH with entralogin, by some more names, and with what the rig needs.
func (r *doctorRig) ownPath(names ...string) []string {
	r.t.Helper()
	dir := filepath.Join(r.dir, "ours")
	r.must(os.Mkdir(dir, 0o700))
	self, err := exec.LookPath("entralogin") // which the rig runs as the doctor
	r.must(err)
	for _, name := range append(names, "entralogin", "git-credential-entralogin") {
		r.must(os.Symlink(self, filepath.Join(dir, name)))
	}
	return []string{dir, filepath.Join(r.dir, "bin"), "/usr/bin", "/bin"}
}

// otherKeyring is a folder with a keyring of somebody else.
func (r *doctorRig) otherKeyring(name string) []string {
	r.t.Helper()
	dir := filepath.Join(r.dir, name)
	r.must(os.Mkdir(dir, 0o700))
	r.must(entratest.WriteProgram(filepath.Join(dir, "keyring"), "#!/bin/sh\n"))
	return []string{dir}
}
