package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestMain lets the tests run the real program, in a process of its own: the test binary is it where this
// variable says so.
func TestMain(m *testing.M) {
	if os.Getenv("ENTRASIM_TEST_MAIN") != "" {
		main()
	}
	if os.Getenv(asKubectl) != "" {
		whoami()
		return
	}
	dir, err := os.MkdirTemp("", "entrasim-test-")
	if err != nil {
		panic(err)
	}
	builtPath = filepath.Join(dir, "entralogin")
	if runtime.GOOS == "windows" {
		builtPath += ".exe"
	}
	entratest.Patient(16)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// patience is how long a test waits for what takes a fraction of a second: what else would happen takes longer,
// so that a busy machine fails no test.
const patience = 2 * time.Minute

// until waits for something, and reports whether it came.
func until(there func() bool) bool {
	for deadline := time.Now().Add(patience); !there(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

var builtPath string // where the tests' entralogin goes

// build builds it, once for all tests.
var build = sync.OnceValue(func() error {
	out, err := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-w", "-o", builtPath, program).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
})

func entralogin(t *testing.T) string {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return builtPath
}

// A show is a demo in a process of its own, with a home and a folder for temporary files that are empty.
type show struct {
	t              *testing.T
	cmd            *exec.Cmd
	home, temp     string
	stdout, stderr lockedBuffer
}

// newShow takes the environment in addition to the test's own.
func newShow(t *testing.T, env []string, args ...string) *show {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &show{t: t, home: t.TempDir(), temp: t.TempDir()}
	s.cmd = exec.CommandContext(t.Context(), self, append([]string{"demo"}, args...)...)
	s.cmd.Env = append(os.Environ(), "ENTRASIM_TEST_MAIN=1", "HOME="+s.home, "USERPROFILE="+s.home,
		"TMPDIR="+s.temp, "TMP="+s.temp, "TEMP="+s.temp)
	s.cmd.Env = append(s.cmd.Env, env...)
	s.cmd.Stdout, s.cmd.Stderr = &s.stdout, &s.stderr
	s.cmd.WaitDelay = 20 * time.Second
	return s
}

// end waits for the end of a demo that was started, and checks what must hold for every one.
func (s *show) end(code int) {
	s.t.Helper()
	if err := s.cmd.Wait(); s.cmd.ProcessState.ExitCode() != code {
		s.t.Errorf("it ended with %v, not exit code %d", err, code)
	}
	all := s.stdout.String() + s.stderr.String()
	if token.MatchString(all) {
		s.t.Error("a whole token was shown")
	}
	for _, dir := range []string{s.home, s.temp} {
		left, err := os.ReadDir(dir)
		if err != nil || len(left) > 0 {
			s.t.Errorf("something is left in %s: %v, %v", dir, left, err)
		}
	}
	if s.t.Failed() {
		s.t.Log(all)
	}
}

func (s *show) run(code int) {
	s.t.Helper()
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.end(code)
}

// says checks that texts were written, in this order.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		_, rest, found := strings.Cut(text, part)
		if !found {
			t.Errorf("%q is missing in %q", part, text)
			return
		}
		text = rest
	}
}

var session = []string{
	`ca-file: "ca.pem"`,
	"$ entralogin get-token --server-id 5e12fe20-6f70-4182-9d9e-4f5a6b7c8d9e\n",
	"simulated Alice", `"kind": "ExecCredential"`, `"token": "eyJhbGciOi…(1,`, "for alice@contoso.example",
	"$ entralogin get-token --server-id", " ms", "counted 0 requests.",
	"$ entralogin graph me --manager\n", "Alice Adams", "Manager ", "counted 3 requests (token, me, manager).",
}

// The demo as a newcomer runs it, who has Go and nothing else.
func TestDemo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds entralogin")
	}
	out, err := exec.Command("go", "env", "GOPATH", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dirs := strings.Split(strings.ReplaceAll(string(out), "\r", ""), "\n")
	// Go's own settings and counters go to the configuration folder.
	config := t.TempDir()
	s := newShow(t, []string{"GOPATH=" + dirs[0], "GOCACHE=" + dirs[1], "GOMODCACHE=" + dirs[2], "XDG_CONFIG_HOME=" + config})
	s.run(0)
	says(t, s.stdout.String(), append([]string{"Building entralogin"}, append(session, "kubectl", "That was all", "README.md")...)...)
	readme, err := os.ReadFile("../../README.md")
	if _, heading, _ := strings.Cut(s.stdout.String(), "README.md, \""); err != nil || !strings.Contains(string(readme), "\n## "+strings.Split(heading, `"`)[0]+"\n") {
		t.Errorf("README.md has no such part, or can't be read: %v", err)
	}
	says(t, s.stderr.String(), "To sign in, use a web browser to open the page https://127.0.0.1:", "/devicelogin and enter the code ")
	if strings.Contains(s.stderr.String(), "entrasim: ") {
		t.Errorf("it complains: %s", s.stderr.String())
	}
	if _, err := os.Stat(filepath.Join(config, "entralogin")); err == nil {
		t.Error("it wrote a configuration of entralogin")
	}
}

