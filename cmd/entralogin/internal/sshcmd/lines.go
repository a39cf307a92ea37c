package sshcmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
)

// include is the file that ~/.ssh/config includes. It is written anew for each ssh, by the command of the line above: a
// line that stands there for good names one path for all sessions, of which the second could bind none.
const include = "ssh.conf"

// printLines prints the lines for ~/.ssh/config. The last one ends what counts for those hosts alone, an Include too: without
// it all that follows in the file would.
func (c *call) printLines() error {
	file := filepath.Join(agent.Folder(c.f.Getenv, os.Geteuid()), include)
	if err := checkLocal(file); err != nil {
		return &cli.Advised{Kind: failure.Config, What: err.Error() + ".", Err: err}
	}
	program, err := proc.OwnPath()
	if err != nil || checkLocal(program) != nil {
		program = "entralogin" // from the PATH
	}
	return c.f.AnswerText(fmt.Sprintf("# for ~/.ssh/config, with your hosts in place of jump.example.com\n"+
		"Match host jump.example.com exec \"%s ssh --prepare\"\n    Include %s\nMatch all\n", program, file))
}

// prepareInclude sees to it that an agent runs, and writes the file that the lines include. Of two ssh at once both may
// read what the later wrote: the second then binds nothing, and the programs of its session find the socket of the first.
func (c *call) prepareInclude(ctx context.Context) error {
	socket, err := c.find(ctx)
	if err == nil && socket == "" {
		if err = c.start(ctx); err == nil {
			socket, err = c.find(ctx)
		}
	}
	if told, ok := errors.AsType[*cli.Advised](err); ok {
		return told
	}
	if err != nil {
		return &cli.Advised{Kind: failure.Config, What: err.Error() + ".", Err: err}
	}
	folder := agent.Folder(c.f.Getenv, os.Geteuid())
	if err := agent.MakeFolder(folder, os.Geteuid()); err != nil {
		return &cli.Advised{Kind: failure.Storage, What: err.Error() + ".", Err: err}
	}
	return replaceFile(folder, include, fmt.Sprintf("RemoteForward %s %s\n", remoteSocket(), socket))
}

// replaceFile writes a file of a folder whole or not at all. Nothing in it is secret, and ssh reads none that others may
// write.
func replaceFile(folder, name, content string) error {
	f, err := os.CreateTemp(folder, name+".*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(folder, name))
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
