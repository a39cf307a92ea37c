package kubecmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// fileChange is a change of one kubeconfig file.
type fileChange struct {
	path string
	kubeconfig.Change
}

// edit is a change that was made in memory.
type edit struct {
	fileChange
	kubeconfig.Edited
	old []byte
}

// try makes the change in memory: of old, what the file holds, nothing where there is none yet. What it does besides
// is said. Errors name the file.
func (c fileChange) try(f *cli.Factory, old kubeconfig.File) (edit, error) {
	edited, err := old.Edit(c.Change)
	var bad *kubeconfig.Error
	if errors.As(err, &bad) {
		err = &kubeconfig.Error{Path: c.path, What: bad.What, Err: bad.Err}
	}
	if err != nil {
		return edit{}, err
	}
	for _, note := range edited.Notes {
		f.Err.Say("%s: %s", text.Short(c.path, 200), note)
	}
	return edit{c, edited, old.Text}, nil
}

func (e edit) needed() bool { return !bytes.Equal(e.old, e.Text) }

// write makes the change in the file, whatever else another program has changed there since.
func (e edit) write(ctx context.Context, files *kubeconfig.Config) error {
	return files.Update(ctx, e.path, e.fileChange.Change, func(now []byte) ([]byte, error) {
		if bytes.Equal(now, e.old) {
			return e.Text, nil
		}
		edited, err := kubeconfig.Edit(now, e.fileChange.Change)
		return edited.Text, err
	})
}

// writeOver makes the change in the file, if it holds still what the change was made of.
func (e edit) writeOver(ctx context.Context, files *kubeconfig.Config) error {
	return files.Update(ctx, e.path, e.fileChange.Change, func(now []byte) ([]byte, error) {
		if !bytes.Equal(now, e.old) {
			return nil, &kubeconfig.Error{Path: e.path, What: "was changed by another program just now; run the command again"}
		}
		return e.Text, nil
	})
}

// describe says what the change did.
func (e edit) describe() string {
	var parts []string
	for _, user := range slices.Sorted(maps.Keys(e.Edited.Change.Users)) {
		parts = append(parts, "Wrote user "+text.Short(user, 200))
	}
	for _, context := range slices.Sorted(maps.Keys(e.Edited.Change.Contexts)) {
		user, _ := e.Edited.Change.Contexts[context]["user"].(string)
		parts = append(parts, fmt.Sprintf("pointed context %s at %s", text.Short(context, 200), text.Short(user, 200)))
	}
	for _, cluster := range slices.Sorted(maps.Keys(e.Edited.Change.Clusters)) {
		parts = append(parts, "wrote cluster "+text.Short(cluster, 200))
	}
	return strings.Join(parts, ", ") + " in " + text.Short(e.path, 300)
}

// diff shows edits, without secrets.
func diff(edits []edit) string {
	var b strings.Builder
	for _, e := range edits {
		b.WriteString(e.Diff(e.path))
	}
	return b.String()
}

// writeAll makes changes, one file after the other, or shows them. All of them are tried before the first one is
// made.
func writeAll(ctx context.Context, f *cli.Factory, files *kubeconfig.Config, changes []fileChange, dryRun bool) error {
	edits, err := tryAll(f, files, changes)
	if err != nil {
		return err
	}
	if dryRun {
		return f.AnswerText(diff(edits))
	}
	ctx, stop := proc.UntilSignal(ctx)
	defer stop()
	var done []string
	for _, e := range edits {
		if err := e.write(ctx, files); err != nil {
			if len(done) > 0 {
				f.Err.Say("%s; what follows failed, and the command can be run again", strings.Join(done, "; "))
			}
			return err
		}
		done = append(done, e.describe())
	}
	if len(done) == 0 {
		return f.AnswerText("Nothing to change.\n")
	}
	return f.AnswerSentences(strings.Join(done, "; ") + ".\n")
}

// tryAll makes the changes in memory, and returns those that change something. No file is read again: it may be a pipe.
func tryAll(f *cli.Factory, files *kubeconfig.Config, changes []fileChange) ([]edit, error) {
	var edits []edit
	for _, c := range changes {
		e, err := c.try(f, files.Files[c.path])
		if err != nil {
			return nil, err
		}
		if e.needed() {
			edits = append(edits, e)
		}
	}
	return edits, nil
}
