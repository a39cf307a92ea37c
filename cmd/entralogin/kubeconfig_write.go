package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// fileChange is a change of one kubeconfig file.
type fileChange struct {
	path string
	kubeconfig.Change
}

// changeKubeconfig makes the changes, one file after the other, or shows them. All of them are tried
// before the first one is made.
func (a *app) changeKubeconfig(ctx context.Context, changes []fileChange, dryRun bool) error {
	var shown, done []string
	var pending []fileChange
	for _, c := range changes {
		old, edited, notes, err := c.try()
		if err != nil {
			return err
		}
		if bytes.Equal(old, edited) {
			continue
		}
		for _, note := range notes {
			a.say("%s: %s", text.Short(c.path, 200), note)
		}
		shown = append(shown, kubeconfig.Diff(c.path, old, edited))
		pending = append(pending, c)
	}
	if dryRun {
		return a.answer(strings.Join(shown, ""))
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	for _, c := range pending {
		if err := c.make(ctx); err != nil {
			if len(done) > 0 {
				a.say("%s; what follows failed, and the command can be run again", strings.Join(done, "; "))
			}
			return err
		}
		done = append(done, c.words())
	}
	if len(done) == 0 {
		return a.answer("Nothing to change.\n")
	}
	return a.answer(strings.Join(done, "; ") + ".\n")
}

// try makes the change in memory. Users that are as they should be are no part of it any more.
func (c fileChange) try() (old, edited []byte, notes []string, err error) {
	old, err = kubeconfig.Read(c.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil, err
	}
	if same, _, err := kubeconfig.Edit(old, kubeconfig.Change{Users: c.Users}); err == nil && bytes.Equal(same, old) {
		clear(c.Users) // they are so already
	}
	edited, notes, err = kubeconfig.Edit(old, c.Change)
	var bad *kubeconfig.Error
	if errors.As(err, &bad) && bad.Path == "" {
		err = &kubeconfig.Error{Path: c.path, What: bad.What, Err: bad.Err}
	}
	return old, edited, notes, err
}

func (c fileChange) make(ctx context.Context) error {
	return kubeconfig.Update(ctx, c.path, func(old []byte) ([]byte, error) {
		edited, _, err := kubeconfig.Edit(old, c.Change)
		return edited, err
	})
}

// words say what the change did.
func (c fileChange) words() string {
	var parts []string
	for _, user := range slices.Sorted(maps.Keys(c.Users)) {
		parts = append(parts, "Wrote user "+text.Short(user, 200))
	}
	for _, context := range slices.Sorted(maps.Keys(c.Contexts)) {
		parts = append(parts, fmt.Sprintf("pointed context %s at %s", text.Short(context, 200), text.Short(c.Contexts[context], 200)))
	}
	return strings.Join(parts, ", ") + " in " + text.Short(c.path, 300)
}

func (a *app) answer(text string) error {
	_, err := a.stdout.Write([]byte(text))
	return outputError(err)
}
