package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/entralogin/entralogin/cmd/entrasim/internal/turns"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// agent measures a call that the agent of this machine answers, which alone has the sign-in (storage agent), against one that
// a file answers, in turns. Earlier builds have no agent, and neither has Windows.
func (b *bench) agent(ctx context.Context, s side) (err error) {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.MkdirTemp("/tmp", "entrasim-") // the path of a socket is short
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	kept, err := b.newSide(b.ours)
	if err != nil {
		return err
	}
	kept.runtime = dir
	stop, err := kept.serve(ctx)
	if err != nil {
		return err
	}
	defer stop()
	login := kept.call("entralogin", "login", "--storage", "agent", "--scope", entratest.ServerID+"/.default")
	cmd := exec.CommandContext(ctx, login.Args[0], login.Args[1:]...)
	cmd.Env, cmd.Dir = login.Env, login.Dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	alone := *b
	alone.against, alone.asJSON, alone.results.Rows = "", true, nil
	if err := alone.compare(ctx, "get-token, agent", []side{kept, s}, func(s side) (turns.Command, error) { return s.getToken(), nil }); err != nil {
		return err
	}
	r := alone.results.Rows[0]
	r.File, r.Few = r.Few, turns.Cost{}
	return b.add(r)
}

// serve starts an agent, and waits until it listens on both of its sockets.
func (s side) serve(ctx context.Context) (stop func(), err error) {
	call := s.call("entralogin", "agent")
	cmd := exec.CommandContext(ctx, call.Args[0], call.Args[1:]...)
	cmd.Env, cmd.Dir = call.Env, call.Dir
	said, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() { cmd.Process.Kill(); cmd.Wait() }
	var heard bytes.Buffer
	for lines, listens := bufio.NewScanner(said), 0; listens < 2; {
		if !lines.Scan() {
			stop()
			return nil, fmt.Errorf("the agent has ended: %s", heard.String())
		}
		heard.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), " listens at ") {
			listens++
		}
	}
	return stop, nil
}
