package kube

import (
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientauthv1 "k8s.io/client-go/pkg/apis/clientauthentication/v1"
	clientauthv1beta1 "k8s.io/client-go/pkg/apis/clientauthentication/v1beta1"

	"github.com/entralogin/entralogin/cache"
)

// credential is the ExecCredential that answers info, in the version of info: client-go refuses any
// other. The timestamp is in UTC, rounded down to a second.
func credential(info Info, token cache.Secret, expires time.Time) ([]byte, error) {
	timestamp := metav1.NewTime(expires.UTC().Truncate(time.Second))
	meta := metav1.TypeMeta{APIVersion: info.APIVersion, Kind: kind}
	switch info.APIVersion {
	case V1:
		return json.Marshal(clientauthv1.ExecCredential{
			TypeMeta: meta,
			Spec:     clientauthv1.ExecCredentialSpec{Interactive: info.Interactive},
			Status: &clientauthv1.ExecCredentialStatus{
				ExpirationTimestamp: &timestamp,
				Token:               token.Reveal(),
			},
		})
	case V1Beta1:
		return json.Marshal(clientauthv1beta1.ExecCredential{
			TypeMeta: meta,
			Spec:     clientauthv1beta1.ExecCredentialSpec{Interactive: info.Interactive},
			Status: &clientauthv1beta1.ExecCredentialStatus{
				ExpirationTimestamp: &timestamp,
				Token:               token.Reveal(),
			},
		})
	}
	return nil, fmt.Errorf("no ExecCredential can be written in apiVersion %q", info.APIVersion)
}
