package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// The key stands in the environment of the program, and in no command line. What this program does with signals for itself
// is not handed on: a program that writes to a closed pipe ends there.
func TestExecLeavesNoTrace(t *testing.T) {
	t.Parallel()
	program, h := program(t), execHouse(t)
	r := h.call(program, "exec", "-vv", "--", "sh", "-c", "cat /proc/$PPID/cmdline /proc/$$/cmdline; echo; echo key $IDENTITY_HEADER; grep SigIgn /proc/self/status")
	found := regexp.MustCompile(`(?s)^(.*)\nkey ([0-9a-f]{64})\nSigIgn:\t([0-9a-f]+)\n$`).FindSubmatch(r.out.Bytes())
	if found == nil {
		t.Fatalf("%q\n%s", r.out.Bytes(), r.err.Bytes())
	}
	if lines, key := string(found[1]), string(found[2]); !strings.Contains(lines, "exec") || strings.Contains(lines, key) || strings.Contains(string(r.err.Bytes()), key) {
		t.Errorf("the key stands in %q or in\n%s", lines, r.err.Bytes())
	}
	if ignored, err := strconv.ParseUint(string(found[3]), 16, 64); err != nil || ignored&(1<<(syscall.SIGPIPE-1)) != 0 {
		t.Errorf("%s is ignored, %v", found[3], err)
	}
}

// At a terminal the program has the terminal: Ctrl-C reaches it once, and it may go on. Ctrl-Z stops both, and both go on.
func TestExecAtTerminal(t *testing.T) {
	t.Parallel()
	program, h := program(t), execHouse(t)
	h.call(program, "exec", "--", "true")
	p := h.onTerminal(80, 24, nil, program, "exec", "--", "sh", "-c", `n=0; trap 'n=$((n+1)); echo heard $n' INT; trap 'echo "ends with $n"; kill $!; exit 5' TERM; sleep 600 & echo ready $$; while :; do wait; done`)
	p.shows(`ready \d+`)
	for i := 1; i <= 2; i++ {
		if _, err := p.master.WriteString("\x03"); err != nil {
			t.Fatal(err)
		}
		p.shows(fmt.Sprintf("heard %d", i))
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	said := p.end()
	if code := p.cmd.ProcessState.ExitCode(); code != 5 || !strings.Contains(said, "ends with 2") {
		t.Errorf("%d, %q", code, said)
	}
}

// A shell with jobs stops both by Ctrl-Z, and has both go on with fg.
func TestExecIsAJob(t *testing.T) {
	t.Parallel()
	program, h := program(t), execHouse(t)
	h.call(program, "exec", "--", "true")
	p := h.onTerminal(80, 24, nil, "bash", "--norc", "--noprofile", "-i")
	p.master.WriteString(program + " exec -- sh -c 'echo rea\"\"dy; read word; echo \"got $word\"; exit 6'\n")
	p.shows("ready")
	p.master.WriteString("\x1a")
	p.shows("Stopped")
	p.master.WriteString("fg; echo \"code\" $?\n")
	p.shows(`fg; echo[^\n]*\n.*exec`) // bash repeats the command line
	p.master.WriteString("word\n")
	p.shows("got word")
	p.shows("code 6")
	p.master.WriteString("exit\n")
	p.end()
}
