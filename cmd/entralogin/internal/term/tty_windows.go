package term

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/windows"

	"github.com/entralogin/entralogin/cache"
)

// openTTY opens the console for writing, if a line fits in there now:
// https://learn.microsoft.com/windows/console/console-handles
func openTTY() (*os.File, error) {
	tty, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		return nil, errors.New("no console is attached")
	}
	if err := takesLines(); err != nil {
		tty.Close()
		return nil, err
	}
	return tty, nil
}

// takesLines tells by the way in which the console is read whether a program has it for itself:
// https://learn.microsoft.com/windows/console/setconsolemode
func takesLines() error {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return errors.New("no console is attached")
	}
	defer in.Close()
	var modes uint32
	if err := windows.GetConsoleMode(windows.Handle(in.Fd()), &modes); err != nil || modes&windows.ENABLE_LINE_INPUT == 0 {
		return errors.New("another program has the console for itself (raw mode)")
	}
	return nil
}

// cooked is always so: the countdown is the console's matter, not that of how it is read.
func cooked(*os.File) bool { return true }

// forgetTyped throws away what was typed at a console and not read.
func forgetTyped(in io.Reader) {
	if f, ok := in.(*os.File); ok {
		_ = windows.FlushConsoleInputBuffer(windows.Handle(f.Fd())) // it may be gone
	}
}

// linesReturn is always so: a console returns by itself.
func linesReturn(*os.File) bool { return true }

// askToRedraw does nothing: nothing is drawn over the screen of another program.
func askToRedraw() {}

// inForeground reports whether this process may draw on the terminal: there are no jobs here.
func inForeground(*os.File) bool { return true }

// notStopped does nothing: a console stops nobody.
func notStopped() func() { return func() {} }

// Identify returns what tells the console from others: its window, also where that is hidden
// (https://learn.microsoft.com/windows/console/getconsolewindow). Other files are not told apart.
func Identify(f *os.File) cache.FileID {
	getConsoleWindow := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleWindow")
	if terminalOf(f) == nil || getConsoleWindow.Find() != nil {
		return cache.IdentifyFile(f)
	}
	window, _, _ := getConsoleWindow.Call()
	return cache.FileID{Ino: uint64(window)}
}

// errNoSecret says that what is typed at a console can't be kept unseen here.
var errNoSecret = errors.New("on Windows it can't be kept unseen what is pasted at a console")

// CanAskSecret says why nobody can type what is not shown.
func (s *Stderr) CanAskSecret() error { return errNoSecret }

// AskSecret asks nobody.
func (s *Stderr) AskSecret(context.Context, string, int) (cache.Secret, error) {
	return cache.Secret{}, errNoSecret
}
