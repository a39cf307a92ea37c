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
		w.Env = append(w.Env, "ENTRALOGIN_RENEW_AHEAD=")
		w.Sim.AutoApprove(entratest.Carol, 0)
		w.succeed("ls-remote", app)
		w.age(45 * time.Minute)
		w.Sim.ResetRequests()
		held, let := make(chan bool, 1), make(chan bool)
		release := sync.OnceFunc(func() { close(let) })
		defer release()
		w.Sim.Fault("token", entratest.Fault{Times: 1, Grant: "refresh_token", Rewrite: func(map[string]any) { held <- true; <-let }})

		r := w.Begin(w.program("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", alone, "bash", w.git.path, "ls-remote", app))
		r.Out.Await(w.T, limit, "\nended with 0, 1 left\n")
		select {
		case <-held:
		case <-time.After(limit):
			w.Fatal("nobody renews")
		}
		release()
		stdout, stderr := w.MustSucceed(r)
		if !strings.Contains(stdout, "refs/heads/main") || strings.Contains(stdout, "entralogin:") || stderr != "" {
			w.Errorf("%s%s", stdout, stderr)
		}
		w.age(30 * time.Minute) // the old token would be stale
		w.succeed("ls-remote", app)
		if n := w.Sim.Requests("token"); n != 1 {
			w.Errorf("%d requests", n)
		}
	})
}

// age makes the stored tokens older.
func (w *world) age(by time.Duration) {
	w.Helper()
	if err := entratest.AgeTokens(w.Path(".cache/entralogin"), by); err != nil {
		w.Fatal(err)
	}
}
