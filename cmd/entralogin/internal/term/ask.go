package term

import (
	"bufio"
	"context"
	"io"
	"os"
	"slices"
	"strings"

	xterm "golang.org/x/term"
)

// CanAsk reports whether a person sees what is asked on standard error, and types at in.
func (s *Stderr) CanAsk(in io.Reader) bool {
	f, ok := in.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd())) && terminalOf(s.Out) != nil
}

// ReadLine reads the line that a person types, without the spaces around it; "" if there is none. A signal ends
// the program meanwhile, as it does by default.
func ReadLine(in io.Reader) (string, error) {
	line, err := readLine(in)
	if err == io.EOF {
		err = nil
	}
	return line, err
}

// readLine is ReadLine that tells the end of the input from an empty line.
func readLine(in io.Reader) (string, error) {
	const longest = 1 << 10
	line, err := bufio.NewReader(io.LimitReader(in, longest)).ReadString('\n')
	if err == io.EOF && line != "" {
		err = nil
	}
	return strings.TrimSpace(line), err
}

// Ask puts a question to a person, and returns the line that is typed behind it, without the spaces around it. The
// error is io.EOF where the person ends the input instead (Ctrl-D).
func (s *Stderr) Ask(in io.Reader, question string) (string, error) {
	io.WriteString(s.Out, strings.TrimRight(s.form([]string{question}), "\r\n")+" ")
	line, err := readLine(in)
	if err != nil {
		io.WriteString(s.Out, "\n")
	}
	return line, err
}

// Confirm puts a question to a person in the course of a sign-in, and reports whether the answer is yes, which is what
// the Enter key alone says. What was typed before the question is no answer to it. Nobody answers for a job in the
// background, or once ctx has ended.
func (s *Stderr) Confirm(ctx context.Context, in io.Reader, question string) bool {
	if f := terminalOf(s.Out); f == nil || !inForeground(f) {
		return false
	}
	if c := s.count.Load(); c != nil {
		c.stop()
	}
	forgetTyped(in)
	answered := make(chan bool, 1)
	go func() {
		line, err := s.Ask(in, question)
		answered <- err == nil && slices.Contains([]string{"", "y", "yes"}, strings.ToLower(line))
	}()
	select {
	case yes := <-answered:
		return yes
	case <-ctx.Done():
		io.WriteString(s.Out, "\n")
		return false
	}
}
