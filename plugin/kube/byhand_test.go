package kube

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	kjson "sigs.k8s.io/json"

	"github.com/entralogin/entralogin/plugin/text"
)

// byHand is what is read of an ExecCredential, declared from its reference alone; both versions are alike in it:
// https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
type byHand struct {
	Kind       string `json:"kind"`
	APIVersion string `json:"apiVersion"`
	Spec       struct {
		Cluster *struct {
			Server        string          `json:"server"`
			TLSServerName string          `json:"tls-server-name"`
			CA            string          `json:"certificate-authority-data"`
			Config        json.RawMessage `json:"config"`
		} `json:"cluster"`
		Interactive bool `json:"interactive"`
	} `json:"spec"`
}

// readByHand reads raw without client-go, with the checks of ReadInfo.
func readByHand(raw []byte) (cred byHand, err error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if err = checkText(raw); err == nil {
		err = checkJSON(raw)
	}
	if err != nil {
		return cred, err
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, &cred); err != nil {
		return cred, &InputError{typeWords(err)}
	}
	switch {
	case !slices.Contains(kinds(), cred.Kind):
		return cred, &InputError{fmt.Sprintf("has the kind %q; the kind has to be %s", text.Short(cred.Kind, 60), kind)}
	case cred.APIVersion != "" && cred.APIVersion != V1 && cred.APIVersion != V1Beta1:
		return cred, &InputError{fmt.Sprintf("has the apiVersion %q; %s and %s work", text.Short(cred.APIVersion, 80), V1, V1Beta1)}
	case cred.Spec.Cluster != nil:
		_, err = ClusterSettings(cred.Spec.Cluster.Config)
	}
	return cred, err
}

// sameByHand fails unless info, or err, is what is read without client-go.
func sameByHand(t *testing.T, raw []byte, info Info, err error) {
	t.Helper()
	want, wanted := readByHand(raw)
	if fmt.Sprint(err) != fmt.Sprint(wanted) {
		t.Errorf("the error is\n%v\nwithout client-go\n%v", err, wanted)
	}
	if err != nil || wanted != nil {
		return
	}
	if info.APIVersion != want.APIVersion || info.Interactive != want.Spec.Interactive || (info.Cluster == nil) != (want.Spec.Cluster == nil) {
		t.Errorf("read %+v, without client-go %+v", info, want)
		return
	}
	if info.Cluster == nil {
		return
	}
	got, cluster := info.Cluster, want.Spec.Cluster
	var config []byte
	if unknown, ok := got.Config.(*runtime.Unknown); ok {
		config = unknown.Raw
	}
	if string(cluster.Config) == "null" {
		cluster.Config = nil
	}
	ca, _ := base64.StdEncoding.DecodeString(cluster.CA)
	if got.Server != cluster.Server || got.TLSServerName != cluster.TLSServerName || !bytes.Equal(got.CertificateAuthorityData, ca) || !bytes.Equal(config, cluster.Config) {
		t.Errorf("read the cluster %+v with config %q, without client-go %+v", got, config, cluster)
	}
}

// client-go's type has fields that nothing here reads. They are held to their types all the same; no client sends
// anything else.
func TestReadInfoRefusesWhatNobodyReads(t *testing.T) {
	for name, test := range map[string]struct{ before, more, want string }{
		"CA that is no base64": {`"config"`, `"certificate-authority-data":"s3cr3t",`, `has a "spec.cluster.certificate-authority-data" that is not base64`},
		"CA is a number":       {`"config"`, `"certificate-authority-data":7,`, `has a number where "spec.cluster.certificate-authority-data" stands; that takes a string`},
		"insecure is a text":   {`"config"`, `"insecure-skip-tls-verify":"s3cr3t",`, `has a string where "spec.cluster.insecure-skip-tls-verify" stands; that takes a bool`},
		"proxy is an object":   {`"config"`, `"proxy-url":{},`, `has a object where "spec.cluster.proxy-url" stands; that takes a string`},
		"token is a number":    {`"spec"`, `"status":{"token":7},`, `has a number where "status.token" stands; that takes a string`},
		"no time":              {`"spec"`, `"status":{"expirationTimestamp":"s3cr3t"},`, "has a field of the wrong type"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadInfo([]byte(strings.Replace(execInfo("null"), test.before, test.more+test.before, 1)))
			if input, ok := err.(*InputError); !ok || input.What != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
