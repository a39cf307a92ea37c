package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// cmdStorm runs many processes at once and checks that all give the same answer: "storm 50 shared|own
// entralogin get-token ...". Their standard error is one file or a file each, storm.0.err and so on; their
// answers are storm.0.out and so on. If they ask, Alice approves when each of them had the time to show the
// code.
func cmdStorm(ts *testscript.TestScript, _ bool, args []string) {
	answers := blow(ts, args[0], args[1] == "shared", args[2:])
	for i, answer := range answers {
		if answer != answers[0] || answer == "" {
			ts.Fatalf("process %d answered %q, process 0 %q", i, answer, answers[0])
		}
	}
}

// cmdGale runs many processes at once that want a new token though an old one is there, and checks that each
// gets one that the service issued, none the old one, and that there were no more requests than processes:
// "gale 20 OLD entralogin get-token --force-refresh ...". OLD is a file with the answer so far. Two calls that
// don't overlap need not get the same.
func cmdGale(ts *testscript.TestScript, _ bool, args []string) {
	sim := simOf(ts)
	before := sim.Requests("*")
	answers := blow(ts, args[0], false, args[2:])
	if n := sim.Requests("*") - before; n < 1 || n > len(answers) {
		ts.Fatalf("%d requests of %d processes", n, len(answers))
	}
	for i, answer := range answers {
		var credential struct{ Status struct{ Token string } }
		ts.Check(json.Unmarshal([]byte(answer), &credential))
		if token := credential.Status.Token; !slices.Contains(sim.Secrets(), token) || answer == ts.ReadFile(args[1]) {
			ts.Fatalf("process %d answered %q", i, answer)
		}
	}
}

// cmdOneOf checks that standard output is what one of the files holds: "oneof storm.*.out".
func cmdOneOf(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if !slices.ContainsFunc(files, func(file string) bool { return ts.ReadFile(file) == ts.ReadFile("stdout") }) {
		ts.Fatalf("standard output is in none of %q", files)
	}
}

// blow runs as many processes of one program as count says, and returns what each answers.
func blow(ts *testscript.TestScript, count string, shared bool, program []string) (answers []string) {
	n, err := strconv.Atoi(count)
	ts.Check(err)
	old, err := filepath.Glob(ts.MkAbs("storm.*"))
	ts.Check(err)
	for _, file := range old {
		ts.Check(os.Remove(file))
	}
	runs, screens := make([]*exec.Cmd, n), n
	if shared {
		screens = 1
	}
	for i := range runs {
		runs[i] = command(ts, program)
		screen, err := os.OpenFile(ts.MkAbs(fmt.Sprintf("storm.%d.err", i%screens)), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		ts.Check(err)
		defer screen.Close()
		out, err := os.Create(ts.MkAbs(fmt.Sprintf("storm.%d.out", i)))
		ts.Check(err)
		defer out.Close()
		runs[i].Stdout, runs[i].Stderr = out, screen
		ts.Check(runs[i].Start())
	}
	stop := make(chan struct{})
	defer close(stop)
	go approveStorm(ts, simOf(ts), screens, stop)
	for i, run := range runs {
		if err := run.Wait(); err != nil {
			ts.Fatalf("process %d: %v", i, err)
		}
		answers = append(answers, ts.ReadFile(fmt.Sprintf("storm.%d.out", i)))
	}
	return answers
}

// approveStorm approves as soon as every screen shows a code, or when the rest have had time enough on a busy machine.
func approveStorm(ts *testscript.TestScript, sim *entratest.Server, screens int, stop chan struct{}) {
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		select {
		case <-stop:
			return
		default:
		}
		shown := 0
		for i := range screens {
			if blob, err := os.ReadFile(ts.MkAbs(fmt.Sprintf("storm.%d.err", i))); err == nil && shownCode.Match(blob) {
				shown++
			}
		}
		if shown == screens || shown > 0 && time.Since(start) > 100*time.Second {
			for _, code := range sim.PendingCodes() {
				sim.Approve(code, entratest.Alice)
			}
			return
		}
	}
}

var shownCode = regexp.MustCompile(`enter the code ([A-Z0-9]+) to authenticate`)

// cmdCodes checks how many processes of a storm showed a code, each once, and that it was the same one.
func cmdCodes(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	files, err := filepath.Glob(ts.MkAbs("storm.*.err"))
	ts.Check(err)
	shown, codes := 0, map[string]bool{}
	for _, file := range files {
		for _, match := range shownCode.FindAllStringSubmatch(ts.ReadFile(file), -1) {
			shown++
			codes[match[1]] = true
		}
	}
	if shown != want || want > 0 && len(codes) != 1 {
		ts.Fatalf("%d prompts with %d codes, not %d prompts with one", shown, len(codes), want)
	}
}
