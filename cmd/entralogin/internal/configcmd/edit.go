package configcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// blank is what a person begins with where there is no file.
const blank = `# Settings of entralogin. "entralogin help config" lists them.
# tenant-id: contoso.onmicrosoft.com
# client-id: 11111111-2222-3333-4444-555555555555
`

// edit has a person change a copy of the config file, and takes it once nothing is wrong with it. The copy lies beside
// the file, so that it is found again whatever happens; it goes when it was taken, or when nothing was changed in it.
func edit(ctx context.Context, f *cli.Factory) error {
	if !f.Err.CanAsk(f.In) {
		return cli.Usagef("config edit needs a terminal; \"entralogin config set\" needs none")
	}
	path, missing, err := target(f)
	if err != nil {
		return err
	}
	old, err := text.ReadUserFileMarked(path)
	if err != nil && !missing {
		return err
	}
	if err := config.RefuseJSON(path, old); err != nil {
		return err
	}
	begun := old
	if missing {
		begun = []byte(blank)
	}
	e := editing{f, path, "", old, begun}
	if e.copy, err = writeCopy(path, begun); err != nil {
		return &cli.Advised{Kind: failure.Storage, What: "there can be no copy beside the config file: " + text.SystemWords(err) + ".", Err: err}
	}
	return e.run(ctx)
}

func writeCopy(path string, content []byte) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	c, err := os.CreateTemp(filepath.Dir(path), "config-edited-*.yaml") // 0600
	if err != nil {
		return "", err
	}
	_, err = c.Write(content)
	if err = errors.Join(err, c.Close()); err != nil {
		os.Remove(c.Name())
	}
	return c.Name(), err
}

// editing is the work on a copy.
type editing struct {
	*cli.Factory
	path, copy string
	old, begun []byte // what the file holds, and what the copy held at first
}

func (e editing) run(ctx context.Context) error {
	for {
		err := openEditor(e.Factory, e.copy)
		now, unread := text.ReadUserFileMarked(e.copy)
		switch {
		case errors.Is(unread, fs.ErrNotExist):
			return errors.Join(err, unread)
		case unread != nil:
			return e.keep(errors.Join(err, unread))
		case bytes.Equal(now, e.begun) || len(bytes.TrimSpace(now)) == 0:
			os.Remove(e.copy)
			if err != nil {
				return err
			}
			return e.AnswerText("Nothing was changed.\n")
		case err != nil:
			return e.keep(err)
		}
		if err = config.Accept(e.path, e.old, now); err == nil {
			return e.take(ctx, now)
		}
		e.Err.Lines(e.Explain(err).Lines)
		e.Err.Say("the file is as it was; your text is in %s", text.Short(e.copy, 200))
		e.Err.Say("Edit it again? [y/N]")
		if answer, _ := term.ReadLine(e.In); !strings.HasPrefix(strings.ToLower(answer), "y") {
			return e.keep(err)
		}
	}
}

// take puts the text of the copy in the place of the file, unless that was changed meanwhile.
func (e editing) take(ctx context.Context, now []byte) error {
	err := config.Replace(ctx, e.path, func(old []byte) ([]byte, error) {
		if !bytes.Equal(old, e.old) {
			return nil, &text.FileError{Path: e.path, What: "was changed by another program meanwhile: see first what differs"}
		}
		return now, nil
	})
	if err != nil {
		return e.keep(err)
	}
	os.Remove(e.copy)
	return e.AnswerSentences("Wrote " + text.Short(e.path, 200) + ".\n")
}

// keep says where the text is that was not taken.
func (e editing) keep(err error) error {
	told := e.Explain(err)
	lines := append(told.Lines[1:], fmt.Sprintf("The file is as it was, and your text is kept. When it is right: %s", remedy.Line("cp", "--", e.copy, e.path)))
	return &cli.Advised{Kind: told.Class, What: told.Lines[0], Advice: lines, Err: err}
}

// openEditor runs the person's editor, which may be a line for the shell, as git does it. Ctrl-C is the editor's
// meanwhile.
func openEditor(f *cli.Factory, path string) error {
	editor := ""
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if editor == "" {
			editor = f.Getenv(name)
		}
	}
	var cmd *exec.Cmd
	switch words := strings.Fields(editor); {
	case runtime.GOOS == "windows" && len(words) > 0:
		cmd = exec.Command(words[0], append(words[1:], path)...)
	case runtime.GOOS == "windows":
		cmd = exec.Command("notepad", path)
	case len(words) == 1 && !strings.ContainsAny(editor, "|&;<>()$`\\\"'*?[#~=%"):
		cmd = exec.Command(words[0], path)
	case len(words) > 0:
		cmd = exec.Command("sh", "-c", editor+` "$@"`, editor, path)
	default:
		cmd = exec.Command("vi", path)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = f.In, f.Err.Out, f.Err.Out
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return &config.Error{Name: "EDITOR", What: "names no program, and there is no vi", Hint: "Set VISUAL or EDITOR to your editor, such as EDITOR=nano."}
	}
	if err != nil {
		return fmt.Errorf("the editor (%s) ended with an error: %v", text.Short(strings.Join(cmd.Args[:len(cmd.Args)-1], " "), 120), err)
	}
	return nil
}
