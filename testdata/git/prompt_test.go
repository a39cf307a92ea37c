//go:build unix

package git

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// soon is how soon something has to be over that has nothing to wait for: 2 seconds, and some for a busy machine. What
// waits for a person does so for 15 minutes.
const soon = time.Minute

// Fetches at the same time show one code, and one sign-in lets all of them go on.
func TestParallelFetches(t *testing.T) {
	eachGit(t, func(w *world) {
		w.succeed("init", "--quiet", "all")
		const remotes = 9
		for i := range remotes {
			name := fmt.Sprintf("r%d", i)
			w.repository("contoso/tools/_git/" + name)
			w.succeed("-C", "all", "remote", "add", name, "https://dev.azure.com/contoso/tools/_git/"+name)
		}
		r := w.start("-C", "all", "fetch", "--all", "--jobs=8")
		r.Said.Await(w.T, limit, home.Shown) // before anybody has signed in: the person has to see it
		w.approve()
		_, stderr := w.MustSucceed(r)
		codes := map[string]bool{}
		for _, found := range regexp.MustCompile(`enter the code (\S+)`).FindAllStringSubmatch(stderr, -1) {
			codes[found[1]] = true
		}
		if len(codes) != 1 {
			w.Errorf("codes %v:\n%s", codes, stderr)
		}
		w.Codes(1)
		out, _ := w.succeed("-C", "all", "for-each-ref", "refs/remotes/*/main")
		if n := strings.Count(out, "/main\n"); n != remotes {
			w.Errorf("%d remotes were fetched:\n%s", n, out)
		}
		if n := w.Runs("get"); n < remotes {
			w.Errorf("the helper ran %d times: too few to show anything", n)
		}
	})
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

// Where somebody said that no person is there git fails at once, and no code is asked for.
func TestNobodyThere(t *testing.T) {
	for name, test := range map[string]struct{ env, config string }{
		"GIT_TERMINAL_PROMPT":          {"GIT_TERMINAL_PROMPT=0", ""},
		"GCM_INTERACTIVE":              {"GCM_INTERACTIVE=never", ""},
		"a fetch of VS Code's":         {"VSCODE_GIT_FETCH_SILENT=true", ""},
		"credential.interactive=false": {"", "[credential]\n\tinteractive = false\n"},
		"credential.interactive=never": {"", "[credential]\n\tinteractive = never\n"},
	} {
		t.Run(name, func(t *testing.T) {
			eachGit(t, func(w *world) {
				if test.env != "" {
					w.Env = append(w.Env, test.env)
				}
				w.config(test.config)
				start := time.Now()
				stderr := w.fail("clone", app, "one")
				if took := time.Since(start); took > soon {
					w.Errorf("took %v", took)
				}
				w.Contains(stderr, "entralogin: ", "told us to quit") // by the helper, before git asks by itself
				w.Codes(0)
			})
		})
	}
}

// Git leaves its helper behind when it is killed. The helper sees that and ends.
func TestKilled(t *testing.T) {
	for name, kill := range map[string]func(*world, *home.Run) error{
		"git terminated": func(_ *world, r *home.Run) error { return r.Process.Signal(syscall.SIGTERM) },
		"git killed":     func(_ *world, r *home.Run) error { return r.Process.Kill() },
		"parent killed":  func(w *world, _ *home.Run) error { return syscall.Kill(w.parent(w.process()), syscall.SIGKILL) },
		"reader killed":  func(w *world, _ *home.Run) error { return syscall.Kill(w.reader(), syscall.SIGKILL) },
		"Ctrl-C":         func(_ *world, r *home.Run) error { return syscall.Kill(-r.Process.Pid, syscall.SIGINT) },
	} {
		t.Run(name, func(t *testing.T) {
			eachGit(t, func(w *world) {
				cmd := w.command("clone", app, "one")
				cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // as a shell starts it
				r := w.Begin(cmd)
				r.Said.Await(w.T, limit, home.Shown)
				pid, start := w.process(), time.Now()
				if err := kill(w, r); err != nil {
					w.Fatal(err)
				}
				r.Wait() // for the end of the pipe, too, which the helper holds open
				for running(pid) {
					if time.Since(start) > soon {
						syscall.Kill(pid, syscall.SIGKILL)
						w.Fatalf("the helper lives on:\n%s", r.Said.String())
					}
					time.Sleep(10 * time.Millisecond)
				}
				w.Codes(1)
			})
		})
	}
}

// process is the process ID of the helper that answers "get", of which there is one.
func (w *world) process() int {
	w.Helper()
	files, err := filepath.Glob(w.Path("runs/*"))
	if err != nil || len(files) != 1 {
		w.Fatal(files, err)
	}
	pid, err := strconv.Atoi(filepath.Base(files[0]))
	if err != nil {
		w.Fatal(err)
	}
	return pid
}

// status returns a process's state and its parent, as proc(5) describes them.
func status(pid int) (state string, ppid int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	fmt.Sscanf(rest, "%s %d", &state, &ppid)
	return state, ppid
}

func (w *world) parent(pid int) int {
	w.Helper()
	_, ppid := status(pid)
	if ppid <= 1 {
		w.Fatalf("process %d has no parent", pid)
	}
	return ppid
}

// reader is the process that waits for the helper's answer, with or without a shell in between.
func (w *world) reader() int {
	w.Helper()
	for pid := w.process(); ; {
		pid = w.parent(pid)
		if text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); strings.Contains(string(text), "git-remote-http") {
			return pid
		}
	}
}

// running says whether a process is there. One that waits to be reaped by init, which not every container does, is not.
func running(pid int) bool {
	state, _ := status(pid)
	return state != "" && state != "Z"
}

// Where the settings name a browser git's user sees an address in place of a code, and fetches at the same time wait for
// one sign-in there.
func TestBrowser(t *testing.T) {
	eachGit(t, func(w *world) {
		w.Settings("login: browser\n")
		w.repository("contoso/tools/_git/other")
		w.succeed("init", "--quiet", "all")
		w.succeed("-C", "all", "remote", "add", "app", app)
		w.succeed("-C", "all", "remote", "add", "other", "https://dev.azure.com/contoso/tools/_git/other")
		r := w.start("-C", "all", "fetch", "--all", "--jobs=2")
		r.Said.Await(w.T, limit, "http://localhost:")
		r.Said.Await(w.T, limit, "just now.")
		address := regexp.MustCompile(`http://localhost:\d+/[A-Z0-9]+`)
		shown := address.FindString(r.Said.String())
		if _, err := w.Sim.Visit(w.Context(), shown, entratest.Carol); err != nil {
			w.Fatal(err)
		}
		stdout, stderr := w.MustSucceed(r)
		for _, found := range address.FindAllString(stderr, -1) {
			if found != shown {
				w.Errorf("another address: %s", stderr)
			}
		}
		w.Contains(stderr, "git, for https://dev.azure.com/contoso")
		if strings.Contains(stdout, "localhost") {
			w.Errorf("on standard output: %s", stdout)
		}
		w.Codes(0)
		w.silent("-C", "all", "fetch", "--all")
	})
}
