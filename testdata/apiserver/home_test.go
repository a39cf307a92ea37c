//go:build unix

package apiserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// limit is how long a program or a request may take. None comes near it unless it hangs.
const limit = 60 * time.Second

// A home is that of a person with a kubeconfig, beside a sign-in service and a cluster that trusts it.
type home struct {
	t       *testing.T
	sim     *entratest.Server
	api     *Server
	dir     string
	version string   // of the ExecCredential that the kubeconfig asks for
	args    []string // of get-token
	clients int
}

// newHome makes a home beside a cluster with the given JWT authenticators, whose members of Contoso's group
// "platform" may read what there is. Groups have the prefix that is given besides.
func newHome(t *testing.T, prefix string, authenticators func(*entratest.Server) []issuer) *home {
	t.Helper()
	h := &home{t: t, sim: entratest.NewServer(), dir: t.TempDir(), version: "v1"}
	t.Cleanup(h.sim.Close)
	h.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	api, err := Start(Config{
		Authentication: authentication(h.sim, authenticators(h.sim)...),
		Roles:          map[string][]rbacv1.PolicyRule{prefix + entratest.GroupID(entratest.TenantContoso, "platform"): Reader()},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.api = api
	t.Cleanup(func() {
		if err := api.Close(); err != nil {
			t.Error(err)
		}
	})
	h.write("config.yaml", 0o600, fmt.Sprintf("authorities:\n  - host: %s\n    ca-file: ca.pem\nallow-resources: [https://graph.microsoft.com] # for TestWrongCluster\n", h.sim.Host))
	h.write("ca.pem", 0o600, string(h.sim.CertPEM()))
	// Each run of the plugin leaves a file behind, named after its process, with what it said.
	h.write("bin/entralogin", 0o700, fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\" 2>'%s'/$$\n",
		path(t, "entralogin"), filepath.Join(h.dir, "runs")))
	if err := os.Mkdir(filepath.Join(h.dir, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	h.allow()
	h.args = h.getToken(entratest.TenantContoso, "--server-id", entratest.ServerID)
	return h
}

var allowing sync.Mutex

// allow has the person's own config take the settings and the cache of this home from a kubeconfig.
func (h *home) allow() {
	h.t.Helper()
	allowing.Lock()
	defer allowing.Unlock()
	text, err := os.ReadFile(allowed())
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte("allow-env:\n"), os.MkdirAll(filepath.Dir(allowed()), 0o700)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	for name, value := range h.places() {
		text = fmt.Appendf(text, "- %s=%s\n", name, value)
	}
	whole := allowed() + ".new"
	if err := errors.Join(os.WriteFile(whole, text, 0o600), os.Rename(whole, allowed())); err != nil {
		h.t.Fatal(err)
	}
}

// places are the variables that say where the home has its settings and its cache.
func (h *home) places() map[string]string {
	return map[string]string{"ENTRALOGIN_CONFIG": filepath.Join(h.dir, "config.yaml"), "ENTRALOGIN_CACHE_DIR": filepath.Join(h.dir, "cache")}
}

// usual is the home of most tests: access tokens of one tenant for one application.
func usual(t *testing.T) *home {
	t.Helper()
	return newHome(t, "", contoso)
}

// getToken is the command line for a tenant.
func (h *home) getToken(tenant string, more ...string) []string {
	return append([]string{"get-token", "--tenant-id", tenant, "--client-id", entratest.ClientID, "--authority-host", h.sim.URL}, more...)
}

func (h *home) write(name string, mode os.FileMode, text string) {
	h.t.Helper()
	file := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		h.t.Fatal(err)
	}
}

// kubeconfig is that of the person. Each has a variable of its own, for client-go keeps what it got from a plugin
// for everybody in the process who runs it in the same way.
func (h *home) kubeconfig() clientcmdapi.Config {
	h.clients++
	config := clientcmdapi.NewConfig()
	config.Clusters["sim"] = &clientcmdapi.Cluster{Server: h.api.URL, CertificateAuthorityData: h.api.CertPEM}
	config.AuthInfos["sim"] = &clientcmdapi.AuthInfo{Exec: &clientcmdapi.ExecConfig{
		APIVersion: "client.authentication.k8s.io/" + h.version, InteractiveMode: clientcmdapi.IfAvailableExecInteractiveMode,
		ProvideClusterInfo: true, Command: filepath.Join(h.dir, "bin", "entralogin"), Args: h.args,
		Env: []clientcmdapi.ExecEnvVar{{Name: "ENTRALOGIN_CONFIG", Value: filepath.Join(h.dir, "config.yaml")},
			{Name: "ENTRALOGIN_CACHE_DIR", Value: filepath.Join(h.dir, "cache")},
			{Name: "CLIENT", Value: strconv.Itoa(h.clients)}},
	}}
	config.Contexts["sim"] = &clientcmdapi.Context{Cluster: "sim", AuthInfo: "sim"}
	config.CurrentContext = "sim"
	return *config
}

// client is a new client-go client that has no token yet.
func (h *home) client() kubernetes.Interface {
	h.t.Helper()
	return h.clientOf(h.kubeconfig())
}

// bearer is a client-go client that sends a token as it is.
func (h *home) bearer(token string) kubernetes.Interface {
	h.t.Helper()
	config := h.kubeconfig()
	config.AuthInfos["sim"] = &clientcmdapi.AuthInfo{Token: token}
	return h.clientOf(config)
}

func (h *home) clientOf(config clientcmdapi.Config) kubernetes.Interface {
	h.t.Helper()
	rest, err := clientcmd.NewDefaultClientConfig(config, nil).ClientConfig()
	if err != nil {
		h.t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		h.t.Fatal(err)
	}
	return client
}

// command is a program in the home, with nothing of the test's own environment.
func (h *home) command(program string, args ...string) *exec.Cmd {
	h.t.Helper()
	file := path(h.t, program)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	h.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = h.dir
	cmd.Env = []string{"HOME=" + h.dir, "PATH=/usr/bin:/bin", "NODE_PATH=" + nodeModules(), "TMPDIR=" + h.dir, "KUBECONFIG=" + filepath.Join(h.dir, "kubeconfig"),
		"ENTRALOGIN_CONFIG=" + filepath.Join(h.dir, "config.yaml"), "ENTRALOGIN_CACHE_DIR=" + filepath.Join(h.dir, "cache")}
	return cmd
}

// run runs a program that has to succeed and returns its standard output. What client-go programs read is written first.
func (h *home) run(program string, args ...string) string {
	h.t.Helper()
	if err := clientcmd.WriteToFile(h.kubeconfig(), filepath.Join(h.dir, "kubeconfig")); err != nil {
		h.t.Fatal(err)
	}
	cmd := h.command(program, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("%s %q: %v\n%s", program, args, err, stderr.String())
	}
	return string(out)
}

// token runs get-token by itself and returns the token.
func (h *home) token() string {
	h.t.Helper()
	var answer struct{ Status struct{ Token string } }
	if err := json.Unmarshal([]byte(h.run("entralogin", h.args...)), &answer); err != nil || answer.Status.Token == "" {
		h.t.Fatalf("no token: %v", err)
	}
	return answer.Status.Token
}

// runs counts the runs of the plugin and the prompts that they showed.
func (h *home) runs() (runs, prompts int) {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, "runs", "*"))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			h.t.Fatal(err)
		}
		prompts += strings.Count(string(text), "To sign in, use a web browser to open the page")
	}
	return len(files), prompts
}

// ran checks the runs of the plugin and the prompts since the home was made.
func (h *home) ran(runs, prompts int) {
	h.t.Helper()
	if r, p := h.runs(); r != runs || p != prompts {
		h.t.Errorf("%d runs of the plugin and %d prompts, want %d and %d", r, p, runs, prompts)
	}
}

// whoami asks the cluster.
func whoami(ctx context.Context, client kubernetes.Interface) (authenticationv1.UserInfo, error) {
	review, err := client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return authenticationv1.UserInfo{}, err
	}
	return review.Status.UserInfo, nil
}

// namespacesOf lists what only readers may list.
func namespacesOf(ctx context.Context, client kubernetes.Interface) error {
	list, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err == nil && len(list.Items) != 2 {
		return fmt.Errorf("%d namespaces", len(list.Items))
	}
	return err
}
