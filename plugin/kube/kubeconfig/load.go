package kubeconfig

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	sigsjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/text"
)

// infoExtension is the extension of a cluster that its exec plugins get as spec.cluster.config.
const infoExtension = "client.authentication.k8s.io/exec"

// Load reads and merges files: the first one that has an entry wins. A file that does not exist is as good
// as an empty one; whether an explicit one has to exist is for the caller to say. Errors are *Error.
func Load(paths []string) (*Config, error) {
	c := newConfig(paths)
	for i, path := range paths {
		if again(path, paths[:i]) {
			continue
		}
		text, err := Read(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		f, strict, err := decode(text)
		if err == nil {
			err = c.add(path, f)
		}
		if err != nil {
			return nil, inFile(path, err)
		}
		c.Files[path] = File{text, c.Files[path].Users, strict, f}
	}
	return c, nil
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

func newConfig(paths []string) *Config {
	return &Config{Paths: paths, Contexts: map[string]Context{}, Clusters: map[string]Cluster{}, Users: map[string]User{}, Files: map[string]File{}}
}

// decode takes what client-go takes: a key that stands twice, or one that is unknown, is no error. But there is no
// strict reading then.
func decode(content []byte) (f *file, strict []byte, err error) {
	strict, err = strictJSON(content)
	blob := strict
	if err != nil {
		blob, err = yaml.YAMLToJSON(content)
	}
	if err != nil {
		return nil, nil, &Error{What: "is no YAML that can be used: " + yamlWords(err)}
	}
	f, err = decodeJSON(blob)
	return f, strict, err
}

func decodeJSON(blob []byte) (*file, error) {
	f := new(file)
	if err := sigsjson.UnmarshalCaseSensitivePreserveInts(blob, f); err != nil {
		return nil, &Error{What: "is no kubeconfig: " + fieldWords(err)}
	}
	if cmp.Or(f.Kind, "Config") != "Config" || cmp.Or(f.APIVersion, "v1") != "v1" {
		return nil, &Error{What: fmt.Sprintf("is no kubeconfig, but of kind %q, apiVersion %q",
			text.Short(f.Kind, 40), text.Short(f.APIVersion, 40))}
	}
	return f, nil
}

// add takes over the entries of a file that no file before it had.
func (c *Config) add(path string, f *file) error {
	c.CurrentContext = cmp.Or(c.CurrentContext, f.CurrentContext)
	contexts, clusters, users := map[string]Context{}, map[string]Cluster{}, map[string]User{}
	for _, e := range f.Contexts {
		if !added(contexts, e.Name, Context{path, e.Context.Cluster, e.Context.User, e.Context.Namespace}) {
			return twice("context", e.Name)
		}
	}
	for _, e := range f.Clusters {
		cluster, err := e.Cluster.in(path)
		if err != nil {
			return err
		}
		if !added(clusters, e.Name, cluster) {
			return twice("cluster", e.Name)
		}
	}
	for _, e := range f.Users {
		if !added(users, e.Name, User{path, e.User.fields}) {
			return twice("user", e.Name)
		}
	}
	for name, entry := range contexts {
		added(c.Contexts, name, entry)
	}
	for name, entry := range clusters {
		added(c.Clusters, name, entry)
	}
	for name, entry := range users {
		added(c.Users, name, entry)
	}
	c.Files[path] = File{Users: users, content: f}
	return nil
}

// added adds an entry, unless there is one of its name.
func added[T any](entries map[string]T, name string, entry T) bool {
	if _, ok := entries[name]; ok {
		return false
	}
	entries[name] = entry
	return true
}

func twice(kind, name string) error {
	return &Error{What: fmt.Sprintf("has two %ss with the name %q", kind, text.Short(name, 80))}
}

// in makes the Cluster of an entry of the file at path.
func (e clusterFields) in(path string) (Cluster, error) {
	c := Cluster{Path: path, Server: e.Server, TLSServerName: e.TLSServerName, ProxyURL: e.ProxyURL,
		Insecure: e.Insecure, CAFile: e.CAFile, CAData: e.CAData}
	if c.CAFile != "" && !filepath.IsAbs(c.CAFile) {
		base, err := filepath.Abs(filepath.Dir(path))
		if err != nil {
			return c, &Error{What: "can't be placed: " + text.SystemWords(err), Err: err}
		}
		c.CAFile = filepath.Join(base, c.CAFile)
	}
	for _, x := range e.Extensions {
		if raw := x.Extension; x.Name == infoExtension && string(raw) != "null" {
			c.InfoConfig = raw
		}
	}
	return c, nil
}

// Exec returns the exec section; ok is false where there is none.
func (u User) Exec() (e Exec, ok bool) {
	section, ok := u.Fields["exec"]
	if !ok || section == nil {
		return Exec{}, false
	}
	blob, err := json.Marshal(section)
	if err != nil || sigsjson.UnmarshalCaseSensitivePreserveInts(blob, &e) != nil {
		return Exec{}, false
	}
	return e, true
}

// Fields returns the fields of a user entry that has this exec section and nothing else.
func (e Exec) Fields() map[string]any { return e.Over(User{}) }

// Over returns the exec section that takes the place of that of u, as a field. What it knows nothing of stays, and so
// does a null, which kubectl writes where there are no variables.
func (e Exec) Over(u User) map[string]any {
	section := map[string]any{}
	former, _ := u.Fields["exec"].(map[string]any)
	for key, value := range former {
		if !slices.Contains(execKeys(), key) || key == "env" && value == nil {
			section[key] = value
		}
	}
	blob, err := json.Marshal(e)
	if err != nil || json.Unmarshal(blob, &section) != nil {
		panic("an Exec is always JSON")
	}
	return map[string]any{"exec": section}
}

func execKeys() []string {
	return []string{"apiVersion", "command", "args", "env", "installHint", "interactiveMode", "provideClusterInfo"}
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

// fieldWords is the reason of a JSON error without the types of this program.
func fieldWords(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Sprintf("%s holds %s", cmp.Or(text.Short(wrong.Field, 80), "the whole"), text.Short(wrong.Value, 20))
	}
	return text.Short(err.Error(), 160)
}
