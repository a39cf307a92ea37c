//go:build linux

package registry

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Registries that every world has.
const (
	host  = entratest.RegistryHost // of Contoso
	other = "fabrikam.azurecr.io"  // of Fabrikam
)

// A world is the home of a person, in which there is nothing but settings, beside a simulated sign-in service and
// registries of Azure.
type world struct {
	*testing.T
	sim    *entratest.Server
	behind map[string]http.Handler // the registries themselves, by their host
	dir    string                  // the home
	env    []string                // added to the environment of programs
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, sim: entratest.NewServer(entratest.WithProxy()), behind: map[string]http.Handler{}, dir: t.TempDir()}
	t.Cleanup(w.sim.Close)
	w.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	w.registry(host, entratest.TenantContoso)
	w.registry(other, entratest.TenantFabrikam)
	t.Cleanup(w.checkSecrets)
	w.write("ca.pem", string(w.sim.CertPEM()))
	w.settings("")
	w.helpers(host, other)
	w.containers()
	w.mkdir("runs")
	w.write("bin/docker-credential-entralogin", fmt.Sprintf("#!/bin/sh\necho \"$1\" >'%s'/$$\nexec '%s' \"$@\"\n", w.path("runs"), filepath.Join(programs, helper)))
	if err := os.Chmod(w.path("bin/docker-credential-entralogin"), 0o700); err != nil {
		t.Fatal(err)
	}
	return w
}

// registry adds a registry with a real one behind it.
func (w *world) registry(host, tenant string) {
	w.behind[host] = registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	w.sim.AddRegistry(entratest.Registry{Host: host, Tenant: tenant, Handler: w.behind[host]})
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

// settings writes the config file of entralogin.
func (w *world) settings(more string) {
	w.Helper()
	w.write(".config/entralogin/ca.pem", string(w.sim.CertPEM()))
	w.write(".config/entralogin/config.yaml", fmt.Sprintf("client-id: %s\nauthority-host: %s\nauthorities:\n  - host: %s\n    ca-file: ca.pem\n%s",
		entratest.ClientID, w.sim.URL, w.sim.Host, more))
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
	w.write(".docker/config.json", string(text))
	w.write("run/containers/auth.json", string(text)) // where podman and its like log out, too
}

// containers writes what skopeo, buildah and podman need to leave the machine alone: a storage, locks and a policy in
// the home. No container is started, so no runtime is needed.
func (w *world) containers() {
	w.Helper()
	w.mkdir("run")
	w.mkdir("var")
	w.write(".config/containers/policy.json", `{"default":[{"type":"insecureAcceptAnything"}]}`)
	w.write(".config/containers/registries.conf", "unqualified-search-registries = []\n")
	w.write("storage.conf", fmt.Sprintf("[storage]\ndriver = \"vfs\"\ngraphroot = %q\nrunroot = %q\n", w.path("storage"), w.path("run/storage")))
	w.write("containers.conf", fmt.Sprintf("[engine]\nruntime = \"none\"\nlock_type = \"file\"\nevents_logger = \"none\"\ncgroup_manager = \"cgroupfs\"\n"+
		"static_dir = %q\ntmp_dir = %q\nvolume_path = %q\n[engine.runtimes]\nnone = [\"/bin/true\"]\n[network]\nnetwork_config_dir = %q\n",
		w.path("storage/libpod"), w.path("run/libpod"), w.path("storage/volumes"), w.path("run/networks")))
}

// image makes a small image, in the form of docker save.
func (w *world) image(file string) {
	w.Helper()
	if err := tarball.WriteToFile(w.path(file), name.MustParseReference("localhost/made:1"), newImage(w)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *world) mkdir(name string) {
	w.Helper()
	if err := os.MkdirAll(w.path(name), 0o700); err != nil {
		w.Fatal(err)
	}
}

// write writes a file of the home.
func (w *world) write(name, text string) {
	w.Helper()
	w.mkdir(filepath.Dir(name))
	if err := os.WriteFile(w.path(name), []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}
