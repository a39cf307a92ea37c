//go:build unix

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// storm is many processes that want the same at the same time. Nothing here measures a machine: the bounds
// are far from what happens, so that a slow one passes.
type storm struct {
	*house
	program string
	size    int // of the largest; others are parts of it
	runs    []*run
	ended   []time.Time
	wg      sync.WaitGroup
}

// stormVariable says how many processes the largest storms have: "ENTRALOGIN_STORM=200 go test ...".
const stormVariable = "ENTRALOGIN_STORM"

func newStorm(t *testing.T, program string) *storm {
	s := &storm{house: newHouse(t), program: program, size: large(t, stormVariable, 50)}
	s.sim.Set(func(o *entratest.Settings) { o.RotateStrict = true })
	return s
}

// blow starts n processes; on the same standard error if screen is not nil.
func (s *storm) blow(n int, screen *os.File, args ...string) {
	s.runs, s.ended = make([]*run, n), make([]time.Time, n)
	for i := range s.runs {
		r := &run{cmd: exec.Command(s.program, append([]string{"get-token", "--server-id", entratest.ServerID}, args...)...)}
		r.cmd.Dir, r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = s.work, s.env, &r.out, &r.err
		if screen != nil {
			r.cmd.Stderr = screen
		}
		if err := r.cmd.Start(); err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() { r.cmd.Process.Kill() })
		s.runs[i] = r
		s.wg.Go(func() { r.cmd.Wait(); s.ended[i] = time.Now() })
	}
}

// over waits for the end of all, and checks their exit codes and that they gave the same answer. The dead
// don't count. It logs how long the last one outlived the first.
func (s *storm) over(code int) {
	s.t.Helper()
	s.wg.Wait()
	answer, first, last := "", time.Time{}, time.Time{}
	for i, r := range s.runs {
		got := r.cmd.ProcessState.ExitCode()
		if got < 0 {
			continue
		}
		out := string(r.out.Bytes())
		if first.IsZero() {
			answer, first, last = out, s.ended[i], s.ended[i]
		}
		if got != code || out != answer || code == 0 && out == "" {
			s.t.Fatalf("process %d ends with %d, answer %.40q, not %d and %.40q: %s", i, got, out, code, answer, r.err.Bytes())
		}
		if s.ended[i].Before(first) {
			first = s.ended[i]
		}
		if s.ended[i].After(last) {
			last = s.ended[i]
		}
	}
	s.t.Logf("%d processes ended with %d; the last one outlived the first by %v", len(s.runs), code, last.Sub(first).Round(time.Millisecond))
	if last.Sub(first) > 2*time.Minute { // as long as a lock is waited for
		s.t.Errorf("somebody waited %v longer than somebody else", last.Sub(first))
	}
}

func (s *storm) requested(endpoint string, least, most int) {
	s.t.Helper()
	if n := s.sim.Requests(endpoint); n < least || n > most {
		s.t.Errorf("%d requests of %s, not %d to %d", n, endpoint, least, most)
	}
}

// code waits for a code that is not old.
func (s *storm) code(old string) string {
	s.t.Helper()
	var found string
	if !until(func() bool {
		for _, code := range s.sim.PendingCodes() {
			if code != old && found == "" {
				found = code
			}
		}
		return found != ""
	}) {
		s.t.Fatal("nobody was asked")
	}
	return found
}

// shift makes the stored tokens older.
func (s *storm) shift(by time.Duration) {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.cache(), "tokens", "*"))
	if err != nil || len(files) == 0 {
		s.t.Fatal("no tokens", err)
	}
	for _, file := range files {
		blob, err := os.ReadFile(file)
		fields := map[string]any{}
		if err == nil {
			err = json.Unmarshal(blob, &fields)
		}
		for _, name := range []string{"expires", "obtained"} {
			text, _ := fields[name].(string)
			at, _ := time.Parse(time.RFC3339Nano, text)
			fields[name] = at.Add(-by)
		}
		if blob, _ = json.Marshal(fields); err == nil {
			err = os.WriteFile(file, blob, 0o600)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *storm) signIn(who string, args ...string) {
	s.t.Helper()
	s.sim.AutoApprove(who, 0)
	s.blow(1, nil, args...)
	s.over(0)
	s.sim.AutoApprove("", 0)
	s.sim.ResetRequests()
}

func TestStorm(t *testing.T) {
	t.Parallel()
	program := program(t)
	for name, test := range map[string]func(*storm){
		"nothing cached":      (*storm).nothingCached,
		"one browser":         (*storm).oneBrowser,
		"expired":             (*storm).expired,
		"holder killed":       (*storm).holderKilled,
		"service down":        (*storm).serviceDown,
		"no code to be had":   (*storm).noCode,
		"tenants and clients": (*storm).tenantsAndClients,
		"signals":             (*storm).signals,
		"federated":           (*storm).federated,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(newStorm(t, program))
		})
	}
}

