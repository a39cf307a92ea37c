package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// names are the files of a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// TestUpdateExcludesClientcmd lets our updates and client-go's run against each other: each of them adds
// entries, and none gets lost.
func TestUpdateExcludesClientcmd(t *testing.T) {
	const rounds = 12
	path := filepath.Join(t.TempDir(), "config")
	writeFile(t, path, "apiVersion: v1\nkind: Config\n")
	failed := make(chan error, 4)
	for worker := range 2 {
		go func() { failed <- addWithClientcmd(path, worker, rounds) }()
		go func() { failed <- addWithUpdate(path, worker, rounds) }()
	}
	for range 4 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	c, err := clientcmd.LoadFromFile(path)
	if err != nil || len(c.AuthInfos) != 4*rounds {
		t.Errorf("%d entries, not %d: %v", len(c.AuthInfos), 4*rounds, err)
	}
	if got := names(t, filepath.Dir(path)); got != "config" {
		t.Error(got)
	}
}

// adding is a ModifyConfig that adds one entry: what others have added since it was read is no difference
// to it, so that it isn't deleted.
type adding struct{ *clientcmd.PathOptions }

func (adding) GetStartingConfig() (*clientcmdapi.Config, error) { return clientcmdapi.NewConfig(), nil }

func addWithClientcmd(path string, worker, rounds int) error {
	options := clientcmd.NewDefaultPathOptions()
	options.LoadingRules.ExplicitPath = path
	for i := 0; i < rounds; {
		c := clientcmdapi.NewConfig()
		c.AuthInfos[fmt.Sprintf("kubectl-%d-%d", worker, i)] = clientcmdapi.NewAuthInfo()
		err := clientcmd.ModifyConfig(adding{options}, *c, false)
		switch {
		case err == nil:
			i++
		case !errors.Is(err, fs.ErrExist): // it doesn't wait for the lock
			return err
		default:
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

func addWithUpdate(path string, worker, rounds int) error {
	for i := range rounds {
		c := change(fmt.Sprintf("entralogin-%d-%d", worker, i))
		err := update(context.Background(), path, time.Minute, nil, func(old []byte) ([]byte, error) {
			edited, _, err := edit(old, c)
			return edited, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
