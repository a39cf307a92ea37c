package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A place is where programs sign in without a person: what stands in for it, and what they find in their environment.
type place struct {
	name  string
	note  string // what else a program needs there
	env   []string
	https bool // and its certificate is of the simulator's CA, which programs don't know
	close func()
}

// startMachines starts a stand-in for each place, if it was asked for. Those that need files have them in folders of dir.
// The Cloud Shell is the person's, and the application of pipelines and pods is entratest.DaemonID.
func (f serveFlags) startMachines(s *entratest.Server, dir string) (places []place, err error) {
	if !f.machines {
		return nil, nil
	}
	starts := []struct {
		name  string
		start func() (place, error)
	}{
		{"IMDS", func() (place, error) { return startIMDS(s) }},
		{"App Service", func() (place, error) { return ofMachine(entratest.StartAppService(s)) }},
		{"Service Fabric", func() (place, error) { return ofMachine(entratest.StartServiceFabric(s)) }},
		{"Azure Machine Learning", func() (place, error) { return ofMachine(entratest.StartAzureML(s)) }},
		{"Cloud Shell", func() (place, error) { return ofMachine(entratest.StartCloudShell(s, f.user)) }},
		{"Azure Arc", func() (place, error) { return startArc(s, filepath.Join(dir, "arc")) }},
		{"GitHub Actions", func() (place, error) { return startGitHub(s) }},
		{"Azure Pipelines", func() (place, error) { return startPipelines(s) }},
		{"AKS with identity bindings", func() (place, error) { return startBindings(s, filepath.Join(dir, "pod")) }},
	}
	for _, one := range starts {
		p, err := one.start()
		if err != nil {
			closeAll(places)
			return nil, fmt.Errorf("%s: %w", one.name, err)
		}
		p.name = one.name
		places = append(places, p)
	}
	return places, nil
}

func closeAll(places []place) {
	for _, p := range places {
		p.close()
	}
}

func ofMachine(m *entratest.Machine, err error) (place, error) {
	if err != nil {
		return place{}, err
	}
	return place{env: m.Env, close: m.Close}, nil
}

// startIMDS has it listen at its own address, where that leads to this machine and to no other's network.
func startIMDS(s *entratest.Server) (place, error) {
	host, _, _ := net.SplitHostPort(entratest.IMDSAddress)
	if onLoopback(host) {
		return ofMachine(entratest.StartIMDS(s, entratest.IMDSAddress))
	}
	p, err := ofMachine(entratest.StartIMDS(s, ""))
	p.note = "for some Azure SDKs; entralogin asks " + host + " whatever is set (entrasim serve --help)"
	return p, err
}

func onLoopback(address string) bool {
	all, err := net.Interfaces()
	if err != nil {
		return false
	}
	for _, i := range all {
		addresses, err := i.Addrs()
		if err == nil && i.Flags&net.FlagLoopback != 0 && slices.ContainsFunc(addresses, func(a net.Addr) bool { return strings.HasPrefix(a.String(), address+"/") }) {
			return true
		}
	}
	return false
}

// startArc puts the keys where its clients look for them, if somebody has made that folder and no agent; else into keys.
func startArc(s *entratest.Server, keys string) (place, error) {
	note := "its programs read keys in " + entratest.ArcKeys + " alone: make that folder first, and start again"
	_, agent := os.Stat("/opt/azcmagent")
	if folder, err := os.Stat(entratest.ArcKeys); err == nil && folder.IsDir() && agent != nil {
		keys, note = entratest.ArcKeys, ""
	}
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return place{}, err
	}
	a, err := entratest.StartArc(s, "", keys)
	if err != nil {
		return place{}, err
	}
	return place{note: note, env: a.Env, close: a.Close}, nil
}

// trusted is an issuer whose assertions about a subject are believed.
func trusted(s *entratest.Server, path, subject string) *entratest.FederatedIssuer {
	issuer := entratest.NewFederatedIssuer(s, path)
	s.Applications.Get(entratest.DaemonID).AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: subject})
	return issuer
}

func startGitHub(s *entratest.Server) (place, error) {
	r, err := entratest.StartGitHub(s, trusted(s, "/github", entratest.GitHubSubject))
	if err != nil {
		return place{}, err
	}
	return place{env: append(r.Env, "AZURE_CLIENT_ID="+entratest.DaemonID, "AZURE_TENANT_ID="+entratest.TenantContoso), https: true, close: r.Close}, nil
}

func startPipelines(s *entratest.Server) (place, error) {
	r, err := entratest.StartPipelines(s, trusted(s, "/pipelines", entratest.PipelinesSubject), entratest.DaemonID)
	if err != nil {
		return place{}, err
	}
	return place{env: r.Env, https: true, close: r.Close}, nil
}

func startBindings(s *entratest.Server, dir string) (place, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return place{}, err
	}
	b, err := entratest.StartBindings(s, entratest.NewFederatedIssuer(s, "/cluster"), dir, entratest.DaemonID)
	if err != nil {
		return place{}, err
	}
	return place{env: b.Env, close: b.Close}, nil
}

// typeMachines is what a person types to be a program in one of the places.
func typeMachines(places []place, ca string) string {
	if len(places) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\nOr, to be where no person signs in, one of these:\n")
	for _, p := range places {
		fmt.Fprintf(&b, "\n# %s\n", p.name)
		if p.note != "" {
			fmt.Fprintf(&b, "# %s\n", p.note)
		}
		if len(p.env) == 0 {
			b.WriteString("# is where every program looks for it\n")
		}
		for _, pair := range p.env {
			name, value, _ := strings.Cut(pair, "=")
			fmt.Fprintf(&b, "export %s=%s\n", name, quote(value))
		}
		if p.https {
			fmt.Fprintf(&b, "export SSL_CERT_FILE=%s\n", quote(ca))
		}
	}
	return b.String()
}
