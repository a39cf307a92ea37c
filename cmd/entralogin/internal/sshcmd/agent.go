package sshcmd

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/detach"
	"github.com/entralogin/entralogin/plugin/agent"
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
		if answers(ctx, place) {
			return place.Path, checkLocal(place.Path)
		}
	}
	return "", nil
}

// answers reports whether an agent of this user listens at a place.
func answers(ctx context.Context, place agent.Place) bool {
	conn, err := agent.Dial(ctx, place, os.Geteuid())
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// start starts the agent, which outlives this process, and waits until it listens.
func (c *call) start(ctx context.Context) error {
	place := agent.Place{Path: filepath.Join(agent.Folder(c.f.Getenv, os.Geteuid()), agent.Forward), Own: true}
	if err := checkLocal(place.Path); err != nil {
		return err
	}
	if err := detach.Start(os.Environ(), "agent"); err != nil {
		return err
	}
	const most, look = 5 * time.Second, 5 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !answers(ctx, place) {
		select {
		case <-ctx.Done():
			return errors.New(`the agent does not start; "entralogin agent" says why`)
		case <-time.After(look):
		}
	}
	return nil
}
