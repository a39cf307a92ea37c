//go:build unix

package beside

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The command that scripts know best asks nobody when it is warm. How much faster than the real one it is, run in turns, is
// logged: go test -v -run TestWarm
func TestWarm(t *testing.T) {
	w := newWorld(t)
	w.sim.AutoApprove(entratest.Alice, 0)
	real, ours := w.newHome(true), w.newHome(false)
	w.done(real.az(t, "login", "--use-device-code", "--allow-no-subscriptions"))
	w.done(ours.run(t, filepath.Join(bin, "entralogin"), "login"))
	homes := []home{real, ours}
	took := make([][]time.Duration, len(homes))
	asked := 0
	for i := range 12 {
		for which, h := range homes {
			before, start := w.sim.Requests("*"), time.Now()
			got := h.az(t, "account", "get-access-token", "--query", "accessToken", "-o", "tsv")
			if got.code != 0 || !token.MatchString(got.stdout) {
				t.Fatalf("%+v", got)
			}
			if i < 2 {
				continue // not warm yet
			}
			took[which] = append(took[which], time.Since(start))
			if !h.real {
				asked += w.sim.Requests("*") - before
			}
		}
	}
	if asked != 0 {
		t.Errorf("%d requests", asked)
	}
	var median []time.Duration
	for _, all := range took {
		slices.Sort(all)
		median = append(median, all[len(all)/2])
	}
	t.Logf("the real one takes %v, ours %v: %.0f times as long", median[0], median[1], float64(median[0])/float64(median[1]))
}
