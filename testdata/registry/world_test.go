//go:build linux

package registry

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// Registries that every world has.
const (
	host  = entratest.RegistryHost // of Contoso
	other = "fabrikam.azurecr.io"  // of Fabrikam
)

// A world is the home of a person, in which there is nothing but settings, beside a simulated sign-in service and
// registries of Azure.
type world struct {
	home.Home
	behind map[string]http.Handler // the registries themselves, by their host
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Home: home.New(t, entratest.NewServer(entratest.WithProxy())), behind: map[string]http.Handler{}}
	w.Proxy, w.Heard = w.Sim.ProxyURL, w.requests
	w.registry(host, entratest.TenantContoso)
	w.registry(other, entratest.TenantFabrikam)
	t.Cleanup(w.checkSecrets)
	w.Write("ca.pem", string(w.Sim.CertPEM()))
	w.Settings("")
	w.helpers(host, other)
	w.containers()
	w.Recorded(helper, filepath.Join(programs, helper), 1)
	return w
}

// registry adds a registry with a real one behind it.
func (w *world) registry(host, tenant string) {
	w.behind[host] = registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	w.Sim.AddRegistry(entratest.Registry{Host: host, Tenant: tenant, Handler: w.behind[host]})
}

// seed puts a small image into a registry, for which nobody has to sign in.
func (w *world) seed(host, repository string) {
	w.Helper()
	s := httptest.NewServer(w.behind[host])
	defer s.Close()
	ref, err := name.ParseReference(strings.TrimPrefix(s.URL, "http://") + "/" + repository)
	if err != nil {
		w.Fatal(err)
	}
	if err := remote.Write(ref, newImage(w)); err != nil {
		w.Fatal(err)
	}
}

func newImage(w *world) v1.Image {
	w.Helper()
	image, err := random.Image(32<<10, 2)
	if err != nil {
		w.Fatal(err)
	}
	return image
}

// helpers writes the configuration of docker, which all clients read, with entralogin as the helper of hosts.
func (w *world) helpers(hosts ...string) {
	w.Helper()
	helpers := map[string]string{}
	for _, host := range hosts {
		helpers[host] = "entralogin"
	}
	text, err := json.Marshal(map[string]any{"credHelpers": helpers})
	if err != nil {
		w.Fatal(err)
	}
	w.Write(".docker/config.json", string(text))
	w.Write("run/containers/auth.json", string(text)) // where podman and its like log out, too
}

// containers writes what skopeo, buildah and podman need to leave the machine alone: a storage, locks and a policy in
// the home. No container is started, so no runtime is needed.
func (w *world) containers() {
	w.Helper()
	w.Mkdir("run")
	w.Mkdir("var")
	w.Write(".config/containers/policy.json", `{"default":[{"type":"insecureAcceptAnything"}]}`)
	w.Write(".config/containers/registries.conf", "unqualified-search-registries = []\n")
	w.Write("storage.conf", fmt.Sprintf("[storage]\ndriver = \"vfs\"\ngraphroot = %q\nrunroot = %q\n", w.Path("storage"), w.Path("run/storage")))
	w.Write("containers.conf", fmt.Sprintf("[engine]\nruntime = \"none\"\nlock_type = \"file\"\nevents_logger = \"none\"\ncgroup_manager = \"cgroupfs\"\n"+
		"static_dir = %q\ntmp_dir = %q\nvolume_path = %q\n[engine.runtimes]\nnone = [\"/bin/true\"]\n[network]\nnetwork_config_dir = %q\n",
		w.Path("storage/libpod"), w.Path("run/libpod"), w.Path("storage/volumes"), w.Path("run/networks")))
}

// image makes a small image, in the form of docker save.
func (w *world) image(file string) {
	w.Helper()
	if err := tarball.WriteToFile(w.Path(file), name.MustParseReference("localhost/made:1"), newImage(w)); err != nil {
		w.Fatal(err)
	}
}
