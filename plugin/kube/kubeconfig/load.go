package kubeconfig

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
	for _, path := range paths {
		text, err := Read(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		strict, err := strictJSON(text)
		f, err := decode(text, strict, err)
		if err == nil {
			err = c.add(path, f)
		}
		if err != nil {
			return nil, inFile(path, err)
		}
		c.Files[path] = File{text, f.users(path), strict, f}
	}
	return c, nil
}

func newConfig(paths []string) *Config {
	return &Config{Paths: paths, Contexts: map[string]Context{}, Clusters: map[string]Cluster{}, Users: map[string]User{}, Files: map[string]File{}}
}

// decode takes what client-go takes: a key that stands twice, which fails the strict reading, or one that is unknown, is
// no error.
func decode(content, strict []byte, err error) (*file, error) {
	if err != nil {
		strict, err = yaml.YAMLToJSON(content)
	}
	if err != nil {
		return nil, &Error{What: "is no YAML that can be used: " + yamlWords(err)}
	}
	return decodeJSON(strict)
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
	contexts, clusters, users := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, e := range f.Contexts {
		if contexts[e.Name] {
			return twice("context", e.Name)
		}
		contexts[e.Name] = true
		keepFirst(c.Contexts, e.Name, Context{path, e.Context.Cluster, e.Context.User, e.Context.Namespace})
	}
	for _, e := range f.Clusters {
		if clusters[e.Name] {
			return twice("cluster", e.Name)
		}
		clusters[e.Name] = true
		cluster, err := e.Cluster.in(path)
		if err != nil {
			return err
		}
		keepFirst(c.Clusters, e.Name, cluster)
	}
	for _, e := range f.Users {
		if users[e.Name] {
			return twice("user", e.Name)
		}
		users[e.Name] = true
		keepFirst(c.Users, e.Name, User{path, e.User.fields})
	}
	return nil
}

// users are the users of the file at path.
func (f *file) users(path string) map[string]User {
	users := map[string]User{}
	for _, e := range f.Users {
		users[e.Name] = User{path, e.User.fields}
	}
	return users
}

func keepFirst[T any](entries map[string]T, name string, entry T) {
	if _, ok := entries[name]; !ok {
		entries[name] = entry
	}
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
			return c, &Error{What: "can't be placed: " + systemWords(err), Err: err}
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
		return &Error{path, bad.What, bad.Err}
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
