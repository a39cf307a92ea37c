// Package early answers a call before the packages of the program are initialised, where its question was settled
// before (package route). It imports as little as that package does, so that its turn comes early:
// https://go.dev/ref/spec#Program_initialization
package early

import (
	"os"
	"syscall"
	"time"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/localtime"
)

// Question is what this call asks. Where the question was settled before, the process has ended with the answer by the
// time that anybody could read it; unless the answer is to be signed, which takes more than this package has: Pending.
var Question, Pending = answer()

// answer answers, or returns the question. It says nothing of what is wrong: the rest of the program does.
func answer() (route.Question, route.Found) {
	localtime.Follow()
	program, _ := os.Executable() // package os knows it by now
	// Arguments of its own: what somebody makes of os.Args later is another question.
	q := route.Question{Program: program, Args: append([]string(nil), os.Args...), Lookup: os.LookupEnv, Environ: os.Environ()}
	if len(os.Args) < 2 || !keepPrivate() {
		return q, route.Found{}
	}
	if route.ReadsInput(q.Args) {
		q.Input, q.Whole = readInput(q.Args)
	}
	found, ok := route.Find(q, time.Now())
	if !ok || found.Key != "" {
		return q, found
	}
	if content, ok := found.Render(); ok {
		Write(content)
	}
	return q, route.Found{}
}

// Write writes the answer and ends the process. It returns where nothing is lost: why the answer can't be written is said
// by the rest of the program.
func Write(content []byte) {
	n, err := syscall.Write(syscall.Stdout, content)
	switch {
	case n <= 0:
		return
	case err == nil && n == len(content):
		os.Exit(0)
	}
	if _, err := os.Stdout.Write(content[n:]); err != nil { // nobody else can say so: half of the answer is out
		os.Stderr.WriteString("entralogin: the answer can't be written: " + err.Error() + ". What was obtained, if anything, is kept for the next call.\n")
		os.Exit(1)
	}
	os.Exit(0)
}
