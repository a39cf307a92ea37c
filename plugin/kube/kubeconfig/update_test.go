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

// TestUpdateLocksLikeClientcmd: while one of the two has the file, the other one does not get it.
func TestUpdateLocksLikeClientcmd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	writeFile(t, path, kubectlStyle)
	options := clientcmd.NewDefaultPathOptions()
	options.LoadingRules.ExplicitPath = path
	theirs := clientcmdapi.NewConfig()
	theirs.AuthInfos["theirs"] = clientcmdapi.NewAuthInfo()
	c := change("ours")
	err := update(context.Background(), path, time.Minute, nil, func(old []byte) ([]byte, error) {
		if err := clientcmd.ModifyConfig(adding{options}, *theirs, false); !errors.Is(err, fs.ErrExist) {
			t.Errorf("clientcmd writes beside us: %v", err)
		}
		edited, _, err := edit(old, c)
		return edited, err
	})
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_EXCL, 0) // as clientcmd makes it
	if err := errors.Join(err, lock.Close()); err != nil {
		t.Fatal(err)
	}
	never := func([]byte) ([]byte, error) { t.Error("we write beside clientcmd"); return nil, nil }
	if err := update(context.Background(), path, 0, nil, never); !errors.As(err, new(*LockError)) {
		t.Error(err)
	}
	done := make(chan error)
	go func() {
		done <- update(context.Background(), path, time.Minute, nil, func(old []byte) ([]byte, error) {
			if _, err := os.Lstat(path + ".lock"); err != nil {
				t.Error(err)
			}
			edited, _, err := edit(old, change("later"))
			return edited, err
		})
	}()
	if err := errors.Join(os.Remove(path+".lock"), <-done, clientcmd.ModifyConfig(adding{options}, *theirs, false)); err != nil {
		t.Fatal(err)
	}
	all, err := clientcmd.LoadFromFile(path)
	if err != nil || all.AuthInfos["ours"] == nil || all.AuthInfos["later"] == nil || all.AuthInfos["theirs"] == nil {
		t.Errorf("%v: %+v", err, all)
	}
}

// TestUpdateIsProvenMerged: a file is changed only if clientcmd, which merges it with the others, reads then what it read
// before, with what was to be changed in that file and nothing else.
func TestUpdateIsProvenMerged(t *testing.T) {
	const (
		first  = "users:\n- name: alice\n  user: {token: a}\ncontexts:\n- {name: one, context: {cluster: shop, user: alice}}\n"
		second = "current-context: two\nusers:\n- name: alice\n  user: {token: shadowed}\n- name: bob\n  user: {token: b}\ncontexts:\n- {name: two, context: {cluster: shop, user: bob}}\nclusters:\n- {name: shop, cluster: {server: 'https://shop.example'}}\n"
	)
	more := func(c Change, entry string) Change { // of which the change knows nothing
		c.Users = map[string]map[string]any{entry: {"token": "more"}}
		return c
	}
	both := change("carol")
	both.Users["bob"] = both.Users["carol"]
	current := change("bob")
	current.Current = "one"
	for name, test := range map[string]struct {
		file        int
		meant, done Change
		beside      string // what another program makes of the other file
		refused     string
	}{
		"an entry":                  {file: 1, meant: change("bob"), done: change("bob")},
		"a shadowed one":            {file: 1, meant: change("alice"), done: change("alice")},
		"the first":                 {file: 0, meant: change("alice", "one"), done: change("alice", "one")},
		"a new one":                 {file: 0, meant: change("carol"), done: change("carol")},
		"a current context":         {file: 0, meant: current, done: Change{Users: current.Users, Current: "one"}},
		"another one":               {file: 1, meant: change("alice"), done: more(change(""), "bob"), refused: "without a risk"},
		"a new one that shadows":    {file: 0, meant: change("alice"), done: more(change(""), "bob"), refused: "without a risk"},
		"one is not made":           {file: 1, meant: both, done: Change{Users: map[string]map[string]any{"bob": {"token": "c"}}}, refused: "without a risk"},
		"a current context of none": {file: 0, meant: change("alice"), done: Change{Current: "one"}, refused: "without a risk"},
		"the other one is broken":   {file: 1, meant: change("bob"), done: change("bob"), beside: "users: [hush", refused: "run the command again"},
		"the other one is gone":     {file: 1, meant: change("bob"), done: change("bob"), beside: "-"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			paths := []string{filepath.Join(dir, "first"), filepath.Join(dir, "second"), filepath.Join(dir, "none"), filepath.Join(dir, "link")}
			writeFile(t, paths[0], first)
			writeFile(t, paths[1], second)
			if err := os.Symlink("second", paths[3]); err != nil {
				t.Fatal(err)
			}
			c, err := load(paths...)
			if err != nil {
				t.Fatal(err)
			}
			before, want := names(t, dir), string(c.Files[paths[test.file]].Text)
			switch other := paths[1-test.file]; test.beside {
			case "":
			case "-":
				err, before = os.Remove(other), "link second"
			default:
				writeFile(t, other, test.beside)
			}
			if err != nil {
				t.Fatal(err)
			}
			err = c.Update(context.Background(), paths[test.file], test.meant, func(old []byte) ([]byte, error) {
				edited, _, err := edit(old, test.done)
				if test.refused == "" {
					want = string(edited)
				}
				return edited, err
			})
			if test.refused != "" {
				if bad := (*Error)(nil); !errors.As(err, &bad) || !strings.Contains(bad.Error(), test.refused) || strings.Contains(bad.Error(), "hush") {
					t.Errorf("got %v", err)
				}
			} else if err != nil {
				t.Error(err)
			}
			if got, err := os.ReadFile(paths[test.file]); string(got) != want || err != nil {
				t.Errorf("%v: holds\n%s\nnot\n%s", err, got, want)
			}
			if got := names(t, dir); got != before {
				t.Errorf("%s, not %s", got, before)
			}
		})
	}
}
