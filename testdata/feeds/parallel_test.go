//go:build unix

package feeds

import (
	"fmt"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
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
	var runs []*run
	for i := range 16 {
		dir := fmt.Sprint("app", i)
		switch i % 4 {
		case 0:
			w.cargoProject(dir, deps, providers["of all"])
			runs = append(runs, w.start(w.inCargo(dir, "fetch")))
		case 1:
			w.cargoProject(dir, shared, providers["standard output"])
			runs = append(runs, w.start(w.inCargo(dir, "fetch")))
		case 2:
			w.npmProject(dir, deps)
			cmd := w.program("sh", "-c", "entralogin artifacts npm && npm install")
			cmd.Dir = w.path(dir)
			runs = append(runs, w.start(cmd))
		default:
			runs = append(runs, w.start(w.pip(newest, dir, pypi("entralogin", deps))))
		}
	}
	w.await(runs...) // before anybody has signed in: the person has to see it
	w.approve()
	for i, r := range runs {
		w.succeeded(r)
		switch dir := fmt.Sprint("app", i); i % 4 {
		case 2:
			w.installedByNPM(dir, "contoso/tools/deps")
		case 3:
			w.installedByPip(dir, "contoso/tools/deps")
		}
	}
	w.codes(1)
	if n := w.sim.Requests("token"); n == 0 {
		t.Error("no token was asked for")
	}
	w.checkSecrets(".npmrc")
}

// approve enters the code that is waiting, as Carol.
func (w *world) approve() {
	w.Helper()
	codes := w.sim.PendingCodes()
	if len(codes) != 1 {
		w.Fatalf("%d codes wait", len(codes))
	}
	if err := w.sim.Approve(codes[0], entratest.Carol); err != nil {
		w.Fatal(err)
	}
}
