package kube

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/pkg/apis/clientauthentication"

	"github.com/entralogin/entralogin/cache"
)

func token(life time.Duration) cache.Token {
	now := time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.FixedZone("", 3600))
	return cache.Token{Value: cache.NewSecret("head.body.sig"), Kind: cache.Access, Obtained: now, Expires: now.Add(life)}
}

func TestCredential(t *testing.T) {
	for name, test := range map[string]struct {
		info Info
		want string
	}{
		"v1": {Info{APIVersion: V1}, `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false},` +
			`"status":{"expirationTimestamp":"2026-03-04T05:05:07Z","token":"head.body.sig"}}`},
		"v1beta1, interactive": {Info{V1Beta1, clientauthentication.ExecCredentialSpec{Interactive: true}}, `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":true},` +
			`"status":{"expirationTimestamp":"2026-03-04T05:05:07Z","token":"head.body.sig"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.info.Credential(token(time.Hour), token(0).Obtained)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want+"\n" {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestCredentialInUnknownVersion(t *testing.T) {
	if got, err := (Info{}).Credential(token(time.Hour), token(0).Obtained); err == nil || len(got) > 0 {
		t.Errorf("got %v and %q", err, got)
	}
}

// client-go uses a token up to the expiry that it is told. By then the token has to be stale here, or it
// would get the same one again for each request; and it has to be accepted still.
func TestExpiry(t *testing.T) {
	const longest = time.Duration(1<<63 - 1) // some 292 years
	for _, life := range []time.Duration{time.Second, 10 * time.Second, 5 * time.Minute, 10 * time.Minute,
		time.Hour, 90 * time.Minute, 28 * time.Hour, longest} {
		tok := token(life)
		told := expiry(tok, tok.Obtained)
		if tok.Fresh(told) {
			t.Errorf("life %v: at the expiry that client-go is told, %v before its end, the token is still fresh", life, tok.Until().Sub(told))
		}
		if life >= 10*time.Second && !tok.Valid(told.Add(time.Nanosecond)) {
			t.Errorf("life %v: client-go is told an expiry at which the token is over", life)
		}
		if early := tok.Until().Sub(told); early > time.Minute || early > life/20 && life < 20*time.Minute {
			t.Errorf("life %v: the expiry is told %v early", life, early)
		}
	}
}

// Where the service is down a token is handed out up to its end. client-go must not run the plugin for each
// request then: it gets ten seconds, or what is left.
func TestExpiryOfAStaleToken(t *testing.T) {
	tok := token(time.Hour)
	for left, want := range map[time.Duration]time.Duration{
		time.Hour:         59 * time.Minute,
		6 * time.Minute:   5 * time.Minute,
		3 * time.Minute:   2 * time.Minute,
		70 * time.Second:  10 * time.Second,
		30 * time.Second:  10 * time.Second,
		4 * time.Second:   4 * time.Second,
		-10 * time.Second: -10 * time.Second,
	} {
		now := tok.Until().Add(-left)
		if got := expiry(tok, now).Sub(now); got != want {
			t.Errorf("%v before its end: told that it ends in %v, not %v", left, got, want)
		}
	}
}

func TestAsker(t *testing.T) {
	for name, test := range map[string]struct{ server, want string }{
		"no cluster":              {"", "kubectl"},
		"cluster":                 {"https://10.0.0.1:6443", "kubectl, for the cluster https://10.0.0.1:6443"},
		"ESC and bidi":            {"https://good\x1b[31m\u202eexample", "kubectl, for the cluster https://good[31mexample"},
		"password behind ESC":     {"https://me:hunter2@\x1b10.0.0.1", "kubectl, for the cluster https://10.0.0.1"},
		"password with a space":   {"https://me:hun ter2@10.0.0.1", "kubectl, for a cluster whose address makes no sense"},
		"host that looks another": {"https://10.0.0.1/@good.example", "kubectl, for the cluster https://10.0.0.1/@good.example"},
		"password":                {"https://me:hunter2@10.0.0.1", "kubectl, for the cluster https://10.0.0.1"},
		"token":                   {"https://hunter2@10.0.0.1/?sig=hunter2", "kubectl, for the cluster https://10.0.0.1/"},
		"long":                    {"https://" + strings.Repeat("a", 5000), "kubectl, for the cluster https://" + strings.Repeat("a", 189) + "..."},
	} {
		t.Run(name, func(t *testing.T) {
			info := Info{}
			if test.server != "" {
				info.Cluster = &clientauthentication.Cluster{Server: test.server}
			}
			if got := info.Asker("kubectl"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// What is kept of a cluster's CA is the SHA-256 of the text in the kubeconfig: another would be said to be another CA.
func TestServer(t *testing.T) {
	info, err := ReadInfo([]byte(strings.Replace(execInfo("null"), `"config"`, `"certificate-authority-data":"Y2EgPj4+Cg==","config"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	want := cache.Cluster{Server: "https://10.0.0.1:6443", CA: fmt.Sprintf("%x", sha256.Sum256([]byte("Y2EgPj4+Cg==")))}
	if got, ok := info.Server(); got != want || !ok {
		t.Errorf("got %+v, %v", got, ok)
	}
	info.Cluster.CertificateAuthorityData = nil
	if got, ok := info.Server(); got.CA != "" || !ok {
		t.Errorf("without a CA: got %+v, %v", got, ok)
	}
}

func TestSettingsOfWhatIsRead(t *testing.T) {
	info, err := ReadInfo([]byte(execInfo(`{"tenant-id":"contoso.com","scope":["a/b","c"]}`)))
	if err != nil {
		t.Fatal(err)
	}
	if cluster, err := info.Settings(); err != nil || cluster["tenant-id"] != "contoso.com" || cluster["scope"] != "a/b c" {
		t.Errorf("got %v, %v", cluster, err)
	}
	info.Cluster = &clientauthentication.Cluster{Config: &runtime.Unknown{Raw: []byte("[]")}}
	var input *InputError
	if _, err := info.Settings(); !errors.As(err, &input) {
		t.Errorf("got %v, want an *InputError", err)
	}
}
