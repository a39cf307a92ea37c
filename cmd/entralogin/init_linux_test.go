package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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

// files are the contents of what init writes.
func (h *house) files() string {
	h.t.Helper()
	var all []byte
	for _, name := range []string{".config/entralogin/config.yaml", ".kube/config", ".gitconfig"} {
		content, err := os.ReadFile(filepath.Join(h.home, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			h.t.Fatal(err)
		}
		all = append(all, content...)
	}
	return string(all)
}

// answers waits for each question and types the line that stands behind it.
func (p *pty) answers(pairs ...[2]string) {
	p.t.Helper()
	for _, pair := range pairs {
		p.shows(pair[0])
		if _, err := p.master.WriteString(pair[1]); err != nil {
			p.t.Fatal(err)
		}
	}
}

// exit is the exit code of a program that has ended.
func (p *pty) exit() int { return p.cmd.ProcessState.ExitCode() }

// A person answers, and what is no answer is asked again; one code serves all. An empty line then takes what was
// answered.
func TestInitAsks(t *testing.T) {
	t.Parallel()
	h := initHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	p := h.onTerminal(80, 50, nil, "entralogin", "init")
	p.answers([2]string{`Its number \[1\]: $`, "4\n"}, [2]string{`"4" is no number from 1 to 3\.?\r\n.*\[1\]: $`, "\n"},
		[2]string{`Cloud: public, usgov, china, bleu, delos or govsg \[https://.*\]: $`, "atlantis\n"}, [2]string{`"atlantis", which is no known cloud(?s:.*)Cloud: .*: $`, "\n"},
		[2]string{`Tenant, a GUID or a domain name: $`, "not a tenant\n"}, [2]string{`"not a tenant", which is neither a GUID nor a domain name\r\n.*: $`, entratest.TenantContoso + "\n"},
		[2]string{`client\) ID: $`, "\n"}, [2]string{`client-id is not set(?s:.*)client\) ID: $`, entratest.ClientID + "\n"},
		[2]string{`What for\?.* \[kubectl,git,graph\]: $`, "lens\n"}, [2]string{`"lens" is none of (?s:.*)What for\?.*: $`, "kubectl, git graph\n"},
		[2]string{`This would be written:(?s:.*)\+tenant-id: (?s:.*)@@ users: me @@(?s:.*)git config --global(?s:.*)Write it\? yes or no \[yes\]: $`, "perhaps\n"},
		[2]string{`neither yes nor no\r\n.*: $`, "\n"})
	raw := p.end()
	if p.exit() != 0 || h.sim.Requests("devicecode") != 1 || !strings.Contains(raw, "Signed in as alice") || !strings.Contains(raw, "Changed git's configuration") {
		t.Errorf("exit code %d, %d codes: %q", p.exit(), h.sim.Requests("devicecode"), raw)
	}
	written := h.files()
	for _, want := range []string{"# mine\n", "client-id: " + entratest.ClientID, "- get-token", "useHttpPath = true"} {
		if !strings.Contains(written, want) {
			t.Errorf("%s was not written: %s", want, written)
		}
	}

	p = h.onTerminal(80, 50, nil, "entralogin", "init")
	p.answers([2]string{`Its number \[1\]: $`, "\n"}, [2]string{`Cloud: .*: $`, "\n"}, [2]string{`Tenant, .* \[` + entratest.TenantContoso + `\]: $`, "\n"},
		[2]string{`ID \[` + entratest.ClientID + `\]: $`, "\n"}, [2]string{`What for\?.* \[kubectl,git\]: $`, "\n"})
	raw = p.end()
	if p.exit() != 0 || !strings.Contains(raw, "Nothing to change.") || strings.Contains(raw, "Write it?") || h.files() != written || h.sim.Requests("devicecode") != 1 {
		t.Errorf("exit code %d: %q", p.exit(), raw)
	}
}

// AKS's own application and a parameters.json spare questions; one of several contexts is chosen.
func TestInitSparesQuestions(t *testing.T) {
	t.Parallel()
	h := initHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	sample := fmt.Sprintf(`{"authority": "%s/%s", "client_id": %q, "scope": ["User.Read"]}`, h.sim.URL, entratest.DomainContoso, entratest.ClientID)
	if err := os.WriteFile(filepath.Join(h.work, "parameters.json"), []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	p := h.onTerminal(80, 50, nil, "entralogin", "init", "--dry-run")
	p.answers([2]string{`Its number \[1\]: $`, "3\n"}, [2]string{`Path of the parameters.json: $`, "nowhere.json\n"},
		[2]string{`nowhere.json(?s:.*)Path of .*: $`, "parameters.json\n"}, [2]string{`What for\?.*: $`, "graph\n"})
	if raw := p.end(); p.exit() != 0 || !strings.Contains(raw, "+tenant-id: "+entratest.DomainContoso) || strings.Contains(raw, "Cloud") || h.sim.Requests("*") != 0 {
		t.Errorf("exit code %d: %q", p.exit(), raw)
	}

	path := filepath.Join(h.home, ".kube", "config")
	if err := os.WriteFile(path, []byte(strings.Replace(readDoc(t, path), "contexts:", "contexts:\n- {name: dev, context: {cluster: shop, user: dev}}", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	p = h.onTerminal(80, 50, nil, "entralogin", "init")
	p.answers([2]string{`Its number \[1\]: $`, "2\n"}, [2]string{`Cloud: .*: $`, "\n"}, [2]string{`Tenant, .*: $`, entratest.TenantContoso + "\n"},
		[2]string{`AKS's own application serves kubectl alone(?s:.*)Context of the kubeconfig: dev, shop \[shop\]: $`, "nowhere\n"},
		[2]string{`no context "nowhere"(?s:.*)Context of .*: $`, "dev\n"}, [2]string{`Write it\?.*: $`, "y\n"})
	if raw := p.end(); h.sim.Requests("devicecode") != 1 || !strings.Contains(raw, "Wrote user dev in") || strings.Contains(raw, "client) ID") || strings.Contains(h.files(), "client-id:") {
		t.Errorf("exit code %d: %q", p.exit(), raw)
	}
}

// kubelogin's entry, as az aks get-credentials writes it, gives answers, and a person agrees that it goes.
func TestInitReplacesKubelogin(t *testing.T) {
	t.Parallel()
	h := initHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	path := filepath.Join(h.home, ".kube", "config")
	entry := "users:\n- name: me\n  user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: kubelogin, args: [get-token, " +
		"--server-id, 6dae42f8-4368-4678-94ff-3960e28e3630, --client-id, 80faf920-1908-4b52-b5ef-a8e7bedfc67a, --tenant-id, contoso.example, --login, devicecode]}}\n"
	if err := os.WriteFile(path, []byte(readDoc(t, path)+entry), 0o600); err != nil {
		t.Fatal(err)
	}
	p := h.onTerminal(40, 50, nil, "entralogin", "init")
	p.answers([2]string{`number \[2\]: $`, "\n"}, [2]string{`Cloud(?s:.*)\]: $`, "\n"}, [2]string{`\[contoso.example\]: $`, "\n"},
		[2]string{`entralogin: -      command: kubelogin\r\n(?s:.*)entralogin: \+      - 6dae42f8-4368-4678-94ff-3960e28e3630\r\n(?s:.*)Write it\?.*\[yes\]: $`, "\n"})
	raw := p.end()
	if p.exit() != 0 || !strings.Contains(raw, "Wrote user me") || strings.Contains(readDoc(t, path), "command: kubelogin") {
		t.Errorf("exit code %d: %q", p.exit(), raw)
	}
	for _, line := range rowsOf(raw[:strings.Index(raw, "This would")], 1000) {
		if len(line) > 40 {
			t.Errorf("%d columns: %q", len(line), line)
		}
	}
}

// Whoever ends the questions, or does not agree, has the files of before; a sign-in that is ended leaves what is named.
func TestInitEnded(t *testing.T) {
	t.Parallel()
	all := []string{"init", "--tenant-id", entratest.TenantContoso, "--client-id", entratest.ClientID, "--for", "kubectl,git"}
	for name, test := range map[string]struct {
		args     []string
		question string
		typed    string
		code     int // of a shell
		said     string
	}{
		"Ctrl-C at the first":     {all[:1], `Its number`, "\x03", 130, ""},
		"Ctrl-D at the first":     {all[:1], `Its number`, "\x04", 2, "the input ended before the last answer: nothing was written."},
		"Ctrl-D at the cloud":     {all, `Cloud: `, "\x04", 2, "nothing was written"},
		"Ctrl-C at the agreement": {append(all, "--environment", "public"), `Write it\?`, "\x03", 130, ""},
		"Ctrl-D at the agreement": {append(all, "--environment", "public"), `Write it\?`, "\x04", 2, "nothing was written"},
		"no":                      {append(all, "--environment", "public"), `Write it\?`, "no\n", 5, "nothing was written."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := initHouse(t)
			before := h.files()
			p := h.onTerminal(80, 50, nil, append([]string{"sh", "-c", `trap : INT; entralogin "$@"; echo ended $?`, "sh"}, test.args...)...)
			p.answers([2]string{test.question + `.*: $`, test.typed})
			if raw := p.end(); !strings.Contains(raw, fmt.Sprint("ended ", test.code)) || !strings.Contains(whole(raw), test.said) || h.files() != before || h.sim.Requests("*") != 0 {
				t.Errorf("%q; %s", raw, h.files())
			}
		})
	}
	t.Run("Ctrl-C at the code", func(t *testing.T) {
		t.Parallel()
		h := initHouse(t)
		p := h.onTerminal(80, 50, nil, append([]string{"sh", "-c", `trap : INT; entralogin "$@" --yes; echo ended $?`, "sh"}, all...)...)
		p.answers([2]string{`enter the code`, "\x03"})
		if raw := p.end(); !strings.Contains(raw, "ended 130") || !regexp.MustCompile(`written: \S*config.yaml, the kubeconfig, git's configuration\. entralogin: To go on from there: entralogin init `).MatchString(strings.Join(strings.Fields(raw), " ")) {
			t.Errorf("%q", raw)
		}
	})
}