// What stands in the person's environment doesn't lead the demo astray.
func TestDemoEnvironment(t *testing.T) {
	t.Parallel()
	bogus := filepath.Join(t.TempDir(), "bogus")
	s := newShow(t, []string{
		"CI=true", "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "ENTRALOGIN_PROMPT=never", "ENTRALOGIN_TENANT_ID=nowhere.example",
		"ENTRALOGIN_CONFIG=" + bogus, "KUBERNETES_EXEC_INFO={", "KUBECONFIG=" + bogus, "XDG_CONFIG_HOME=" + bogus, "XDG_CACHE_HOME=" + bogus,
		"HTTPS_PROXY=http://127.0.0.1:1", "https_proxy=http://127.0.0.1:1", "ALL_PROXY=http://127.0.0.1:1", "PATH=" + t.TempDir(),
	}, "--entralogin", entralogin(t), "--auto")
	s.run(0)
	says(t, s.stdout.String(), append(session, "kubectl is not on the PATH", "That was all")...)
	if _, err := os.Stat(bogus); err == nil {
		t.Error("it wrote where the environment led it")
	}
	fits(t, s.stdout.String())
}

// fits checks that a session is short, and that what the demo itself says in it is fit for 80 columns.
func fits(t *testing.T, session string) {
	t.Helper()
	if n := strings.Count(session, "\n"); n > 70 {
		t.Errorf("%d lines", n)
	}
	narrow(t, session)
}

// narrow checks the columns alone.
func narrow(t *testing.T, session string) {
	t.Helper()
	for line := range strings.Lines(session) {
		if utf8.RuneCountInString(line) > 80+1 && strings.ContainsAny(line[:1], "#$ ") {
			t.Errorf("more than 80 columns: %s", line)
		}
	}
}

// The browser that is played sees how the sign-in ends, and the rest of the session is as ever.
func TestDemoBrowser(t *testing.T) {
	t.Parallel()
	s := newShow(t, []string{"PATH=" + t.TempDir(), "DISPLAY=:77", "BROWSER=/nonexistent"}, "--entralogin", entralogin(t), "--auto", "--login", "browser")
	s.run(0)
	says(t, s.stdout.String(), "    login: browser\n", "$ entralogin get-token --server-id 5e12fe20-6f70-4182-9d9e-4f5a6b7c8d9e\n", "one is played",
		`"token": "eyJhbGciOi…(1,`, "for alice@contoso.example", "played browser says:\n    Signed in\n    alice@contoso.example is signed in", "You can close this page.\n",
		"counted 2 requests (openid-configuration, token),", "2 of the browser's (authorize)", "counted 0 requests.",
		"$ entralogin graph me --manager\n", "Alice Adams", "That was all")
	says(t, s.stderr.String(), "entralogin: To sign in, use a web browser on this machine to open the page http://localhost:")
	fits(t, s.stdout.String())
}

// A tenant that refuses device codes is asked for one once.
func TestDemoBlocked(t *testing.T) {
	t.Parallel()
	s := newShow(t, []string{"PATH=" + t.TempDir()}, "--entralogin", entralogin(t), "--auto", "--block-device-code", "53003")
	s.run(0)
	says(t, s.stdout.String(), "Alice enters the code", "It ended with 5", "asks for no device code", "one is played", "for alice@contoso.example",
		"counted 1 request (token),", "counted 0 requests.", "Alice Adams", "That was all")
	says(t, s.stderr.String(), "enter the code", "entralogin: AADSTS53003: ", "signs in with the browser", "refused device codes", "http://localhost:")
	narrow(t, s.stdout.String())
	if n := strings.Count(s.stderr.String(), "enter the code"); n != 1 {
		t.Errorf("%d device codes", n)
	}
	for _, args := range []string{"demo --login broker", "demo --block-device-code -1", "demo --block-device-code x"} {
		if code := run(t.Context(), strings.Fields(args), io.Discard, io.Discard); code != 2 {
			t.Errorf("%s: exit %d", args, code)
		}
	}
}

