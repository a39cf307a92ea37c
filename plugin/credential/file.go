package credential

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// longest bounds a file with a secret, or with a certificate and its key.
const longest = 64 << 10

// read reads the file that a setting names, which only its owner may read. A kubeconfig's has to have an absolute path,
// since kubectl runs anywhere.
func (c Call) read(ctx context.Context, name string) ([]byte, error) {
	layer := c.Target.FirstWith(name)
	path, origin := layer.Get(name)
	if len(layer) > 0 && layer[0].Foreign && !filepath.IsAbs(path) {
		return nil, &plugin.MachineError{What: fmt.Sprintf("%s (%s): %s is no absolute path, and kubectl may run in any folder", name, origin, text.Redact(path, 200)),
			Hint: "Your turn: write the whole path into the kubeconfig."}
	}
	data, err := text.ReadSecretFile(ctx, path, longest)
	wrong, ok := errors.AsType[*text.FileError](err)
	if !ok {
		return data, err
	}
	if wrong.Err != nil { // it may be no path, but the secret itself
		path = text.Redact(path, 200)
	}
	hint := "Your turn: name a file that you alone can read (chmod 600; defaultMode: 0400 where Kubernetes mounts it), or a pipe (entralogin help machines)."
	if wrong.What == text.Empty {
		hint = "Your turn: write it there; or see whether the program that writes the file or pipe failed."
	}
	return nil, &plugin.MachineError{What: fmt.Sprintf("%s (%s): %s %s", name, origin, text.Short(path, 200), wrong.What), Err: err, Hint: hint}
}
