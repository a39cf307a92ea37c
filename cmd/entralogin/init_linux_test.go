package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// initHouse is a home in which only the authority is known, a kubeconfig of one cluster and no configuration of git.
func initHouse(t *testing.T, env ...string) *house {
	t.Helper()
	h := newHouse(t, append([]string{"TERM=xterm", "LANG=C.UTF-8", "GIT_CONFIG_NOSYSTEM=1", "HTTPS_PROXY="}, env...)...)
	config := filepath.Join(h.home, ".config", "entralogin")
	settings := fmt.Sprintf("# mine\nauthorities:\n  - host: %s\n    ca-file: ca.pem\n    graph: %s\nauthority-host: %s\n", h.sim.Host, h.sim.URL, h.sim.URL)
	cluster := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: shop
contexts:
- {name: shop, context: {cluster: shop, user: me}}
clusters:
- {name: shop, cluster: {server: %q, certificate-authority: %q}}
`, h.sim.URL, filepath.Join(config, "ca.pem"))
	if err := errors.Join(os.Mkdir(filepath.Join(h.home, ".kube"), 0o700), os.WriteFile(filepath.Join(config, "config.yaml"), []byte(settings), 0o600),
		os.WriteFile(filepath.Join(h.home, ".kube", "config"), []byte(cluster), 0o600)); err != nil {
		t.Fatal(err)
	}
	return h
}

// answer waits for a question and types.
func (p *pty) answer(question, line string) {
	p.t.Helper()
	p.shows(question)
	if _, err := p.master.WriteString(line); err != nil {
		p.t.Fatal(err)
	}
}

// A person answers, one answer is no good, and one code serves all.
func TestInitAsks(t *testing.T) {
	t.Parallel()
	h := initHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	p := h.onTerminal(80, 50, nil, "entralogin", "init")
	p.answer(`Its number \[1\]: `, "\n")
	p.answer(`Cloud: .*: `, "\n")
	p.answer(`domain name: `, "not a tenant\n")
	p.answer(`neither a GUID nor a domain name(?s:.*)domain name: `, entratest.TenantContoso+"\n")
	p.answer(`client\) ID: `, entratest.ClientID+"\n")
	p.answer(`What for\?.* \[kubectl,git,graph\]: `, "\n")
	p.answer(`Write it\? yes or no \[yes\]: `, "yes\n")
	raw := p.end()
	if os.Getenv("SEE") != "" {
		fmt.Println(strings.ReplaceAll(raw, "\r\n", "\n"))
	}
	if n := h.sim.Requests("devicecode"); n != 1 {
		t.Errorf("%d codes", n)
	}
}
