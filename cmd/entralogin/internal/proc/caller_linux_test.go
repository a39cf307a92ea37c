package proc

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestParseEnvironment(t *testing.T) {
	env, err := parseEnvironment([]byte("A=1\x00B=x=y\x00A=2\x00C=\x00junk\x00"))
	if err != nil || len(env) != 3 || env["A"] != "1" || env["B"] != "x=y" {
		t.Errorf("%v, %v", env, err)
	}
	for _, none := range []string{"", "\x00", "junk"} {
		if env, err := parseEnvironment([]byte(none)); err == nil {
			t.Errorf("%q: %v", none, env)
		}
	}
}

// The caller is the process above, as it was started, and further up where it has the mark.
func TestCallerEnvironment(t *testing.T) {
	if os.Getenv("PRINT_CALLER") != "" {
		env, err := CallerEnvironment("MARK")
		t.Logf("LEVEL=%s %v", env["LEVEL"], err)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := self + " -test.run '^TestCallerEnvironment$' -test.v; :" // a shell does not go away for its last command
	for script, want := range map[string]string{
		"PRINT_CALLER=1 LEVEL=3 " + run:                       "LEVEL=1 ",
		"export LEVEL=2; PRINT_CALLER=1 " + run:               "LEVEL=1 ",
		`LEVEL=2 sh -c "PRINT_CALLER=1 ` + run + `"; :`:       "LEVEL=2 ",
		`MARK=1 LEVEL=2 sh -c "PRINT_CALLER=1 ` + run + `";:`: "LEVEL=1 ",
	} {
		cmd := exec.Command("sh", "-c", script)
		cmd.Env = []string{"LEVEL=1", "PATH=" + os.Getenv("PATH")}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want+"<nil>") {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
	}
}
