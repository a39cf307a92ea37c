package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// A child is a program to be run, with the time that it may take.
type child struct {
	name   string // what a person types
	path   string
	args   []string
	env    []string
	stderr io.Writer
	limit  time.Duration
}

// run runs a child to its end. None of its processes outlives that: not when the context ends, not when the
// time is up, and not when it leaves others behind.
func (c child) run(ctx context.Context) (stdout string, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.path, c.args...)
	var out bytes.Buffer
	cmd.Args[0] = c.name
	cmd.Env, cmd.Stdout, cmd.Stderr = c.env, &out, c.stderr
	cmd.WaitDelay = 3 * time.Second // from a signal to the end by force
	makeGroup(cmd)
	start := time.Now()
	err = cmd.Run()
	took = time.Since(start)
	endGroup(cmd)
	var exit *exec.ExitError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("%s did not end within %v", c.name, c.limit)
	case errors.As(err, &exit):
		err = fmt.Errorf("%s ended with %w; what it said stands above", c.name, exit)
	case err != nil:
		err = fmt.Errorf("%s: %w", c.name, err)
	}
	return out.String(), took, err
}

// entralogin shows the command and runs it. Its standard error goes through, and to also if that is not nil.
func (d *demo) entralogin(ctx context.Context, limit time.Duration, also io.Writer, args ...string) (stdout string, took time.Duration, err error) {
	return d.command(ctx, "entralogin", d.home.entralogin(), limit, also, args...)
}

func (d *demo) command(ctx context.Context, name, path string, limit time.Duration, also io.Writer, args ...string) (stdout string, took time.Duration, err error) {
	d.showCommand(name, args)
	c := child{name: name, path: path, args: args, env: d.home.environ(), stderr: d.stderr, limit: limit}
	if also != nil {
		c.stderr = io.MultiWriter(d.stderr, also)
	}
	return c.run(ctx)
}