func TestDemoWithoutProgram(t *testing.T) {
	t.Parallel()
	s := newShow(t, nil, "--entralogin", filepath.Join(t.TempDir(), "missing"))
	s.run(1)
	says(t, s.stderr.String(), `entrasim: the step "build" of the demo failed: --entralogin: `)
	s = newShow(t, []string{"PATH=" + t.TempDir()})
	s.run(1)
	says(t, s.stderr.String(), `the step "build"`, "install Go")
	if code := run(t.Context(), []string{"demo", "extra"}, io.Discard, io.Discard); code != 2 {
		t.Errorf("exit code %d for a wrong call", code)
	}
}

// attended runs a demo in this process, as if in a terminal.
func attended(t *testing.T, stdin io.Reader, act func(stderr *lockedBuffer)) string {
	t.Helper()
	t.Parallel()
	var stdout, stderr lockedBuffer
	d := &demo{ready: entralogin(t), folder: t.TempDir(), attended: true, patience: time.Hour, stdin: stdin, stdout: &stdout, stderr: &stderr}
	done := make(chan error)
	go func() { done <- d.run(t.Context()) }()
	act(&stderr)
	if err := <-done; err != nil {
		t.Fatalf("%v\n%s%s", err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// In a terminal Enter plays the browser, and a person who has one needs no Enter.
func TestDemoBrowserEnter(t *testing.T) {
	t.Parallel()
	var stdout, stderr lockedBuffer
	d := &demo{ready: entralogin(t), folder: t.TempDir(), attended: true, browser: true, patience: time.Hour, stdin: strings.NewReader("\n"), stdout: &stdout, stderr: &stderr}
	if err := d.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout.String(), stderr.String())
	}
	says(t, stdout.String(), "Or press Enter here", "for alice@contoso.example")
	narrow(t, stdout.String())
}

// In a terminal Enter approves as Alice.
func TestDemoEnter(t *testing.T) {
	out := attended(t, strings.NewReader("\n"), func(*lockedBuffer) {})
	says(t, out, "Open that page in a browser", "press Enter here", "for alice@contoso.example", "Alice Adams")
	narrow(t, out)
}

var prompt = regexp.MustCompile(`open the page (https://127\.0\.0\.1:\d+/devicelogin) and enter the code (\w+)`)

// In a terminal the page works, too, for others than Alice, and without Enter: standard input may even be at its end.
func TestDemoPage(t *testing.T) {
	out := attended(t, strings.NewReader(""), func(stderr *lockedBuffer) {
		if !until(func() bool { return prompt.MatchString(stderr.String()) }) {
			t.Fatalf("no prompt: %q", stderr.String())
		}
		found := prompt.FindStringSubmatch(stderr.String())
		// As a person who clicks the browser's warning away.
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
		resp, err := client.PostForm(found[1], url.Values{"code": {found[2]}, "user": {"bob"}, "action": {"approve"}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	})
	says(t, out, "for bob@contoso.example", "Bob Bjørnsen")
}

func TestShorten(t *testing.T) {
	long := "eyJhbGciOiJSUzI1NiJ9." + strings.Repeat("a", 1000) + "." + strings.Repeat("-_", 100)
	for text, want := range map[string]string{
		"":                         "",
		"no token: eyJ":            "no token: eyJ",
		`"` + long + `"`:           `"eyJhbGciOi…(1,222 characters)"`,
		"eyJhbGciOiJub25lIn0.e30.": "eyJhbGciOi…(24 characters)",
	} {
		if got := shorten(text); got != want {
			t.Errorf("shorten(%.40q) = %q, want %q", text, got, want)
		}
	}
	if got := layOut(`{"a":{"b":true},"c":1}`); got != "{\n  \"a\": { \"b\": true },\n  \"c\": 1\n}" {
		t.Errorf("layOut gives %s", got)
	}
	if got := layOut("no JSON"); got != "no JSON" {
		t.Errorf("layOut gives %s", got)
	}
	var b bytes.Buffer
	(&demo{stdout: &b}).say("a", "", "b")
	if b.String() != "# a\n\n# b\n" {
		t.Errorf("say gives %q", &b)
	}
}

// The agent of whoever watches is asked for nothing.
func TestDemoAsksNoAgent(t *testing.T) {
	if env := (home{t.TempDir()}).environ(); !slices.Contains(env, agent.Variable+"="+agent.Off) {
		t.Errorf("%q", env)
	}
}
