//go:build linux

package ssh

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Two hundred programs on three hosts ask at the same time for what nobody has signed in for: the person is asked once for
// each host, and signs in once.
func TestStorm(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil, nil, nil)
	const storm = `for i in $(seq %d); do %s >/dev/null & pids="$pids $!"; done; good=0; for p in $pids; do wait $p && good=$((good+1)); done; echo; echo $good have a token`
	const command = "entralogin get-token --server-id " + entratest.ServerID + " --tenant-id " + entratest.TenantContoso + " --client-id " + authority.AKSClient
	counts := []int{67, 67, 66}
	var all []*session
	l.start()
	for i := range counts {
		all = append(all, l.open(l.hosts[i].name))
	}
	for i, s := range all {
		fmt.Fprintf(s.stdin, storm+"\n", counts[i], command)
	}
	for i, s := range all {
		s.must("", fmt.Sprintf("\n%d have a token\n", counts[i]))
	}
	for _, h := range l.hosts {
		if n := l.asked(h.name); n != 1 {
			t.Errorf("the person was asked %d times for %s", n, h.name)
		}
	}
	signIns := 0
	for _, r := range l.sim.RequestLog() {
		if strings.Contains(r.Grant, "authorization_code") || r.Endpoint == "devicecode" {
			signIns++
		}
	}
	if signIns != 1 {
		t.Errorf("%d sign-ins", signIns)
	}
}
