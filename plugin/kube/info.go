package kube

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"unicode/utf8"

	kjson "sigs.k8s.io/json"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// The versions of ExecCredential that work.
const (
	V1      = "client.authentication.k8s.io/v1"
	V1Beta1 = "client.authentication.k8s.io/v1beta1"
)

const kind = "ExecCredential"

// Version is the version that is meant by its name, whole or without the group: "v1". ok is false for one that
// does not work.
func Version(name string) (version string, ok bool) {
	for _, version := range []string{V1, V1Beta1} {
		if name == version || name == path.Base(version) {
			return version, true
		}
	}
	return "", false
}

// kinds are the kinds that callers send. It is the apiVersion that says what comes; .NET's official client sends
// "ExecCredentials", and its own tests hold it to that. People who set the variable in a kubeconfig's env leave it out.
func kinds() []string { return []string{"", kind, "ExecCredentials"} }

// MaxInfo is how many bytes an ExecCredential may have. Linux passes 128 KiB in one variable; a file may
// hold more.
const MaxInfo = 1 << 20

// Info is what an ExecCredential tells a credential plugin.
type Info struct {
	APIVersion string // V1 or V1Beta1; "" where the caller doesn't say, and it has to be settled by Or

	// Interactive says that stdin is the terminal of kubectl. It does not say that a person is there.
	Interactive bool

	Cluster *Cluster // nil unless the kubeconfig has provideClusterInfo: true
}

// Cluster is the cluster that the credential is for. Its text is as it came: not fit to be shown.
type Cluster struct {
	Server        string
	TLSServerName string
	CA            string          // PEM in base64, "" where the system's count
	Config        json.RawMessage // extension "client.authentication.k8s.io/exec" of the cluster; nil if there is none
}

// InputError says what is wrong with an ExecCredential. Nothing of it is shown but names, cleaned.
type InputError struct{ What string }

func (e *InputError) Error() string { return "the ExecCredential that was passed in " + e.What }

// Class is usage.
func (e *InputError) Class() failure.Class { return failure.Usage }

// Or is i in a version, unless the caller has said in which it asks. The clients that pass no ExecCredential
// (Java's and Ruby's, client-go before 1.20) refuse any other than that of the kubeconfig's entry.
func (i Info) Or(version string) Info {
	i.APIVersion = cmp.Or(i.APIVersion, version)
	return i
}

// ReadInfo reads an ExecCredential, as client-go passes it in the variable KUBERNETES_EXEC_INFO:
// https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
//
// It is stricter than client-go where input would be read as something that it is not: a key that stands
// twice, more than 64 levels, text behind the end. Fields that are not known are ignored. Errors are
// *InputError.
func ReadInfo(raw []byte) (Info, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")) // the byte order mark that some editors put before a file
	if err := checkText(raw); err != nil {
		return Info{}, err
	}
	if err := checkJSON(raw); err != nil {
		return Info{}, err
	}
	var cred execCredential
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, &cred); err != nil {
		return Info{}, &InputError{typeWords(err)}
	}
	switch {
	case !slices.Contains(kinds(), cred.Kind):
		return Info{}, &InputError{fmt.Sprintf("has the kind %q; the kind has to be %s", text.Short(cred.Kind, 60), kind)}
	case cred.APIVersion != "" && cred.APIVersion != V1 && cred.APIVersion != V1Beta1:
		return Info{}, &InputError{fmt.Sprintf("has the apiVersion %q; %s and %s work", text.Short(cred.APIVersion, 80), V1, V1Beta1)}
	}
	info := Info{APIVersion: cred.APIVersion, Interactive: cred.Spec.Interactive}
	if c := cred.Spec.Cluster; c != nil {
		info.Cluster = &Cluster{Server: c.Server, TLSServerName: c.TLSServerName, CA: c.CA, Config: c.Config}
	}
	if _, err := info.Settings(); err != nil {
		return Info{}, err
	}
	return info, nil
}

// checkText refuses what is no text of a sensible size.
func checkText(raw []byte) error {
	switch {
	case len(raw) > MaxInfo:
		return &InputError{fmt.Sprintf("is larger than %d KiB", MaxInfo>>10)}
	case len(bytes.TrimSpace(raw)) == 0:
		return &InputError{"is empty"}
	case !utf8.Valid(raw):
		return &InputError{"is not UTF-8 text"}
	}
	return nil
}

// typeWords says which field has another type than it should have.
func typeWords(err error) string {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) || wrong.Field == "" {
		return "has a field of the wrong type"
	}
	return fmt.Sprintf("has a %s where %q stands; that takes a %s",
		text.Short(wrong.Value, 20), text.Short(wrong.Field, 80), wrong.Type.Kind())
}
