package main

import (
	"fmt"
	"path/filepath"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// organization is the name of one of Azure DevOps.
const organization = "contoso"

// addRegistry adds a registry and an organization of Contoso.
func addRegistry(s *entratest.Server) {
	s.AddRegistry(entratest.Registry{Host: entratest.RegistryHost})
	s.SetOrganizations(map[string]string{organization: entratest.TenantContoso})
}

// typeRegistry is what a person types to use them. The file that docker reads is one of the simulator's folder.
func (f serveFlags) typeRegistry(s *entratest.Server, dir string) string {
	if !f.registry {
		return ""
	}
	in := func(name string) string { return quote(filepath.Join(dir, name)) }
	return fmt.Sprintf(`
# A registry and feeds of packages, which all that follows reaches through the proxy
export HTTPS_PROXY=%s NO_PROXY=127.0.0.1
export SSL_CERT_FILE=%s
export DOCKER_CONFIG=%s
mkdir -p %s
ln -sf "$(command -v entralogin)" %s
export PATH=%s:"$PATH"
entralogin docker setup %[7]s
printf %[7]s | docker-credential-entralogin get
entralogin docker check %[7]s
entralogin artifacts token https://pkgs.dev.azure.com/%[8]s
`, s.ProxyURL, in("ca.pem"), in("docker"), in("bin"), in("bin/docker-credential-entralogin"), in("bin"), entratest.RegistryHost, organization)
}
