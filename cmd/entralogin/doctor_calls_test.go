//go:build unix

package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A kubectl that is a dispatcher runs the current context's plugin even to say its version. The doctor's has no
// kubeconfig to find one in, and an entralogin that a program of the doctor's runs asks nobody.
func TestDoctorsProgramsAskNobody(t *testing.T) {
	t.Parallel()
	r := newDoctorRig(t, setUp(t))
	const unasked = `[ "$ENTRALOGIN_PROMPT" = never ] || exit 9` + "\n"
	r.kubectl(unasked + `if grep -q get-token "${KUBECONFIG:-$HOME/.kube/config}"
then ENTRALOGIN_PROMPT=auto entralogin get-token --server-id ` + entratest.ServerID + `
fi
echo 'Client Version: v1.33.1'`)
	git := "#!/bin/sh\n" + unasked + "PATH=${PATH#*:} exec git \"$@\"\n"
	r.must(entratest.WriteProgram(filepath.Join(r.dir, "bin", "git"), git))
	for _, kubeconfig := range []string{"", "KUBECONFIG"} {
		if kubeconfig != "" {
			r.set(kubeconfig, filepath.Join(r.home, ".kube/config"))
		}
		r.finds(0, "ok", "kubectl v1.33.1", "")
	}
}

// Where kubectl does not get through, doctor fails as kubeconfig check does, whatever it says of calls by hand.
func TestDoctorFailsAsKubectlDoes(t *testing.T) {
	t.Parallel()
	setUp := setUp(t)
	for name, seed := range map[string]func(*doctorRig){
		"two accounts": func(r *doctorRig) {
			r.entralogin("login")
			r.sim.AutoApprove(entratest.Bob, 0)
			r.entralogin("login")
		},
		"nobody, and nobody may be asked": func(r *doctorRig) { r.set("CI", "true") },
		"no server": func(r *doctorRig) {
			r.write(".kube/config", strings.Replace(readDoc(r.t, filepath.Join(r.home, ".kube/config")), r.sim.URL, "https://127.0.0.1:1", 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newDoctorRig(t, setUp)
			seed(r)
			run := r.call("entralogin", "kubeconfig", "check", "-o", "json")
			var want check.Report
			if err := json.Unmarshal(run.out.Bytes(), &want); err != nil || want.ExitCode == 0 {
				t.Fatalf("%v: %s%s", err, run.out.Bytes(), run.err.Bytes())
			}
			code, got := r.examine()
			if code != want.ExitCode {
				t.Errorf("exit code %d, not %d", code, want.ExitCode)
			}
			for _, f := range want.Findings {
				if f.Level == check.Failure && !failsWith(got, f) {
					t.Errorf("doctor lacks %+v in\n%+v", f, got.Findings)
				}
			}
		})
	}
}

// failsWith reports whether a report has a failure, whichever part of it says so.
func failsWith(r check.Report, failed check.Finding) bool {
	for _, f := range r.Findings {
		if f.Level == check.Failure && f.Class == failed.Class && f.What == failed.What {
			return true
		}
	}
	return false
}

// Of the failed sign-ins of a client and a tenant the newest is named. Whom nobody could sign in as, the command does
// not ask for again.
func TestDoctorNamesTheLastFailedSignIn(t *testing.T) {
	t.Parallel()
	r := newDoctorRig(t, setUp(t))
	r.part = []string{"network"}
	for _, name := range []string{"bbo@contoso.example", "alcie@contoso.example"} {
		if run := r.call("entralogin", "login", "--account", name); run.cmd.ProcessState.ExitCode() != 5 {
			t.Fatalf("%s", run.err.Bytes())
		}
	}
	r.finds(0, "warning", "a sign-in failed", "to ask anew: entralogin login")
	_, report := r.examine()
	for _, f := range report.Findings {
		if strings.Contains(f.What, "a sign-in failed") && !strings.Contains(f.What, "(stranger: alcie@contoso.example was asked for,") || strings.Contains(f.Remedy, "alcie") {
			t.Errorf("found %+v", f)
		}
	}

	r.sim.AutoDecline(0)
	r.call("entralogin", "login", "--account", entratest.Bob)
	r.finds(0, "warning", "(declined): calls that need one", "entralogin login --account "+entratest.Bob)
}

// The doctor says by which way the next sign-in goes.
func TestDoctorKnowsTheWay(t *testing.T) {
	t.Parallel()
	r := newDoctorRig(t, "")
	r.part = []string{"network"}
	r.set("BROWSER", "none")
	r.finds(0, "ok", "no browser can be opened here, which a device code does not need: BROWSER is none", "")
	r.set("ENTRALOGIN_LOGIN", "browser")
	r.finds(0, "warning", "no browser can be opened here: BROWSER is none", "through ssh")
	r.set("BROWSER", "true")
	r.finds(0, "ok", "a browser can be opened here", "")
	r.set("ENTRALOGIN_LOGIN", "broker")
	r.set("DBUS_SESSION_BUS_ADDRESS", "")
	r.finds(0, "warning", "the identity broker can't be used: there is no session bus", "--login")
	r.set("ENTRALOGIN_LOGIN", "")
	r.sim.AutoApprove(entratest.Alice, 0)
	if err := r.sim.Block(entratest.Block{Way: entratest.ByDeviceCode, AADSTS: 53003}); err != nil {
		t.Fatal(err)
	}
	if code := r.call("entralogin", "login").cmd.ProcessState.ExitCode(); code != 5 {
		t.Fatalf("the sign-in ended with %d", code)
	}
	r.finds(0, "warning", "refused device codes on", "entralogin login")
	r.finds(0, "warning", "calls with these settings will ask for a sign-in", "entralogin login --login browser")
	if out := r.call("entralogin", "status").out.Bytes(); !strings.Contains(string(out), " --login browser\n") {
		t.Errorf("status advises\n%s", out)
	}
}
