//go:build unix

package feeds

import (
	"fmt"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// Sixteen installs at the same time, in which nobody has signed in yet: one sign-in lets all of them go on.
func TestParallel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var newest pip
	for _, p := range pips {
		if p.shows {
			newest = p
		}
	}
	var runs []*home.Run
	for i := range 16 {
		dir := fmt.Sprint("app", i)
		switch i % 4 {
		case 0:
			w.cargoProject(dir, deps, providers["of all"])
			runs = append(runs, w.Begin(w.inCargo(dir, "fetch")))
		case 1:
			w.cargoProject(dir, shared, providers["standard output"])
			runs = append(runs, w.Begin(w.inCargo(dir, "fetch")))
		case 2:
			w.npmProject(dir, deps)
			cmd := w.program("sh", "-c", "entralogin artifacts npm && npm install")
			cmd.Dir = w.Path(dir)
			runs = append(runs, w.Begin(cmd))
		default:
			runs = append(runs, w.Begin(w.pip(newest, dir, pypi("entralogin", deps))))
		}
	}
	for _, r := range runs {
		r.Said.Await(w.T, limit, home.Shown)
	} // before anybody has signed in: the person has to see it
	w.approve()
	for i, r := range runs {
		w.MustSucceed(r)
		switch dir := fmt.Sprint("app", i); i % 4 {
		case 2:
			w.installedByNPM(dir, "contoso/tools/deps")
		case 3:
			w.installedByPip(dir, "contoso/tools/deps")
		}
	}
	w.Codes(1)
	if n := w.Sim.Requests("token"); n == 0 {
		t.Error("no token was asked for")
	}
	w.checkSecrets(".npmrc")
}

// approve enters the code that is waiting, as Carol.
func (w *world) approve() {
	w.Helper()
	codes := w.Sim.PendingCodes()
	if len(codes) != 1 {
		w.Fatalf("%d codes wait", len(codes))
	}
	if err := w.Sim.Approve(codes[0], entratest.Carol); err != nil {
		w.Fatal(err)
	}
}