// One address on the standard error that all share, one browser that opens it, one answer for all.
func (s *storm) oneBrowser() {
	screen, err := os.Create(filepath.Join(s.dir, "screen"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer screen.Close()
	opened := filepath.Join(s.dir, "opened")
	opener := filepath.Join(s.dir, "opener")
	if err := entratest.WriteProgram(opener, "#!/bin/sh\necho \"$1\" >>"+opened+"\necho noise\n"); err != nil {
		s.t.Fatal(err)
	}
	s.blow(s.size, screen, "--login", "browser", "--browser", opener)
	var shown string
	addresses := func() []string {
		content, err := os.ReadFile(screen.Name())
		if err != nil {
			s.t.Fatal(err)
		}
		shown = string(content)
		return loopbackAddress.FindAllString(shown, -1)
	}
	reads := func() string { once, _ := os.ReadFile(opened); return string(once) }
	if !until(func() bool { return len(addresses()) > 0 && strings.HasSuffix(reads(), "\n") }) {
		s.t.Fatalf("no address is shown, or none opened: %s", shown)
	}
	page, err := s.sim.Visit(s.t.Context(), addresses()[0], "alice")
	if err != nil || page != "" && !strings.Contains(page, "Signed in") {
		s.t.Fatalf("the browser ends with %v: %s", err, page)
	}
	s.over(0)
	if got := addresses(); len(got) != 1 {
		s.t.Errorf("%d addresses are shown, not one: %s", len(got), shown)
	}
	s.requested("token", 1, 1)
	s.requested("devicecode", 0, 0)
	if once := reads(); once != addresses()[0]+"\n" {
		s.t.Errorf("opened %q", once)
	}
	for _, secret := range s.sim.Secrets() {
		if strings.Contains(shown, secret) {
			s.t.Error("a secret is shown")
		}
	}
}

var loopbackAddress = regexp.MustCompile(`http://localhost:[0-9]+/[A-Z0-9]+`)

// One prompt on the standard error that all share, one code, one answer for all.
func (s *storm) nothingCached() {
	screen, err := os.Create(filepath.Join(s.dir, "screen"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer screen.Close()
	s.blow(s.size, screen)
	code := s.code("")
	s.polled(1)
	if err := s.sim.Approve(code, entratest.Alice); err != nil {
		s.t.Fatal(err)
	}
	s.over(0)
	s.requested("devicecode", 1, 1)
	text, err := os.ReadFile(screen.Name())
	if n := len(shownCode.FindAll(text, -1)); n != 1 || err != nil {
		s.t.Errorf("%d prompts, %v", n, err)
	}
}

// One refresh, though each refresh token serves once.
func (s *storm) expired() {
	s.signIn(entratest.Alice)
	s.shift(2 * time.Hour)
	s.blow(s.size, nil)
	s.over(0)
	s.requested("*", 1, 1)
	s.requested("token", 1, 1)
}

// The process whose prompt all wait for is killed: the next one asks anew, and says so to the others.
func (s *storm) holderKilled() {
	s.blow(s.size/5, nil)
	for range 2 {
		first := s.code("")
		s.killHolder(first)
		s.code(first)
		if err := s.sim.Decline(first); err != nil { // nobody polls for it any more
			s.t.Error(err)
		}
	}
	last := s.code("")
	s.polled(1)
	if err := s.sim.Approve(last, entratest.Alice); err != nil {
		s.t.Error(err)
	}
	s.over(0)
	s.requested("devicecode", 3, 3)
	for i, r := range s.runs {
		if text := string(r.err.Bytes()); r.cmd.ProcessState.ExitCode() == 0 && !strings.Contains(text, last) {
			s.t.Errorf("process %d was not told the last code: %s", i, text)
		}
	}
}

// killHolder kills the process that got a code. Its record tells which one that is.
func (s *storm) killHolder(code string) {
	s.t.Helper()
	if !until(func() bool { return s.killed(code) }) {
		s.t.Fatal("nobody has the code")
	}
}

// killed kills it if its record is there.
func (s *storm) killed(code string) bool {
	files, _ := filepath.Glob(filepath.Join(s.cache(), "pending", "*"))
	for _, file := range files {
		var record struct {
			PID  int    `json:"pid"`
			Code string `json:"user_code"`
		}
		blob, err := os.ReadFile(file)
		if err != nil || json.Unmarshal(blob, &record) != nil || record.Code != code {
			continue
		}
		for _, r := range s.runs {
			if r.cmd.Process.Pid == record.PID {
				r.cmd.Process.Kill()
				return true
			}
		}
	}
	return false
}

// While the service is down the token that is still valid is used, and nobody is asked when it is not.
// Those who wait for a process that finds the service down fail with it: they don't try one after the other.
func (s *storm) serviceDown() {
	s.signIn(entratest.Alice)
	s.sim.Fault("*", entratest.Fault{Status: 503})
	s.shift(57 * time.Minute)
	s.blow(s.size*3/10, nil)
	s.over(0)
	for i, r := range s.runs {
		if !strings.Contains(string(r.err.Bytes()), "the one at hand is used until it ends") {
			s.t.Errorf("process %d says nothing: %s", i, r.err.Bytes())
		}
	}
	s.shift(10 * time.Minute)
	s.sim.ResetRequests()
	s.blow(s.size*3/10, nil)
	s.over(6)
	s.t.Logf("%d requests", s.sim.Requests("*"))
	s.requested("*", 3, s.size*3/10)
	s.requested("devicecode", 0, 0)
	s.sim.ClearFaults()
	s.blow(s.size/10, nil)
	s.over(0)
	s.requested("devicecode", 0, 0)
}

// The same where nobody has signed in yet.
func (s *storm) noCode() {
	s.blow(1, nil, "--prompt", "never")
	s.over(4)
	s.sim.Fault("devicecode", entratest.Fault{Status: 503})
	s.blow(s.size*3/10, nil)
	s.over(6)
	s.requested("devicecode", 3, s.size*3/10)
	s.sim.ClearFaults()
	s.signIn(entratest.Alice)
}

// Each of two clients in two tenants needs one sign-in, ever. A warm call waits for nobody: the test has
// all locks meanwhile.
func (s *storm) tenantsAndClients() {
	combinations := [][]string{
		{"--tenant-id", entratest.TenantContoso, "--client-id", entratest.ClientID},
		{"--tenant-id", entratest.TenantFabrikam, "--client-id", entratest.ClientID},
		{"--tenant-id", entratest.TenantContoso, "--client-id", entratest.ClientID2},
		{"--tenant-id", entratest.TenantFabrikam, "--client-id", entratest.ClientID2},
	}
	// The simulator's strict rotation also voids a refresh token that it refuses for a tenant.
	s.sim.Set(func(o *entratest.Settings) { o.RotateStrict = false })
	for i, args := range combinations {
		s.signIn([]string{entratest.Alice, entratest.Erin}[i%2], args...)
	}
	for range 3 {
		s.shift(2 * time.Hour)
		s.sim.ResetRequests()
		for _, args := range combinations {
			s.blow(s.size/10, nil, args...)
			s.over(0)
		}
		s.requested("*", 4, 4)
		s.requested("token", 4, 4)
	}
	files, err := filepath.Glob(filepath.Join(s.cache(), "locks", "*"))
	if err != nil || len(files) < 4 {
		s.t.Fatal(files, err)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			s.t.Fatal(err)
		}
		defer f.Close()
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
			s.t.Fatal(err)
		}
	}
	s.sim.ResetRequests()
	for _, args := range combinations {
		s.blow(s.size/20, nil, args...)
		s.over(0)
	}
	s.requested("*", 0, 0)
}

// Who waits for another one's prompt obeys signals, and disturbs nobody by that.
func (s *storm) signals() {
	s.blow(12, nil)
	code := s.code("")
	holder := -1
	for i, r := range s.runs {
		r.prompted(s.t)
		if !strings.Contains(string(r.err.Bytes()), "for which this one waits") {
			holder = i
		}
	}
	if holder < 0 {
		s.t.Fatal("nobody asks")
	}
	for i, sent := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		r := s.runs[(holder+1+i)%len(s.runs)]
		start := time.Now()
		if err := r.cmd.Process.Signal(sent); err != nil {
			s.t.Error(err)
		}
		if !until(func() bool { return strings.Contains(string(r.err.Bytes()), "ended by a signal") }) {
			s.t.Errorf("%v: not obeyed", sent)
		}
		s.t.Logf("%v: obeyed after %v", sent, time.Since(start).Round(time.Millisecond))
	}
	if err := s.sim.Approve(code, entratest.Alice); err != nil {
		s.t.Error(err)
	}
	s.wg.Wait()
	for i, r := range s.runs {
		got, want := r.cmd.ProcessState.ExitCode(), 0
		if nth := (i - holder - 1 + 2*len(s.runs)) % len(s.runs); nth < 3 {
			want = []int{143, 130, 129}[nth]
		}
		if got != want {
			s.t.Errorf("process %d ends with %d, not %d: %s", i, got, want, r.err.Bytes())
		}
	}
	s.requested("devicecode", 1, 1)
}
