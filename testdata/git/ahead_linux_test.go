package git

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// alone runs a program in a PID namespace whose first process is bash. When the program has ended and nobody has its streams
// any more, it says how that went and how many processes are left, and waits until there is none, be it a zombie.
const alone = `"$@" 2>&1 | cat; code=$PIPESTATUS; set -- /proc/[0-9]*; echo; echo "ended with $code, $(($#-1)) left"; until set -- /proc/[0-9]*; [ $# = 1 ]; do sleep 0.05; done`

// Git has its answer, and goes, while the token that it had is renewed.
func TestRenewedAhead(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes PID namespaces")
	}
	eachGit(t, func(w *world) {
		w.env = append(w.env, "ENTRALOGIN_RENEW_AHEAD=")
		w.sim.AutoApprove(entratest.Carol, 0)
		w.succeed("ls-remote", app)
		w.age(45 * time.Minute)
		w.sim.ResetRequests()
		held, let := make(chan bool, 1), make(chan bool)
		release := sync.OnceFunc(func() { close(let) })
		defer release()
		w.sim.Fault("token", entratest.Fault{Times: 1, Grant: "refresh_token", Rewrite: func(map[string]any) { held <- true; <-let }})

		r := &run{cmd: w.program("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", alone, "bash", w.git.path, "ls-remote", app)}
		r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
		if err := r.cmd.Start(); err != nil {
			w.Fatal(err)
		}
		r.stdout.await(w.T, "\nended with 0, 1 left\n")
		select {
		case <-held:
		case <-time.After(limit):
			w.Fatal("nobody renews")
		}
		release()
		stdout, stderr := w.succeeded(r)
		if !strings.Contains(stdout, "refs/heads/main") || strings.Contains(stdout, "entralogin:") || stderr != "" {
			w.Errorf("%s%s", stdout, stderr)
		}
		w.age(30 * time.Minute) // the old token would be stale
		w.succeed("ls-remote", app)
		if n := w.sim.Requests("token"); n != 1 {
			w.Errorf("%d requests", n)
		}
	})
}

// age makes the stored tokens older.
func (w *world) age(by time.Duration) {
	w.Helper()
	if err := entratest.AgeTokens(w.path(".cache/entralogin"), by); err != nil {
		w.Fatal(err)
	}
}
