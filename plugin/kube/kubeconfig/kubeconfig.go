// Package kubeconfig reads kubeconfig files as kubectl does, and edits them as text: what is not edited
// keeps its bytes.
//
// The rules are those of client-go's clientcmd, held against clientcmd itself by the tests. It is not
// linked into the program because its initialisation would cost every call of get-token, which needs none
// of it, about a millisecond.
//
// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
package kubeconfig

import "encoding/json"

// Config is what kubectl makes of its kubeconfig files: merged, the first file that has an entry wins.
type Config struct {
	Paths          []string // in the order of loading, those that don't exist included
	CurrentContext string
	Contexts       map[string]Context
	Clusters       map[string]Cluster
	Users          map[string]User
	Files          map[string]File // by path, those that exist
}

// File is what one of the files holds, whatever the others do.
type File struct {
	Text  []byte
	Users map[string]User

	json    []byte // what Text means, read strictly; nil where it can't be, or was not yet
	content *file  // the same
}

// Context names a cluster and the user for it.
type Context struct {
	Path                     string // of the file where it stands
	Cluster, User, Namespace string
}

// Cluster says how an API server is reached.
type Cluster struct {
	Path          string // of the file where it stands
	Server        string
	TLSServerName string
	ProxyURL      string
	Insecure      bool            // insecure-skip-tls-verify
	CAFile        string          // absolute
	CAData        []byte          // PEM; it counts more than CAFile
	InfoConfig    json.RawMessage // the extension client.authentication.k8s.io/exec, nil if there is none
}

// User is a user entry as it stands in the file, with whatever fields it has.
type User struct {
	Path   string // of the file where it stands
	Fields map[string]any
}

// Exec is the exec section of a user entry.
// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#ExecConfig
type Exec struct {
	APIVersion         string   `json:"apiVersion"`
	Command            string   `json:"command"`
	Args               []string `json:"args,omitempty"`
	Env                []EnvVar `json:"env,omitempty"`
	InstallHint        string   `json:"installHint,omitempty"`
	InteractiveMode    string   `json:"interactiveMode,omitempty"`
	ProvideClusterInfo bool     `json:"provideClusterInfo,omitempty"`
}

// EnvVar is a variable that the plugin gets.
type EnvVar struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Change is what Edit does to one file: the fields that entries are to have, by name, and the current context, "" for
// the one that there is. An entry that is not there is added.
type Change struct {
	Clusters, Contexts, Users map[string]map[string]any
	Current                   string
}
