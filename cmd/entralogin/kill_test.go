//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// killsVariable says how many processes TestKilled kills: "ENTRALOGIN_KILLS=20000 go test ...". Without it
// there are few, of each kind.
const killsVariable = "ENTRALOGIN_KILLS"

// TestKilled kills processes (SIGKILL) at random moments of their work, and checks after each what a kill
// must not take away:
//
//   - the session's file is whole, and its refresh token is one that the service issued;
//   - where the service lets an old refresh token serve, as Entra does, nobody is asked again, ever;
//   - where it rotates them strictly, a sign-in is lost only with a process that died between the service's
//     answer and the renaming of the file: the new token was nowhere but in its memory, and the old one was
//     void by then. Nothing on this side of the wire can close that gap;
//   - whoever was signed in before another account came is still signed in;
//   - a logout that was cut off is finished by the next one, and leaves no secret behind.
func TestKilled(t *testing.T) {
	t.Parallel()
	kills := large(t, killsVariable, 100)
	program := program(t)
	var wg sync.WaitGroup
	for _, w := range killedWorks() {
		for range w.workers {
			k := &killer{killedWork: w, house: newHouse(t), program: program}
			wg.Go(func() { k.all(kills * w.percent / 100 / w.workers) })
		}
	}
	wg.Wait()
}

// large is how much of something a test does: what the variable says, or little.
func large(t *testing.T, variable string, little int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return little
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < little {
		t.Fatalf("%s is %q, which is no number from %d on", variable, text, little)
	}
	return n
}

