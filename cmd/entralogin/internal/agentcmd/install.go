package agentcmd

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
	"github.com/entralogin/entralogin/plugin/userfile"
)

func newInstall(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Write the units with which systemd or launchd starts the agent",
		Long: `Install writes units of your own for systemd, which then listens on the agent's
sockets and starts it when somebody first asks; on macOS a list for launchd,
which starts it when you log in (that one no test has tried on a Mac). It runs
nothing: the commands that put them in force are said.

The agent has its settings from the config file (agent: in "entralogin help
config"), and not from the variables of your shell. What stands in the place of
a file and is another one stays, unless --force is given. "entralogin agent
uninstall" removes what was written.`,
		Example: `  entralogin agent install
  entralogin agent install --print`,
		Args: cli.NoArguments,
	}
	show := cmd.Flags().Bool("print", false, "print the files, and write nothing")
	force := cmd.Flags().Bool("force", false, "replace files of that name, whosever they are")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		m, err := thisManager(f)
		if err != nil {
			return err
		}
		if *show {
			return f.AnswerText(m.shown())
		}
		return m.install(cmd.Context(), f, *force)
	}
	return cmd
}

func newUninstall(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove what agent install wrote",
		Long: `Uninstall removes the files that "entralogin agent install" wrote, and says the
command that ends what they have started. A file of that name that somebody else
wrote stays.`,
		Example: `  entralogin agent uninstall`,
		Args:    cli.NoArguments,
	}
	cmd.RunE = func(*cobra.Command, []string) error {
		m, err := thisManager(f)
		if err != nil {
			return err
		}
		return m.uninstall(f)
	}
	return cmd
}

// manager is what starts a person's services.
type manager struct {
	files   []file
	enable  []string // the commands after install
	disable []string // the commands after uninstall
	enabled string   // the folder where the manager has links to the files that are in force; "" for none
}

// thisManager is that of this machine. Errors: *cli.Advised, those of proc.OwnPath.
func thisManager(f *cli.Factory) (manager, error) {
	program, err := proc.OwnPath()
	if err != nil {
		return manager{}, err
	}
	if proc.IsTemporary(program) {
		return manager{}, &cli.Advised{Kind: failure.Config, What: text.Short(program, 200) + " is deleted once it has ended: no unit can start it.",
			Advice: []string{"Put entralogin on the PATH, and run the command again."}}
	}
	if why := unfitPath(program); why != "" {
		return manager{}, &cli.Advised{Kind: failure.Config, What: "no unit can start " + text.Short(program, 200) + ": " + why + ".",
			Advice: []string{"Put entralogin in another folder, and run the command again."}}
	}
	home := f.Getenv("HOME")
	if !filepath.IsAbs(home) {
		return manager{}, &cli.Advised{Kind: failure.Config, What: "HOME is not set: there is no place for the files.",
			Advice: []string{"Set HOME, and run the command again."}}
	}
	switch runtime.GOOS {
	case "windows":
		return manager{}, notHere()
	case "darwin":
		p := property(filepath.Join(home, "Library", "LaunchAgents"), program)
		return manager{[]file{p}, []string{"launchctl bootstrap gui/$(id -u) " + p.path}, []string{"launchctl bootout gui/$(id -u)/" + label}, ""}, nil
	}
	config := f.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(config) {
		config = filepath.Join(home, ".config")
	}
	const reload, both = "systemctl --user daemon-reload", mainUnit + " " + forwardUnit
	folder := filepath.Join(config, "systemd", "user")
	return manager{units(folder, program),
		[]string{reload, "systemctl --user enable --now " + both},
		[]string{"systemctl --user stop " + both + " " + serviceUnit, reload},
		filepath.Join(folder, "sockets.target.wants")}, nil
}

// shown is what would be written, each file below its path.
func (m manager) shown() string {
	var all []string
	for _, file := range m.files {
		all = append(all, "# "+text.Clean(file.path)+"\n"+file.content)
	}
	return strings.Join(all, "\n")
}

// install writes the files, or none where one is in the way. Errors: *cli.Advised, those of package userfile.
func (m manager) install(ctx context.Context, f *cli.Factory, force bool) error {
	for _, file := range m.files {
		there, err := os.ReadFile(file.path)
		if err == nil && string(there) != file.content && !force {
			return &cli.Advised{Kind: failure.Config, What: text.Short(file.path, 200) + " is there, and is another file than the one that would be written. Nothing was written.",
				Advice: []string{"To see what would be: entralogin agent install --print", "To replace it: entralogin agent install --force"}}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &userfile.Error{Path: file.path, What: "can't be read: " + text.SystemWords(err), Err: err}
		}
	}
	const wait = 5 * time.Second
	u := userfile.Updater{Read: text.ReadUserFile, Lock: userfile.Held(wait)}
	var said []string
	for _, file := range m.files {
		said = append(said, "Written: "+text.Short(file.path, 200))
		if err := u.Update(ctx, file.path, func([]byte) ([]byte, error) { return []byte(file.content), nil }); err != nil {
			return err
		}
	}
	return answerSteps(f, append(said, "To put it in force, run:"), m.enable)
}

// uninstall removes the files that install wrote. Errors: *cli.Advised, *userfile.WriteError.
func (m manager) uninstall(f *cli.Factory) error {
	var removed, left []string
	for _, file := range m.files {
		there, err := os.ReadFile(file.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil || !bytes.Contains(there, []byte(mark)):
			left = append(left, text.Short(file.path, 200)+" was not written by \"entralogin agent install\", and stays.")
			continue
		}
		if err := os.Remove(file.path); err != nil {
			return &userfile.WriteError{Path: file.path, Op: "remove it", Err: err}
		}
		removed = append(removed, "Removed: "+text.Short(file.path, 200))
		m.unlink(file)
	}
	f.Err.Lines(left)
	if len(removed) == 0 {
		return f.AnswerSentences("There was nothing to remove.\n")
	}
	return answerSteps(f, append(removed, "To end what they have started, run:"), m.disable)
}

// unlink removes the link by which a file that is gone was in force.
func (m manager) unlink(gone file) {
	link := filepath.Join(m.enabled, filepath.Base(gone.path))
	if to, err := os.Readlink(link); err == nil && m.enabled != "" && filepath.Base(to) == filepath.Base(gone.path) {
		os.Remove(link) // one that stays leads nowhere
	}
}

// answerSteps answers sentences, and commands on lines of their own.
func answerSteps(f *cli.Factory, said, commands []string) error {
	var b strings.Builder
	for _, line := range said {
		b.WriteString(line + "\n")
	}
	for _, command := range commands {
		b.WriteString("  " + command + "\n")
	}
	return f.AnswerText(b.String())
}

// notHere is the error of a system without an agent.
func notHere() error {
	return &cli.Advised{Kind: failure.Config, What: "this system has no agent: it can't tell there who connects to a socket.",
		Advice: []string{"It runs in WSL, for the ssh of WSL: entralogin help agent"}}
}
