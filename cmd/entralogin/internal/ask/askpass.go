package ask

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/text"
)

// askpass asks by the program that ssh-agent would ask with (https://man.openbsd.org/ssh-agent, -c, and ssh-add, SSH_ASKPASS).
// Its one argument is the text, SSH_ASKPASS_PROMPT says what it is to do ("confirm": yes or no; "none": show it until it is
// ended), and it says yes by ending with 0, with nothing on standard output or with "yes".
type askpass struct{ *Asker }

// moment is how long the program's own children may keep its output open once it has ended.
const moment = time.Second

// program is the path of the askpass program.
func (a askpass) program() (string, error) {
	require := strings.ToLower(a.env("SSH_ASKPASS_REQUIRE"))
	switch {
	case require == "never":
		return "", &cantAsk{"SSH_ASKPASS_REQUIRE is never"}
	case require != "force" && a.env("DISPLAY") == "" && a.env("WAYLAND_DISPLAY") == "":
		return "", &cantAsk{"no askpass program: neither DISPLAY nor WAYLAND_DISPLAY is set"}
	}
	name := a.env("SSH_ASKPASS")
	if name != "" {
		if path := a.find(name); path != "" {
			return path, nil
		}
		return "", &cantAsk{"SSH_ASKPASS is no program: " + text.Short(name, 100)}
	}
	for _, usual := range usualAskpass() {
		if path := a.find(usual); path != "" {
			return path, nil
		}
	}
	return "", &cantAsk{"no askpass program: SSH_ASKPASS is not set"}
}

// usualAskpass are the names that ssh is built with, by distribution, where SSH_ASKPASS is not set.
func usualAskpass() []string {
	return []string{"ssh-askpass", "/usr/libexec/openssh/ssh-askpass", "/usr/lib/ssh/ssh-askpass", "/usr/libexec/ssh-askpass", "/usr/X11R6/bin/ssh-askpass"}
}

// find looks for a program by its absolute path, or by its name on the agent's PATH, of which relative folders don't count;
// "" if there is none.
func (a askpass) find(name string) string {
	if filepath.IsAbs(name) {
		path, err := exec.LookPath(name)
		if err != nil {
			return ""
		}
		return path
	}
	if name != filepath.Base(name) {
		return ""
	}
	for _, dir := range filepath.SplitList(a.env("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	return ""
}

// command is the program with a text to show; it ends with ctx, and all that it started with it.
func (a askpass) command(ctx context.Context, path, prompt, text string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, text)
	cmd.Env = append(a.harmless(), "SSH_ASKPASS_PROMPT="+prompt)
	cmd.Dir = filepath.VolumeName(path) + string(filepath.Separator)
	cmd.WaitDelay = moment
	alone(cmd)
	return cmd
}

// harmless is the agent's environment without its own settings, without secrets, and without what systemd meant for it
// alone.
func (a askpass) harmless() []string {
	var kept []string
	for _, entry := range a.environ {
		name, _, _ := strings.Cut(strings.ToUpper(entry), "=")
		switch {
		case strings.HasPrefix(name, "ENTRALOGIN_"), strings.HasPrefix(name, "LC_ENTRALOGIN_"), name == "SSH_ASKPASS_PROMPT":
		case name == "LISTEN_PID", name == "LISTEN_FDS", name == "LISTEN_FDNAMES", name == "NOTIFY_SOCKET", name == "KUBERNETES_EXEC_INFO":
		case isSecret(name):
		default:
			kept = append(kept, entry)
		}
	}
	return kept
}

// isSecret reports whether a variable holds a secret, by its name: AZURE_CLIENT_SECRET, AZD_AUTH_KEY, IDENTITY_HEADER.
func isSecret(name string) bool {
	for _, part := range []string{"SECRET", "PASSWORD", "PASSWD", "TOKEN", "ASSERTION"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return strings.HasSuffix(name, "_KEY") || strings.HasSuffix(name, "_HEADER") || strings.HasSuffix(name, "_PAT")
}

func (a askpass) ask(ctx context.Context, q server.Question) (bool, error) {
	path, err := a.program()
	if err != nil {
		return false, err
	}
	var said head
	cmd := a.command(ctx, path, "confirm", title(q, inert)+"\n\n"+strings.Join(details(q, inert), "\n"))
	cmd.Stdout = &said
	if err := cmd.Start(); err != nil {
		return false, &cantAsk{"the askpass program can't be run: " + text.Short(err.Error(), 100)}
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	return verdict(err, said)
}

// verdict reads how the program ended and what it said first.
func verdict(err error, said head) (bool, error) {
	if err == nil {
		line, _, _ := strings.Cut(string(said), "\n")
		line = strings.TrimSpace(line)
		return line == "" || strings.EqualFold(line, "yes"), nil
	}
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case !ended, exit.ExitCode() < 0: // by a signal
		return false, ErrNoAnswer
	case exit.ExitCode() == 126, exit.ExitCode() == 127: // a script of which the shell finds a program missing
		return false, &cantAsk{"the askpass program can't be run"}
	}
	return false, nil
}

// show runs the program until ctx ends. One that ends by itself has been read.
func (a askpass) show(ctx context.Context, s string) error {
	path, err := a.program()
	if err != nil {
		return err
	}
	cmd := a.command(ctx, path, "none", shown(s))
	if err := cmd.Start(); err != nil {
		return &cantAsk{"the askpass program can't be run: " + text.Short(err.Error(), 100)}
	}
	go func() { _ = cmd.Wait() }() // it is ended, or its reader is done
	return nil
}

// head keeps the first bytes of what is written to it.
type head []byte

func (h *head) Write(b []byte) (int, error) {
	const most = 64
	*h = append(*h, b[:min(len(b), most-len(*h))]...)
	return len(b), nil
}
