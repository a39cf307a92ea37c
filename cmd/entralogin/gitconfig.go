package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
)

// gitError is what git would not do.
type gitError struct {
	call []string
	what string // one clean line
	err  error
}

func (e *gitError) Error() string { return fmt.Sprintf("%s: %s", shellWords(e.call), e.what) }
func (e *gitError) Unwrap() error { return e.err }

// gitOutput runs git and returns what it prints.
func gitOutput(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	call := append([]string{"git"}, args...)
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, call[0], call[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &said
	cmd.WaitDelay = time.Second // for a wrapper whose child keeps the pipe open
	if err := cmd.Run(); err != nil {
		what := text.Short(strings.TrimSpace(said.String()), 200)
		switch {
		case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
			what = "git is not on the PATH"
		case what == "":
			what = err.Error()
		}
		return "", &gitError{call, what, err}
	}
	return out.String(), nil
}

// gitConfigCall runs "git config" and returns what it prints.
func gitConfigCall(ctx context.Context, args ...string) (string, error) {
	return gitOutput(ctx, append([]string{"config"}, args...)...)
}

// gitValues returns the values of a variable, none if it is not set.
func gitValues(ctx context.Context, args ...string) ([]string, error) {
	out, err := gitConfigCall(ctx, append([]string{"--null"}, args...)...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 { // https://git-scm.com/docs/git-config#_description
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	values := strings.Split(out, "\x00")
	return values[:len(values)-1], nil
}

// shellWords is a command line that can be typed.
func shellWords(words []string) string {
	quoted := slices.Clone(words)
	for i, w := range quoted {
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`!*?[]{}()<>|&;#~") {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return text.Clean(strings.Join(quoted, " "))
}
