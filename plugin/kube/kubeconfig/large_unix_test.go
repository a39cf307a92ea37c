//go:build unix

package kubeconfig

import (
	"fmt"
	"math"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

// large is a kubeconfig of n clusters, contexts and users, with certificates of so many bytes.
func large(n, certificate int) []byte {
	var clusters, contexts, users strings.Builder
	ca := strings.Repeat("QUJD", certificate/4)
	for i := range n {
		fmt.Fprintf(&clusters, "- cluster:\n    certificate-authority-data: %s\n    server: https://c%d.example\n  name: c%d\n", ca, i, i)
		fmt.Fprintf(&contexts, "- context:\n    cluster: c%d\n    user: u%d\n  name: c%d\n", i, i, i)
		fmt.Fprintf(&users, "- name: u%d\n  user:\n    token: not-a-real-one-%d\n", i, i)
	}
	return []byte("apiVersion: v1\nclusters:\n" + clusters.String() + "contexts:\n" + contexts.String() + "current-context: c0\nkind: Config\nusers:\n" + users.String())
}

// spent is how much time of a processor f takes. Other programs that run don't count.
func spent(t *testing.T, f func()) time.Duration {
	t.Helper()
	now := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			t.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	start := now()
	f()
	return now() - start
}

// The whole of a command, which has client-go load the file, reads it strictly, makes the change and proves it in both
// ways, takes at most seven times as long as client-go takes to load the file once.
func TestEditTakesAFewLoads(t *testing.T) {
	const most = 7
	for name, text := range map[string][]byte{"15 MiB of certificates": large(3000, 4900), "many entries": large(9000, 12)} {
		path := t.TempDir() + "/config"
		writeFile(t, path, string(text))
		best := math.Inf(1)
		for range 10 {
			once := spent(t, func() {
				if _, err := clientcmd.LoadFromFile(path); err != nil {
					t.Fatal(err)
				}
			})
			edit := spent(t, func() {
				files, err := load(path)
				if err != nil || len(files.AuthInfos) == 0 {
					t.Fatal(err)
				}
				e, err := files.Files[path].Edit(change("u1000", "c0"))
				if err != nil || len(e.Notes) > 0 {
					t.Fatal(err, e.Notes)
				}
			})
			if best = min(best, float64(edit)/float64(once)); best <= most {
				break
			}
		}
		if best > most {
			t.Errorf("%s (%d bytes): %.1f times as long", name, len(text), best)
		}
		t.Logf("%s (%d bytes): %.1f times as long", name, len(text), best)
	}
}

// Twice as many changes take about twice as long, not four times.
func TestEditsInALine(t *testing.T) {
	text := large(4000, 12)
	all := func(n int) (c Change) {
		c = Change{Users: map[string]map[string]any{}, Contexts: map[string]map[string]any{}}
		for i := range n {
			c.Users[fmt.Sprint("u", i)] = map[string]any{"tokenFile": "x"}
			c.Contexts[fmt.Sprint("c", i)] = map[string]any{"user": "u0"}
		}
		return c
	}
	edit := func(n int) time.Duration {
		return spent(t, func() {
			if e, err := Edit(text, all(n)); err != nil || len(e.Notes) > 0 || len(e.Change.Users) != n {
				t.Fatal(err, e.Notes)
			}
		})
	}
	best := math.Inf(1)
	for range 3 {
		if best = min(best, float64(edit(4000))/float64(edit(1000))); best < 8 {
			break
		}
	}
	if best >= 8 {
		t.Errorf("four times as many changes take %.1f times as long", best)
	}
}
