package kube

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/pkg/apis/clientauthentication"
	"k8s.io/client-go/pkg/apis/clientauthentication/install"
	v1 "k8s.io/client-go/pkg/apis/clientauthentication/v1"
	"k8s.io/client-go/pkg/apis/clientauthentication/v1beta1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/pop"
)

// logVariable makes the test binary a credential plugin, which client-go runs. It names the file to
// which each run adds a line; the life of its tokens stands in lifeVariable, and how long ago it signed in agoVariable,
// "" where it does not sign.
const (
	logVariable  = "ENTRALOGIN_TEST_KUBE_LOG"
	lifeVariable = "ENTRALOGIN_TEST_KUBE_LIFE"
	agoVariable  = "ENTRALOGIN_TEST_KUBE_AGO"
)

func TestMain(m *testing.M) {
	if log := os.Getenv(logVariable); log != "" {
		if err := runAsPlugin(log); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// tokenOfProcess is a token that no other process gives.
func tokenOfProcess(tenant string, now time.Time, life time.Duration) cache.Token {
	value := fmt.Sprintf("token-for-%s-%d", tenant, os.Getpid())
	return cache.Token{Value: cache.NewSecret(value), Obtained: now, Expires: now.Add(life)}
}

func runAsPlugin(log string) error {
	f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := ReadInfo([]byte(os.Getenv("KUBERNETES_EXEC_INFO")))
	if err != nil {
		return err
	}
	cluster, err := info.Settings()
	if err != nil {
		return err
	}
	fmt.Fprintln(f, info.Asker("kubectl"))
	life, err := strconv.Atoi(os.Getenv(lifeVariable))
	if err != nil {
		return err
	}
	now := time.Now()
	token := tokenOfProcess(cluster["tenant-id"], now, time.Duration(life)*time.Second)
	answer, err := info.Credential(token, now)
	if ago, signed := time.ParseDuration(os.Getenv(agoVariable)); signed == nil {
		answer, err = info.SignedCredential(token, cache.Signed{Request: token.Value, End: now.Add(pop.Life - ago)}, now)
	}
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(answer)
	return err
}

// apiServer is a cluster that takes tokens for one tenant.
func apiServer(t *testing.T, tenant string) (s *httptest.Server, accepted *atomic.Int32) {
	accepted = new(atomic.Int32)
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !strings.HasPrefix(req.Header.Get("Authorization"), "Bearer token-for-"+tenant+"-") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		accepted.Add(1)
		w.Write([]byte("{}"))
	}))
	t.Cleanup(s.Close)
	return s, accepted
}

// client is what kubectl makes of a kubeconfig that names this test binary as its credential plugin.
func client(t *testing.T, s *httptest.Server, exec *api.ExecConfig, config string) *http.Client {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	exec.Command, exec.InteractiveMode = self, api.NeverExecInteractiveMode
	cluster := &api.Cluster{Server: s.URL,
		CertificateAuthorityData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})}
	if config != "" {
		cluster.Extensions = map[string]runtime.Object{"client.authentication.k8s.io/exec": &runtime.Unknown{
			Raw: []byte(config), ContentType: runtime.ContentTypeJSON}}
	}
	kubeconfig := api.Config{
		Clusters:       map[string]*api.Cluster{"c": cluster},
		AuthInfos:      map[string]*api.AuthInfo{"u": {Exec: exec}},
		Contexts:       map[string]*api.Context{"x": {Cluster: "c", AuthInfo: "u"}},
		CurrentContext: "x",
	}
	// Through a file and back, as kubectl does.
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(kubeconfig, file); err != nil {
		t.Fatal(err)
	}
	restConfig, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rest.HTTPClientFor(restConfig)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(t *testing.T, c *http.Client, url string) int {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// What is read is client-go's type, and what is written client-go decodes as it does the answer of a plugin, and
// strictly: https://github.com/kubernetes/client-go/blob/v0.37.2/plugin/pkg/client/auth/exec/exec.go
func TestClientGoDecodesTheAnswer(t *testing.T) {
	s := runtime.NewScheme()
	install.Install(s)
	codecs := serializer.NewCodecFactory(s, serializer.EnableStrict)
	for _, group := range []schema.GroupVersion{v1.SchemeGroupVersion, v1beta1.SchemeGroupVersion} {
		for _, interactive := range []bool{false, true} {
			asked := clientauthentication.ExecCredentialSpec{Interactive: interactive, Cluster: &clientauthentication.Cluster{Server: "https://10.0.0.1"}}
			answer, err := Info{group.String(), asked}.Credential(token(time.Hour), token(0).Obtained)
			if err != nil {
				t.Fatal(err)
			}
			var got clientauthentication.ExecCredential
			_, gvk, err := codecs.UniversalDecoder(clientauthentication.SchemeGroupVersion).Decode(answer, nil, &got)
			if err != nil || *gvk != group.WithKind("ExecCredential") {
				t.Fatalf("%s: decoded to %v, %v", answer, gvk, err)
			}
			end := metav1.NewTime(time.Date(2026, 3, 4, 5, 5, 7, 0, time.UTC).Local())
			want := clientauthentication.ExecCredential{
				Spec:   clientauthentication.ExecCredentialSpec{Interactive: interactive},
				Status: &clientauthentication.ExecCredentialStatus{Token: "head.body.sig", ExpirationTimestamp: &end},
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: decoded to %+v with %+v", answer, got, got.Status)
			}
		}
	}
}

func TestClientGo(t *testing.T) {
	const config = `{"apiVersion":"entralogin.test/v1","kind":"Config","tenant-id":"contoso.com"}`
	for name, test := range map[string]struct {
		version string
		cluster bool // provideClusterInfo
		life    int  // of the token, s
		tenant  string
		runs    int
		ago     string // that the request was signed
	}{
		"v1":                   {V1, false, 3600, "", 1, ""},
		"v1beta1":              {V1Beta1, false, 3600, "", 1, ""},
		"v1, cluster info":     {V1, true, 3600, "contoso.com", 1, ""},
		"v1beta1, cluster":     {V1Beta1, true, 3600, "contoso.com", 1, ""},
		"the end has passed":   {V1, false, 0, "", 3, ""}, // one for each request: so an honest end matters
		"just signed":          {V1, false, 3600, "", 1, "0s"},
		"signed 13 min ago":    {V1, false, 3600, "", 1, "13m"},
		"signed 14 min ago":    {V1, false, 3600, "", 3, "14m"}, // a long-lived client has a new one signed
		"a life of ten months": {V1, false, 300 * 24 * 3600, "", 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, accepted := apiServer(t, test.tenant)
			log := filepath.Join(t.TempDir(), "log")
			c := client(t, s, &api.ExecConfig{APIVersion: test.version, ProvideClusterInfo: test.cluster,
				Env: []api.ExecEnvVar{{Name: logVariable, Value: log}, {Name: lifeVariable, Value: strconv.Itoa(test.life)}, {Name: agoVariable, Value: test.ago}}}, config)
			for range 3 {
				if status := get(t, c, s.URL+"/version"); status != http.StatusOK {
					t.Errorf("the API server answered %d", status)
				}
			}
			if accepted.Load() != 3 {
				t.Errorf("the API server accepted %d of 3 requests", accepted.Load())
			}
			lines, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			asker := "kubectl\n"
			if test.cluster {
				asker = "kubectl, for the cluster " + s.URL + "\n"
			}
			if want := strings.Repeat(asker, test.runs); string(lines) != want {
				t.Errorf("the runs of the plugin:\n%swant:\n%s", lines, want)
			}
		})
	}
}