// program is what storms and kills run: the tests' own binary as entralogin, or, where the race detector
// would have it die too slowly, one that is built as it is delivered.
func program(t *testing.T) string {
	t.Helper()
	if underRace {
		return built(t)
	}
	path, err := exec.LookPath("entralogin")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// built is the program as it is delivered.
func built(t *testing.T) string {
	t.Helper()
	path, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// buildOnce builds it beside the commands of TestMain, which are removed in the end.
var buildOnce = sync.OnceValues(func() (string, error) {
	self, err := exec.LookPath("entralogin")
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(self), "delivered", "entralogin")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// killedWork is what a process does when it is killed.
type killedWork struct {
	name             string
	workers, percent int // how many do it at the same time, and their share of the kills
	strict           bool
	person           string // who approves
	command          []string
	begin, after     func(k *killer)
}

func killedWorks() []killedWork {
	token := []string{"get-token", "--server-id", entratest.ServerID}
	login := []string{"login"}
	return []killedWork{
		{"refresh", 2, 56, false, entratest.Alice, token, (*killer).signedIn, (*killer).served},
		{"refresh, strict rotation", 2, 10, true, entratest.Alice, token, (*killer).signedIn, (*killer).servedOrLost},
		{"sign-in", 4, 8, false, entratest.Alice, token, (*killer).nobody, (*killer).signedInOrNot},
		{"account change", 4, 8, false, entratest.Bob, login, (*killer).alone, (*killer).bothOrOne},
		{"renewal ahead", 2, 10, false, entratest.Alice, nil, (*killer).due, (*killer).served},
		{"renewal ahead, strict rotation", 2, 10, true, entratest.Alice, nil, (*killer).due, (*killer).servedOrLost},
		{"logout", 2, 18, false, entratest.Alice, []string{"logout"}, (*killer).restored, (*killer).loggedOut},
	}
}

// killer does one work again and again in a house of its own.
type killer struct {
	killedWork
	*house
	program string

	before map[string]bool // refresh tokens on the disk before the kill
	lost   int
	saved  string        // a copy of the cache
	span   time.Duration // how long a process is left alone at most
}

func (k *killer) all(kills int) {
	k.sim.Set(func(o *entratest.Settings) { o.RotateStrict = k.strict })
	k.span = 25 * time.Millisecond
	done, start := 0, time.Now()
	for tries := 0; done < kills && tries < 20*kills+100 && !k.t.Failed(); tries++ {
		k.begin(k)
		k.before = k.refreshTokens()
		k.sim.AutoApprove(k.person, 0)
		k.sim.ResetRequests()
		// The span follows the speed of the machine: about half of the processes are caught alive.
		if k.kill() {
			done++
			k.span = min(k.span*11/10, 50*time.Millisecond)
		} else {
			k.span = max(k.span*9/10, time.Millisecond)
		}
		k.age(time.Now().Add(-time.Hour))
		k.after(k)
		k.whole()
	}
	k.t.Logf("%s: %d kills in %v, %d sign-ins lost", k.name, done, time.Since(start).Round(time.Second), k.lost)
	if done < kills && !k.t.Failed() {
		k.t.Errorf("%s: the processes end too soon: %d of %d were killed", k.name, done, kills)
	}
}

// kill starts the work and kills it: at any moment, or a moment after the service has answered. It reports
// whether the process was still there to be killed.
func (k *killer) kill() bool {
	cmd := exec.Command(k.program, k.command...)
	cmd.Dir, cmd.Env = k.work, k.env
	if err := cmd.Start(); err != nil {
		k.t.Error(err)
		return false
	}
	if k.command[0] != "logout" && rand.IntN(4) > 0 {
		for start := time.Now(); k.sim.Requests("token") == 0 && time.Since(start) < patience; {
			time.Sleep(200 * time.Microsecond)
		}
		time.Sleep(rand.N(k.span / 2))
	} else {
		time.Sleep(rand.N(k.span))
	}
	cmd.Process.Kill()
	cmd.Wait()
	return cmd.ProcessState.ExitCode() < 0
}

// exits runs a command and checks its exit code. Nobody may be asked.
func (k *killer) exits(args []string, want ...int) (code int) {
	cmd := exec.Command(k.program, append(args, "--prompt", "never")...)
	cmd.Dir, cmd.Env = k.work, k.env
	out, err := cmd.CombinedOutput()
	code = cmd.ProcessState.ExitCode()
	for _, one := range want {
		if code == one {
			return code
		}
	}
	k.t.Errorf("%s: %v ends with %d: %v\n%s", k.name, args, code, err, out)
	return code
}

// signIn signs somebody in as people do.
func (k *killer) signIn(who string) {
	k.sim.AutoApprove(who, 0)
	cmd := exec.Command(k.program, "get-token", "--server-id", entratest.ServerID, "--account", who)
	cmd.Dir, cmd.Env = k.work, k.env
	if out, err := cmd.CombinedOutput(); err != nil {
		k.t.Errorf("%s: sign in %s: %v: %s", k.name, who, err, out)
	}
}

func (k *killer) token(args ...string) []string {
	return append([]string{"get-token", "--server-id", entratest.ServerID}, args...)
}

// signedIn sees to it that alice is signed in and has no token at hand.
func (k *killer) signedIn() {
	if len(k.refreshTokens()) == 0 {
		k.signIn(entratest.Alice)
	}
	os.RemoveAll(filepath.Join(k.cache(), "tokens"))
}

// due sees to it that alice's token is in the last third of its life, and has the process that renews it be killed.
func (k *killer) due() {
	k.signedIn()
	k.exits(k.token(), 0)
	tokens, err := filepath.Glob(filepath.Join(k.cache(), "tokens", "*"))
	if err := errors.Join(err, entratest.AgeTokens(k.cache(), 45*time.Minute)); err != nil || len(tokens) != 1 {
		k.t.Errorf("%s: %q: %v", k.name, tokens, err)
		return
	}
	k.command = []string{"renew-ahead", "--", filepath.Base(tokens[0]), "access", entratest.ServerID + "/.default"}
}

// served checks that the refresh token on the disk serves, and that the next run cleans up.
func (k *killer) served() {
	os.RemoveAll(filepath.Join(k.cache(), "tokens"))
	k.exits(k.token(), 0)
	k.swept()
}

// servedOrLost allows for the gap that TestKilled speaks of.
func (k *killer) servedOrLost() {
	unchanged := true
	for refresh := range k.refreshTokens() {
		unchanged = unchanged && k.before[refresh]
	}
	os.RemoveAll(filepath.Join(k.cache(), "tokens"))
	if k.exits(k.token(), 0, 4) == 0 {
		k.swept()
		return
	}
	if !unchanged || !k.answered() {
		k.t.Errorf("%s: the sign-in is lost, but not in the gap: session unchanged is %v", k.name, unchanged)
	}
	k.lost++
	k.exits([]string{"logout", "--all"}, 0)
	k.clean()
}

// answered reports whether the service has granted a renewal. It may be at it still when the process that
// asked is killed.
func (k *killer) answered() bool {
	for start := time.Now(); time.Since(start) < patience; time.Sleep(5 * time.Millisecond) {
		for _, r := range k.sim.RequestLog() {
			if r.Grant == "refresh_token" && r.Status == 200 {
				return true
			}
		}
	}
	return false
}

func (k *killer) nobody() {
	k.exits([]string{"logout", "--all"}, 0)
	k.clean()
}

func (k *killer) signedInOrNot() {
	if len(k.refreshTokens()) > 0 {
		k.served()
		return
	}
	k.exits(k.token(), 4, 0) // the token file may not be there without the session, but let the program say so
}

// alone sees to it that alice is signed in, and nobody else.
func (k *killer) alone() {
	if len(k.refreshTokens()) == 0 {
		k.signIn(entratest.Alice)
	}
}

func (k *killer) bothOrOne() {
	os.RemoveAll(filepath.Join(k.cache(), "tokens"))
	k.exits(k.token("--account", entratest.Alice), 0)
	k.swept()
	if len(k.refreshTokens()) > 1 {
		k.exits(k.token("--account", entratest.Bob), 0)
	}
	k.exits([]string{"logout", "--account", entratest.Bob}, 0, 3) // 3: he had not got in
	if n := len(k.refreshTokens()); n != 1 {
		k.t.Errorf("%s: %d refresh tokens after Bob is gone", k.name, n)
	}
}

// restored puts the cache of a sign-in back.
func (k *killer) restored() {
	if k.saved == "" {
		k.signIn(entratest.Alice)
		k.saved = filepath.Join(k.dir, "saved")
		if err := os.CopyFS(k.saved, os.DirFS(k.cache())); err != nil {
			k.t.Error(err)
		}
	}
	os.RemoveAll(k.cache())
	if err := os.CopyFS(k.cache(), os.DirFS(k.saved)); err != nil {
		k.t.Error(err)
	}
}

func (k *killer) loggedOut() {
	if len(k.refreshTokens()) > 0 {
		k.served()
	}
	k.exits([]string{"logout"}, 0)
	k.clean()
}

// whole checks the session's file: it is there or not, but never damaged.
func (k *killer) whole() {
	damaged, err := filepath.Glob(filepath.Join(k.cache(), "*", "*.damaged"))
	if err != nil || len(damaged) > 0 {
		k.t.Errorf("%s: damaged: %q, %v", k.name, damaged, err)
	}
}

// clean checks that no file holds a secret.
func (k *killer) clean() {
	k.eachFile(func(path string, blob []byte) {
		for _, secret := range k.sim.Secrets() {
			if strings.Contains(string(blob), secret) {
				k.t.Errorf("%s: %s holds a secret after the logout", k.name, path)
				return
			}
		}
	})
}

// age makes the temporary files of the killed old.
func (k *killer) age(at time.Time) {
	k.eachFile(func(path string, _ []byte) {
		if strings.Contains(path, ".tmp-") {
			os.Chtimes(path, at, at)
		}
	})
}

// swept checks that a run that wrote tokens and sessions has cleaned up there.
func (k *killer) swept() {
	k.eachFile(func(path string, _ []byte) {
		if folder := filepath.Base(filepath.Dir(path)); strings.Contains(path, ".tmp-") && (folder == "tokens" || folder == "sessions") {
			k.t.Errorf("%s: %s outlives the next run", k.name, path)
		}
	})
}

func (k *killer) eachFile(do func(path string, blob []byte)) {
	filepath.WalkDir(k.cache(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		blob, err := os.ReadFile(path)
		if err != nil {
			k.t.Error(err)
		}
		do(path, blob)
		return nil
	})
}

// refreshTokens are those in the finished sessions. Each must be one that the service issued.
func (k *killer) refreshTokens() map[string]bool {
	found := map[string]bool{}
	k.eachFile(func(path string, blob []byte) {
		if filepath.Base(filepath.Dir(path)) != "sessions" || strings.Contains(path, ".tmp-") {
			return
		}
		var file struct {
			MSAL struct {
				RefreshToken map[string]struct{ Secret string }
			}
		}
		if err := json.Unmarshal(blob, &file); err != nil {
			k.t.Errorf("%s: %s is not whole: %v", k.name, path, err)
		}
		for _, entry := range file.MSAL.RefreshToken {
			found[entry.Secret] = true
		}
	})
	issued := fmt.Sprint(k.sim.Secrets())
	for refresh := range found {
		if refresh == "" || !strings.Contains(issued, refresh) {
			k.t.Errorf("%s: a refresh token that the service never issued", k.name)
		}
	}
	return found
}
