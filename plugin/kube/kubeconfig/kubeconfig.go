// Package kubeconfig has kubeconfig files found, loaded and merged by client-go's clientcmd, as kubectl has, and edits
// them as text: what is not edited keeps its bytes.
//
// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
package kubeconfig

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd/api"
)

// The parts of a kubeconfig, as clientcmd reads them. Their LocationOfOrigin is the file where they stand.
type (
	Context = api.Context
	Cluster = api.Cluster
	Exec    = api.ExecConfig
	EnvVar  = api.ExecEnvVar
)

// Config is what clientcmd makes of kubeconfig files, merged: the first file that has an entry wins.
type Config struct {
	api.Config
	Paths []string        // in the order of loading, those that don't exist included
	Files map[string]File // by path, those that exist
}

// File is what one of the files holds, whatever the others do.
type File struct {
	Text []byte

	config  *api.Config // what clientcmd reads in Text; nil where nobody has asked yet
	meaning meaning     // what Text means, unknown fields included
	strict  error       // why it can't be edited
}

// User is a user entry, as clientcmd reads it, and with whatever fields it has in its file.
type User struct {
	api.AuthInfo
	Fields map[string]any
}

// Change is what Edit does to one file: the fields that entries are to have, by name, and the current context, "" for
// the one that there is. An entry that is not there is added.
type Change struct {
	Clusters, Contexts, Users map[string]map[string]any
	Current                   string
}

// Context returns the context of a name, an empty one where there is none.
func (c *Config) Context(name string) Context { return entryOf(c.Contexts, name) }

// Cluster returns the cluster of a name, an empty one where there is none.
func (c *Config) Cluster(name string) Cluster { return entryOf(c.Clusters, name) }

// User returns the user of a name; ok is false where there is none.
func (c *Config) User(name string) (u User, ok bool) {
	info, ok := c.AuthInfos[name]
	if !ok {
		return User{}, false
	}
	return User{*info, c.Files[info.LocationOfOrigin].fields(name)}, true
}

// Users returns the users of one file, whether or not others shadow them.
func (f File) Users() map[string]User {
	all := map[string]User{}
	if f.config != nil {
		for name, info := range f.config.AuthInfos {
			all[name] = User{*info, f.fields(name)}
		}
	}
	return all
}

// HasUser reports whether the file holds a user of a name.
func (f File) HasUser(name string) bool { return f.config != nil && f.config.AuthInfos[name] != nil }

func (f File) fields(user string) map[string]any {
	fields, _ := f.meaning.entry("users", user)["user"].(map[string]any)
	return fields
}

func entryOf[T any](entries map[string]*T, name string) (entry T) {
	if found := entries[name]; found != nil {
		entry = *found
	}
	return entry
}

// InfoConfig is the extension of a cluster that its exec plugins get as spec.cluster.config, nil if there is none.
func InfoConfig(c Cluster) json.RawMessage {
	const extension = "client.authentication.k8s.io/exec"
	if x, ok := c.Extensions[extension].(*runtime.Unknown); ok {
		return x.Raw
	}
	return nil
}
