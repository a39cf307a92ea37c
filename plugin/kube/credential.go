package kube

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/pkg/apis/clientauthentication"
	"k8s.io/client-go/pkg/apis/clientauthentication/install"

	"github.com/entralogin/entralogin/cache"
)

// scheme holds client-go's ExecCredential in both versions, and makes each from its internal type and back.
var scheme = sync.OnceValue(func() *runtime.Scheme {
	s := runtime.NewScheme()
	install.Install(s)
	return s
})

// settled is the type of an ExecCredential that is known before it is decoded. The serializer would not take every
// kind that callers send, and would take "KIND" for the kind.
type settled schema.GroupVersionKind

// Interpret is what the serializer asks.
func (s settled) Interpret([]byte) (*schema.GroupVersionKind, error) {
	return (*schema.GroupVersionKind)(&s), nil
}

// codec reads and writes an ExecCredential of a version: V1 or V1Beta1.
func codec(version string) *json.Serializer {
	meta := settled(schema.FromAPIVersionAndKind(version, kind))
	return json.NewSerializerWithOptions(meta, scheme(), scheme(), json.SerializerOptions{})
}

// decode reads an ExecCredential of a version, whatever version and kind stand in it. Errors are those of JSON.
func decode(raw []byte, version string) (cred clientauthentication.ExecCredential, err error) {
	object, _, err := codec(version).Decode(raw, nil, nil)
	if err == nil {
		err = scheme().Convert(object, &cred, nil)
	}
	return cred, err
}

// credential is the ExecCredential that answers info, on a line, in the version of info: client-go refuses any
// other. The timestamp is in UTC, rounded down to a second.
func credential(info Info, token cache.Secret, expires time.Time) ([]byte, error) {
	version, err := schema.ParseGroupVersion(info.APIVersion)
	if err != nil || info.APIVersion != V1 && info.APIVersion != V1Beta1 {
		return nil, fmt.Errorf("no ExecCredential can be written in apiVersion %q", info.APIVersion)
	}
	object, err := scheme().ConvertToVersion(&clientauthentication.ExecCredential{
		Spec: clientauthentication.ExecCredentialSpec{Interactive: info.Interactive},
		Status: &clientauthentication.ExecCredentialStatus{
			ExpirationTimestamp: &metav1.Time{Time: expires},
			Token:               token.Reveal(),
		},
	}, version)
	if err != nil {
		return nil, err
	}
	var line bytes.Buffer
	err = codec(info.APIVersion).Encode(object, &line)
	return line.Bytes(), err
}
