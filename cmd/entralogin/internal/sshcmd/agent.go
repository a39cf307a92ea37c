package sshcmd

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/detach"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// running is the socket of a running agent that is to be forwarded: of this machine's, or the one that ssh forwards to this
// machine in turn. Where there is none, one is started by a process of its own: this one becomes ssh, which would wait for
// no child that it doesn't know.
func (c *call) running(ctx context.Context) (string, error) {
	socket, err := c.find(ctx)
	if socket != "" || err != nil {
		return socket, err
	}
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	start := exec.CommandContext(ctx, own, "ssh", "--prepare")
	start.Stderr = os.Stderr
	if err := start.Run(); err != nil {
		return "", errors.New("no agent runs, and none could be started")
	}
	if socket, err = c.find(ctx); socket == "" && err == nil {
		err = errors.New(`the agent has ended; "entralogin agent" says why`)
	}
	return socket, err
}

// find looks for the socket of a running agent, "" where none answers. That of this machine has one that is made to be
// forwarded; what ssh forwards is such a one itself.
func (c *call) find(ctx context.Context) (string, error) {
	for place, err := range agent.Find(c.f.Getenv, os.Geteuid()) {
		if err != nil {
			return "", err
		}
		if place.Path == "" {
			continue // a port, which is not ours to forward: its key would have to be, too
		}
		if filepath.Base(place.Path) == agent.Main {
			place.Path = filepath.Join(filepath.Dir(place.Path), agent.Forward)
		}
		if place.Answers(ctx, os.Geteuid()) {
			return place.Path, checkLocal(place.Path)
		}
	}
	return "", nil
}

// start starts the agent, which outlives this process, and waits until it listens. Errors: *cli.Advised, what the agent says
// that ends at once.
func (c *call) start(ctx context.Context) error {
	place := agent.Place{Path: filepath.Join(agent.Folder(c.f.Getenv, os.Geteuid()), agent.Forward), Own: true}
	if err := checkLocal(place.Path); err != nil {
		return err
	}
	said, told, err := os.Pipe()
	if err != nil {
		return err
	}
	defer said.Close()
	err = detach.StartTelling(told, os.Environ(), "agent")
	told.Close()
	if err != nil {
		return err
	}
	ended := make(chan string, 1)
	go func() {
		const most = 16 << 10
		words, _ := io.ReadAll(io.LimitReader(said, most)) // to its end, or ours
		ended <- string(words)
	}()
	const most, look = time.Minute, 5 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !place.Answers(ctx, os.Geteuid()) {
		select {
		case words := <-ended:
			if place.Answers(ctx, os.Geteuid()) { // another one was faster
				return nil
			}
			return failed(words)
		case <-ctx.Done():
			return failed("it does not listen")
		case <-time.After(look):
		}
	}
	return nil
}

// failed is the error of an agent that could not be started, in the words that it has said itself.
func failed(words string) error {
	e := &cli.Advised{Kind: failure.Other, What: "no agent runs, and the one that was started has ended:"}
	for line := range strings.Lines(text.CleanLines(words)) {
		if line = strings.TrimSpace(strings.TrimPrefix(line, "entralogin: ")); line != "" {
			e.Advice = append(e.Advice, line)
		}
	}
	if len(e.Advice) == 0 {
		e.Advice = []string{"It says why where you can read it: entralogin agent"}
	}
	return e
}
