package browser

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
)

// Program is one that does something on the desktop of this machine.
type Program struct {
	Name  string // of the PATH, or an absolute path
	Args  []string
	Env   []string // nil for that of this process
	Stays bool     // it may run for as long as it likes, as a browser does
}

// RunFirst runs the first of the programs that is there and does its work, with what it reads.
func RunFirst(ctx context.Context, programs []Program, in string, limit time.Duration) error {
	var failed []string
	for _, p := range programs {
		err := p.Run(ctx, in, limit)
		if err == nil {
			return nil
		}
		failed = append(failed, err.Error())
	}
	return errors.New(strings.Join(failed, ", "))
}

// find looks for the program, which is none of the current folder's.
func (p Program) find() (string, error) {
	path, err := exec.LookPath(p.Name)
	if err == nil && filepath.IsAbs(path) {
		return path, nil
	}
	if filepath.IsAbs(p.Name) {
		return "", p.failed("can't be run: there is no such program")
	}
	return "", p.failed("is not on the PATH")
}

func (p Program) failed(format string, args ...any) error {
	return errors.New(text.Short(p.Name, 80) + " " + fmt.Sprintf(format, args...))
}

// Run runs the program with nothing of our streams, in the root folder: what it looks for in the current one is not
// found there. It survives this process, and the terminal: a clipboard holds what it has for as long as the program
// that put it there lives.
func (p Program) Run(ctx context.Context, in string, limit time.Duration) error {
	path, err := p.find()
	if err != nil {
		return err
	}
	if readAsCommands(path, p.Args) {
		return p.failed("is a batch file, which would read the address as commands")
	}
	cmd := exec.Command(path, p.Args...)
	cmd.Env, cmd.Dir = p.Env, filepath.VolumeName(path)+string(filepath.Separator)
	if in != "" {
		cmd.Stdin = strings.NewReader(in)
	}
	standAlone(cmd)
	if err := cmd.Start(); err != nil {
		return p.failed("can't be run")
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-ended:
		if err != nil {
			return p.failed("failed (%s)", text.Short(err.Error(), 60))
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		if !p.Stays {
			_ = cmd.Process.Kill() // it may have ended just now
			return p.failed("took longer than %v", limit)
		}
	}
	return nil
}

// readAsCommands reports whether a batch file would take a part of its arguments for commands: no quoting keeps cmd.exe
// from that.
func readAsCommands(path string, args []string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	if runtime.GOOS != "windows" || ext != ".bat" && ext != ".cmd" {
		return false
	}
	return strings.ContainsAny(strings.Join(args, ""), `&|<>^%!"`)
}
