package term

import (
	"bufio"
	"io"
	"os"
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
	const longest = 1 << 10
	line, err := bufio.NewReader(io.LimitReader(in, longest)).ReadString('\n')
	if err == io.EOF {
		err = nil
	}
	return strings.TrimSpace(line), err
}
