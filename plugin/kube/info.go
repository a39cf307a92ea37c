package kube

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/pkg/apis/clientauthentication"
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

	// Interactive says that stdin is the terminal of kubectl, not that a person is there. Cluster is the cluster that
	// the credential is for, nil unless the kubeconfig has provideClusterInfo: true. Its text is as it came: not fit to
	// be shown.
	clientauthentication.ExecCredentialSpec
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
	version, err := readVersion(raw)
	if err != nil {
		return Info{}, err
	}
	cred, err := decode(raw, cmp.Or(version, V1)) // what is read is alike in both
	if err != nil {
		return Info{}, &InputError{typeWords(err)}
	}
	info := Info{APIVersion: version, ExecCredentialSpec: cred.Spec}
	if _, err := info.Settings(); err != nil {
		return Info{}, err
	}
	return info, nil
}

// readVersion is the apiVersion of an ExecCredential, "" if there is none. Errors are *InputError.
func readVersion(raw []byte) (string, error) {
	var said metav1.TypeMeta
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, &said); err != nil {
		return "", &InputError{typeWords(err)}
	}
	switch {
	case !slices.Contains(kinds(), said.Kind):
		return "", &InputError{fmt.Sprintf("has the kind %q; the kind has to be %s", text.Short(said.Kind, 60), kind)}
	case said.APIVersion != "" && said.APIVersion != V1 && said.APIVersion != V1Beta1:
		return "", &InputError{fmt.Sprintf("has the apiVersion %q; %s and %s work", text.Short(said.APIVersion, 80), V1, V1Beta1)}
	}
	return said.APIVersion, nil
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
	if corrupt := base64.CorruptInputError(0); errors.As(err, &corrupt) {
		return `has a "spec.cluster.certificate-authority-data" that is not base64` // the one field of bytes
	}
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) || wrong.Field == "" {
		return "has a field of the wrong type"
	}
	takes := wrong.Type.Kind()
	if takes == reflect.Slice {
		takes = reflect.String // of bytes, in base64
	}
	return fmt.Sprintf("has a %s where %q stands; that takes a %s", text.Short(wrong.Value, 20), text.Short(wrong.Field, 80), takes)
}
