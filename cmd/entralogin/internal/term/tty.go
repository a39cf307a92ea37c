package term

import (
	"errors"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin"
)

// Terminal finds the terminal of a person who does not see standard error because the program that called takes
// it: git's own questions go there as well. Nothing is shown where nobody is there (CI is set), where a program
// has the terminal for itself (raw mode: an editor, a shell at its prompt), and to a job in the background.
func (s *Stderr) Terminal() (plugin.Screen, error) {
	switch {
	case terminalOf(s.Out) != nil:
		return plugin.Screen{}, errors.New("it is the terminal")
	case s.inCI():
		return plugin.Screen{}, errors.New("CI is set")
	}
	tty, err := openTTY()
	if err != nil {
		return plugin.Screen{}, err
	}
	defer tty.Close()
	return plugin.Screen{ID: Identify(tty), Show: s.showOnTTY}, nil
}

// ttyPatience is how long a terminal may take for what is shown: a person can hold its output (Ctrl-S), and the
// sign-in goes on meanwhile.
const ttyPatience = time.Second

// showOnTTY opens the terminal anew: what it is used for can have changed.
func (s *Stderr) showOnTTY(r plugin.Request, p plugin.Prompt) error {
	tty, err := openTTY()
	if err != nil {
		return err
	}
	defer tty.Close()
	defer notStopped()()
	_ = tty.SetWriteDeadline(time.Now().Add(ttyPatience)) // not every system has one for a terminal
	on := &Stderr{Out: tty, Env: s.Env, Now: s.Now, QR: s.QR}
	_, err = tty.WriteString(on.prompt(r, p))
	return err
}

// inCI reports whether the environment says that no person is there.
func (s *Stderr) inCI() bool {
	ci := s.Env("CI")
	return ci != "" && ci != "0" && !strings.EqualFold(ci, "false")
}
