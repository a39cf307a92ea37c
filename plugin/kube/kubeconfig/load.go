package kubeconfig

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/klog/v2"
	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/text"
)

// silence keeps what client-go logs off standard error, where every line is ours.
var silence = sync.OnceFunc(func() { klog.SetLogger(klog.Logger{}) })

// Load has clientcmd load and merge files. One that does not exist is as good as an empty one; whether an explicit one
// has to exist is for the caller to say. Each is read first as clientcmd would never say it: with its size bounded, and
// with a word on what is wrong in which file. Errors are *Error.
func Load(rules *clientcmd.ClientConfigLoadingRules) (*Config, error) {
	c := &Config{Paths: rules.GetLoadingPrecedence(), Files: map[string]File{}}
	var full []string
	for i, path := range c.Paths {
		if again(path, c.Paths[:i]) {
			continue
		}
		content, err := Read(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var f File
		if err == nil {
			f, err = readFile(content)
		}
		if err != nil {
			return nil, inFile(path, err)
		}
		if c.Files[path] = f; len(content) > 0 {
			full = append(full, path)
		}
	}
	merged, err := c.merge(full)
	if err != nil {
		return nil, err
	}
	c.Config = *merged
	return c, c.placeCAs()
}

// again reports whether a path is another name of a file before it: a link, or a list that was put together twice. It has
// nothing to add then, and would be changed twice.
func again(path string, before []string) bool {
	info, err := os.Stat(path)
	return err == nil && slices.ContainsFunc(before, func(other string) bool {
		there, err := os.Stat(other)
		return err == nil && os.SameFile(info, there)
	})
}

// merge merges what was read. With one file there is nothing to merge, and it may be a pipe; several are read again.
func (c *Config) merge(paths []string) (*api.Config, error) {
	if len(paths) == 1 {
		return from(paths[0], c.Files[paths[0]].config), nil
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
			return nil, &Error{Path: path, What: "is no regular file, and beside others it would have to be read twice: put into a file what it holds"}
		}
	}
	merged, err := merge(paths)
	if err != nil {
		return nil, changedBeside(paths[0])
	}
	return merged, nil
}

// changedBeside is the error for files that could be read a moment ago. clientcmd's own may hold what stands in them.
func changedBeside(path string) error {
	return &Error{Path: path, What: "or a file beside it was changed by another program just now; run the command again"}
}

func merge(paths []string) (*api.Config, error) {
	silence()
	return (&clientcmd.ClientConfigLoadingRules{Precedence: paths, DoNotResolvePaths: true}).Load()
}

// from is a copy of a config whose entries know their file.
func from(path string, read *api.Config) *api.Config {
	c := *read
	c.Contexts, c.Clusters, c.AuthInfos = maps.Clone(c.Contexts), maps.Clone(c.Clusters), maps.Clone(c.AuthInfos)
	for name, entry := range c.Contexts {
		placed := *entry
		placed.LocationOfOrigin, c.Contexts[name] = path, &placed
	}
	for name, entry := range c.Clusters {
		placed := *entry
		placed.LocationOfOrigin, c.Clusters[name] = path, &placed
	}
	for name, entry := range c.AuthInfos {
		placed := *entry
		placed.LocationOfOrigin, c.AuthInfos[name] = path, &placed
	}
	return &c
}

// placeCAs makes the paths of certificates absolute. The commands of users stay as they are written: it is said where
// one is relative.
func (c *Config) placeCAs() error {
	for _, cluster := range c.Clusters {
		base, err := filepath.Abs(filepath.Dir(cluster.LocationOfOrigin))
		if err == nil {
			err = clientcmd.ResolvePaths(clientcmd.GetClusterFileReferences(cluster), base)
		}
		if err != nil {
			return &Error{Path: cluster.LocationOfOrigin, What: "can't be placed: " + text.SystemWords(err), Err: err}
		}
	}
	return nil
}

// readFile takes what client-go takes: a key that stands twice, or one that is unknown, is no error. But then the file
// can't be edited.
func readFile(content []byte) (File, error) {
	silence()
	f := File{Text: content}
	blob, err := strictJSON(content)
	if err != nil {
		f.strict = notYAML(err)
		if blob, err = yaml.YAMLToJSON(content); err != nil {
			return f, notYAML(err)
		}
	}
	if f.config, err = clientcmd.Load(content); err != nil {
		return f, explain(err, blob)
	}
	if f.meaning, err = readMeaning(blob); err != nil {
		return f, &Error{What: "is no kubeconfig"}
	}
	return f, nil
}

func notYAML(err error) error { return &Error{What: "is no YAML that can be used: " + yamlWords(err)} }

// explain says in our words why clientcmd does not take a file. Its own may hold the entries as a whole.
func explain(err error, blob []byte) error {
	var wrong *json.UnmarshalTypeError
	var kind struct{ Kind, APIVersion string }
	var lists struct{ Contexts, Clusters, Users []named }
	switch {
	case errors.As(err, &wrong):
		return &Error{What: fmt.Sprintf("is no kubeconfig: %s holds %s", cmp.Or(text.Short(wrong.Field, 80), "the whole"), text.Short(wrong.Value, 20))}
	case runtime.IsNotRegisteredError(err) && json.Unmarshal(blob, &kind) == nil:
		return &Error{What: fmt.Sprintf("is no kubeconfig, but of kind %q, apiVersion %q", text.Short(kind.Kind, 40), text.Short(kind.APIVersion, 40))}
	case !strings.HasPrefix(err.Error(), "error converting"):
		return &Error{What: "is no kubeconfig: " + text.Short(err.Error(), 160)}
	}
	if json.Unmarshal(blob, &lists) == nil {
		for _, l := range []struct {
			word    string
			entries []named
		}{{"contexts", lists.Contexts}, {"clusters", lists.Clusters}, {"users", lists.Users}} {
			seen := map[named]bool{}
			for _, e := range l.entries {
				if seen[e] {
					return &Error{What: fmt.Sprintf("has two %s with the name %q", l.word, text.Short(e.Name, 80))}
				}
				seen[e] = true
			}
		}
	}
	return &Error{What: "has two extensions with one name"}
}

// named is an entry of a list.
type named struct {
	Name string `json:"name"`
}

// inFile names the file in an error that doesn't know it.
func inFile(path string, err error) error {
	var bad *Error
	if errors.As(err, &bad) && bad.Path == "" {
		return &Error{Path: path, What: bad.What, Err: bad.Err}
	}
	return err
}

// yamlWords is the reason of a YAML error on one line.
func yamlWords(err error) string {
	content := strings.ReplaceAll(err.Error(), "error converting YAML to JSON: ", "")
	content = strings.ReplaceAll(strings.TrimPrefix(content, "yaml: "), "unmarshal errors:\n", "")
	return text.Short(strings.TrimSpace(content), 160)
}
