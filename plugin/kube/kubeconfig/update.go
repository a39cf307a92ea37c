package kubeconfig

import (
	"context"
	"maps"
	"os"
	"reflect"
	"slices"
	"time"

	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/entralogin/entralogin/plugin/userfile"
)

const lockWait = 5 * time.Second // clientcmd holds its lock for milliseconds

// Update replaces one of the files by what edit makes of it, as userfile.Updater does, under the lock that kubectl
// takes. Where there are others, clientcmd merges the new one with them before it takes its place: all files together
// have to mean what they meant, with the change c made in this one and nothing else. Errors are those of edit, *Error,
// *LockError and *WriteError.
func (c *Config) Update(ctx context.Context, path string, change Change, edit func(old []byte) (edited []byte, err error)) error {
	return update(ctx, path, lockWait, func(file string) error { return c.prove(path, file, change) }, edit)
}

func update(ctx context.Context, path string, wait time.Duration, prove func(file string) error, edit func(old []byte) (edited []byte, err error)) error {
	return userfile.Updater{Read: Read, Lock: userfile.Made(wait), Prove: prove}.Update(ctx, path, func(old []byte) ([]byte, error) {
		edited, err := edit(old)
		return edited, inFile(path, err)
	})
}

// prove lets the file at now, which is to take the place of that at path, be merged with the others.
func (c *Config) prove(path, now string, change Change) error {
	var before, after []string
	for i, other := range c.Paths {
		info, err := os.Stat(other)
		switch {
		case other == path:
			before, after = append(before, other), append(after, now)
		case err == nil && info.Mode().IsRegular() && !again(other, c.Paths[:i]):
			before, after = append(before, other), append(after, other)
		}
	}
	if len(after) < 2 {
		return nil
	}
	was, err := merge(before)
	is, other := merge(after)
	if err != nil || other != nil {
		return changedBeside(path)
	}
	if !sameMerged(was.Clusters, is.Clusters, change.Clusters, path, now) || !sameMerged(was.Contexts, is.Contexts, change.Contexts, path, now) ||
		!sameMerged(was.AuthInfos, is.AuthInfos, change.Users, path, now) || is.CurrentContext != was.CurrentContext && is.CurrentContext != change.Current {
		return &Error{Path: path, What: "can't be edited without a risk for what the other kubeconfig files mean beside it"}
	}
	return nil
}

// sameMerged reports whether the merged entries are those that they were, but for the changed ones that now come from the
// file at now, which is to take the place of that at path.
func sameMerged[T any](was, is map[string]*T, changed map[string]map[string]any, path, now string) bool {
	for name, entry := range is {
		if at := origin(entry); *at == now {
			*at = path
			if _, meant := changed[name]; meant {
				continue // what it says was proven when it was made
			}
		}
		if !reflect.DeepEqual(was[name], entry) {
			return false
		}
	}
	lost := func(name string) bool { return is[name] == nil }
	return !slices.ContainsFunc(slices.Collect(maps.Keys(was)), lost) && !slices.ContainsFunc(slices.Collect(maps.Keys(changed)), lost)
}

// origin is where an entry notes its file.
func origin(entry any) *string {
	switch e := entry.(type) {
	case *api.Cluster:
		return &e.LocationOfOrigin
	case *api.Context:
		return &e.LocationOfOrigin
	case *api.AuthInfo:
		return &e.LocationOfOrigin
	}
	panic("no entry of a kubeconfig")
}
