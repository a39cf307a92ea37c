package kube

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// execCredential is what is read and written of an ExecCredential; v1 and v1beta1 are alike in it:
// https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
//
// It stands for the types of client-go, which every call would pay for: their package alone adds a sixth
// to the time of a warm call. The tests hold it to those types.
type execCredential struct {
	Kind       string  `json:"kind"`
	APIVersion string  `json:"apiVersion"`
	Spec       spec    `json:"spec"`
	Status     *status `json:"status,omitempty"`
}

type spec struct {
	Cluster     *cluster `json:"cluster,omitempty"`
	Interactive bool     `json:"interactive"`
}

type cluster struct {
	Server        string          `json:"server"`
	TLSServerName string          `json:"tls-server-name,omitempty"`
	CA            string          `json:"certificate-authority-data,omitempty"` // read alone
	Config        json.RawMessage `json:"config,omitempty"`
}

type status struct {
	ExpirationTimestamp string `json:"expirationTimestamp"` // RFC 3339
	Token               string `json:"token"`
}

// credential is the ExecCredential that answers info, in the version of info: client-go refuses any
// other. The timestamp is in UTC, rounded down to a second.
func credential(info Info, token cache.Secret, expires time.Time) ([]byte, error) {
	if info.APIVersion != V1 && info.APIVersion != V1Beta1 {
		return nil, fmt.Errorf("no ExecCredential can be written in apiVersion %q", info.APIVersion)
	}
	return json.Marshal(execCredential{
		Kind:       kind,
		APIVersion: info.APIVersion,
		Spec:       spec{Interactive: info.Interactive},
		Status: &status{
			ExpirationTimestamp: expires.UTC().Truncate(time.Second).Format(time.RFC3339),
			Token:               token.Reveal(),
		},
	})
}
