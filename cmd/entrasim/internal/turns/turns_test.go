package turns_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cmd/entrasim/internal/turns"
)

// TestMain lets the tests run a program: the test binary, which does what this variable says.
func TestMain(m *testing.M) {
	switch os.Getenv("TURNS") {
	case "":
		os.Exit(m.Run())
	case "echo":
		io.Copy(os.Stdout, os.Stdin)
	case "note":
		note()
	case "leave": // leaves a process behind, which does the same a moment later
		cmd := exec.Command(os.Args[0], os.Args[1])
		cmd.Env = append(os.Environ(), "TURNS=later")
		if cmd.Start() != nil {
			os.Exit(1)
		}
	case "later":
		time.Sleep(50 * time.Millisecond)
		note()
	case "fail":
		os.Exit(3)
	}
}

// note adds the argument to a file.
func note() {
	f, err := os.OpenFile("notes", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		os.Exit(1)
	}
	f.WriteString(os.Args[1])
}

func command(does, dir string, args ...string) turns.Command {
	return turns.Command{Args: append([]string{os.Args[0]}, args...), Env: append(os.Environ(), "TURNS="+does), Dir: dir}
}

// TestOrder: each round has all commands, in an order of its own.
func TestOrder(t *testing.T) {
	dir := t.TempDir()
	notes := filepath.Join(dir, "notes")
	if err := os.WriteFile(notes, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const runs = 20
	costs, err := turns.Series{Runs: runs, Commands: []turns.Command{command("note", dir, "a"), command("note", dir, "b"), command("note", dir, "c")}}.Run()
	if err != nil || len(costs) != 3 || costs[1].Wall <= 0 {
		t.Fatal(costs, err)
	}
	text, err := os.ReadFile(notes)
	if err != nil || len(text) != 3*runs {
		t.Fatalf("%s, %v", text, err)
	}
	orders := map[string]bool{}
	for round := range slices.Chunk(text, 3) {
		orders[string(round)] = true
		if !bytes.Contains(round, []byte("a")) || !bytes.Contains(round, []byte("b")) || !bytes.Contains(round, []byte("c")) {
			t.Errorf("a round goes %s", round)
		}
	}
	if len(orders) < 2 { // there are six
		t.Errorf("the rounds go %s", text)
	}
}

// TestAnswers: a command that fails, or that prints nothing though it has to, is not measured.
func TestAnswers(t *testing.T) {
	echo, silent, failed := command("echo", ""), command("echo", ""), command("fail", "")
	echo.Answers, echo.Input = true, "a question"
	silent.Answers = true
	for _, test := range []struct {
		command turns.Command
		err     string
	}{{echo, ""}, {command("echo", ""), ""}, {silent, "printed nothing"}, {failed, "exit status 3"}} {
		_, err := turns.Series{Runs: 1, Commands: []turns.Command{test.command}}.Run()
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%v, not %q", err, test.err)
		}
	}
}

// TestFiles: before each run what is to go is gone, and what is to be there is.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	notes, gone := filepath.Join(dir, "notes"), filepath.Join(dir, "folder")
	if err := os.Mkdir(gone, 0o700); err != nil {
		t.Fatal(err)
	}
	c := command("note", dir, " after")
	c.Remove, c.Write = []string{gone}, map[string][]byte{notes: []byte("before")}
	if _, err := (turns.Series{Runs: 2, Commands: []turns.Command{c}}).Run(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(notes); err != nil || string(text) != "before after" {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := os.Stat(gone); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

// TestLeft: what a command leaves behind has ended when it was measured.
func TestLeft(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what is left behind is not waited for")
	}
	dir := t.TempDir()
	notes := filepath.Join(dir, "notes")
	if err := os.WriteFile(notes, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (turns.Series{Runs: 1, Commands: []turns.Command{command("leave", dir, "a")}}).Run(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(notes); err != nil || string(text) != "a" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestMedian(t *testing.T) {
	c := turns.Median([]turns.Cost{{Wall: 3, CPU: 1, Peak: 9, Faults: 5}, {Wall: 1, CPU: 2, Peak: 7, Faults: 6}, {Wall: 2, CPU: 3, Peak: 8, Faults: 4}})
	if want := (turns.Cost{Wall: 2, CPU: 2, Peak: 8, Faults: 5}); c != want {
		t.Errorf("%+v, not %+v", c, want)
	}
}
