package execcmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/text"
)

// Exit codes of a shell for a program that it can't run:
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02
const (
	exitNotExecutable = 126
	exitNotFound      = 127
)

// find is the path of a program. Errors: *cli.ExitError.
func find(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "", &cli.ExitError{Code: exitNotFound, Lines: []string{fmt.Sprintf("there is no program %q.", text.Short(name, 200)),
			"Behind -- stands the program itself, as on the PATH or as a path: entralogin exec -- COMMAND. A line of the shell is run by: sh -c 'LINE'"}}
	}
	return "", notRun(name, err)
}

func notRun(name string, err error) error {
	if inner, ok := errors.AsType[*exec.Error](err); ok {
		err = inner.Err
	}
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		err = inner.Err
	}
	return &cli.ExitError{Code: exitNotExecutable, Lines: []string{fmt.Sprintf("%q can't be run: %v.", text.Short(name, 200), err)}}
}

// runChild runs a program to its end, with the streams of this process. Errors: *cli.ExitError.
func runChild(path string, args, env []string) error {
	cmd := &exec.Cmd{Path: path, Args: args, Env: env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	signals := takeSignals()
	defer signals.end()
	if err := cmd.Start(); err != nil {
		return notRun(args[0], err)
	}
	signals.passTo(cmd.Process)
	if err := cmd.Wait(); cmd.ProcessState == nil {
		return err
	}
	if code := exitCode(cmd.ProcessState); code != 0 {
		return &cli.ExitError{Code: code}
	}
	return nil
}

// environment is that of the program: what it is given, in place of what stood there. A variable of Service Fabric would
// have SDKs take this for one. What they would ask through a proxy goes to this machine itself: the key with it.
func environment(env, given []string) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.EqualFold(name, "IDENTITY_SERVER_THUMBPRINT")
	})
	env = append(env, given...) // of two the last one counts: exec.Cmd
	if !slices.ContainsFunc(env, isProxy) {
		return env
	}
	return append(env, direct(env, "NO_PROXY", "no_proxy"), direct(env, "no_proxy", "NO_PROXY"))
}

func isProxy(entry string) bool {
	name, value, _ := strings.Cut(strings.ToLower(entry), "=")
	return value != "" && (name == "http_proxy" || name == "all_proxy")
}

// direct adds the loopback address to a variable, which programs read in place of another or beside it.
func direct(env []string, name, other string) string {
	value := valueOf(env, name)
	if value == "" {
		value = valueOf(env, other)
	}
	hosts := strings.Split(value, ",")
	if value == "*" || slices.Contains(hosts, loopback) {
		return name + "=" + value
	}
	if value == "" {
		return name + "=" + loopback
	}
	return name + "=" + value + "," + loopback
}

const loopback = "127.0.0.1"

func valueOf(env []string, name string) (value string) {
	for _, entry := range env {
		if n, v, _ := strings.Cut(entry, "="); n == name {
			value = v
		}
	}
	return value
}
