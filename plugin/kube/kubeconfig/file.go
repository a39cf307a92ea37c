package kubeconfig

import (
	"encoding/json"

	sigsjson "sigs.k8s.io/json"
)

// file is the content of a kubeconfig file.
// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
type file struct {
	Kind           string      `json:"kind"`
	APIVersion     string      `json:"apiVersion"`
	Preferences    preferences `json:"preferences"`
	CurrentContext string      `json:"current-context"`
	Extensions     []extension `json:"extensions"`
	Contexts       []struct {
		Name    string        `json:"name"`
		Context contextFields `json:"context"`
	} `json:"contexts"`
	Clusters []struct {
		Name    string        `json:"name"`
		Cluster clusterFields `json:"cluster"`
	} `json:"clusters"`
	Users []struct {
		Name string     `json:"name"`
		User userFields `json:"user"`
	} `json:"users"`
}

// name is that of an entry of a list.
func (f *file) name(list string, i int) string {
	switch list {
	case "clusters":
		return f.Clusters[i].Name
	case "contexts":
		return f.Contexts[i].Name
	}
	return f.Users[i].Name
}

type preferences struct {
	Colors     bool        `json:"colors"`
	Extensions []extension `json:"extensions"`
}

type extension struct {
	Name      string          `json:"name"`
	Extension json.RawMessage `json:"extension"`
}

type contextFields struct {
	Cluster    string      `json:"cluster"`
	User       string      `json:"user"`
	Namespace  string      `json:"namespace"`
	Extensions []extension `json:"extensions"`
}

type clusterFields struct {
	Server             string      `json:"server"`
	TLSServerName      string      `json:"tls-server-name"`
	Insecure           bool        `json:"insecure-skip-tls-verify"`
	CAFile             string      `json:"certificate-authority"`
	CAData             []byte      `json:"certificate-authority-data"`
	ProxyURL           string      `json:"proxy-url"`
	DisableCompression bool        `json:"disable-compression"`
	Extensions         []extension `json:"extensions"`
}

// userFields is a user entry: it has to be one for client-go, and all its fields are kept.
type userFields struct{ fields map[string]any }

func (u *userFields) UnmarshalJSON(blob []byte) error {
	var known struct {
		ClientCertificate     string              `json:"client-certificate"`
		ClientCertificateData []byte              `json:"client-certificate-data"`
		ClientKey             string              `json:"client-key"`
		ClientKeyData         []byte              `json:"client-key-data"`
		Token                 string              `json:"token"`
		TokenFile             string              `json:"tokenFile"`
		Impersonate           string              `json:"as"`
		ImpersonateUID        string              `json:"as-uid"`
		ImpersonateGroups     []string            `json:"as-groups"`
		ImpersonateExtra      map[string][]string `json:"as-user-extra"`
		Username              string              `json:"username"`
		Password              string              `json:"password"`
		Exec                  *Exec               `json:"exec"`
		Extensions            []extension         `json:"extensions"`
		AuthProvider          *struct {
			Name   string            `json:"name"`
			Config map[string]string `json:"config"`
		} `json:"auth-provider"`
	}
	if err := sigsjson.UnmarshalCaseSensitivePreserveInts(blob, &known); err != nil {
		return err
	}
	return sigsjson.UnmarshalCaseSensitivePreserveInts(blob, &u.fields)
}
